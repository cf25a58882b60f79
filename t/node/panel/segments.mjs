// SPDX-License-Identifier: AGPL-3.0-or-later
// Segments in the panel: made, opened, changed, combined, frozen and deleted
// by mouse and by keys; CSV imported step by step; nothing typed is lost when
// the server fails; a thousand hostile names are only names.
import { axe } from './axe.mjs';
import { comes, is, logIn, ok, open, send, test, totalIs, until,
	URL0 } from './tap.mjs';
import { events, N, those } from './people.mjs';

const germans = () => those((p) => p.country === 'Germany');
const row = (page, name) => page.locator('.segment').filter({
	has: page.getByRole('link', { name, exact: true }) });
const sizeOf = async (page, name) => (await row(page, name)
	.locator('.segment-size').innerText()).split('\n')[0].split(' ')[0]
	.replace(/,/g, '');
const click = (page, name) => page.getByRole('button',
	{ name, exact: true }).click();
const said = (page) => page.locator('.segments-page > [role=status]')
	.innerText();
const gone = (page) => until(async () =>
	await page.locator('dialog[open]').count() === 0);

async function sizeIs(page, name, wanted, what) {
	await until(async () => await row(page, name).count() &&
		await sizeOf(page, name) === String(wanted), 10);
	is(await sizeOf(page, name), String(wanted), what);
}

async function made(page) {
	await page.getByRole('link', { name: 'Segments' }).click();
	await page.getByText('No segments yet').waitFor();
	ok(true, 'no segments: said so, and not as an error');
	await click(page, 'Create one');
	await page.getByLabel('Name', { exact: true }).fill('Regulars');
	await page.getByLabel('What it is for').fill('They come often');
	await click(page, 'Create segment');
	await sizeIs(page, 'Regulars', 0, 'a static one is made, and empty');
	is(await said(page), 'Regulars is made', 'which is said');
	await click(page, 'Create');
	await page.getByLabel('Name', { exact: true }).fill('Regulars');
	await page.getByLabel('Whoever matches a filter').check();
	await click(page, 'Add filter');
	await page.getByRole('option', { name: /^Country/ }).click();
	await page.getByRole('option', { name: /^Germany/ }).click();
	await page.getByText(`${germans()} people now`).waitFor();
	ok(true, 'a filter is counted while it is made');
	await click(page, 'Create segment');
	await page.locator('.dialog .trouble').waitFor();
	is((await page.locator('.dialog .trouble').innerText()).trim(),
		'there is a segment of this name already', 'a name is taken once');
	is(await page.getByLabel('What it is for').inputValue(), '',
		'and nothing typed is lost');
	await page.getByLabel('Name', { exact: true }).fill('Germans');
	await page.keyboard.press('Enter');
	await sizeIs(page, 'Germans', germans(), 'Enter makes it, dynamic');
	ok(/Country is Germany/.test(await row(page, 'Germans').innerText()),
		'with its filter in words');
}

async function opened(page) {
	await page.getByRole('link', { name: 'Germans' }).click();
	await totalIs(page, germans(), 'to open one is to list its people');
	await page.goBack();
	await sizeIs(page, 'Germans', germans(), 'Back leads to the segments');
	is(await page.title(), 'Segments – Rapport', 'under their title');
}

async function changed(page) {
	await click(page, 'Edit Regulars');
	await page.getByLabel('Name', { exact: true }).fill('Stammgäste <b>');
	await page.getByLabel('What it is for').fill('');
	await click(page, 'Save');
	await sizeIs(page, 'Stammgäste <b>', 0, 'renamed, to a text');
	await click(page, 'Edit Germans');
	await page.getByText(`${germans()} people now`).waitFor();
	await page.getByRole('button', { name: /^Remove/ }).click();
	await page.getByText(`${N} people now`).waitFor();
	await click(page, 'Save');
	await sizeIs(page, 'Germans', N, 'another filter');
}

/** Steps of an import, each waited for. */
async function choose(page, name, text) {
	await click(page, `Import file ${name}`);
	await page.locator('input[type=file]').setInputFiles({ name: 'a.csv',
		mimeType: 'text/csv', buffer: Buffer.from(text) });
	await page.locator('.csv-column').first().waitFor();
}

const counts = (page) => page.locator('.csv-counts dd').allInnerTexts();
const CSV = 'userId,Name,Points,Phone number\n' +
	'u-1,,5,+49 1\nnew-1,<i>Neu</i>,many,\nnew-2,=1+1,7,+49 2\n,x,1,\n';

async function imported(page) {
	const name = 'Stammgäste <b>';

	await choose(page, name, CSV);
	is(await page.getByLabel('userId goes to').inputValue(), 'userId',
		'columns go by their names');
	is(await page.getByLabel('Name goes to').inputValue(), 'default_name',
		'or labels');
	is(await page.getByLabel('Type of Points').inputValue(), 'text',
		'or to a new attribute of what is in them');
	await page.getByLabel('Type of Points').selectOption('number');
	await page.getByLabel('Phone number goes to').selectOption('identity');
	await page.getByLabel('Channel of Phone number').fill('whatsapp');
	await page.getByLabel('Kind of Phone number').fill('phone');
	is(await axe(page), [], 'axe: the columns');
	await click(page, 'Check');
	await page.locator('.csv-counts').first().waitFor();
	is(await counts(page), ['1', '1', '0', '2', '2', '0'], 'a dry run');
	is(await page.locator('.csv-table tbody').innerText().then((t) =>
		t.replace(/\s+/g, ' ')), '3 Points expected a value of type number ' +
		'5 userId it says nobody: it is empty', 'refusals by row and column');
	is(await axe(page), [], 'axe: the outcomes');
	await click(page, 'Back');
	is(await page.getByLabel('Type of Points').inputValue(), 'number',
		'back: the choices are still there');
	await click(page, 'Check');
	await click(page, 'Import');
	await page.getByText('4 rows were read:').waitFor();
	is(await counts(page), ['1', '1', '0', '2', '2', '0'],
		'the import does what the dry run said');
	await page.locator('.csv-foot').getByText('Close').click();
	await sizeIs(page, name, 2, 'and the segment has grown');
	await choose(page, name, 'E-Mail;city\np10@example.com;Bonn\nx@y.z;Ulm\n');
	await page.getByLabel('E-Mail goes to').selectOption('default_email');
	await page.getByLabel('city goes to').selectOption('');
	await page.getByLabel('Users are found by').selectOption('default_email');
	await click(page, 'Check');
	await page.locator('.csv-counts').first().waitFor();
	is(await counts(page), ['0', '0', '1', '1', '1', '0'],
		'somebody found by an address');
	await page.keyboard.press('Escape');
	await gone(page);
}

async function badFiles(page) {
	await click(page, 'Import file Stammgäste <b>');
	for (const [text, why] of [['', /empty/], ['\xff\xfea', /UTF-16|UTF-8/],
		['a,a\n1,2\n', /two columns are called "a"/]]) {
		await page.locator('input[type=file]').setInputFiles({ name: 'b.csv',
			mimeType: 'text/csv', buffer: Buffer.from(text, 'latin1') });
		await page.locator('.dialog p.trouble').filter({ hasText: why })
			.waitFor();
	}
	ok(true, 'a file that is no CSV is refused and another can be chosen');
	await page.locator('input[type=file]').setInputFiles({ name: 'c.csv',
		mimeType: 'text/csv', buffer: Buffer.from('Name\nAna\n') });
	await click(page, 'Check');
	await page.locator('.dialog p.trouble').filter({
		hasText: 'no column says who' }).waitFor();
	ok(true, 'a file that says nobody is told so');
	await page.keyboard.press('Escape');
	await gone(page);
}

async function combinedAndFrozen(page) {
	await click(page, 'Combine');
	await page.getByLabel('Segment 1').selectOption({ label:
		`Germans (${N + 1})` });
	await page.getByLabel('Segment 2').selectOption({ label:
		'Stammgäste <b> (2)' });
	await page.getByLabel('Who is in the first and none of the others')
		.check();
	await page.getByLabel('Name of the new segment').fill('Others');
	is(await axe(page), [], 'axe: combining');
	await page.getByRole('dialog').getByRole('button', { name: 'Combine' })
		.click();
	await sizeIs(page, 'Others', N - 1, 'the first less the second');
	await click(page, 'Create');
	await page.getByLabel('Name', { exact: true }).fill('Of others');
	await page.getByLabel('Whoever matches a filter').check();
	await click(page, 'Add filter');
	await page.getByRole('option', { name: /^Segment/ }).click();
	await page.getByRole('option', { name: /^Others/ }).click();
	await click(page, 'Apply');
	await click(page, 'Create segment');
	await sizeIs(page, 'Of others', N - 1, 'one of another');
	ok(/needed by Of others/.test(await row(page, 'Others').innerText()),
		'what depends on it is said');
	await click(page, 'Delete Others');
	ok(/Of others/.test(await page.getByRole('dialog').innerText()),
		'and named when it is to go');
	await page.keyboard.press('Escape');
	await click(page, 'Freeze Of others');
	await page.getByRole('dialog').getByRole('button', { name: 'Freeze' })
		.click();
	await until(async () => /frozen|static now/.test(await said(page)));
	is(await said(page), `Of others is static now, of ${N - 1} people`,
		'frozen');
	await until(async () => !/needed by/.test(
		await row(page, 'Others').innerText()));
	await click(page, 'Delete Others');
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' })
		.click();
	ok(await until(async () => await row(page, 'Others').count() === 0),
		'deleted');
}

async function byKeyboard(page) {
	const keys = page.keyboard;

	await page.reload();
	await row(page, 'Germans').waitFor();
	await page.getByRole('button', { name: 'Create', exact: true }).focus();
	await keys.press('Enter');
	await page.getByLabel('Name', { exact: true }).waitFor();
	await keys.press('Escape');
	await gone(page);
	await comes(() =>
		page.evaluate(() => document.activeElement.innerText.trim()),
		'Create', 'Esc closes, and the focus is where it was');
	await keys.press('Enter');
	await page.getByLabel('Name', { exact: true }).waitFor();
	while (await page.evaluate(() => document.activeElement.name) !== 'name')
		await keys.press('Tab');
	await keys.type('By keys');
	await keys.press('Enter');
	await sizeIs(page, 'By keys', 0, 'made by keys alone');
	await page.getByLabel('Find a segment').focus();
	await keys.type('KEYS');
	ok(await until(async () =>
		await page.locator('.segment[data-segment]').count() === 1),
	'found by a part of the name');
	ok(/q=KEYS/.test(page.url()), 'which is in the address');
	for (let i = 0; i < 3; i++)
		await keys.press('Tab');
	await comes(() =>
		page.evaluate(() => document.activeElement.dataset.act), 'csv',
		'Tab goes from the name to what can be done');
	await keys.press('Enter');
	await page.locator('input[type=file]').waitFor();
	await keys.press('Escape');
	await keys.press('Tab');
	await keys.press('Enter');
	await page.getByText('Delete By keys').first().waitFor();
	while (await page.evaluate(() =>
		document.activeElement.innerText) !== 'Delete')
		await keys.press('Tab');
	await keys.press('Enter');
	await page.getByText('No segment is called that').waitFor();
	ok(true, 'deleted by keys alone');
	await page.getByLabel('Find a segment').fill('');
}

async function failing(page) {
	await row(page, 'Germans').waitFor();
	await page.route('**/api/v1/segments?*', (route) => route.abort());
	await click(page, 'Create');
	await page.getByLabel('Name', { exact: true }).fill('Kept');
	await click(page, 'Create segment');
	await page.locator('.dialog .trouble').waitFor();
	is(await page.getByLabel('Name', { exact: true }).inputValue(), 'Kept',
		'a failing server loses nothing typed');
	await page.keyboard.press('Escape');
	await page.reload();
	await page.locator('.notice-error').waitFor();
	is(await page.locator('.segment[data-segment]').count(), 0,
		'no list is shown when there is none');
	await page.unroute('**/api/v1/segments?*');
	await click(page, 'Try again');
	await sizeIs(page, 'Germans', N + 1, 'and it can be asked again');
}

async function schemes() {
	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1400]) {
			const page = await open({ colorScheme,
				viewport: { width, height: 800 } });

			await logIn(page);
			await page.goto(`${URL0}/#/segments`);
			await row(page, 'Germans').waitFor();
			is(await axe(page), [], `axe: the list, ${colorScheme}, ${width}`);
			await click(page, 'Edit Germans');
			await page.getByText('people now').waitFor();
			is(await axe(page), [], `axe: a form, ${colorScheme}, ${width}`);
			is(await page.evaluate(() => document.documentElement.scrollWidth -
				innerWidth), 0, 'nothing sticks out');
			await page.context().close();
		}
}

const BAD = 'window.pwned=1';
const NAMES = [
	(i) => `<img src=x${i} onerror=${BAD}>`,
	(i) => `<script>${BAD}</script>${i}`,
	(i) => `"><svg onload=${BAD} id=${i}>`,
	(i) => `javascript:${BAD}//${i}`,
	(i) => `\u202Eelbisrever${i}`,
	(i) => `${'m\u0300\u0301\u0302'.repeat(20)}${i}`,
	(i) => `${'W'.repeat(190)}${i}`,
	(i) => `שלום عليكم ${i}`,
	(i) => `__proto__${i}`,
	(i) => `=HYPERLINK("http://evil.invalid/${i}")`,
];

async function hostile(page) {
	const names = Array.from({ length: 1000 }, (_, i) =>
		NAMES[i % NAMES.length](i));

	await send(Array.from({ length: 100 }, (_, i) => ({ type: 'user',
		userId: `h-${i}`, segments: names.slice(10 * i, 10 * i + 10) })));
	await page.reload();
	await until(async () => await page.locator('.segment[data-segment]')
		.count() === 100);
	const more = page.getByRole('button', { name: 'Show more' });

	for (let n = 100; await more.count(); n += 100) {
		await more.click();
		await until(async () => await page.locator('.segment[data-segment]')
			.count() > n);
	}
	const shown = new Set(await page.locator('.segment h2 bdi')
		.allTextContents().then((all) => all.map((t) => t.trim())));

	is(names.filter((name) => !shown.has(name)), [],
		'a thousand hostile names are listed as they are');
	is(await page.evaluate(() => ['pwned' in window,
		document.querySelectorAll('.segment :is(img, script, svg, i)').length,
		document.documentElement.scrollWidth - innerWidth]),
	[false, 0, 0], 'and do nothing');
	await page.getByRole('link', { name: names[0], exact: true }).click();
	await totalIs(page, 1, 'such a one is opened like any other');
	await page.locator('tbody td').nth(1).click();
	await page.locator('.tag.segment').first().waitFor();
	is(await page.locator('.tag.segment').evaluateAll((all) => [...new Set(
		all.map((el) => getComputedStyle(el).paddingTop))]), ['1px'],
	'and the page of a person keeps its own look after that of segments');
}

await test(async () => {
	await send(events.map(({ segments, ...rest }) => rest));
	const page = await open();

	await logIn(page);
	for (const step of [made, opened, changed, imported, badFiles,
		combinedAndFrozen, byKeyboard, failing])
		await step(page);
	await schemes();
	await hostile(page);
	is(page.complaints, [], 'the page complained of nothing');
});
