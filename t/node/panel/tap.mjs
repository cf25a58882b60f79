// SPDX-License-Identifier: AGPL-3.0-or-later
// What every test of the panel begins with: results as TAP lines, a real
// Chromium, people put in through the interface.  The server under test is
// named by RAPPORT_URL, RAPPORT_LOGIN, RAPPORT_PASSWORD and RAPPORT_TOKEN,
// which lib/Rapport/Panel.pm sets; the scripts also run by hand.
import { isDeepStrictEqual } from 'node:util';
import { chromium } from 'playwright-core';

const { RAPPORT_URL, RAPPORT_LOGIN, RAPPORT_PASSWORD, RAPPORT_TOKEN } =
	process.env;

export const URL0 = RAPPORT_URL;
export const PASSWORD = RAPPORT_PASSWORD;
export const LOGIN = RAPPORT_LOGIN;

let n = 0;
let failed = 0;

export function ok(good, name, why = '') {
	failed += good ? 0 : 1;
	console.log(`${good ? '' : 'not '}ok ${++n} - ${name}`);
	if (!good && why)
		console.log(`# ${String(why).split('\n').join('\n# ')}`);
	return good;
}

const short = (value) => String(JSON.stringify(value)).slice(0, 1000);

export const is = (got, wanted, name) => ok(isDeepStrictEqual(got, wanted),
	name, `got    ${short(got)}\nwanted ${short(wanted)}`);

/** Polls a condition; answers the last value, true enough or not. */
export async function until(ask, seconds = 15) {
	const end = Date.now() + seconds * 1000;

	for (;;) {
		const got = await ask();

		if (got || Date.now() > end)
			return got;
		await new Promise((go) => setTimeout(go, 15));
	}
}

/** What is got comes to be what is wanted: effects run after their frame. */
export async function comes(get, wanted, name) {
	let got;

	await until(async () => isDeepStrictEqual(got = await get(), wanted));
	return is(got, wanted, name);
}

/** Puts events in; dies where one is refused. */
export async function send(events) {
	for (let i = 0; i < events.length; i += 500) {
		const res = await fetch(`${URL0}/api/v1/events`, {
			method: 'POST', body: JSON.stringify(events.slice(i, i + 500)),
			headers: { Authorization: `Bearer ${RAPPORT_TOKEN}`,
				'Content-Type': 'application/json' },
		});
		const answer = await res.text();

		if (!res.ok || JSON.parse(answer).refused?.length)
			throw new Error(`events: ${res.status} ${answer.slice(0, 500)}`);
	}
}

let browser;

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--no-proxy-server'];

/** A page of its own context.  Whatever the page complains about is kept. */
export async function open(options = {}) {
	browser ??= await chromium.launch({ headless: true, args: FLAGS,
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium' });
	const context = await browser.newContext({ locale: 'en-GB',
		timezoneId: 'Europe/Berlin', viewport: { width: 1280, height: 800 },
		...options });

	// A browser that begins to hand requests over may let one more pass by:
	// it does so from the beginning, whatever a test wants to hold or break.
	await context.route(/(?!)/, () => {});
	const page = await context.newPage();

	context.setDefaultTimeout(15000);
	page.complaints = [];
	page.on('pageerror', (e) => page.complaints.push(e.message));
	page.on('console', (m) => {
		if (/Content Security Policy|Trusted/i.test(m.text()))
			page.complaints.push(m.text());
	});
	page.on('request', (r) => {
		if (!r.url().startsWith(URL0) && !/^(blob|data):/.test(r.url()))
			page.complaints.push(`asked ${r.url()}`);
	});
	return page;
}

export async function logIn(page, address = '/') {
	await page.goto(URL0 + address);
	await giveName(page.locator('.login'));
	await settled(page);
}

/** Somebody who may only some things, in a page of their own, at a place. */
export async function asMember(permissions, place) {
	const email = `${permissions.join('-')}@example.com`;
	const res = await fetch(`${URL0}/api/v1/managers`, { method: 'POST',
		headers: { Authorization: `Bearer ${RAPPORT_TOKEN}`,
			'Content-Type': 'application/json' },
		body: JSON.stringify({ name: 'Member', email, role: 'Member',
			permissions }) });
	const { password } = await res.json();
	const page = await open();

	await page.goto(`${URL0}/#${place}`);
	await page.getByLabel('E-mail or phone').fill(email);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: /^Log in/ }).click();
	await page.locator('.places').waitFor();
	return page;
}

export async function giveName(form, password = PASSWORD) {
	await form.getByLabel('E-mail or phone').fill(LOGIN);
	await form.getByLabel('Password').fill(password);
	await form.getByRole('button', { name: /^Log in/ }).click();
}

/** Until the list shows rows, emptiness or an error, and not ghosts. */
export const settled = (page) => page.waitForFunction(() =>
	document.querySelector('.notice, ' +
	'.table[aria-busy="false"] tbody tr:not(.ghost-row)'));

/** The exact total in the heading, or null while there is none. */
export async function total(page) {
	const text = await page.locator('.total-number').textContent();

	return text.trim() ? Number(text.replaceAll(',', '')) : null;
}

/** Waits for a total, then says whether it came. */
export async function totalIs(page, wanted, name) {
	await until(async () => await total(page) === wanted, 10);
	return is(await total(page), wanted, name);
}

export const rows = (page) => page.locator('tbody tr:not(.ghost-row)').count();

/** The texts of one column, top to bottom. */
export const column = (page, i) => page.locator(
	`tbody tr:not(.ghost-row) > :nth-child(${i}) bdi`).allTextContents();

export const heads = (page) => page.locator('thead th bdi').allTextContents();

/** The address of the list with a filter and so on. */
export const listAt = (query) => '/#/users?' + Object.entries(query).map(
	([k, v]) => `${k}=${encodeURIComponent(typeof v === 'string'
		? v : JSON.stringify(v))}`).join('&');

/** Runs the whole test; an error is a failed test, not a silence. */
export async function test(run) {
	try {
		await run();
	} catch (e) {
		ok(false, 'the test runs to its end', e.stack);
	}
	await browser?.close();
	console.log(`1..${n}`);
	process.exitCode = failed ? 1 : 0;
}
