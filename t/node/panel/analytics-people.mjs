// SPDX-License-Identifier: AGPL-3.0-or-later
// From every number of analytics to the very people it counts: tiles, bars,
// lines, fields, cells and legends, by mouse, by keys and by finger; with the
// page's own filter; and the list says as a sentence whom it shows.
import { is, logIn, ok, open, send, settled, test, total, totalIs, until, URL0 }
	from './tap.mjs';

const BAD = '<img src=x onerror=window.pwned=1>';
const at = (day, hour = '10') => `2025-${day}T${hour}:00:00Z`;

/** Somebody new on each of five days; the fifth writes on two. */
const DAYS = ['03-03', '03-04', '03-05', '03-06', '03-06'];
const said = (i, day, hour) => ({ type: 'message', chatId: `c${i}`,
	messageId: `m${i}-${day}-${hour}`, at: at(day, hour), personType: 'user',
	personId: `p${i}`, text: 'hi' });
const events = [
	...DAYS.flatMap((day, i) => [said(i, day, '10'),
		{ type: 'user', userId: `p${i}`, at: at(day),
			attributes: { country: i === 4 ? BAD : 'Peru',
				phone: `+3519100000${i}` } }]),
	said(4, '03-07', '10'), said(0, '02-26', '08'),
	{ type: 'consent', userId: 'p1', state: 'in', at: at('03-05') },
	{ type: 'consent', userId: 'p2', state: 'out', at: at('03-05') },
	{ type: 'validity', userId: 'p3', valid: false, at: at('03-06') },
	{ type: 'message', chatId: 'c1', messageId: 'r1', at: at('03-05', '11'),
		personType: 'manager', personId: 'kim', text: 'yes' },
	{ type: 'message', chatId: 'c2', messageId: 'r2', at: at('03-05', '12'),
		personType: 'bot', personId: 'b', text: 'x', template: true },
];
const WEEK = 'from=2025-03-03&to=2025-03-10&tz=Europe/Berlin';

const stat = (page, id) => page.locator(`[data-stat=${id}]`);
const slider = (page, id) => stat(page, id).getByRole('slider').first();
const counted = (page) => until(async () =>
	await page.locator('.stat, .notice-error').count() > 0 &&
	await page.locator('.stat[aria-busy=true]').count() === 0);
const chips = (page) => page.locator('.chip-body').evaluateAll((all) =>
	all.map((e) => e.innerText.replace(/\s+/g, ' ').trim()));

async function see(page, what, links = true) {
	await page.goto('about:blank');
	await page.goto(`${URL0}/#/analytics/${what}`);
	await counted(page);
	if (links)
		await page.locator('.stat a').first().waitFor();
}

/** Pixels of the middle of a row, of so many, and of a share of the height. */
async function spot(page, id, n, row, share) {
	const plot = stat(page, id).locator('.plot').first();
	const f = await plot.evaluate((el) => {
		const ground = el.querySelector('.plot-ground');

		return ['x1', 'x2', 'y1'].map((k) => Number(ground.getAttribute(k)));
	});

	return { plot, position: { x: f[0] + (f[1] - f[0]) / n * (row + 0.5),
		y: 10 + (f[2] - 10) * share } };
}

async function byMouse(page) {
	await see(page, `customers?${WEEK}`);
	await stat(page, 'customers').locator('a.tile-value').nth(1).click();
	await totalIs(page, 4, 'a tile leads to those who are new');
	is(await chips(page), ['Is counted in New users, 3 Mar 2025 – 9 Mar 2025 ' +
		'(Europe/Berlin)'], 'the list says so as a sentence');
	await page.getByRole('button', { name: /^Remove filter: Is counted/ })
		.click();
	await totalIs(page, 5, 'which can be taken out');
	await page.goBack();
	await page.goBack();
	await counted(page);
	const { plot, position } = await spot(page, 'customers', 7, 3, 0.75);

	await plot.click({ position });
	await totalIs(page, 2, 'a bar leads to its people');
	is(await chips(page), ['Is counted in New users, 6 Mar 2025 ' +
		'(Europe/Berlin)'], 'of its day');
	await page.goBack();
	await counted(page);
	const first = await spot(page, 'customers', 7, 0, 0.9);

	await first.plot.click({ position: first.position });
	is(await chips(page), ['Is counted in Returning users, 3 Mar 2025 ' +
		'(Europe/Berlin)'], 'a part of a bar to those of that part');
	await totalIs(page, 1, 'who wrote in February');
	await page.goBack();
	await counted(page);
	const empty = await spot(page, 'customers', 7, 6, 0.5);

	await empty.plot.click({ position: empty.position });
	ok(/analytics/.test(page.url()), 'where nobody is nothing is opened');
	await empty.plot.hover({ position: (await spot(page, 'customers', 7, 3, 0.5))
		.position });
	await stat(page, 'customers').locator('.legend a').first().click();
	await totalIs(page, 2, 'and so does the value beside the drawing');
}

async function byKeys(page) {
	await see(page, `customers?${WEEK}`);
	await slider(page, 'customers').focus();
	is(await slider(page, 'customers').getAttribute('aria-valuetext'),
		'Mon, 3 Mar 2025: New users 0, Returning users 1. Enter lists ' +
		'Returning users', 'what Enter lists is read out');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await totalIs(page, 1, 'Enter lists them');
	await page.goBack();
	await counted(page);
	const field = stat(page, 'week').getByRole('slider');

	await field.focus();
	await page.keyboard.press('ArrowDown');
	for (let i = 0; i < 11; i++)
		await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Enter');
	await totalIs(page, 1, 'an hour of the week, too');
	is(await chips(page), ['Is counted in Messages in, Tuesdays, 11:00, ' +
		'3 Mar 2025 – 9 Mar 2025 (Europe/Berlin)'], 'with its hour and day');
	await page.goBack();
	await counted(page);
	await stat(page, 'hours').locator('.tile a').first().focus();
	await page.keyboard.press('Enter');
	await totalIs(page, 5, 'the most active hour: who wrote in it');
}

/** A finger points first; the second touch opens. */
async function byFinger() {
	const page = await open({ hasTouch: true,
		viewport: { width: 360, height: 800 } });

	await logIn(page);
	await see(page, `messaging?${WEEK}`);
	const { plot, position } = await spot(page, 'contacts', 7, 3, 0.6);

	await plot.tap({ position });
	is(await slider(page, 'contacts').getAttribute('aria-valuetext'),
		'Thu, 6 Mar 2025: Contacts 2', 'a finger points');
	ok(/analytics/.test(page.url()), 'and opens nothing yet');
	await plot.tap({ position });
	await totalIs(page, 2, 'but the second time');
	await page.context().close();
}

async function together(page) {
	await see(page, `messaging?${WEEK}&f=${encodeURIComponent(JSON.stringify(
		{ any: [['default_country', 'is', BAD], ['userId', 'is', 'p0']] }))}`);
	await stat(page, 'contacts').locator('a.tile-value').click();
	await totalIs(page, 1, 'those that the filter of the page leaves');
	is((await chips(page)).length, 2, 'which stands beside the number');
	await see(page, `customers?from=2025-03-10&to=2025-03-17&tz=Europe/Berlin` +
		'&compare=previous&tables=customers');
	await stat(page, 'customers').locator('tfoot td.before a').nth(1).click();
	await totalIs(page, 4, 'a number of the period before: those of before');
	await page.locator('.chip-body').click();
	await page.getByLabel('Operator').selectOption('isNotIn');
	await page.getByRole('button', { name: 'Apply' }).click();
	await totalIs(page, 1, 'and everybody else');
	ok(/^Is not counted in/.test((await chips(page))[0]), 'says so');
}

/** Every link of a page: as many as it says, or if it counts messages, some. */
async function law(page, where, people) {
	await page.locator('.stat a.value-link').first().waitFor();
	const links = await page.locator('.stat a.value-link').evaluateAll((all) =>
		all.map((a) => ({ n: Number(a.textContent.replaceAll(',', '')),
			f: new URLSearchParams(a.hash.split('?')[1]).get('f'),
			id: a.closest('[data-stat]').dataset.stat })));
	const counts = [];

	for (let i = 0; i < links.length; i += 10)
		counts.push(...await page.evaluate(async (fs) => {
			const { csrf } = await (await fetch('/api/v1/me')).json();
			const res = await fetch('/api/v1/users/count', { method: 'POST',
				headers: { 'Content-Type': 'application/json',
					'X-Rapport-CSRF': csrf }, body: JSON.stringify(
					{ filters: fs.map((f) => JSON.parse(f)), tz: 'UTC' }) });

			return (await res.json()).counts.map((c) => c.count);
		}, links.slice(i, i + 10).map((l) => l.f)));
	const wrong = links.map((l, i) => ({ ...l, got: counts[i] }));

	ok(links.length > 10, `${where}: there are ways to people`, links.length);
	is(wrong.filter((l) => people.includes(l.id) ? l.got !== l.n
		: !(l.got > 0) || l.got > 5), [],
	'and each is to as many as its number says');
}

async function eachNumber(page) {
	await see(page, `customers?${WEEK}&tables=customers`);
	await law(page, 'customers', ['customers']);
	await see(page, `messaging?${WEEK}&tables=contacts,consent,validity`);
	await law(page, 'messaging', ['contacts', 'consent', 'validity']);
	await see(page, `support?${WEEK}`);
	await stat(page, 'response').getByRole('link', { name: /Waiting time, median/ })
		.click();
	await totalIs(page, 1, 'a median leads to those it is the median of');
}

async function hostile(page) {
	await page.goto(`${URL0}/#/users?f=${encodeURIComponent(JSON.stringify(
		['counted', 'isIn', { metric: BAD, column: BAD, from: BAD, to: BAD,
			tz: BAD }]))}`);
	await page.locator('.notice-error').waitFor();
	is([await page.evaluate(() => 'pwned' in window), await total(page)],
		[false, null], 'a number that is none: an error, and nobody');
	ok((await chips(page))[0].includes(BAD), 'its words are only words');
}

/** Who may count, and not see who. */
async function withoutNames() {
	const res = await fetch(`${URL0}/api/v1/managers`, { method: 'POST',
		body: JSON.stringify({ name: 'Bo', email: 'bo@example.org',
			permissions: ['analytics.read'] }), headers: {
			'Content-Type': 'application/json',
			Authorization: `Bearer ${process.env.RAPPORT_TOKEN}` } });
	const { password } = await res.json();
	const page = await open();

	await page.goto(`${URL0}/`);
	await page.getByLabel('E-mail or phone').fill('bo@example.org');
	await page.getByLabel('Password').fill(password);
	await page.keyboard.press('Enter');
	await page.locator('.sidebar').waitFor();
	await see(page, `customers?${WEEK}`, false);
	is([await stat(page, 'customers').locator('.tile').count(),
		await page.locator('.stat a').count(),
		await page.locator('.plot-open').count()], [4, 0, 0],
	'who may not see people has the numbers, and no way to anybody');
	await page.context().close();
}

await test(async () => {
	await send(events);
	const page = await open();

	await logIn(page);
	await settled(page);
	for (const step of [byMouse, byKeys, together, eachNumber, hostile])
		await step(page);
	is(page.complaints, [], 'the page complained of nothing');
	await byFinger();
	await withoutNames();
});
