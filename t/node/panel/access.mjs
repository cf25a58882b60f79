// SPDX-License-Identifier: AGPL-3.0-or-later
// For everybody: axe finds nothing in any state, light or dark, on a phone or
// a desk; nothing moves while it loads; the first load is small; forced
// colours, paper and a very wide screen hold together.
import { axe } from './axe.mjs';
import { is, listAt, logIn, ok, open, rows, send, settled, test, totalIs,
	until, URL0 } from './tap.mjs';
import { events, those } from './people.mjs';

const BUDGET = 60 * 1024;

const click = (page, name) =>
	page.getByRole('button', { name, exact: true }).click();
const keyed = async (page, key) => {
	await page.locator('h1').click();
	await page.keyboard.press(key);
};

/** Each state: how to get there, in order, and what shows that one is. */
const STATES = [
	['the list', () => {}, 'tbody th'],
	['filters and every type', (page) => page.goto(URL0 + listAt({
		columns: 'default_name,segment,score,vip,default_email,createdAt',
		f: { any: [['default_country', 'is', 'Germany'], { all: [
			['plan', 'is', 'pro'], ['vip', 'isTrue']] }] } })),
	'.chip-count'],
	['the attributes to filter by', (page) => keyed(page, '/'), '.option'],
	['values', async (page) => {
		await page.keyboard.type('segm');
		await page.keyboard.press('Enter');
		await page.getByRole('option', { name: /Leads/ }).click();
	}, '.token'],
	['columns', async (page) => {
		await page.keyboard.press('Escape');
		await click(page, 'Columns');
	}, '.columns'],
	['the export, refused', async (page) => {
		await page.keyboard.press('Escape');
		await click(page, 'Export');
		await page.getByRole('button', { name: /^Download/ }).click();
	}, '.dialog .trouble'],
	['another password, refused', async (page) => {
		await page.keyboard.press('Escape');
		await click(page, 'Choose a password');
		await page.getByRole('button', { name: 'Change password' }).click();
	}, '.dialog .trouble'],
	['the keys', async (page) => {
		await page.keyboard.press('Escape');
		await keyed(page, '?');
	}, '.keylist'],
	['groups', async (page) => {
		await page.keyboard.press('Escape');
		await page.locator('.chip-body').nth(1).click();
		await page.getByRole('button', { name: /^plan/ }).click();
	}, '.branch-editor .option'],
	['an error', async (page) => {
		await page.keyboard.press('Escape');
		await page.keyboard.press('Escape');
		await page.goto(URL0 + listAt({
			f: { all: [['nothing', 'is', 'x']] } }));
	}, '.notice-error'],
	['emptiness', (page) => page.goto(URL0 + listAt({
		f: { all: [['default_name', 'is', 'x']] } })), '.notice'],
	['a person', async (page) => {
		await page.goto(`${URL0}/#/users`);
		await page.locator('.row-link').first().click();
		await page.getByRole('button', { name: /^See more/ }).click();
	}, '.datum'],
	['nobody', (page) => page.goto(`${URL0}/#/users/4000000000`), '.notice'],
	['no such page', (page) => page.goto(`${URL0}/#/nowhere`),
		'.notice a[href="#/users"]'],
];

/** By how much the page is too wide, and what is in a dialog. */
const sticksOut = (page) => page.evaluate(() => {
	const right = (el) => Math.round(el.getBoundingClientRect().right);

	return [document.documentElement.scrollWidth - innerWidth,
		Math.max(0, ...[...document.querySelectorAll('dialog *')]
			.filter((el) => !el.closest('.unseen'))
			.map((el) => right(el) - right(el.closest('dialog'))))];
});

async function allStates(width, colorScheme) {
	const page = await open({ viewport: { width, height: 800 }, colorScheme });
	const at = `${width} px, ${colorScheme}`;

	await page.goto(`${URL0}/`);
	await page.getByLabel('Password').waitFor();
	is(await axe(page), [], `axe: the log-in (${at})`);
	await logIn(page);
	for (const [name, act, sign] of STATES) {
		await act(page);
		await page.locator(sign).first().waitFor();
		is(await axe(page), [], `axe: ${name} (${at})`);
		is(await sticksOut(page), [0, 0],
			`nothing sticks out: ${name} (${at})`);
	}
	await page.goto(`${URL0}/#/users`);
	await page.locator('tbody th').first().waitFor();
	await page.context().clearCookies();
	await page.getByRole('button', { name: 'Name' }).click();
	await page.locator('dialog').waitFor();
	is(await axe(page), [], `axe: the ended session (${at})`);
	is(page.complaints, [], `the page complained of nothing (${at})`);
	await page.context().close();
}

/** Counts the bytes of bodies as they came over the wire, compressed. */
async function firstLoad() {
	const page = await open();
	const wire = await page.context().newCDPSession(page);
	const urls = new Map();
	let assets = 0;

	await logIn(page);
	await page.goto('about:blank');
	await wire.send('Network.enable');
	await wire.send('Network.setCacheDisabled', { cacheDisabled: true });
	wire.on('Network.responseReceived', (e) =>
		urls.set(e.requestId, e.response.url));
	wire.on('Network.dataReceived', (e) => {
		assets += /\/api\//.test(urls.get(e.requestId))
			? 0 : e.encodedDataLength;
	});
	await page.addInitScript(() => {
		globalThis.moved = 0;
		new PerformanceObserver((list) => {
			for (const shift of list.getEntries())
				globalThis.moved += shift.value;
		}).observe({ type: 'layout-shift', buffered: true });
	});
	await page.goto(`${URL0}/`);
	await settled(page);
	is(await page.evaluate(() => globalThis.moved), 0,
		'nothing moves while the page loads');
	ok(assets > 10000 && assets <= BUDGET,
		`the first load is ${assets} bytes, at most ${BUDGET}`);
	await page.getByRole('button', { name: 'Name' }).click();
	await settled(page);
	await page.locator('tbody .pick').first().click();
	await page.getByRole('button', { name: 'Export 1' }).waitFor();
	await page.getByRole('button', { name: 'Next' }).click();
	await until(async () => (await page.locator('.range').textContent())
		.trim().startsWith('51'));
	is(await page.evaluate(() => globalThis.moved), 0,
		'nor when rows are sorted, selected and turned');
	await page.evaluate(() => document.querySelector('.page-head').prepend(
		document.createElement('hr'), document.createElement('hr')));
	ok(await until(() => page.evaluate(() => globalThis.moved > 0)),
		'control: what does move is noticed');
	await page.evaluate(() => document.querySelector('.page-head').append(
		document.createElement('button')));
	is((await axe(page)).map((v) => v.split(':')[0]), ['button-name'],
		'control: axe finds a button without a name');
	await keyed(page, '?');
	await page.locator('.keylist').evaluate((el) => {
		el.style.width = '100vw';
	});
	ok((await sticksOut(page))[1] > 0,
		'control: what sticks out of a dialog is noticed');
	await page.context().close();
}

async function otherMedia() {
	const page = await open({ viewport: { width: 3840, height: 2160 } });

	await logIn(page, listAt({ f: { all: [
		['default_country', 'is', 'Germany']] } }));
	await totalIs(page, those((p) => p.country === 'Germany'), 'in 4K');
	is(await page.evaluate(() => document.documentElement.scrollWidth), 3840,
		'the page is as wide as the screen');
	await page.emulateMedia({ media: 'print' });
	is(await page.locator('.sidebar, .filter-bar, .pager-turn').evaluateAll(
		(all) => all.filter((el) => el.getClientRects().length).length), 0,
	'paper leaves the controls out');
	ok(await page.locator('.sentence').isVisible() &&
		await rows(page) === those((p) => p.country === 'Germany'),
	'and keeps the sentence and the rows');
	await page.emulateMedia({ media: 'screen', forcedColors: 'active' });
	await keyed(page, '/');
	await page.locator('.option[data-here="true"]').waitFor();
	const [here, other] = await page.evaluate(() => [
		'.option[data-here="true"]', '.option[data-here="false"]'].map((s) =>
		getComputedStyle(document.querySelector(s)).backgroundColor));

	ok(here !== other, 'forced colours still show where one is');
	await page.context().close();
}

async function keysOff() {
	const page = await open();

	await logIn(page);
	await keyed(page, '?');
	await page.getByLabel(/Single-key shortcuts/).click();
	await page.keyboard.press('Escape');
	await keyed(page, '/');
	is(await page.locator('.popover').count(), 0,
		'single keys can be switched off');
	await page.reload();
	await settled(page);
	await keyed(page, '/');
	is(await page.locator('.popover').count(), 0, 'and stay off');
	await page.context().close();
}

await test(async () => {
	await send(events);
	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1280])
			await allStates(width, colorScheme);
	await firstLoad();
	await otherMedia();
	await keysOff();
});
