// SPDX-License-Identifier: AGPL-3.0-or-later
// The export of chats when not all is well: while it is counted, when that
// fails, when the server refuses, is slow, breaks off, or has ended the
// session; nothing typed is lost.  Who may not take out is not asked to.
import { createServer } from 'node:http';
import { axe } from './axe.mjs';
import { asMember, giveName, is, logIn, ok, open, send, test, totalIs, URL0 }
	from './tap.mjs';
import { events, late } from './late.mjs';
import { hold } from './talk.mjs';

const SECRET = 'paper-lantern:42 über';
const PURPOSE = 'Why deliveries are late';
const PREVIEW = '**/api/v1/exports/preview';
const EXPORTS = /\/api\/v1\/exports$/;
const HOSTILE = '"><img src=x onerror=window.pwned=1>\u202e';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const dialog = (page) => page.getByRole('dialog', { name: 'Export' });
const download = (page) => dialog(page).getByRole('button',
	{ name: /^Download/ });
const typed = async (page) => [await dialog(page)
	.getByLabel('What is it for?').inputValue(), await dialog(page)
	.getByLabel('Password', { exact: true }).inputValue(), await dialog(page)
	.getByLabel('The same again').inputValue(), await dialog(page)
	.getByLabel('Format').inputValue(), await dialog(page)
	.getByRole('checkbox', { checked: false }).count()];
const ALL = [PURPOSE, SECRET, SECRET, 'json', 1];
const kept = async (page, name) => is(await typed(page), ALL, name);

async function fill(page, password = SECRET) {
	await dialog(page).getByLabel('What is it for?').fill(PURPOSE);
	await dialog(page).getByLabel('Password', { exact: true }).fill(password);
	await dialog(page).getByLabel('The same again').fill(password);
	await dialog(page).getByLabel('Format').selectOption('json');
}

async function counting(page) {
	let asked = 0;
	const release = await hold(page, PREVIEW);

	page.on('request', (r) => {
		asked += EXPORTS.test(r.url()) ? 1 : 0;
	});
	await button(page, 'Export what was found').click();
	await dialog(page).getByText('Counting what the file will hold').waitFor();
	await fill(page);
	await download(page).click({ force: true });
	is([await download(page).getAttribute('aria-disabled'), asked],
		['true', 0], 'nothing leaves before it is known how much it is');
	is(await axe(page), [], 'axe: while it is counted');
	await release();
	await dialog(page).locator('.sheets').waitFor();
	await page.keyboard.press('Escape');
	await page.route(PREVIEW, (route) => route.abort());
	await button(page, 'Export what was found').click();
	await dialog(page).getByRole('alert').waitFor();
	await fill(page);
	is(await axe(page), [], 'axe: when it cannot be counted');
	is(await download(page).getAttribute('aria-disabled'), 'true',
		'nor when it cannot be');
	await page.unroute(PREVIEW);
	await dialog(page).getByRole('button', { name: 'Try again' }).click();
	await dialog(page).locator('.sheets').waitFor();
	is((await typed(page)).slice(0, 3), ALL.slice(0, 3),
		'that can be tried again, and what was typed is there');
}

async function nothing(page) {
	const ticks = dialog(page).getByRole('checkbox');

	for (let i = 0; i < await ticks.count(); i++)
		await ticks.nth(i).uncheck();
	ok(await dialog(page).getByText('Choose at least one sheet').isVisible() &&
		await download(page).getAttribute('aria-disabled') === 'true',
	'no sheet at all is no file');
	for (let i = 1; i < await ticks.count(); i++)
		await ticks.nth(i).check();
}

async function refused(page) {
	await fill(page, 'password1');
	await download(page).click();
	await dialog(page).getByRole('alert').waitFor();
	is((await typed(page))[0], PURPOSE, 'a password everybody uses is refused');
	await fill(page);
	await page.route(EXPORTS, (route) => route.abort());
	await download(page).click();
	await dialog(page).getByText('could not be reached').waitFor();
	await kept(page, 'a server that is gone loses nothing');
	await page.unroute(EXPORTS);
}

/** A server that says the half, and then what it is told to do. */
async function halfway(fate) {
	const server = createServer((_, res) => {
		res.writeHead(200, { 'X-Export-Id': '77', 'Content-Disposition':
			'attachment; filename="chats.json.pgp"' });
		res.write(Buffer.alloc(100000));
		fate(res);
	});

	await new Promise((go) => {
		server.listen(0, '127.0.0.1', go);
	});
	return server;
}

const toward = (page, server) => page.route(EXPORTS, (route) =>
	route.continue({ url: `http://127.0.0.1:${server.address().port}/` }));

async function slow(page) {
	const server = await halfway(() => {});
	let stopped = 0;

	await toward(page, server);
	await page.route('**/exports/77', (route) => route.fulfill({
		json: { rows: 30, total: 60 } }));
	await page.route('**/exports/77/cancel', (route) => {
		stopped++;
		return route.fulfill({ status: 204 });
	});
	await download(page).click();
	await dialog(page).getByText('100 kB').waitFor();
	await dialog(page).getByText('30 of 60 rows').waitFor();
	is([await dialog(page).locator('progress').evaluate((p) => p.position),
		await page.evaluate(() => document.activeElement.innerText)],
	[0.5, 'Cancel'], 'how far it is, and the focus on the way out');
	is(await axe(page), [], 'axe: while it runs');
	await page.keyboard.press('Enter');
	await dialog(page).getByLabel('What is it for?').waitFor();
	is([stopped, await dialog(page).getByRole('alert').count()], [1, 0],
		'called off: the server is told, and it is no error');
	await kept(page, 'and nothing typed is lost');
	await page.unroute(EXPORTS);
	server.closeAllConnections();
	server.close();
}

async function brokenOff(page) {
	const server = await halfway((res) =>
		setTimeout(() => res.destroy(), 50));
	let files = 0;

	page.on('download', () => files++);
	await toward(page, server);
	await download(page).click();
	await dialog(page).getByText('broke off before the end').waitFor();
	is(files, 0, 'a file that breaks off is none');
	await kept(page, 'and nothing typed is lost');
	await page.unroute(EXPORTS);
	server.close();
}

async function afterTheEnd(page) {
	await page.context().clearCookies();
	const coming = page.waitForEvent('download');

	await download(page).click();
	const over = page.getByRole('dialog', { name: 'Your session has ended' });

	await giveName(over);
	ok(/^chats-.*\.json\.pgp$/.test((await coming).suggestedFilename()),
		'an ended session is bridged by a log-in');
	await page.keyboard.press('Escape');
	await page.context().clearCookies();
	await button(page, 'Export what was found').click();
	await giveName(over);
	await dialog(page).locator('.sheets').waitFor();
	ok(true, 'also while it is counted');
	await page.keyboard.press('Escape');
}

/** More rows than are kept in memory go to a place one chooses. */
async function bigOnes(page) {
	await page.evaluate(() => {
		globalThis.showSaveFilePicker = async ({ suggestedName }) => {
			const root = await navigator.storage.getDirectory();

			globalThis.picked = suggestedName;
			return root.getFileHandle('picked', { create: true });
		};
	});
	await page.route(PREVIEW, async (route) => {
		const res = await route.fetch();
		const told = await res.json();

		told.sheets[7].rows = 1200000;
		await route.fulfill({ response: res, json: told });
	});
	await button(page, 'Export what was found').click();
	await dialog(page).getByText('goes on as Message data (2)').waitFor();
	await fill(page);
	await download(page).click();
	await dialog(page).getByText('is downloaded').waitFor();
	const head = await page.evaluate(async () => {
		const root = await navigator.storage.getDirectory();
		const file = await (await root.getFileHandle('picked')).getFile();

		return [globalThis.picked, file.size > 1000];
	});

	is(head, ['chats.json.pgp', true], 'a big one is streamed to its place');
	await page.keyboard.press('Escape');
	await page.unroute(PREVIEW);
}

async function whoMay() {
	const none = await asMember(['chats.read', 'analytics.read'], '/archives');

	await totalIs(none, late.length, 'who may read and not take out');
	await none.goto(`${URL0}/#/analytics/support`);
	await none.locator('.stat').first().waitFor();
	is(await none.getByRole('button', { name: /^Export/ }).count(), 0,
		'sees no button, there');
	await none.goto(`${URL0}/#/archives`);
	await totalIs(none, late.length, 'or here');
	is(await none.getByRole('button', { name: /^Export/ }).count(), 0,
		'neither');
	await none.context().close();
	const deaf = await asMember(['download', 'analytics.read'],
		'/analytics/support');

	await deaf.locator('.stat').first().waitFor();
	is(await deaf.getByRole('button', { name: /^Export/ }).count(), 0,
		'nor who may take out and not read');
	await deaf.context().close();
	const some = await asMember(['chats.read', 'download'], '/archives');

	await totalIs(some, late.length, 'who may not see people');
	await button(some, 'Export what was found').click();
	await dialog(some).locator('.sheets').waitFor();
	is([await dialog(some).getByLabel(/^User data/).count(),
		await dialog(some).getByRole('checkbox').count()], [0, 7],
	'is offered the sheets without them');
	await fill(some);
	const coming = some.waitForEvent('download');

	await download(some).click();
	ok((await coming).suggestedFilename(), 'and gets them');
	is(some.complaints, [], 'the page complained of nothing');
	await some.context().close();
}

async function everybody() {
	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1400]) {
			const page = await open({ colorScheme,
				viewport: { width, height: 800 } });
			const at = `${width} px, ${colorScheme}`;

			await logIn(page);
			await page.goto(`${URL0}/#/archives?match=none&tags=` +
				encodeURIComponent(HOSTILE));
			await totalIs(page, late.length, `a hostile tag (${at})`);
			await button(page, 'Export what was found').click();
			await dialog(page).locator('.sheets').waitFor();
			is(await axe(page), [], `axe: the dialog (${at})`);
			ok((await dialog(page).innerText()).includes(HOSTILE.slice(0, 30)),
				`the sentence is text (${at})`);
			is(await page.evaluate(() => [document.documentElement.scrollWidth -
				innerWidth, document.querySelector('dialog').scrollWidth -
				document.querySelector('dialog').clientWidth,
			document.querySelectorAll('dialog img').length,
			'pwned' in window]), [0, 0, 0, false], `harmless (${at})`);
			await fill(page);
			await download(page).click();
			await dialog(page).getByText('is downloaded').waitFor();
			is(await axe(page), [], `axe: the end (${at})`);
			await page.context().close();
		}
}

await test(async () => {
	await send(events);
	const page = await open({ acceptDownloads: true });

	await logIn(page);
	await page.goto(`${URL0}/#/archives`);
	await totalIs(page, late.length, 'all chats');
	for (const step of [counting, nothing, refused, slow, brokenOff,
		afterTheEnd, bigOnes])
		await step(page);
	await whoMay();
	await everybody();
	is(page.complaints, [], 'the page complained of nothing');
});
