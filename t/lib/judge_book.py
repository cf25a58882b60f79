#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""judge_book.py BOOK JSON ZONE [CSV]: a workbook beside the JSON of the same export.

Read by openpyxl; with CSV, that is what LibreOffice made of its first sheet.
Prints what differs, a JSON text a line, then the manifest.
"""
import csv
import datetime
import json
import re
import sys
import zoneinfo

import openpyxl
from openpyxl.cell.cell import TYPE_FORMULA

LIMIT, MARK, JOINER = 32767, "\u2026 (cut)", "\u200d"
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")
DAY = re.compile(r"\d{4}-\d\d-\d\d$")


def units(text):
    return len(text.encode("utf-16-le")) // 2


def unescaped(text):
    return ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def wall(text, zone):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.astimezone(zone).replace(tzinfo=None)


def same_text(got, want):
    if units(want) <= LIMIT:
        return got == want
    kept = got[:-len(MARK)]
    return (got.endswith(MARK) and units(got) <= LIMIT and
            units(got) > LIMIT - 64 and want.startswith(kept) and
            JOINER not in (kept[-1], want[len(kept)]))


def same(cell, want, kind, zone):
    """Is the cell what the JSON value is, as its own type?"""
    got = cell.value
    if isinstance(got, str) and cell.data_type == TYPE_FORMULA:
        return False
    if want is None:
        return got is None
    if isinstance(want, list):
        want = "|".join(want)
    if kind == "instant" and INSTANT.match(want):
        if want < "1900-03-01T00":
            return got == want
        off = abs(got - wall(want, zone))
        return cell.is_date and off < datetime.timedelta(milliseconds=1)
    if kind == "date" and DAY.match(want) and want >= "1900-03-01":
        return cell.is_date and got == datetime.datetime.fromisoformat(want)
    if isinstance(want, bool):
        return got is want
    if isinstance(want, (int, float)):
        return cell.data_type == "n" and got == want
    return isinstance(got, str) and same_text(unescaped(got), want)


def shown(want, kind, zone):
    """What LibreOffice writes for it into a CSV."""
    if want is None:
        return ""
    if isinstance(want, bool):
        return "TRUE" if want else "FALSE"
    if isinstance(want, list):
        return "|".join(want)
    if kind == "instant" and INSTANT.match(want) and want >= "1900-03-01T00":
        at = wall(want, zone)
        return at.strftime("%Y-%m-%d %H:%M:%S")
    return want


def same_shown(got, want, kind, zone):
    if isinstance(want, (int, float)) and not isinstance(want, bool):
        return float(got) == want
    text = shown(want, kind, zone)
    # its CSV has one kind of line end
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return same_text(got.replace("\r\n", "\n").replace("\r", "\n"), plain)


def main():
    book = openpyxl.load_workbook(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as f:
        data = json.load(f)
    rows, kinds = data["rows"], data["kinds"]
    zone = zoneinfo.ZoneInfo(sys.argv[3])
    sheet = book.worksheets[0]
    names = [c.value for c in sheet[1]]
    wrong = []
    for k, want in enumerate(rows):
        for i, name in enumerate(names):
            cell = sheet.cell(row=k + 2, column=i + 1)
            if not same(cell, want.get(name), kinds[name], zone):
                wrong.append([k, name, repr(cell.value)[:80]])
    if len(sys.argv) > 4:
        with open(sys.argv[4], newline="", encoding="utf-8") as f:
            lines = list(csv.reader(f, strict=True))
        if lines[0] != names or len(lines) != len(rows) + 1:
            wrong.append(["csv", len(lines)])
        for k, want in enumerate(rows):
            for i, name in enumerate(names):
                got = lines[k + 1][i]
                if not same_shown(got, want.get(name), kinds[name], zone):
                    wrong.append([k, name, "LibreOffice", repr(got)[:80]])
    manifest = [[c.value for c in r] for r in book["Manifest"].iter_rows()]
    print(json.dumps({
        "wrong": wrong, "names": names, "sheets": book.sheetnames,
        "rows": sheet.max_row - 1, "frozen": sheet.freeze_panes,
        "filter": sheet.auto_filter.ref, "manifest": manifest,
        "wide": sheet.column_dimensions["A"].width,
    }))


main()
