# SPDX-License-Identifier: AGPL-3.0-or-later
"""sheets_book.py OUT < JSON: a workbook by openpyxl, of [name, rows, hidden].

A cell that is {"day": …}, {"at": …} is a day or a moment, {"error": …} an
error, {"formula": …} a formula without its value; others are as JSON has them.
"""
import datetime
import json
import sys

import openpyxl


def put(cell, value):
    if not isinstance(value, dict):
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    elif "day" in value:
        cell.value = datetime.date.fromisoformat(value["day"])
    elif "at" in value:
        cell.value = datetime.datetime.fromisoformat(value["at"])
    elif "error" in value:
        cell.value = value["error"]
        cell.data_type = "e"
    else:
        cell.value = value["formula"]


book = openpyxl.Workbook()
book.remove(book.active)
for name, rows, *hidden in json.load(sys.stdin):
    sheet = book.create_sheet(name)
    sheet.sheet_state = "hidden" if hidden else "visible"
    for i, row in enumerate(rows):
        for k, value in enumerate(row):
            if value is not None:
                put(sheet.cell(i + 1, k + 1), value)
book.save(sys.argv[1])
