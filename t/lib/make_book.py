# SPDX-License-Identifier: AGPL-3.0-or-later
"""make_book.py OUT SEED ROWS [1904]: a workbook of random cells, by openpyxl.

Texts that are hard on markup, numbers of every size, days, moments, times and
spans in many formats, booleans, errors, empty cells, rows that are not there,
a hidden sheet, merged cells.
"""
import datetime
import random
import sys

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

out, seed, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
mac = len(sys.argv) > 4
random.seed(seed)

TEXTS = ["plain", " edges ", "two\nlines", "<b>&amp;</b>", "]]>", "'", '"', "Ünïcödé", "名前",
         "\U0001F468\u200d\U0001F469", "\u202ertl", "00123", "1e5", "TRUE", "2026-01-05", "x" * 32767,
         "_x0041_", "__x_", "_x005F_x0041_", "tab\there", "a" * 300, "0", "-", "none", "\ufeffbom"]
NUMBERS = [0, 1, -1, 0.1, 1.1, 1e-7, 123456789.25, 2**53, 10**15 - 1, 821012345678901, -1.5e300, 2.5e-300,
           1e21, 12345678901234567, 0.30000000000000004, -0.5, 99.99]
DAYS = ["yyyy-mm-dd", "d/m/yy", "mmm-yy", 'dddd, "the" d. mmmm yyyy', "[$-409]d-mmm-yy;@", "mm/dd/yy"]
MOMENTS = ["yyyy-mm-dd hh:mm:ss", "m/d/yy h:mm", "[$-F800]dddd, mmmm dd, yyyy hh:mm", "yyyy\\-mm\\-dd\\Thh:mm:ss.000"]
FIGURES = ["General", "0.00", "0%", "#,##0.00", "0.00E+00", "@", '0 "days"', "#,##0 [$€-407]", "00000", '[Red]0;"sd"0']
first = datetime.datetime(1904, 1, 2) if mac else datetime.datetime(1900, 3, 1)


def moment():
    at = first + datetime.timedelta(seconds=random.randrange(3_000_000_000))
    return at.replace(microsecond=random.choice([0, 0, 123000, 999000]))


def put(cell):
    kind = random.randrange(9)
    if kind == 0:
        cell.value = random.choice(TEXTS)
        cell.data_type = "s"
    elif kind == 1:
        cell.value = random.choice(NUMBERS)
        cell.number_format = random.choice(FIGURES)
    elif kind == 2:
        cell.value = moment().replace(hour=0, minute=0, second=0, microsecond=0)
        cell.number_format = random.choice(DAYS)
    elif kind == 3:
        cell.value = moment()
        cell.number_format = random.choice(MOMENTS)
    elif kind == 4:
        cell.value = random.random() < .5
    elif kind == 5:
        cell.value = datetime.time(random.randrange(24), random.randrange(60), random.randrange(60))
        cell.number_format = random.choice(["h:mm", "hh:mm:ss", "h:mm AM/PM"])
    elif kind == 6:
        cell.value = datetime.timedelta(seconds=random.randrange(10_000_000))
        cell.number_format = "[h]:mm:ss"
    elif kind == 7:
        cell.value = random.choice(["#N/A", "#DIV/0!", "#REF!"])
        cell.data_type = "e"


book = openpyxl.Workbook()
if mac:
    book.epoch = CALENDAR_MAC_1904
for i, name in enumerate(["People", "A & B <'>", "Hidden", "Empty"]):
    sheet = book.active if i == 0 else book.create_sheet(name)
    sheet.title = name
    if name == "Empty":
        continue
    sheet.sheet_state = "hidden" if name == "Hidden" else "visible"
    for row in range(1, rows + 1):
        if random.random() < .9:
            for column in random.sample(range(1, 31), 8):
                put(sheet.cell(row, column))
    if name != "People":
        sheet.merge_cells("AF1:AH2")
        sheet["AF1"] = "merged"
book.save(out)
