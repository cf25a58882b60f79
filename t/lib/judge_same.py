#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""judge_same.py ZIP BOOK ZIP BOOK: whether two exports of chat data are the same.

The CSVs of two ZIPs byte for byte and row by row, the cells of two workbooks
one by one, but for the Manifest, which tells when they were made.
"""
import csv
import io
import sys
import zipfile

import openpyxl


def sheets_of_zip(path):
    with zipfile.ZipFile(path) as z:
        return {n: z.read(n) for n in z.namelist()}


def sheets_of_book(path):
    book = openpyxl.load_workbook(path)
    return {s.title: [[c.value for c in row] for row in s.iter_rows()]
            for s in book.worksheets if s.title != "Manifest"}


def main(zip_a, book_a, zip_b, book_b):
    csv.field_size_limit(1 << 30)
    a, b = sheets_of_zip(zip_a), sheets_of_zip(zip_b)
    if list(a) != list(b):
        return f"files {list(a)} {list(b)}"
    for name in a:
        rows = [list(csv.reader(io.StringIO(x[name].decode("utf-8"),
                                            newline=""), strict=True))
                for x in (a, b)]
        for i, (x, y) in enumerate(zip(*rows)):
            if x != y:
                return f"{name} {i}: {x} {y}"
        if len(rows[0]) != len(rows[1]) or a[name] != b[name]:
            return f"{name}: bytes differ"
    a, b = sheets_of_book(book_a), sheets_of_book(book_b)
    if list(a) != list(b):
        return f"sheets {list(a)} {list(b)}"
    for name in a:
        if a[name] != b[name]:
            return f"sheet {name}"
    return "same"


print(main(*sys.argv[1:5]))
