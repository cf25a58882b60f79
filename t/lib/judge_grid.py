# SPDX-License-Identifier: AGPL-3.0-or-later
"""judge_grid.py BOOK LINES ZONE: cells as we read them beside openpyxl's reading.

LINES are those of gridbox.  Prints JSON: how many cells were compared, and the
first ones that are not the same.
"""
import datetime
import json
import re
import sys
from zoneinfo import ZoneInfo

import openpyxl

book = openpyxl.load_workbook(sys.argv[1], data_only=True)
zone = ZoneInfo(sys.argv[3])
ours, wrong, compared = {}, [], 0
for line in open(sys.argv[2], encoding="utf-8"):
    if not line.startswith("{"):
        continue
    row = json.loads(line)
    for i, (kind, text) in enumerate(row["cells"]):
        if kind != "nothing":
            ours[row["sheet"], row["row"], i + 1] = kind, text


def unescaped(text):
    units = re.sub("_x([0-9a-fA-F]{4})_", lambda m: chr(int(m[1], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16")


def same_instant(text, wall):
    """The earlier of two that the wall tells, in a gap the moment after it."""
    got = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    back = got.astimezone(zone).replace(tzinfo=None)
    if abs((back - wall).total_seconds()) < .0006:
        return True
    there = wall.replace(tzinfo=zone).astimezone(datetime.timezone.utc).astimezone(zone).replace(tzinfo=None)
    return there != wall and abs((back - wall).total_seconds()) <= 3600


def same(cell, kind, text):
    v = cell.value
    if cell.data_type == "e":
        return kind == "bad" and v in text
    if isinstance(v, bool):
        return (kind, text) == ("boolean", "true" if v else "false")
    if isinstance(v, (int, float)):
        plain = abs(v) >= 1e21 or v != int(v) or text.lstrip("-").isdigit()
        return kind == "number" and float(text) == float(v) and plain
    if isinstance(v, datetime.datetime):
        if kind == "date":
            return text == v.date().isoformat() and v.time() == datetime.time()
        return kind == "instant" and same_instant(text, v)
    if isinstance(v, datetime.timedelta):
        hours, minutes, seconds = (float(x) for x in text.split(":"))
        return kind == "text" and abs(hours * 3600 + minutes * 60 + seconds - v.total_seconds()) < .0006
    if isinstance(v, datetime.time):
        return kind == "text" and text == v.isoformat("milliseconds" if v.microsecond else "seconds")
    # openpyxl takes the "x005F_" out of a text by itself, and no other
    return kind == "text" and text in (unescaped(v), v)


for sheet in book.worksheets:
    for row in sheet.iter_rows():
        for cell in row:
            got = ours.pop((sheet.title, cell.row, cell.column), None)
            if cell.value in (None, "") and got is None:
                continue
            compared += 1
            if got is None or cell.value is None or not same(cell, *got):
                wrong.append([sheet.title, cell.coordinate, repr(cell.value)[:60], cell.number_format, got and [got[0], got[1][:60]]])
wrong += [[*key, "is not in it", list(value)] for key, value in ours.items()]
print(json.dumps({"compared": compared, "wrong": wrong[:20], "n": len(wrong)}))
