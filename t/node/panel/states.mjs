// SPDX-License-Identifier: AGPL-3.0-or-later
// Loading, empty, error and an ended session: four things that never look
// alike, never show rows that do not match, and never lose what was typed.
import { comes, giveName, is, listAt, logIn, ok, open, rows, send, settled,
	test, total, totalIs, until, URL0 } from './tap.mjs';
import { events, N, those } from './people.mjs';

const american = (p) => p.country === 'United States';
const AMERICAN = listAt({ f: { all: [
	['default_country', 'is', 'United States']] } });
const LIST = /\/api\/v1\/users\?/;

const said = async (page) => ({
	rows: await rows(page), total: await total(page),
	title: (await page.locator('.notice-title').allTextContents()).join(),
});

/** Holds the answers to a request back until told to let them go. */
async function hold(page, what) {
	let release;
	const held = new Promise((go) => {
		release = go;
	});

	await page.route(what, async (route) => {
		await held;
		await route.continue().catch(() => {});
	});
	return async () => {
		release();
		await page.unroute(what);
	};
}

async function loading(page) {
	const release = await hold(page, LIST);

	await page.getByRole('button', { name: 'Add filter' }).click();
	await page.getByRole('option', { name: /^Country/ }).click();
	await page.getByRole('option', { name: /United States/ }).click();
	await page.locator('.ghost-row').first().waitFor({ state: 'attached' });
	is(await said(page), { rows: 0, total: null, title: '' },
		'while a filter loads there are no rows and no total');
	ok(await page.locator('.table[aria-busy="true"]').count() === 1,
		'and the table says that it is busy');
	await release();
	await totalIs(page, those(american), 'then the rows come');
	const slow = await hold(page, LIST);

	await page.getByRole('button', { name: 'Name' }).click();
	await page.locator('.table[aria-busy="true"]').waitFor();
	is(await rows(page), those(american),
		'while the order changes the same people stay');
	await slow();
	await settled(page);
}

async function empty(page) {
	await page.goto(URL0 + listAt({ f: { all: [
		['default_name', 'is', 'no such name']] } }));
	await page.getByText('Nobody matches').waitFor();
	is(await said(page), { rows: 0, total: 0, title: 'Nobody matches' },
		'nobody: said in words, total 0');
	await page.getByRole('button', { name: 'Clear the filters' }).focus();
	await page.keyboard.press('Enter');
	await totalIs(page, N, 'and one key leads out');
	await comes(() => page.evaluate(() => document.activeElement.id), 'main',
		'with the focus left on the page');
}

async function wrongFilter(page) {
	await page.goto(URL0 + AMERICAN);
	await totalIs(page, those(american), 'a list to begin with');
	await page.goto(URL0 + listAt({ f: { all: [
		['default_country', 'is', 'United States'],
		['no_such_thing', 'is', 'x']] } }));
	await page.locator('.notice-error').waitFor();
	is(await said(page), { rows: 0, total: null,
		title: 'The list could not be loaded' },
	'a filter that cannot run blanks the list');
	const text = await page.locator('.notice').textContent();

	ok(text.includes('no_such_thing') && text.includes('/all/1'),
		'and names what and where', text);
	is(await page.locator('.chip-wrong').count(), 1,
		'the very filter is marked');
	await page.getByRole('button', { name: 'Remove that filter' }).click();
	await totalIs(page, those(american), 'and can be taken out there');
	await page.goto(`${URL0}/#/users?f=%7B%22all%22%3A%5B`);
	await page.locator('.notice-error').waitFor();
	is((await said(page)).rows, 0, 'half an address is an error, too');
	await page.goto(URL0 + listAt({ sort: 'no_such_thing' }));
	await page.locator('.notice-error').waitFor();
	is((await said(page)).rows, 0, 'an order that does not exist as well');
}

async function serverTrouble(page) {
	await page.goto(URL0 + AMERICAN);
	await totalIs(page, those(american), 'a list to begin with');
	await page.route(LIST, (route) => route.fulfill({ status: 500,
		contentType: 'application/problem+json', body: JSON.stringify({
			title: 'Internal', status: 500, detail: 'The lamp is out.',
			requestId: 'r-42' }) }));
	await page.getByRole('button', { name: 'Name' }).click();
	await page.locator('.notice-error').waitFor();
	const text = await page.locator('.notice').textContent();

	is(await said(page), { rows: 0, total: null,
		title: 'The list could not be loaded' }, 'a 500 blanks the list');
	ok(text.includes('The lamp is out.') && text.includes('r-42'),
		'and shows the server’s sentence and the number of the request');
	await page.unroute(LIST);
	await page.getByRole('button', { name: 'Try again' }).click();
	await totalIs(page, those(american), 'Try again does');
	await page.route(LIST, (route) => route.abort());
	await page.getByRole('button', { name: 'Email' }).click();
	await page.locator('.notice-error').waitFor();
	is((await said(page)).rows, 0, 'no connection blanks the list');
	await page.unroute(LIST);
	await page.getByRole('button', { name: 'Try again' }).click();
	await totalIs(page, those(american), 'and passes');
}

async function endedSession(page) {
	await page.goto(`${URL0}/#/users`);
	await totalIs(page, N, 'everybody');
	await page.keyboard.press('/');
	await page.locator('.option').first().waitFor();
	await page.keyboard.type('country');
	await page.keyboard.press('Enter');
	await page.getByRole('option', { name: /Germany/ }).waitFor();
	await page.context().clearCookies();
	await page.keyboard.type('ger');
	const over = page.getByRole('dialog', { name: 'Your session has ended' });

	await over.waitFor();
	ok(await until(() => over.getByLabel('Password').evaluate((el) =>
		el === document.activeElement)), 'an ended session asks for the password');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape');
	is(await until(() => over.count()), 1, 'and cannot be waved away');
	await giveName(over);
	await over.waitFor({ state: 'detached' });
	is(await page.getByRole('combobox', { name: 'Country, value' })
		.inputValue(), 'ger', 'what was typed is still there');
	await page.getByRole('option', { name: /Germany/ }).click();
	await totalIs(page, those((p) => p.country === 'Germany'),
		'and the work goes on');
}

await test(async () => {
	await send(events);
	const page = await open();

	await logIn(page);
	await loading(page);
	await empty(page);
	await wrongFilter(page);
	await serverTrouble(page);
	await endedSession(page);
	is(page.complaints, [], 'the page complained of nothing');
});
