// SPDX-License-Identifier: AGPL-3.0-or-later
// Saved views: by country and language, saved, shared, opened by somebody who
// is not logged in, taken back; by mouse and by keyboard alone; what others
// change meanwhile, and what a failing server leaves as it was typed.
import { column, comes, is, listAt, logIn, ok, open, PASSWORD, send, settled,
	test, totalIs, until, URL0 } from './tap.mjs';
import { events, those } from './people.mjs';

const OURS = those((p) => p.country === 'Germany' && p.language === 'English');
const F = { all: [['default_country', 'is', 'Germany'],
	['default_language', 'is', 'English']] };

const button = (page, name) => page.getByRole('button', { name, exact: true });
const views = (page) => page.locator('.view-name a').allInnerTexts();
const headings = (page) => page.locator('thead bdi').allTextContents();
const focus = (page) => page.evaluate(() => {
	const el = document.activeElement;

	return el.getAttribute('aria-label') || el.labels?.[0]?.innerText ||
		el.textContent.trim();
});

async function api(method, path, body) {
	const res = await fetch(`${URL0}/api/v1${path}`, { method,
		headers: { Authorization: `Bearer ${process.env.RAPPORT_TOKEN}`,
			...(body ? { 'Content-Type': 'application/json' } : {}) },
		body: body && JSON.stringify(body) });

	if (!res.ok)
		throw new Error(`${method} ${path}: ${await res.text()}`);
	return res.status === 204 ? null : res.json();
}

/** What a link shows to somebody who has never been here. */
async function outsider(url, what) {
	const page = await open();

	await page.goto(url);
	await page.locator('.table[aria-busy="false"], .notice').first().waitFor();
	const seen = await what(page);

	is(page.complaints, [], 'the page of the link complained of nothing');
	await page.context().close();
	return seen;
}

async function byMouse(page) {
	await page.goto(URL0 + listAt({ f: F, sort: 'default_name' }));
	await totalIs(page, OURS, 'a list by country and language');
	const order = await column(page, 1);

	await button(page, 'Views').click();
	await page.getByText('No views are saved yet.').waitFor();
	await page.getByLabel('Name', { exact: true }).fill('Germans in English');
	await button(page, 'Save view').click();
	await page.locator('.view').waitFor();
	is(await views(page), ['Germans in English'], 'is saved under a name');
	await button(page, 'Share: Germans in English').click();
	await page.getByLabel('Email').uncheck();
	await page.getByLabel('First seen').uncheck();
	await button(page, 'Make a link').click();
	const url = await page.getByLabel('The new link').inputValue();

	ok(url.startsWith(`${URL0}/s/`), 'a link is made, with its whole address');
	is(await outsider(url, async (out) => [await out.locator('h1').innerText(),
		await headings(out), await column(out, 1)]),
	['Germans in English', ['Name', 'Last seen'], order],
	'it shows the same people in the same order, in the chosen columns');
	await button(page, 'Another link').click();
	await page.locator('.view-back').click();
	await button(page, 'Share: Germans in English').click();
	await page.getByText(/^Opened once/).click();
	await page.locator('.openings li').waitFor();
	ok(/127\.0\.0\.1/.test(await page.locator('.openings').innerText()),
		'when and from where it was opened is told');
	await page.getByRole('button', { name: /^Revoke/ }).click();
	await page.getByText('Revoked').waitFor();
	is(await outsider(url, (out) => out.locator('h1').innerText()),
		'This link does not open', 'and taken back it is shut');
	await page.keyboard.press('Escape');
}

/** Tabs on until the focus is there; how many steps it took, or -1. */
async function tabTo(page, name) {
	for (let i = 0; i < 60; i++) {
		if (await focus(page) === name)
			return i;
		await page.keyboard.press('Tab');
	}
	return -1;
}

async function byKeyboard(page) {
	const keys = page.keyboard;

	await page.goto(`${URL0}/#/users`);
	await settled(page);
	for (const [attribute, value] of [['coun', 'Germany'], ['lang', 'English']]) {
		await keys.press('/');
		await page.locator('.option').first().waitFor();
		await keys.type(attribute);
		await keys.press('Enter');
		await page.getByRole('option', { name: value }).waitFor();
		await keys.type(value);
		await keys.press('Enter');
		await until(async () => (await page.locator('.chip-value')
			.allInnerTexts()).includes(value));
	}
	await totalIs(page, OURS, 'by keys: the same people');
	ok(await tabTo(page, 'Views') >= 0, 'the views are reached');
	await keys.press('Enter');
	await page.locator('.view').first().waitFor();
	ok(await tabTo(page, 'Name') >= 0, 'a name is asked for');
	await keys.type('By keys');
	await keys.press('Enter');
	await until(async () => (await views(page)).length === 2);
	is(await views(page), ['By keys', 'Germans in English'], 'Enter saves');
	ok(await tabTo(page, 'Share: By keys') >= 0, 'it is shared');
	await keys.press('Enter');
	await page.getByLabel('It ends after').waitFor();
	await comes(() => focus(page), 'All views', 'the focus goes along');
	ok(await tabTo(page, 'Make a link') >= 0, 'a link');
	await keys.press('Enter');
	await page.locator('.made').waitFor();
	const url = await page.getByLabel('The new link').inputValue();

	is(await outsider(url, (out) => out.locator('.total').innerText()
		.then((t) => parseInt(t, 10))), OURS, 'opens');
	await page.locator('.view').waitFor();
	ok(await until(async () => {
		await keys.press('Tab');
		return /^Revoke/.test(await focus(page));
	}), 'the way to end it');
	await keys.press('Enter');
	await page.getByText('Revoked').waitFor();
	is(await outsider(url, (out) => out.locator('h1').innerText()),
		'This link does not open', 'ends it');
	await keys.press('Escape');
	is(await page.locator('dialog').count(), 0, 'Esc closes');
	await comes(() => focus(page), 'Views', 'back where one was');
}

async function byAddress(page) {
	const [view] = (await api('POST', '/views', { name: 'Short', sort: 'score',
		filter: ['plan', 'is', 'pro'], visibility: 'team',
		columns: ['default_name', 'score'] }).then((v) => [v]));

	await page.goto(`${URL0}/#/users`);
	await settled(page);
	await page.goto(`${URL0}${new URL(view.url, URL0).pathname}`);
	await totalIs(page, those((p) => p.plan === 'pro'),
		'a short address leads to the list');
	is(await headings(page), ['Name', 'score'], 'with its columns');
	is((await column(page, 1))[0], 'Person 000', 'in its order');
	await page.goto(`${URL0}/#/v/nothinghere`);
	await page.getByText('There is no such view').waitFor();
	is(await page.locator('h1').innerText(), 'There is no such view',
		'one that is not there is said to be');
	const out = await open();

	await out.goto(URL0 + new URL(view.url, URL0).pathname);
	await out.getByLabel('Password').waitFor();
	await logInHere(out);
	await totalIs(out, those((p) => p.plan === 'pro'),
		'who is not logged in gets there after it');
	await out.context().close();
	return view;
}

async function logInHere(page) {
	await page.getByLabel('E-mail or phone').fill(process.env.RAPPORT_LOGIN);
	await page.getByLabel('Password').fill(PASSWORD);
	await page.getByRole('button', { name: /^Log in/ }).click();
	await settled(page);
}

async function changing(page, view) {
	await page.goto(URL0 + listAt({ f: ['vip', 'isTrue'] }));
	await settled(page);
	await button(page, 'Views').click();
	await button(page, 'Change: Short').click();
	await page.getByLabel('Name', { exact: true }).fill('Shorter');
	await page.getByLabel('Let it show what is on screen').check();
	await api('PATCH', `/views/${view.id}`, { sort: '-score' });
	await button(page, 'Save changes').click();
	await page.getByRole('alert').waitFor();
	ok(/changed this view meanwhile/.test(
		await page.getByRole('alert').innerText()),
	'what somebody else changed meanwhile is not overwritten');
	is(await page.getByLabel('Name', { exact: true }).inputValue(), 'Shorter',
		'and what was typed is still there');
	await page.locator('.view-back').click();
	await page.keyboard.press('Escape');
	await button(page, 'Views').click();
	await button(page, 'Change: Short').click();
	await page.getByLabel('Name', { exact: true }).fill('Shorter');
	await page.getByLabel('Let it show what is on screen').check();
	await button(page, 'Save changes').click();
	await button(page, 'Versions: Shorter').click();
	await page.getByText(/^3\./).waitFor();
	is((await page.locator('ol.views p:first-child').allInnerTexts())
		.map((t) => t.replace(/, \d.*/, '')),
	['3. Owner changed the name, the filter, the columns, and the order',
		'2. test changed the order', '1. test saved it'],
	'every version says who changed what');
	await page.getByRole('link', { name: 'Open version 1' }).click();
	await totalIs(page, those((p) => p.plan === 'pro'),
		'and an old one opens as it was');
}

async function failing(page) {
	await button(page, 'Views').click();
	await page.locator('.view').first().waitFor();
	await page.getByLabel('Name', { exact: true }).fill('Kept');
	await page.route('**/api/v1/views', (route) =>
		route.request().method() === 'POST'
			? route.fulfill({ status: 503, body: '{"title":"Too busy"}',
				contentType: 'application/problem+json' })
			: route.continue());
	await button(page, 'Save view').click();
	await page.getByRole('alert').waitFor();
	is(await page.getByRole('alert').innerText(), 'Too busy',
		'a refusal is said');
	is(await page.getByLabel('Name', { exact: true }).inputValue(), 'Kept',
		'and nothing typed is lost');
	await page.unroute('**/api/v1/views');
	await button(page, 'Save view').click();
	await until(async () => (await views(page)).includes('Kept'));
	await button(page, 'Delete: Kept').click();
	await button(page, 'Delete view').click();
	await until(async () => await page.locator('.view').count() &&
		!(await views(page)).includes('Kept'));
	ok(!(await views(page)).includes('Kept'), 'a view is deleted');
	await page.keyboard.press('Escape');
}

await test(async () => {
	await send(events);
	const page = await open();

	await logIn(page);
	await byMouse(page);
	await byKeyboard(page);
	const view = await byAddress(page);

	await changing(page, view);
	await failing(page);
	is(page.complaints, [], 'the panel complained of nothing');
});
