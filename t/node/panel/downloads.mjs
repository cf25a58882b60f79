// SPDX-License-Identifier: AGPL-3.0-or-later
// The downloads: records as they were made, one that runs watched and called
// off, by mouse and by keys; loading, empty and error are three things.
import { axe } from './axe.mjs';
import { is, logIn, ok, open, send, test, totalIs, until, URL0 }
	from './tap.mjs';
import { events as talk, late, PHRASE, those } from './late.mjs';
import { hold } from './talk.mjs';

const LIST = /\/api\/v1\/exports(\?|$)/;
const HOSTILE = '"><img src=x onerror=alert(1)>\u202e and why';
const MANY = 1500;
const PEOPLE = new Set(late.map((d) => d.person)).size;
const body = (more) => JSON.stringify({ what: 'users', tz: 'UTC',
	password: 'correct horse battery', purpose: 'the monthly report',
	...more });
const HEADERS = { Authorization: `Bearer ${process.env.RAPPORT_TOKEN}`,
	'Content-Type': 'application/json' };
const rows = (page) => page.locator('.export[data-export]').count();
const row = (page, id) => page.locator(`.export[data-export="${id}"]`);
const told = async (page, id) => (await row(page, id).innerText())
	.replace(/\s+/g, ' ').trim();

async function take(more) {
	const res = await fetch(`${URL0}/api/v1/exports`, { method: 'POST',
		headers: HEADERS, body: body(more) });

	await res.arrayBuffer();
	return Number(res.headers.get('X-Export-Id'));
}

const town = Array.from({ length: MANY }, (_, i) => ({ type: 'user',
	userId: `d-${i}`, at: '2026-01-01T00:00:00Z',
	attributes: { country: i % 3 ? 'Peru' : 'France' } }));

async function empty(page) {
	const release = await hold(page, LIST);

	await page.getByRole('link', { name: 'Downloads' }).click();
	await page.locator('.export .bar').first().waitFor();
	is([await rows(page), (await page.locator('.notice').count())], [0, 0],
		'while it loads there is nothing');
	await release();
	await page.getByText('Nothing was taken out yet').waitFor();
	ok(true, 'nothing taken out: said so, and not as an error');
	is(await page.locator('.page-acts a').getAttribute('href'),
		'/unlock.html', 'with the way to the page that opens files');
}

async function records(page) {
	const all = await take({ f: ['default_country', 'is', 'France'] });
	const few = await take({ ids: [1, 2], purpose: HOSTILE });

	await page.reload();
	await row(page, few).waitFor();
	is(await page.locator('.export[data-export]').evaluateAll((found) =>
		found.map((r) => Number(r.dataset.export))), [few, all],
	'newest first');
	ok(/^Users: Country is France the monthly report test, .* CSV, locked/
		.test(await told(page, all)), 'who took what and why, and when',
	await told(page, all));
	ok((await told(page, all)).includes(`Done ${MANY / 3} users, `),
		'and how many came out');
	ok((await told(page, few)).includes('2 selected: Everybody'),
		'a selection is told as one');
	await row(page, all).getByText('Details').click();
	const more = row(page, all).locator('details');

	ok(/Columns all Took .*(second|s) From 127\.0\.0\.1 Record \d+/.test((await
	more.innerText()).replace(/\s+/g, ' ')), 'the rest is told when asked for',
	await more.innerText());
	await more.getByRole('link', { name: 'Show them as they are now' }).click();
	await totalIs(page, MANY / 3, 'a filter has one');
	await page.goBack();
	await row(page, few).waitFor();
	await row(page, few).getByText('Details').click();
	await page.route(/\/exports\/\d+$/, (route) => route.abort());
	await row(page, all).getByText('Details').click();
	await row(page, all).getByRole('alert').waitFor();
	await page.unroute(/\/exports\/\d+$/);
	await row(page, all).getByRole('button', { name: 'Try again' }).click();
	await row(page, all).getByRole('link').waitFor();
	is(await row(page, few).locator('details a').count(), 0,
		'a selection has no address; what does not come can be asked again');
	is([(await row(page, few).locator('.export-what p bdi').first()
		.textContent()).trim(), await page.locator('.export img').count()],
	[HOSTILE.trim(), 0], 'a hostile purpose is text');
}

/** Of chats: the search, in words and as an address, and the sheets. */
async function chats(page) {
	const found = those((d) => d.text.includes(PHRASE) && d.at < '2026-11-03' &&
		d.tags.includes('refund') && d.country === 'Sweden');
	const id = await take({ what: 'chats', q: `"${PHRASE}"`, format: 'json',
		tags: 'refund', to: '2026-11-03', sheets: ['UserChat data',
			'Message data'], f: ['default_country', 'is', 'Sweden'] });

	await page.reload();
	await row(page, id).waitFor();
	const rows = found.ids.length + found.messages.length;

	ok((await told(page, id)).includes(`Done ${rows} rows`) &&
		(await told(page, id)).includes('JSON, locked, 2 sheets'),
	'of chats: how many rows on how many sheets', await told(page, id));
	await row(page, id).getByText('Details').click();
	ok((await told(page, id)).includes('Sheets UserChat data, Message data'),
		'which sheets');
	await row(page, id).getByRole('link').click();
	await totalIs(page, found.ids.length, 'and the search that it was');
	ok((await page.locator('.chip').allInnerTexts()).some((t) =>
		/until\s+2 Nov 2026/.test(t)), 'with the day that was its last');
	await page.goBack();
	await row(page, id).waitFor();
}

/** More than fit a page: the next, its address, and back. */
async function pages(page) {
	const n = await rows(page);

	for (let i = n; i < 52; i++)
		await take({ ids: [1] });
	await page.reload();
	await until(async () => await rows(page) === 50);
	await page.getByRole('button', { name: 'Next' }).click();
	ok(await until(async () => await rows(page) === 2), 'a page of the rest');
	await page.reload();
	ok(await until(async () => await rows(page) === 2), 'at its address');
	await page.goBack();
	ok(await until(async () => await rows(page) === 50), 'and Back');
}

/**
 * A record that is told as running, further at each look, until it is called
 * off: a real one would be over before anybody could press a button.
 */
async function running(page, press) {
	const id = await take({});
	let done = 0;
	let asked = 0;

	await page.route(LIST, async (route) => {
		const res = await route.fetch();
		const told = await res.json();

		told.exports[0].rows = done += 10;
		told.exports[0].state = asked ? 'cancelled' : 'running';
		await route.fulfill({ response: res, json: told }).catch(() => {});
	});
	await page.route(`**/exports/${id}/cancel`, (route) => {
		asked++;
		return route.fulfill({ status: 204 });
	});
	await page.reload();
	await row(page, id).locator('progress').waitFor();
	ok(await until(async () => Number(await row(page, id).locator('progress')
		.getAttribute('value')) >= 30), 'one that runs goes on by itself');
	ok(new RegExp(`Running \\d+ of ${(MANY + PEOPLE).toLocaleString('en')} so far`).test(
		await told(page, id)), 'says how far it is', await told(page, id));
	is(await axe(page), [], 'axe: one that runs');
	await press(row(page, id).getByRole('button', { name: /^Cancel/ }));
	ok(await until(async () => await row(page, id)
		.getAttribute('data-state') === 'cancelled'),
	'is called off, which is seen without a reload');
	ok(asked === 1 && /Cancelled after \d+ users/.test(await told(page, id)),
		'once, and told');
	await page.unroute(LIST);
}

async function failing(page) {
	await page.route(LIST, (route) => route.abort());
	await page.reload();
	await page.locator('.notice-error').waitFor();
	is(await rows(page), 0, 'no list is shown when there is none');
	await page.unroute(LIST);
	await page.getByRole('button', { name: 'Try again' }).click();
	await page.locator('.export[data-export]').first().waitFor();
	is(await rows(page), 5, 'and it can be asked again');
	await page.getByRole('link', { name: 'Users' }).click();
	await page.locator('tbody th').first().waitFor();
	await page.goBack();
	await page.locator('.export[data-export]').first().waitFor();
	ok(true, 'Back works');
}

async function everybody() {
	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1400]) {
			const page = await open({ colorScheme,
				viewport: { width, height: 800 } });

			await logIn(page);
			await page.goto(`${URL0}/#/downloads`);
			await page.locator('.export[data-export]').first().waitFor();
			await page.getByText('Details').first().click();
			is(await axe(page), [], `axe: ${width} px, ${colorScheme}`);
			is(await page.evaluate(() => document.documentElement.scrollWidth -
				innerWidth), 0, 'nothing sticks out');
			await page.context().close();
		}
}

await test(async () => {
	await send([...town, ...talk]);
	const page = await open();

	await logIn(page);
	await empty(page);
	await records(page);
	await chats(page);
	await running(page, (b) => b.click());
	await running(page, async (b) => {
		await b.focus();
		await page.keyboard.press('Enter');
	});
	await failing(page);
	await pages(page);
	await everybody();
	is(page.complaints, [], 'the page complained of nothing');
});
