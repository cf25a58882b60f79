// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything on one person, from their page in the panel to a page on disk: by
// mouse and by keys, what is missing is said, and what comes is opened in
// Chromium as anybody would: without a network, in light and dark, at 320 px;
// nothing in it runs, and axe finds nothing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { is, listAt, logIn, ok, open, send, test, totalIs, until,
	URL0 } from './tap.mjs';

const AXE = readFileSync(createRequire(import.meta.url)
	.resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e';
const PASSWORD = 'correct horse battery';
const dir = mkdtempSync(join(tmpdir(), 'rapport-archive-'));
const at = (day) => `2026-01-0${day}T10:00:00Z`;
const EVENTS = [
	{ type: 'user', userId: 'ana', at: at(1), segments: [HOSTILE],
		attributes: { name: HOSTILE, city: 'Lisboa', [HOSTILE]: HOSTILE } },
	{ type: 'user', userId: 'ana', at: at(2), attributes: { city: 'Porto' } },
	{ type: 'chat', chatId: 'c1', userId: 'ana', name: HOSTILE,
		openedAt: at(3), tags: [HOSTILE] },
	{ type: 'message', chatId: 'c1', messageId: 'm1', personType: 'user',
		personId: 'ana', at: at(3), text: `${HOSTILE} ${'long'.repeat(300)}` },
	{ type: 'message', chatId: 'c1', messageId: 'm2', personType: 'manager',
		personId: 'kim', at: at(4), text: 'a note', note: true },
	{ type: 'event', userId: 'ana', name: HOSTILE, at: at(5),
		properties: { [HOSTILE]: HOSTILE } },
];

async function axe(page, what) {
	await page.evaluate(AXE);
	const { violations } = await page.evaluate(() => globalThis.axe.run(
		{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
			'best-practice'] }));

	is(violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`), [],
		`axe finds nothing: ${what}`);
}

async function taken(page) {
	const opener = page.getByRole('button', { name: 'Export everything' });

	await opener.focus();
	await page.keyboard.press('Enter');
	const dialog = page.locator('dialog');

	await dialog.getByRole('button', { name: /^Download/ }).click();
	ok(/Between 10 and 500/.test(await dialog.innerText()),
		'without a purpose nothing leaves');
	await axe(page, 'the dialog');
	await dialog.getByLabel('What is it for?').fill('she asked what we hold');
	await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
	await dialog.getByLabel('The same again').fill(PASSWORD);
	await dialog.getByLabel('With internal notes').uncheck();
	const [download] = await Promise.all([page.waitForEvent('download'),
		page.keyboard.press('Enter').then(() => dialog.getByRole('button',
			{ name: /^Download/ }).click({ timeout: 2000 }).catch(() => {}))]);

	ok(/^person-\d+-.*\.zip\.pgp$/.test(download.suggestedFilename()),
		'a file that names nobody', download.suggestedFilename());
	await download.saveAs(join(dir, 'x.pgp'));
	await dialog.getByRole('button', { name: 'Close' }).last().click();
	ok(await until(() => opener.evaluate((b) => b === document.activeElement)),
		'the focus is back on the button');
}

function unpack() {
	const rapport = join(process.env.RAPPORT_BUILD ?? 'build', 'rapport');

	writeFileSync(join(dir, 'password'), `${PASSWORD}\n`);
	execFileSync(rapport, ['unlock', join(dir, 'x.pgp'), '-o',
		join(dir, 'x.zip'), '--password-file', join(dir, 'password')]);
	execFileSync('python3', ['-m', 'zipfile', '-e', join(dir, 'x.zip'), dir]);
	return JSON.parse(readFileSync(join(dir, 'person.json'), 'utf8'));
}

async function read(colorScheme) {
	const page = await open({ colorScheme, offline: true });
	const asked = [];

	page.on('request', (r) => asked.push(r.url()));
	page.on('dialog', () => page.complaints.push('a script ran'));
	await page.goto(pathToFileURL(join(dir, 'person.html')).href);
	is(await page.locator('h1').innerText(), 'What is held on a person',
		`the page opens in ${colorScheme} colours`);
	const text = await page.locator('body').innerText();

	for (const word of ['Lisboa', 'Porto', '<script>alert(2)</script>',
		'she asked what we hold', 'internal notes of managers are left out'])
		ok(text.includes(word), `it says ${word}`);
	ok(!text.includes('a note'), 'a note that was left out is');
	is(await page.locator('script, img, a, form, iframe').count(), 0,
		'there is nothing in it to run or to follow');
	is(await page.evaluate(() => getComputedStyle(document.body)
		.backgroundColor !== 'rgb(255, 255, 255)'), colorScheme === 'dark',
	'with the colours of the reader');
	await axe(page, `the page, ${colorScheme}`);
	await page.setViewportSize({ width: 320, height: 640 });
	is(await page.evaluate(() => document.documentElement.scrollWidth), 320,
		'it is no wider than 320 px');
	is([asked.length, page.complaints.filter((c) => !/^asked file/.test(c))],
		[1, []], 'and asks for nothing else');
	await page.close();
}

await test(async () => {
	await send(EVENTS);
	const page = await open({ acceptDownloads: true });

	page.on('dialog', () => page.complaints.push('a script ran'));
	await logIn(page);
	await page.goto(URL0 + listAt({ f: ['userId', 'is', 'ana'] }));
	await totalIs(page, 1, 'she is found');
	await page.locator('.row-link').click();
	await taken(page);
	is(unpack().notesLeftOut, 1, 'the JSON says that a note was left out');
	await read('light');
	await read('dark');
	is(page.complaints, [], 'nothing ran, and nobody else was asked');
});
rmSync(dir, { recursive: true, force: true });
