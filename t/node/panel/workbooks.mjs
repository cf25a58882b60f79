// SPDX-License-Identifier: AGPL-3.0-or-later
// A workbook imported into a segment in the panel: which sheet, where its
// columns go, what became of each row; and one that is none is told so.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { axe } from './axe.mjs';
import { comes, is, logIn, ok, open, test, until, URL0 } from './tap.mjs';

const click = (page, name) => page.getByRole('button',
	{ name, exact: true }).click();
const shot = (page, name) => process.env.SHOTS &&
	page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
const gone = (page) => until(async () =>
	await page.locator('dialog[open]').count() === 0);
const counts = (page) => page.locator('.csv-counts dd').allInnerTexts();

/** A workbook by openpyxl, as people make them. */
const workbook = (sheets) => {
	const file = join(tmpdir(), `rapport-${process.pid}.xlsx`);

	execFileSync(existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3',
		[fileURLToPath(new URL('../../lib/sheets_book.py', import.meta.url)),
			file], { input: JSON.stringify(sheets) });
	return file;
};

const PEOPLE = [['Notes', [['What'], ['not people']]],
	['People', [['userId', 'Name', 'Joined', 'Met'],
		['w-1', 'Wei', { day: '2026-01-05' }, { at: '2026-01-05T10:00:00' }],
		['w-2', { error: '#N/A' }]]],
	['People (2)', [['userId', 'Name', 'Joined', 'Met'],
		['w-3', '=1+1'], ['w-1', 'again']]]];

async function columns(page, file) {
	await click(page, 'Import file Guests');
	is(await page.locator('input[type=file]').getAttribute('accept')
		.then((a) => a.includes('.xlsx')), true, 'workbooks can be chosen');
	await page.locator('input[type=file]').setInputFiles(file);
	await page.locator('.csv-column').first().waitFor();
	is(await page.getByLabel(/^Sheet/).inputValue(), 'Notes',
		'the first sheet is looked at');
	await page.getByLabel(/^Sheet/).selectOption('People');
	await page.getByLabel('userId goes to').waitFor();
	ok(await page.getByText(/It goes on in\s+People \(2\)/).isVisible(),
		'another one is chosen, and what goes on with it is told');
	is(await page.getByLabel('Type of Joined').inputValue(), 'date',
		'a day is a day');
	is(await page.getByLabel('Type of Met').inputValue(), 'instant',
		'and a moment a moment');
	is(await axe(page), [], 'axe: the columns of a workbook');
	await shot(page, 'workbook-columns');
}

async function outcomes(page) {
	await click(page, 'Check');
	await page.locator('.csv-counts').first().waitFor();
	is(await counts(page), ['2', '0', '0', '2', '2', '0'], 'a dry run of it');
	is(await page.locator('.csv-table tbody').innerText().then((t) =>
		t.replace(/\s+/g, ' ')), 'People 3 Name an error of the spreadsheet: ' +
		'#N/A People (2) 3 userId row 2 of sheet "People" is about the same ' +
		'user', 'refusals by sheet, row and column');
	await page.setViewportSize({ width: 480, height: 900 });
	is(await page.locator('.csv-table :is(th, td bdi)').evaluateAll((all) =>
		all.filter((el) => {
			const lines = document.createRange();

			lines.selectNodeContents(el);
			return new Set([...lines.getClientRects()].map((r) =>
				Math.round(r.top))).size > 1;
		}).map((el) => el.innerText)), [], 'no short name of them is broken');
	await page.setViewportSize({ width: 1280, height: 900 });
	is(await axe(page), [], 'axe: the outcomes of a workbook');
	await shot(page, 'workbook-outcome');
	await click(page, 'Import');
	await page.getByText('4 rows were read:').waitFor();
	await page.locator('.csv-foot').getByText('Close').click();
	await comes(() => page.locator('.segment-size').first().innerText()
		.then((t) => t.split(/\s/)[0]), '2', 'the import does it');
}

async function oldOnes(page) {
	await click(page, 'Import file Guests');
	await page.locator('input[type=file]').setInputFiles({ name: 'old.xls',
		mimeType: 'application/vnd.ms-excel',
		buffer: Buffer.from('d0cf11e0a1b11ae1' + '00'.repeat(999), 'hex') });
	await page.locator('.dialog p.trouble').filter({ hasText:
		'save it as .xlsx' }).waitFor();
	ok(true, 'an old one is told what to do');
	await page.keyboard.press('Escape');
	await gone(page);
}

await test(async () => {
	const file = workbook(PEOPLE);

	for (const [colorScheme, width] of [['dark', 320], ['light', 1280]]) {
		const page = await open({ colorScheme,
			viewport: { width, height: 800 } });

		await logIn(page);
		await page.goto(`${URL0}/#/segments`);
		if (width === 320) {
			await click(page, 'Create one');
			await page.getByLabel('Name', { exact: true }).fill('Guests');
			await click(page, 'Create segment');
		}
		await page.getByRole('button', { name: 'Import file Guests' }).waitFor();
		await columns(page, file);
		if (width === 1280) {
			await outcomes(page);
			await oldOnes(page);
		}
		await shot(page, `workbook-${width}`);
		is(await page.evaluate(() => document.documentElement.scrollWidth -
			innerWidth), 0, 'nothing sticks out');
		is(page.complaints, [], 'the page complained of nothing');
		await page.context().close();
	}
	rmSync(file);
});
