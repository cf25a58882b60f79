# SPDX-License-Identifier: AGPL-3.0-or-later
"""pack_book.py OUT < JSON: an archive of the parts that JSON names.

What a workbook needs and the JSON does not have is put in beside: relations,
a workbook of one sheet "S".  null leaves one out.
"""
import json
import sys
import zipfile

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKED = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relations(*rows):
    return f'<Relationships xmlns="{PACKED}">' + "".join(
        f'<Relationship Id="{i}" Type="{OFFICE}/{t}" Target="{to}"/>'
        for i, t, to in rows) + "</Relationships>"


USUAL = {
    "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relations(
        ("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "styles", "styles.xml"),
        ("r3", "sharedStrings", "sharedStrings.xml")),
}


def main():
    parts = json.load(sys.stdin)
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in {**USUAL, **parts}.items():
            if text is not None:
                z.writestr(name, text)


main()
