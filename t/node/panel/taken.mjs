// SPDX-License-Identifier: AGPL-3.0-or-later
// What was taken out of the archives, read by other people's programs: locked
// files by the page that opens them, workbooks by openpyxl, ZIPs by Python.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BOOK = `
import json, openpyxl, sys
book = openpyxl.load_workbook(sys.argv[1])
say = lambda v: v.isoformat() if hasattr(v, "isoformat") else v
print(json.dumps({s.title: [[say(c) for c in row]
    for row in s.iter_rows(values_only=True)] for s in book}))`;

const ZIP = `
import csv, io, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    print(json.dumps({name: list(csv.reader(io.StringIO(
        z.read(name).decode("utf-8-sig"), newline=""), strict=True))
        for name in z.namelist()}))`;

/** Runs a few lines of Python over a file, which answer JSON. */
function python(lines, bytes, ending) {
	const dir = mkdtempSync(join(tmpdir(), 'rapport-taken-'));
	const path = join(dir, `file.${ending}`);

	writeFileSync(path, bytes);
	try {
		return JSON.parse(execFileSync('/usr/bin/python3', ['-c', lines, path],
			{ maxBuffer: 1 << 26 }));
	} finally {
		rmSync(dir, { recursive: true });
	}
}

/** Rows as objects, by the header above them. */
const objects = ([head, ...rows]) => rows.map((row) =>
	Object.fromEntries(row.map((v, i) => [head[i], v])));

const tables = (found) => Object.fromEntries(Object.entries(found)
	.map(([name, rows]) => [name.replace(/\.csv$/, ''), objects(rows)]));

/** The sheets of a workbook, each a list of objects. */
export const book = (bytes) => tables(python(BOOK, bytes, 'xlsx'));

/** The sheets in a ZIP, likewise. */
export const zip = (bytes) => tables(python(ZIP, bytes, 'zip'));
