// SPDX-License-Identifier: AGPL-3.0-or-later
// Ways through analytics: by keys and by mouse; hostile filters, a server that fails, is slow or says no; hours that
// come twice and days that have not come; every scheme and width.
import { axe } from './axe.mjs';
import { comes, is, logIn, LOGIN, ok, open, send, settled, test, until,
	URL0 } from './tap.mjs';

const BAD = '<img src=x onerror=window.pwned=1>';
const at = (day, hour) => `2025-${day}T${hour}:00:00Z`;

/** Somebody new on each of five days; the fifth writes on two. */
const DAYS = ['03-03', '03-04', '03-05', '03-06', '03-06'];
const events = DAYS.flatMap((day, i) => [
	{ type: 'message', chatId: `c${i}`, messageId: `m${i}`, at: at(day, '10'),
		personType: 'user', personId: `p${i}`, text: 'hi' },
	{ type: 'user', userId: `p${i}`, at: at(day, '10'),
		attributes: { country: i === 4 ? BAD : 'Peru' } }])
	.concat([{ type: 'message', chatId: 'c4', messageId: 'n4', text: 'hi',
		at: at('03-07', '10'), personType: 'user', personId: 'p4' }]);
const WEEK = 'from=2025-03-03&to=2025-03-10&tz=Europe/Berlin';
const STATS = /\/api\/v1\/stats\//;

const stat = (page, id) => page.locator(`[data-stat=${id}]`);
const slider = (page, id) => stat(page, id).getByRole('slider').first();
const says = (page, id) => slider(page, id).getAttribute('aria-valuetext');
const focused = (page) => page.evaluate(() => {
	const el = /** @type {any} */ (document.activeElement);

	return el.getAttribute('aria-label') || el.labels?.[0]?.firstChild
		.textContent.trim() || el.innerText.replace(/\s+/g, ' ').trim();
});
const tile = async (page, id, n = 0) => (await stat(page, id)
	.locator('.tile-value').nth(n).innerText()).trim();
const counted = (page) => until(async () =>
	await page.locator('.stat, .notice-error').count() > 0 &&
	await page.locator('.stat[aria-busy=true]').count() === 0);
const click = (page, name) => page.getByRole('button',
	{ name, exact: true }).click();

async function see(page, what) {
	await page.goto('about:blank');
	await page.goto(`${URL0}/#/analytics/${what}`);
	await counted(page);
}

async function tabTo(page, what) {
	for (let i = 0; i < 60 && !what.test(await focused(page)); i++)
		await page.keyboard.press('Tab');
	return ok(what.test(await focused(page)), `Tab comes to ${what.source}`);
}

async function byKeys(page) {
	const keys = page.keyboard;

	await see(page, `customers?${WEEK}`);
	await tabTo(page, /^New and returning/);
	is(await says(page, 'customers'), 'Mon, 3 Mar 2025: New users 1, Returning ' +
		'users 0. Enter lists New users', 'the first day is read out');
	await keys.press('ArrowRight');
	await keys.press('End');
	await keys.press('ArrowLeft');
	await keys.press('ArrowLeft');
	is(await says(page, 'customers'), 'Fri, 7 Mar 2025: New users 0, Returning ' +
		'users 1. Enter lists Returning users', 'arrows and End walk along the days');
	await tabTo(page, /^Table Customers/);
	await keys.press('Enter');
	await stat(page, 'customers').locator('table').waitFor();
	await keys.press('Tab');
	await keys.press('Tab');
	await comes(() => focused(page), 'What is counted Customers',
		'what is counted');
	await keys.press('Enter');
	ok(/Of them, those who never wrote before/.test(await stat(page,
		'customers').locator('.stat-about').innerText()), 'is defined');
	await page.goBack();
	ok(await until(async () => await page.locator('.stat table').count() === 0),
		'Back closes the table');
	await tabTo(page, /^Hours of the week$/);
	await keys.press('ArrowDown');
	ok(/^Tuesday 00:00: Messages in for each hour 0$/.test(await says(page, 'week')),
		'down is a day on in the field of a week');
	for (let i = 0; i < 11; i++)
		await keys.press('ArrowRight');
	ok(/^Tuesday 11:00: Messages in for each hour 1\. Enter/.test(await says(page, 'week')),
		'and right an hour: ten in UTC is eleven in Berlin');
	await page.getByLabel('Period', { exact: true }).focus();
	await keys.type('Yesterday');
	ok(await until(() => /period=yesterday/.test(page.url())),
		'a period by its first letters');
	await page.goBack();
	await counted(page);
	is(await tile(page, 'customers'), '5', 'Back shows the days before');
	is(await page.getByLabel('Period', { exact: true }).inputValue(), 'custom',
		'and says which they are');
}

async function compared(page) {
	await see(page, 'customers?from=2025-03-05&to=2025-03-06&tz=UTC');
	await page.getByLabel('Period', { exact: true }).selectOption('custom');
	await page.getByLabel('First day').fill('2025-03-06');
	await page.getByLabel('Last day').fill('2025-03-05');
	await click(page, 'Show');
	is(await page.locator('.stat-dates [role=alert]').innerText(),
		'The last day is before the first', 'days the wrong way round');
	is(await page.getByLabel('First day').inputValue(), '2025-03-06',
		'stay as typed');
	await page.getByLabel('First day').fill('2025-03-10');
	await page.getByLabel('Last day').fill('2025-03-16');
	await click(page, 'Show');
	await until(() => /from=2025-03-10&to=2025-03-17/.test(page.url()));
	await page.getByLabel('Compare with the period before').check();
	await counted(page);
	is(await stat(page, 'customers').locator('.tile .hint').evaluateAll((all) =>
		all.map((e) => e.textContent.replace(/\s+/g, ' ').trim())),
	['▼down 100%, 5 before', '▼down 100%, 5 before', '0 before', '5 before'],
	'each number beside that of the week before');
	ok(/before: 3 Mar 2025 up to, not including, 10 Mar 2025/.test(await
	stat(page, 'customers').locator('.stat-range').innerText()),
	'whose days are said');
	await slider(page, 'customers').focus();
	is(await says(page, 'customers'), 'Mon, 10 Mar 2025: New users 0, ' +
		'Returning users 0; before: New users 1, Returning users 0',
	'and read out');
}

async function clocks(page) {
	await see(page, 'customers?from=2025-10-26&to=2025-10-27&' +
		'tz=Europe/Berlin&tables=activity');
	is(await page.getByLabel('By', { exact: true }).inputValue(), 'hour', 'a day is cut in hours');
	is(await stat(page, 'activity').locator('tbody th').allTextContents()
		.then((all) => [all.length, ...all.slice(2, 4)]),
	[25, 'Sun, 26 Oct 2025 02:00 GMT+2', 'Sun, 26 Oct 2025 02:00 GMT+1'],
	'one of 25: two are 02:00, and told apart');
	await page.getByLabel('Zone', { exact: true }).selectOption('Asia/Kathmandu');
	await counted(page);
	ok(/tz=Asia\/Kathmandu/.test(page.url()) && /Asia\/Kathmandu/.test(await
	stat(page, 'customers').locator('.stat-range').innerText()),
	'another clock, in the address and on the chart');
	const wrong = await page.evaluate(async (options) => {
		const bad = [];

		const tried = async (tz) => (await fetch(`/api/v1/stats/contacts?` +
			`from=2025-03-03&to=2025-03-04&tz=${tz}`)).ok || bad.push(tz);

		for (let i = 0; i < options.length; i += 8)
			await Promise.all(options.slice(i, i + 8).map(tried));
		return bad;
	}, await page.getByLabel('Zone', { exact: true }).locator('option')
		.evaluateAll((all) => all.map((o) => o.value)));

	is(wrong, [], 'every zone that can be chosen is known to the server');
	await see(page, 'customers?from=2025-03-03&to=2099-01-01&by=month&tz=UTC&' +
		'tables=customers');
	const none = await stat(page, 'customers').locator('.plot').first()
		.locator('.plot-none').count();

	ok(none > 800, 'months that have not come are shaded', none);
	ok(/No data/.test(await stat(page, 'customers').locator('.legend').first()
		.innerText()), 'which the legend says');
	is((await stat(page, 'customers').locator('tbody tr').last()
		.innerText()).split('\t').slice(1).map((t) => t.trim()),
	['no data', 'no data', 'no data', 'no data'], 'and no data, which is not 0');
	await see(page, 'customers?from=2098-01-01&to=2098-02-01&tz=UTC');
	is(await page.getByText('No data for this period').count(), 4,
		'only such: said so');
}

async function hostile(page) {
	await see(page, `customers?${WEEK}`);
	await page.locator('h1').click();
	await page.keyboard.press('/');
	await page.getByRole('option', { name: /^Country/ }).click();
	await page.getByRole('option', { name: /^<img/ }).click();
	await until(async () => await tile(page, 'customers') === '1');
	is(await tile(page, 'customers'), '1', 'a filter with a hostile value');
	ok((await stat(page, 'customers').locator('.stat-range').innerText())
		.includes(BAD), 'stands on each chart as a text');
	is(await page.evaluate(() => ['pwned' in window,
		document.querySelectorAll('main img').length]), [false, 0],
	'and does nothing');
	await page.goBack();
	await counted(page);
	is(await tile(page, 'customers'), '5', 'Back takes it out');
	await see(page, `customers?${WEEK}&f=["nothing","is","x"]`);
	await page.locator('.notice-error').waitFor();
	is([await page.locator('.notice-error').count(),
		await page.locator('.stat').count()], [1, 0],
	'a filter that cannot run is told of once, with no numbers');
	await click(page, 'Remove the filters');
	await stat(page, 'customers').locator('.tile').first().waitFor();
	is(await tile(page, 'customers'), '5', 'and is taken out by a key');
	await see(page, `customers?${WEEK}&f={`);
	await click(page, 'Start anew');
	await stat(page, 'customers').locator('.tile').first().waitFor();
	ok(true, 'a broken address has a way out');
}

async function failing(page) {
	await see(page, `customers?${WEEK}`);
	await page.route(STATS, (route) => route.abort());
	await stat(page, 'week').getByRole('button', { name: /^CSV/ }).click();
	await stat(page, 'week').locator('.trouble').waitFor();
	ok(/The file could not/.test(await stat(page, 'week').locator('.trouble')
		.innerText()), 'a file that cannot be had is told of');
	await page.getByLabel('First day').fill('2025-03-04');
	await click(page, 'Show');
	await page.locator('.notice-error').nth(3).waitFor();
	is([await page.locator('.tile').count(),
		await page.locator('.drawing').count()], [0, 0],
	'where nothing was counted no number stands');
	is(await page.getByLabel('First day').inputValue(), '2025-03-04',
		'and what was typed does');
	await page.unroute(STATS);
	await stat(page, 'customers').getByRole('button', { name: 'Try again' })
		.click();
	await stat(page, 'customers').locator('.tile').first().waitFor();
	is(await tile(page, 'customers', 1), '4', 'it can be asked again');
}

/** The answer to an old question comes after that to a newer one. */
async function slow(page) {
	let release;
	const held = new Promise((go) => {
		release = go;
	});

	await see(page, `customers?${WEEK}`);
	await page.route(STATS, async (route) => {
		if (/from=2025-03-05/.test(route.request().url()))
			await held;
		await route.continue().catch(() => {});
	});
	await page.getByLabel('First day').fill('2025-03-05');
	await click(page, 'Show');
	await stat(page, 'customers').locator('.stat-ghost').waitFor();
	is([await page.locator('.stat[aria-busy=true]').count(),
		await page.locator('.tile, .drawing, .notice').count()], [4, 0],
	'while it counts there is no old number, and no notice');
	await page.getByLabel('First day').fill('2025-03-06');
	await click(page, 'Show');
	await counted(page);
	release();
	await page.unroute(STATS);
	is(await tile(page, 'customers'), '2', 'the newer question is answered');
}

async function refused() {
	const post = (path, body, token) => fetch(`${URL0}/api/v1${path}`, {
		method: 'POST', body: JSON.stringify(body), headers: {
			'Content-Type': 'application/json',
			...(token && { Authorization: `Bearer ${token}` }) } })
		.then((r) => r.json());
	const { password } = await post('/managers', { name: 'Bo',
		email: 'bo@example.org', permissions: ['users.read'] },
	process.env.RAPPORT_TOKEN);
	const page = await open();

	await page.goto(`${URL0}/`);
	await page.getByLabel('E-mail or phone').fill('bo@example.org');
	await page.getByLabel('Password').fill(password);
	await page.keyboard.press('Enter');
	await settled(page);
	is(await page.getByRole('link', { name: 'Analytics' }).count(), 0,
		`who may not see it has no entry (${LOGIN} has)`);
	await page.goto(`${URL0}/#/analytics`);
	await page.locator('.notice-error').waitFor();
	is(await page.locator('.stat').count(), 0, 'and by its address an error');
	await page.context().close();
}

async function schemes() {
	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1400]) {
			const page = await open({ colorScheme,
				viewport: { width, height: 800 } });

			await logIn(page);
			for (const what of ['customers?compare=previous&tables=' +
				'customers,week&', 'messaging?tables=contacts&']) {
				await see(page, what + WEEK);
				await slider(page, /^c/.test(what) ? 'customers' : 'contacts')
					.focus();
				await page.locator('summary').first().click();
				is(await axe(page), [],
					`axe: ${what.split('?')[0]}, ${colorScheme}, ${width}`);
				is(await page.evaluate(() => [document.documentElement,
					document.querySelector('main')].map((e) =>
					e.scrollWidth - e.clientWidth)), [0, 0],
				'nothing sticks out');
			}
			await page.context().close();
		}
}

async function noColours() {
	const page = await open({ forcedColors: 'active' });

	await logIn(page);
	await see(page, `customers?${WEEK}`);
	const fills = await stat(page, 'customers').locator('.plot-bars')
		.evaluateAll((all) => all.map((e) => getComputedStyle(e).fill));

	is(new Set([...fills, await page.evaluate(() =>
		getComputedStyle(document.body).backgroundColor)]).size, 3,
	'in forced colours the series differ from each other and the ground');
	await page.context().close();
}

await test(async () => {
	await send(events);
	const page = await open();

	await logIn(page);
	for (const step of [byKeys, compared, clocks, hostile, failing, slow])
		await step(page);
	is(page.complaints, [], 'the page complained of nothing');
	await refused();
	await schemes();
	await noColours();
});
