#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""judge_chats.py JSON BOOK ZONE ZIP [DIR]: chat data in three formats.

The JSON of an export beside its workbook, read by openpyxl, its ZIP of CSV
files, read by zipfile and a strict csv, and with DIR what LibreOffice made of
the workbook, a CSV a sheet.  Prints what differs as JSON.
"""
import csv
import datetime
import io
import json
import os
import re
import sys
import zipfile
import zoneinfo

import openpyxl

LIMIT, MARK = 32767, "\u2026 (cut)"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\d{3})?Z$")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
FORMULA = "=+-@\t\r"


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_text(value):
    """A value as a cell of text."""
    if isinstance(value, list):
        return "|".join(value)
    if isinstance(value, dict):
        return compact(value)
    return value


def units(text):
    return len(text.encode("utf-16-le")) // 2


def same_text(got, want):
    if units(want) <= LIMIT:
        return got == want
    return (got.endswith(MARK) and LIMIT - 64 < units(got) <= LIMIT and
            want.startswith(got[:-len(MARK)]))


def wall(text, zone):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.astimezone(zone).replace(tzinfo=None)


def is_instant(name, value):
    return (name.endswith("At") or name in ("lastSeen",
            "firstRepliedAtAfterOpen")) and INSTANT.match(value)


def same_cell(cell, name, want, zone):
    got = cell.value
    if want is None or want == []:
        return got is None
    if isinstance(want, bool):
        return got is want
    if isinstance(want, (int, float)):
        return cell.data_type == "n" and got == want
    if isinstance(want, str) and is_instant(name, want):
        off = abs(got - wall(want, zone))
        return cell.is_date and off < datetime.timedelta(milliseconds=1)
    if cell.is_date and re.match(r"\d{4}-\d\d-\d\d$", want):
        return got == datetime.datetime.fromisoformat(want)
    if cell.data_type == "f" or not isinstance(got, str):
        return False
    return same_text(ESCAPED.sub(lambda m: chr(int(m[1], 16)), got),
                     as_text(want))


def same_csv(got, name, want):
    if want is None or want == []:
        return got == ""
    if isinstance(want, bool):
        return got == ("true" if want else "false")
    if isinstance(want, (int, float)):
        return float(got) == want
    text = as_text(want)
    guarded = text[:1] in FORMULA and not re.match(
        r"[+-]?[\d.]|\+\d", text) if text else False
    if guarded and got[:1] not in ("'",):
        return False
    return got == text or (got[:1] == "'" and got[1:] == text)


def same_shown(got, name, want, zone):
    """What LibreOffice shows."""
    if want is None or want == []:
        return got == ""
    if isinstance(want, bool):
        return got == ("TRUE" if want else "FALSE")
    if isinstance(want, (int, float)):
        return float(got) == want
    if isinstance(want, str) and is_instant(name, want):
        return got == wall(want, zone).strftime("%Y-%m-%d %H:%M:%S")
    plain = as_text(want).replace("\r\n", "\n").replace("\r", "\n")
    return same_text(got.replace("\r\n", "\n").replace("\r", "\n"), plain)


class Judge:
    def __init__(self, data):
        self.data, self.wrong, self.cells = data, [], 0

    def sheet(self, who, name, header, rows, same):
        want = self.data[name]
        if len(rows) != len(want):
            self.wrong.append([who, name, "rows", len(rows), len(want)])
            return
        known = set().union(*want) if want else set()
        if not known <= set(header):
            self.wrong.append([who, name, "columns",
                               sorted(known - set(header))])
        for k, row in enumerate(rows):
            for i, column in enumerate(header):
                self.cells += 1
                if not same(row[i], column, want[k].get(column)):
                    got = getattr(row[i], "value", row[i])
                    self.wrong.append([who, name, k, column,
                                       repr(got)[:80]])


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        data = json.load(f)
    data.pop("Import data", None)  # no worksheet
    judge = Judge(data)
    zone = zoneinfo.ZoneInfo(sys.argv[3])
    book = openpyxl.load_workbook(sys.argv[2])
    for name in data:
        sheet = book[name]
        lines = list(sheet.iter_rows())
        header = [c.value for c in lines[0]]
        judge.sheet("openpyxl", name, header, lines[1:],
                    lambda c, n, w: same_cell(c, n, w, zone))
        last = openpyxl.utils.get_column_letter(len(header))
        if (sheet.freeze_panes != "A2" or
                sheet.auto_filter.ref != f"A1:{last}{len(lines)}"):
            judge.wrong.append(["openpyxl", name, sheet.auto_filter.ref])
    files = []
    with zipfile.ZipFile(sys.argv[4]) as z:
        assert z.testzip() is None
        files = z.namelist()
        for name in data:
            text = z.read(f"{name}.csv").decode("utf-8")
            rows = list(csv.reader(io.StringIO(text, newline=""),
                                   strict=True))
            judge.sheet("csv", name, rows[0], rows[1:], same_csv)
    for name in data if len(sys.argv) > 5 else ():
        stem = os.path.basename(sys.argv[2]).rsplit(".", 1)[0]
        path = os.path.join(sys.argv[5], f"{stem}-{name}.csv")
        with open(path, newline="", encoding="utf-8") as f:
            rows = list(csv.reader(f, strict=True))
        judge.sheet("LibreOffice", name, rows[0], rows[1:],
                    lambda g, n, w: same_shown(g, n, w, zone))
    manifest = [[c.value for c in r] for r in book["Manifest"].iter_rows()]
    print(json.dumps({"wrong": judge.wrong, "cells": judge.cells,
                      "sheets": book.sheetnames, "files": files,
                      "manifest": manifest}))


main()
