// SPDX-License-Identifier: AGPL-3.0-or-later
// A shared view as somebody sees it who has only the link: its columns, order
// and pages, its password, its end; hostile names; axe in light and dark; and
// the dialogs that make links.
import { axe } from './axe.mjs';
import { column, comes, is, logIn, ok, open, send, test, until,
	URL0 } from './tap.mjs';
import { events, N } from './people.mjs';

const HOSTILE = '<img src=x onerror=alert(1)>\u202e"\'& ' + 'W'.repeat(120);
const VIEWER = 'tulips from Lima';
const WIDE = ['default_name', 'default_email', 'score', 'lastSeen', 'vip',
	'segment'];

async function api(method, path, body) {
	const res = await fetch(`${URL0}/api/v1${path}`, { method,
		headers: { Authorization: `Bearer ${process.env.RAPPORT_TOKEN}`,
			...(body ? { 'Content-Type': 'application/json' } : {}) },
		body: body && JSON.stringify(body) });

	if (!res.ok)
		throw new Error(`${method} ${path}: ${await res.text()}`);
	return res.status === 204 ? null : res.json();
}

const ready = (page) => page.locator(
	'.table[aria-busy="false"], .notice, form').first().waitFor();
const range = (page) => page.locator('.range').innerText();
const sticksOut = (page) => page.evaluate(() =>
	document.documentElement.scrollWidth - innerWidth);

/** Waits until the pages say so. */
async function rangeIs(page, wanted, name) {
	await until(async () => await page.locator('.range').count() &&
		await range(page) === wanted, 10);
	is(await range(page), wanted, name);
}

async function reading(page, link) {
	const asked = [];

	page.on('request', (r) => asked.push(r));
	await page.goto(URL0 + link.url);
	await ready(page);
	is(await page.locator('h1').innerText(), 'Everybody', 'the view\'s name');
	is(await page.title(), 'Everybody – Rapport', 'is the title, too');
	is(await page.locator('thead bdi').allTextContents(),
		['Name', 'score'], 'the columns of the link');
	is((await column(page, 1))[0], 'Person 000', 'the order of the view');
	await page.getByRole('button', { name: 'Next' }).click();
	await rangeIs(page, `51–100 of ${N}`, 'page two');
	await page.getByRole('button', { name: 'Next' }).click();
	await rangeIs(page, `101–${N} of ${N}`, 'page three');
	await page.getByRole('button', { name: 'Previous' }).click();
	await rangeIs(page, `51–100 of ${N}`, 'and back');
	await page.goBack();
	await rangeIs(page, `101–${N} of ${N}`, 'Back is the page before');
	await page.getByRole('button', { name: 'score' }).click();
	await rangeIs(page, `1–50 of ${N}`, 'another order starts anew');
	is(await page.locator('th[aria-sort="descending"] bdi').allTextContents(),
		['score'], 'by that column');
	is((await column(page, 1))[0], `Person ${N - 1}`, 'the other way');
	is(asked.filter((r) => r.headers().referer).length, 0,
		'no request says where it came from');
	is(asked.filter((r) => /\/api\//.test(r.url()) &&
		!r.url().includes(`/shared/${link.token}/users`)).length, 0,
	'nothing else is asked for');
	is(await page.locator('a').count(), 0, 'nothing leads away');
}

async function byKeys(page, link) {
	const seen = async () => page.evaluate(() =>
		document.activeElement.textContent.trim());

	await page.goto(`${URL0}${link.url}#/`);
	await ready(page);
	// An order that is new makes the next page unknown until it is here.
	for (const [name, here] of [['score', 'th[aria-sort="descending"]'],
		['Next', '.range']]) {
		await until(async () => {
			await page.keyboard.press('Tab');
			return await seen() === name;
		}, 5);
		is(await seen(), name, `${name} is reached by keys`);
		await page.keyboard.press('Enter');
		await page.locator(`main:has(${here}) .table[aria-busy="false"]`)
			.waitFor();
	}
	await rangeIs(page, `51–100 of ${N}`, 'and turned by them');
}

async function locked(page, link) {
	await page.goto(URL0 + link.url);
	await ready(page);
	is(await page.locator('table').count(), 0, 'a password comes first');
	await comes(() =>
		page.evaluate(() => document.activeElement.name), 'password',
		'with the focus in it');
	await page.keyboard.type('wrong password');
	await page.keyboard.press('Enter');
	await page.getByText('The password is not right').or(
		page.getByText('the password is not right')).waitFor();
	ok(true, 'a wrong one is told');
	await page.getByLabel('Password').fill(VIEWER);
	await page.keyboard.press('Enter');
	await ready(page);
	await rangeIs(page, `1–50 of ${N}`, 'the right one opens it');
	await page.getByRole('button', { name: 'Next' }).click();
	await rangeIs(page, `51–100 of ${N}`, 'and is not asked again');
	await page.reload();
	await rangeIs(page, `51–100 of ${N}`, 'nor after a reload');
	await page.context().clearCookies();
	await page.getByRole('button', { name: 'Next' }).click();
	await page.getByLabel('Password').fill(VIEWER);
	await page.keyboard.press('Enter');
	await rangeIs(page, `101–${N} of ${N}`,
		'when that has ended it is, and one is where one was going');
}

async function shut(page, view, link) {
	await page.goto(URL0 + link.url);
	await ready(page);
	await api('DELETE', `/views/${view}/links/${link.id}`);
	await page.getByRole('button', { name: 'Next' }).click();
	await page.locator('.notice').waitFor();
	const words = await page.locator('main').innerText();

	is(await page.locator('tbody tr').count(), 0,
		'a link taken back leaves nobody on screen');
	for (const path of [link.url, '/s/AAAAAAAAAAAAAAAAAAAAAA', '/s/x', '/s/']) {
		await page.goto(URL0 + path);
		await page.locator('.notice').waitFor();
		is(await page.locator('main').innerText(), words,
			`one plain page, whatever the reason: ${path.slice(0, 5)}`);
	}
}

async function failing(page, link) {
	const at = '**/api/v1/shared/**';

	await page.goto(URL0 + link.url);
	await ready(page);
	await page.route(at, (r) => r.fulfill({ status: 503, body: '{}' }));
	await page.getByRole('button', { name: 'Next' }).click();
	await page.locator('.notice-error').waitFor();
	is(await page.locator('tbody tr').count(), 0, 'an error blanks the rows');
	await page.unroute(at);
	await page.getByRole('button', { name: 'Try again' }).click();
	await rangeIs(page, `51–100 of ${N}`, 'and trying again goes on');
}

/** Every state at a width and in a scheme: axe, and nothing sticks out. */
async function looks(width, colorScheme, links) {
	const page = await open({ viewport: { width, height: 800 }, colorScheme });
	const at = `${width} px, ${colorScheme}`;

	for (const [name, path] of Object.entries(links)) {
		await page.goto(URL0 + path);
		await ready(page);
		is(await axe(page), [], `axe: ${name} (${at})`);
		is(await sticksOut(page), 0, `nothing sticks out: ${name} (${at})`);
	}
	await logIn(page);
	await page.getByRole('button', { name: 'Views' }).click();
	await page.locator('.view').first().waitFor();
	for (const [act, sign] of [['Share', '.view'], ['Change', 'form'],
		['Versions', '.view'], ['Delete', 'form']]) {
		is(await axe(page), [], `axe: the views (${at})`);
		await page.getByRole('button', { name: `${act}: ${HOSTILE}` }).click();
		await page.locator(`dialog ${sign}`).first().waitFor();
		is(await axe(page), [], `axe: ${act} (${at})`);
		is(await page.evaluate(() => {
			const box = document.querySelector('dialog');

			return box.scrollWidth - box.clientWidth;
		}), 0, `nothing sticks out: ${act} (${at})`);
		await page.locator('.view-back').click();
	}
	is(page.complaints, [], `the page complained of nothing (${at})`);
	await page.context().close();
}

await test(async () => {
	await send(events);
	const make = async (o) => (await api('POST', '/views', o)).id;
	const share = (id, o = {}) => api('POST', `/views/${id}/links`, o);
	const all = await make({ name: 'Everybody', sort: 'default_name',
		columns: WIDE });
	const link = await share(all, { columns: ['default_name', 'score'] });
	const lock = await share(all, { password: VIEWER });
	const hostile = await make({ name: HOSTILE, columns: WIDE,
		visibility: 'team' });
	const nobody = await make({ name: 'Nobody',
		filter: ['default_name', 'is', 'x'] });
	const page = await open();

	await reading(page, link);
	await byKeys(page, link);
	await locked(page, lock);
	await failing(page, link);
	const links = { hostile: (await share(hostile)).url,
		lock: (await share(all, { password: VIEWER })).url,
		nobody: (await share(nobody)).url, shut: '/s/x' };

	await looks(320, 'dark', links);
	await looks(1400, 'light', links);
	await page.goto(URL0 + links.hostile);
	await ready(page);
	is(await page.locator('h1').textContent(), HOSTILE,
		'a hostile name is shown as it is');
	await shut(page, all, link);
	is(page.complaints, [], 'the page complained of nothing');
});
