// SPDX-License-Identifier: AGPL-3.0-or-later
// Analytics of days that are not over; nothing moves while they come; weeks
// that begin on another day; errors by code; on paper.
import { is, logIn, ok, open, send, test, totalIs, until, URL0 }
	from './tap.mjs';

const BAD = '<img src=x onerror=window.pwned=1>';
const stat = (page, id) => page.locator(`[data-stat=${id}]`);
const counted = (page) => until(async () =>
	await page.locator('.stat, .notice-error').count() > 0 &&
	await page.locator('.stat[aria-busy=true]').count() === 0);
const says = (page, id) => stat(page, id).getByRole('slider').first()
	.getAttribute('aria-valuetext');
const rowsOf = (page, id) => stat(page, id).locator('tr').evaluateAll((all) =>
	all.map((tr) => [...tr.cells].map((c) => c.textContent
		.replace(/\s+/g, ' ').trim())));

const wrote = (n, at) => ({ type: 'message', chatId: 'c', messageId: `m${n}`,
	at, personType: 'user', personId: 'ana', text: 'hi' });
const failed = (n, error) => [{ type: 'message', chatId: 'c',
	messageId: `f${n}`, at: '2025-03-04T10:00:00Z', personType: 'bot',
	personId: 'b', text: 'x' }, { type: 'delivery', messageId: `f${n}`,
	status: 'failed', at: '2025-03-04T10:01:00Z', ...(error && { error }) }];
// Sunday the 2nd and Monday the 3rd of March 2025
const events = [wrote(1, '2025-03-02T09:00:00Z'),
	wrote(2, '2025-03-03T09:00:00Z'), wrote(3, new Date().toISOString()),
	...failed(1, { code: '131026', title: BAD }),
	...failed(2, { code: '131026', title: BAD }), ...failed(3)];

async function see(page, what) {
	await page.goto('about:blank');
	await page.goto(`${URL0}/#/analytics/${what}`);
	await counted(page);
}

async function notOver(page) {
	await see(page, 'customers?period=7d&tz=UTC&tables=customers');
	const plot = stat(page, 'customers').locator('.plot').first();

	is(await plot.locator('.plot-partial').count(), 1,
		'the day that is not over stands between dashes');
	ok(/Not over yet/.test(await stat(page, 'customers').locator('.legend')
		.first().innerText()), 'which the legend says');
	await stat(page, 'customers').getByRole('slider').first().focus();
	await page.keyboard.press('End');
	ok(/, so far: New users 0, Returning users 1/.test(await says(page,
		'customers')), 'and the cursor', await says(page, 'customers'));
	is((await rowsOf(page, 'customers')).filter((row) =>
		/so far$/.test(row[0])).length, 1, 'and the table');
	await see(page, 'customers?from=2025-03-02&to=2025-03-05&tz=UTC');
	is(await page.locator('.plot-partial').count(), 0,
		'what is over does not');
}

/** How much moves, by the browser's own account. */
async function still() {
	for (const [width, what] of [[1280, 'customers'], [1280, 'messaging'],
		[320, 'customers'], [1280, 'support']]) {
		const page = await open({ viewport: { width, height: 2600 } });

		await logIn(page);
		await page.route(/\/api\/v1\/(stats|bookmarks|attributes)/,
			async (route) => {
				await new Promise((go) => setTimeout(go, 400));
				await route.continue().catch(() => {});
			});
		await page.addInitScript(() => {
			window.moved = 0;
			new PerformanceObserver((list) => {
				for (const e of list.getEntries())
					window.moved += /** @type {any} */ (e).value;
			}).observe({ type: 'layout-shift', buffered: true });
		});
		await see(page, `${what}?from=2025-03-02&to=2025-03-05&tz=UTC&` +
			'compare=previous');
		const moved = await page.evaluate(() => window.moved);

		ok(moved < 0.02, `${what} at ${width}: nothing moves while it comes`,
			moved);
		await page.context().close();
	}
}

async function weeks(page) {
	const days = () => stat(page, 'week').locator('text').evaluateAll((all) =>
		all.map((t) => t.textContent.trim()).filter((t) => /^\w{3}$/.test(t)));
	const when = 'from=2025-02-24&to=2025-03-10&tz=UTC&by=week';

	await see(page, `customers?${when}&tables=customers,week`);
	is((await days())[0], 'Mon', 'a week begins on Monday');
	is((await rowsOf(page, 'customers')).slice(1).map((r) => r[1]),
		['1', '1', '1'], 'Sunday is of the week before');
	await page.evaluate(async () => {
		const { csrf } = await (await fetch('/api/v1/me')).json();

		await fetch('/api/v1/settings', { method: 'PUT', headers: {
			'Content-Type': 'application/json', 'X-Rapport-CSRF': csrf },
		body: JSON.stringify({ 'workspace.weekStart': 'sunday' }) });
	});
	await see(page, `customers?${when}&tables=customers,week`);
	is(await days(), ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
		'or where the workspace says');
	is((await rowsOf(page, 'week'))[1][0], 'Sunday 00:00',
		'in the table, too');
	is((await rowsOf(page, 'customers')).slice(1).map((r) => r.slice(0, 2)),
		[['Week of Mon, 24 Feb 2025', '0'], ['Week of Sun, 2 Mar 2025', '1'],
			['Week of Sun, 9 Mar 2025', '0'], ['All of it', '1']],
		'and both days are of one week');
	await stat(page, 'week').getByRole('slider').focus();
	for (let i = 0; i < 9; i++)
		await page.keyboard.press('ArrowRight');
	ok(/^Sunday 09:00: .* 0\.5/.test(await says(page, 'week')),
		'the field is that of its day', await says(page, 'week'));
}

async function errors(page) {
	await see(page, 'messaging?from=2025-03-02&to=2025-03-09&tz=UTC');
	is((await rowsOf(page, 'codes')).slice(1), [[`131026 ${BAD}`, '2', '1'],
		['No code', '1', '1'], ['All of it', '3', '1']], 'errors by code');
	is(await page.evaluate(() => 'pwned' in window), false,
		'a hostile title is a text');
	await stat(page, 'codes').locator('tbody tr').nth(1).locator('a').first()
		.click();
	await totalIs(page, 1, 'whoever they were sent to is a list');
	ok(/without a code/.test(await page.locator('.chip-body').first()
		.innerText()), 'that says of which code');
	await page.goBack();
}

async function onPaper(page) {
	await page.setViewportSize({ width: 794, height: 1000 });
	await see(page, 'flows?from=2025-03-02&to=2025-03-09&tz=UTC');
	await page.emulateMedia({ media: 'print' });
	await until(async () => await page.locator('.sidebar').isHidden());
	is([await page.locator('.stat-controls').isVisible(),
		await page.locator('.bookmarks').isVisible(),
		await page.locator('.stat-range').first().isVisible(),
		await page.evaluate(() => document.documentElement.scrollWidth)],
	[false, false, true, 794], 'on paper: no controls, the range, no overflow');
}

await test(async () => {
	await send(events);
	const page = await open();

	await logIn(page);
	for (const step of [notOver, errors, weeks, onPaper])
		await step(page);
	is(page.complaints, [], 'the page complained of nothing');
	await still();
});
