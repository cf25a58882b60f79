// SPDX-License-Identifier: AGPL-3.0-or-later
// From what was said to a file: a phrase is looked for, narrowed by two tags, a
// hit read, what was found taken out, its record seen, the file unlocked and
// opened by other people's programs; by mouse and by keys alone; and the same
// from analytics, with its period, zone and filter.
import { readFile } from 'node:fs/promises';
import * as openpgp from 'openpgp';
import { comes, is, logIn, ok, open, send, test, totalIs, until,
	URL0 } from './tap.mjs';
import { events, late, PHRASE, those } from './late.mjs';
import { book, zip } from './taken.mjs';

const SECRET = 'paper-lantern:42 über';
const PURPOSE = 'Why deliveries are late';
const SHEETS = ['UserChat data', 'User data', 'SupportBot data',
	'Marketing data', 'Manager data', 'Bot data', 'UserChatTag data',
	'Message data'];
const spoke = (d) => d.text.includes(PHRASE);
const wanted = those((d) => spoke(d) && ['refund', 'vip'].every((t) =>
	d.tags.includes(t)));

const button = (page, name) => page.getByRole('button', { name, exact: true });
const dialog = (page) => page.getByRole('dialog', { name: 'Export' });
const sheet = (page, name) => dialog(page).getByLabel(new RegExp(`^${name}`));
const holds = async (page) => (await dialog(page).locator('form p').first()
	.innerText()).replace(/\s+/g, ' ').trim();
const focus = (page) => page.evaluate(() => document.activeElement.labels?.[0]
	?.innerText ?? document.activeElement.getAttribute('aria-label') ??
	document.activeElement.innerText ?? '');
const messagesOf = (sheets) => sheets['Message data'].map((m) =>
	[m.chatId, m.personType, m.personId, m.plainText]).sort();

/** Tab, until one is where one wants to be. */
async function tabTo(page, what, key = 'Tab') {
	for (let i = 0; i < 80; i++) {
		if (what.test((await focus(page)).trim()))
			return;
		await page.keyboard.press(key);
	}
	throw new Error(`Tab does not come to ${what}`);
}

async function unlocked(page, file, byKeys) {
	await page.goto(`${URL0}/unlock.html`);
	if (byKeys) {
		const chooser = page.waitForEvent('filechooser');

		await tabTo(page, /^Locked file/);
		await page.keyboard.press('Enter');
		await (await chooser).setFiles(file);
		await tabTo(page, /^Password/);
		await page.keyboard.type(SECRET);
		await page.keyboard.press('Enter');
	} else {
		await page.setInputFiles('#file', file);
		await page.fill('#password', SECRET);
		await page.click('#go');
	}
	await page.locator('#result a').waitFor();
	const coming = page.waitForEvent('download');

	if (byKeys)
		await page.keyboard.press('Enter');
	else
		await page.locator('#result a').click();
	const got = await coming;

	ok(/^chats-\d{4}-\d\d-\d\d\.xlsx$/.test(got.suggestedFilename()),
		`unlocked, it is ${got.suggestedFilename()}`);
	return readFile(await got.path());
}

function judged(sheets, left) {
	is(Object.keys(sheets).filter((s) => s !== 'Manifest'),
		SHEETS.filter((s) => !left.includes(s)),
		'openpyxl reads the sheets that were chosen, in their order');
	is(sheets['UserChat data'].map((c) => c.id).sort(), wanted.ids,
		'with just the chats that were found');
	is(sheets['UserChat data'].map((c) => c.tags.split('|').sort().join())
		.join(' '), wanted.ids.map(() => 'refund,vip').join(' '),
	'their tags');
}

/** Downloads tells what was taken, and by whom and why. */
async function recorded(page, sheets) {
	const row = page.locator('.export[data-export]').first();

	await row.waitFor();
	const told = (await row.innerText()).replace(/\s+/g, ' ');

	ok(told.includes(`"${PHRASE}"`) && told.includes('all of the tags') &&
		told.includes(PURPOSE) && told.includes(`${sheets} sheets`) &&
		/Done \d+ rows, [\d.]+ kB/.test(told), 'the record tells what and why',
	told);
}

async function byMouse(page) {
	await page.getByRole('link', { name: 'Archives' }).click();
	await totalIs(page, late.length, 'all chats');
	await page.getByLabel(/^Words/).fill(`"${PHRASE}"`);
	await button(page, 'Search').click();
	await totalIs(page, those(spoke).ids.length, 'a phrase');
	await page.locator('[data-chip=Tags] button').first().click();
	await page.getByRole('option', { name: 'refund' }).click();
	await page.getByRole('option', { name: 'vip' }).click();
	await page.getByLabel('How many of the tags').selectOption('all');
	await totalIs(page, wanted.ids.length, 'narrowed by two tags, all of them');
	await page.keyboard.press('Escape');
	await page.locator('.chat-hit').nth(1).click();
	await page.locator('.said mark').first().waitFor();
	ok(await until(() => page.evaluate(() => document.activeElement
		.matches('.said[aria-current]'))), 'a hit opens, and one stands at it');
	await page.goBack();
	await totalIs(page, wanted.ids.length, 'Back finds what was found');
	await button(page, 'Export what was found').click();
	await sheet(page, 'Message data').waitFor();
	is(await holds(page), `${wanted.ids.length} chats with ${wanted.people} ` +
		`${wanted.people === 1 ? 'person' : 'people'} and ${
			wanted.messages.length} messages. A file locked with a password.`,
	'it is said how much there is');
	is(await dialog(page).locator('.sheet-name').evaluateAll((all) => all.map((s) =>
		s.firstChild.textContent)), SHEETS, 'and which sheets there are');
	ok((await sheet(page, 'Message data').evaluate((i) => i.labels[0].innerText))
		.includes(`${wanted.messages.length} rows`), 'with their rows');
	await sheet(page, 'User data').uncheck();
	const file = await takenBy(page, () => dialog(page).getByRole('button',
		{ name: /^Download/ }).click());

	await dialog(page).getByRole('link', { name: 'Downloads' }).click();
	await recorded(page, 7);
	const sheets = book(await unlocked(page, file, false));

	judged(sheets, ['User data']);
	is(messagesOf(sheets), wanted.messages,
		'every message as it was said, formulas as text');
}

/** Fills in what is asked for, presses, answers where the file is. */
async function takenBy(page, press) {
	await dialog(page).getByLabel('What is it for?').fill(PURPOSE);
	await dialog(page).getByLabel('Password', { exact: true }).fill(SECRET);
	await dialog(page).getByLabel('The same again').fill(SECRET);
	const coming = page.waitForEvent('download');

	await press();
	const path = await (await coming).path();

	await dialog(page).getByText('is downloaded').waitFor();
	return path;
}

async function byKeys(page) {
	const { keyboard } = page;
	const step = (what, ...keys) => tabTo(page, what).then(async () => {
		for (const key of keys)
			await keyboard.press(key);
	});

	await page.goto(`${URL0}/#/archives`);
	await totalIs(page, late.length, 'by keys: all chats');
	await keyboard.press('/');
	await keyboard.type(`"${PHRASE}"`);
	await keyboard.press('Enter');
	await step(/^Tags$/, 'Enter');
	for (const tag of ['refund', 'vip']) {
		await tabTo(page, /^Tags$/);
		await keyboard.type(tag);
		await keyboard.press('Enter');
	}
	await step(/^How many/, 'ArrowDown');
	await totalIs(page, wanted.ids.length, 'narrowed by two tags, all of them');
	await keyboard.press('Escape');
	for (let i = 0; i < 30 && !await page.evaluate(() => document.activeElement
		.matches('.chat-hit')); i++)
		await keyboard.press('Tab');
	await keyboard.press('Enter');
	await page.locator('.hits').waitFor();
	await keyboard.press('n');
	ok(await until(() => page.evaluate(() => document.activeElement
		.matches('.said[aria-current]'))), 'a hit is opened and stood at');
	await tabTo(page, /^Archives$/, 'Shift+Tab');
	await keyboard.press('Enter');
	await totalIs(page, wanted.ids.length, 'and back');
	await tabTo(page, /^Export what was found/, 'Shift+Tab');
	await keyboard.press('Enter');
	await sheet(page, 'Message data').waitFor();
	await step(/^Message data/, 'Space');
	await tabTo(page, /^What is it for/);
	await keyboard.type(PURPOSE);
	await tabTo(page, /^Password$/);
	await keyboard.type(SECRET);
	await tabTo(page, /^The same again/);
	await keyboard.type(SECRET);
	const coming = page.waitForEvent('download');

	await keyboard.press('Enter');
	const file = await (await coming).path();

	await dialog(page).getByText('is downloaded').waitFor();
	ok(await until(async () => await focus(page) === 'Close'),
		'the focus is where one goes on');
	await tabTo(page, /^Downloads$/, 'Shift+Tab');
	await keyboard.press('Enter');
	await recorded(page, 7);
	judged(book(await unlocked(page, file, true)), ['Message data']);
}

/** A period, a zone and a filter that leave some chats out, each for itself. */
async function fromAnalytics(page) {
	const f = JSON.stringify({ all: [['default_country', 'is', 'Portugal']] });
	const inside = those((d) => d.country === 'Portugal' &&
		d.at >= '2026-10-30T18:30' && d.at < '2026-11-02T18:30');

	await page.goto(`${URL0}/#/analytics/support?from=2026-10-31&to=2026-11-03` +
		`&tz=Asia/Kolkata&f=${encodeURIComponent(f)}`);
	await button(page, 'Export chats of this period').click();
	await sheet(page, 'Message data').waitFor();
	ok((await holds(page)).startsWith(`${inside.ids.length} chats with ${
		inside.people} people and ${inside.messages.length} messages`),
	'from analytics: the period, the zone and the filter count');
	ok(/2026-10-31.*2026-11-03.*Asia\/Kolkata.*Country is Portugal/.test(
		await dialog(page).innerText().then((t) => t.replace(/\s+/g, ' '))),
	'and are told');
	for (const [format, read] of [['csv', zip], ['json', JSON.parse]]) {
		await dialog(page).getByLabel('Format').selectOption(format);
		const message = await openpgp.readMessage({ binaryMessage:
			await readFile(await takenBy(page, () => dialog(page)
				.getByRole('button', { name: /^Download/ }).click())) });
		const { data } = await openpgp.decrypt({ message, format: 'binary',
			passwords: [SECRET] });
		const sheets = read(format === 'csv' ? data
			: new TextDecoder().decode(data));

		is([sheets['UserChat data'].map((c) => c.id).sort(),
			messagesOf(sheets).map(([id, , , text]) =>
				[id, text.replace(/^'(?=[=+\-@])/, '')])],
		[inside.ids, inside.messages.map(([id, , , text]) => [id, text])],
		`and are in the file (${format}, opened by OpenPGP.js)`);
		await page.keyboard.press('Escape');
		await button(page, 'Export chats of this period').click();
		await sheet(page, 'Message data').waitFor();
	}
	await page.keyboard.press('Escape');
	await comes(() =>
		page.evaluate(() => document.activeElement.innerText.trim()),
		'Export chats of this period', 'Esc leaves one where one was');
}

await test(async () => {
	await send(events);
	ok(wanted.ids.length > 1 && wanted.ids.length < those(spoke).ids.length,
		'the tags leave some of the phrase out');
	const page = await open({ acceptDownloads: true });

	await logIn(page);
	await byMouse(page);
	await page.goto(URL0);
	await byKeys(page);
	await page.goto(URL0);
	await fromAnalytics(page);
	is(page.complaints, [], 'the page complained of nothing');
});
