// SPDX-License-Identifier: AGPL-3.0-or-later
// The list leaves the house as a locked file: what is missing is said, what
// the server refuses is said, and what arrives is opened by somebody else's
// program and holds exactly the rows on screen.
import { readFile } from 'node:fs/promises';
import * as openpgp from 'openpgp';
import { giveName, is, listAt, logIn, ok, open, send, settled, test, total,
	until, URL0 } from './tap.mjs';
import { events, N, town } from './people.mjs';

const SECRET = 'paper-lantern:42 über';
const PURPOSE = 'Invitation to the town meeting';
const EXPORTS = '**/api/v1/exports';

async function text(bytes, password = SECRET) {
	const message = await openpgp.readMessage({ binaryMessage: bytes });
	const { data } = await openpgp.decrypt({ message, passwords: [password],
		format: 'binary' });

	return new TextDecoder().decode(data);	// takes a BOM away
}

async function opened(bytes, password) {
	return (await text(bytes, password)).split('\r\n').filter(Boolean)
		.map((line) => line.split(','));
}

const dialog = (page) => page.getByRole('dialog', { name: 'Export' });
const download = (page) => dialog(page).getByRole('button',
	{ name: /^Download/ });

async function fill(page, { purpose = PURPOSE, password = SECRET,
	again = password } = {}) {
	const form = dialog(page);

	await form.getByLabel('What is it for?').fill(purpose);
	await form.getByLabel('Password', { exact: true }).fill(password);
	await form.getByLabel('The same again').fill(again);
}

async function missing(page) {
	const form = dialog(page);
	let asked = 0;

	page.on('request', (r) => {
		asked += /exports$/.test(r.url()) ? 1 : 0;
	});
	await page.getByRole('button', { name: 'Export' }).click();
	await download(page).click();
	ok(await until(() => form.getByLabel('What is it for?').evaluate((el) =>
		el === document.activeElement && el.ariaInvalid === 'true')),
	'without a purpose the focus goes there');
	await fill(page, { purpose: 'too short', password: 'short12' });
	await download(page).click();
	is(await form.locator('.trouble').allTextContents().then((all) =>
		all.filter(Boolean).length), 2, 'nine and seven letters are too few');
	await fill(page, { again: 'something else' });
	await download(page).click();
	ok(/not the same/.test(await form.textContent()),
		'two different passwords are told');
	is(asked, 0, 'and the server was not asked yet');
	await fill(page);
	is(await form.locator('.strength').textContent().then((t) =>
		t.trim()), 'strong', 'a long one is strong');
	await form.getByLabel('Password', { exact: true }).fill('aaaaaaaaaaaa');
	is(await form.locator('.strength').textContent().then((t) =>
		t.trim()), 'weak', 'twelve times the same letter is weak');
	await form.getByRole('button', { name: 'Show passwords' }).click();
	is(await form.getByLabel('Password', { exact: true })
		.getAttribute('type'), 'text', 'it can be shown');
}

async function refused(page) {
	await fill(page, { password: 'password1' });
	await download(page).click();
	await dialog(page).getByRole('alert').waitFor();
	ok((await dialog(page).getByRole('alert').textContent()).length > 10,
		'a password everybody uses is refused by the server, in a sentence');
	is(await dialog(page).getByLabel('What is it for?').inputValue(), PURPOSE,
		'and nothing typed is lost');
}

async function taken(page) {
	await fill(page);
	const coming = page.waitForEvent('download');

	await download(page).click();
	const file = await coming;
	const [head, ...lines] = await opened(await readFile(await file.path()));
	const wanted = town.filter((p) => p.country === 'United States')
		.map((p) => [p.name, String(p.score)]).reverse();

	ok(/^users-\d{4}-\d\d-\d\d\.csv\.pgp$/.test(file.suggestedFilename()),
		`it is called ${file.suggestedFilename()}`);
	is(head, ['default_name', 'score'],
		'OpenPGP.js opens it: the columns on screen, in order');
	ok(await opened(await readFile(await file.path()), 'not the password')
		.then(() => false, () => true), 'control: with this password alone');
	is(lines, wanted, 'and exactly the rows of the filter, in the list’s order');
	await dialog(page).getByText('is downloaded').waitFor();
	await page.keyboard.press('Escape');
	is(await dialog(page).count(), 0, 'Esc closes');
}

/** The other formats: the same list, told from the file alone. */
async function formats(page) {
	await page.getByRole('button', { name: 'Export' }).click();
	await fill(page);
	const choice = dialog(page).getByLabel('Format');

	is(await choice.inputValue(), 'csv', 'CSV is the first choice');
	await choice.focus();
	await page.keyboard.press('ArrowDown');
	is(await choice.inputValue(), 'xlsx', 'a key chooses a workbook');
	ok(/time zone/.test(await dialog(page).locator('#format-hint')
		.textContent()), 'and it is said what that is');
	await choice.selectOption('ndjson');
	const coming = page.waitForEvent('download');

	await download(page).click();
	const file = await coming;
	const lines = (await text(await readFile(await file.path())))
		.trim().split('\n').map((line) => JSON.parse(line));

	ok(/\.ndjson\.pgp$/.test(file.suggestedFilename()),
		`it is called ${file.suggestedFilename()}`);
	is(lines, town.filter((p) => p.country === 'United States')
		.map((p) => ({ default_name: p.name, score: p.score })).reverse(),
	'and holds the rows as objects');
	await dialog(page).getByText('is downloaded').waitFor();
	await page.keyboard.press('Escape');
}

/** Of the 33 from the United States, two; then the page, and nobody. */
async function selected(page) {
	const pick = (name) => page.getByRole('checkbox',
		{ name: `Select ${name}`, exact: true });

	await pick('Person 128').click();
	await pick('Person 120').focus();
	await page.keyboard.press('Space');
	is((await page.locator('.sentence').innerText()).split('\n')[0].trim(),
		'2 people selected All 33 instead', 'two, by mouse and by key');
	await page.getByRole('button', { name: 'Export 2' }).click();
	await fill(page);
	const coming = page.waitForEvent('download');

	await download(page).click();
	const file = await readFile(await (await coming).path());

	is((await opened(file)).slice(1), [['Person 128', '128'],
		['Person 120', '120']], 'and the file holds just those');
	await dialog(page).getByText('is downloaded').waitFor();
	await page.keyboard.press('Escape');
	await pick('this page').click();
	ok(await page.getByRole('button', { name: 'Export 33' }).isVisible(),
		'the whole page');
	await pick('Person 128').click();
	is(await pick('this page').isChecked(), false, 'but one');
	await page.getByRole('button', { name: 'All 33 instead' }).click();
	is([await page.locator('tbody :checked').count(),
		await page.getByRole('button', { name: 'Export', exact: true })
			.count()], [0, 1], 'and all that match again');
	await pick('Person 000').click();
	await page.getByRole('button', { name: 'Clear' }).click();
	await until(async () => await total(page) === N);
	is(await page.locator('tbody :checked').count(), 0,
		'other filters begin with nobody selected');
	await page.goBack();
	await page.getByRole('button', { name: 'Export 1' }).waitFor();
	await page.getByRole('button', { name: 'All 33 instead' }).click();
}

async function afterTheEnd(page) {
	await page.getByRole('button', { name: 'Export' }).click();
	await dialog(page).getByLabel(/^All \d+ attributes/).check();
	await fill(page);
	await page.context().clearCookies();
	const coming = page.waitForEvent('download');

	await download(page).click();
	const over = page.getByRole('dialog', { name: 'Your session has ended' });

	await giveName(over);
	const rows = await opened(await readFile(await (await coming).path()));

	ok(rows.length - 1 === await total(page) && rows[0].length > 10,
		'an ended session is bridged by a log-in, and all columns come');
	await page.keyboard.press('Escape');
}

/** A place on disk, as the browser's own picker would give it. */
async function bigOnes(page) {
	await page.addInitScript(() => {
		globalThis.showSaveFilePicker = async ({ suggestedName }) => {
			const root = await navigator.storage.getDirectory();

			globalThis.picked = suggestedName;
			return root.getFileHandle('picked', { create: true });
		};
	});
	await page.route(/\/api\/v1\/users\?/, async (route) => {
		const res = await route.fetch();

		await route.fulfill({ response: res,
			json: { ...await res.json(), total: 300000 } });
	});
	await page.goto('about:blank');
	await page.goto(URL0 + listAt({ columns: 'default_name,score',
		sort: 'score' }));
	await settled(page);
	await page.getByRole('button', { name: 'Export' }).click();
	await fill(page);
	await download(page).click();
	await dialog(page).getByText('is downloaded').waitFor();
	const bytes = await page.evaluate(async () => {
		const root = await navigator.storage.getDirectory();
		const file = await (await root.getFileHandle('picked')).getFile();

		return [...new Uint8Array(await file.arrayBuffer())];
	});
	const rows = await opened(new Uint8Array(bytes));

	is([rows.length, rows[1]], [N + 1, [town[0].name, '0']],
		'a big one is streamed to the place one chose');
	await page.keyboard.press('Escape');
	await cut(page);
}

async function cut(page) {
	await page.route(EXPORTS, (route) => route.abort());
	await page.getByRole('button', { name: 'Export' }).click();
	await fill(page);
	await download(page).click();
	await dialog(page).getByRole('alert').waitFor();
	await until(() => page.evaluate(async () => {
		const root = await navigator.storage.getDirectory();

		return (await Array.fromAsync(root.keys())).length === 0;
	}));
	is(await page.evaluate(async () => Array.fromAsync(
		(await navigator.storage.getDirectory()).keys())), [],
	'one that fails leaves no file behind');
}

await test(async () => {
	await send(events);
	const page = await open({ acceptDownloads: true });

	await logIn(page, listAt({ columns: 'default_name,score', f: { all: [
		['default_country', 'is', 'United States']] } }));
	await missing(page);
	await refused(page);
	await taken(page);
	await formats(page);
	await selected(page);
	await afterTheEnd(page);
	await bigOnes(page);
	is(page.complaints, [], 'the page complained of nothing');
});
