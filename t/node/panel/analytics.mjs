// SPDX-License-Identifier: AGPL-3.0-or-later
// Analytics in the panel: a few messages worked by hand, found again on the
// tiles, in the drawings, in the tables and in the files; every choice is in
// the address; by mouse and by keys; what fails, is slow or is empty differs.
import { readFile } from 'node:fs/promises';
import { axe } from './axe.mjs';
import { is, logIn, ok, open, send, test, totalIs, until, URL0 }
	from './tap.mjs';

const MARCH = 'from=2025-03-24&to=2025-04-03&tz=Europe/Berlin';

/**
 * Who, by whom, when.  Around a Sunday of 23 hours, 30 March 2025 in Berlin:
 * ana on the 26th, the 29th and (23:30Z) the 30th there; ben on the 30th.
 */
const SAID = [
	['ana', 'user', '2025-03-26T09:00:00Z'],
	['ana', 'bot', '2025-03-26T09:00:05Z'],
	['ana', 'user', '2025-03-29T12:00:00Z'],
	['ana', 'user', '2025-03-29T23:30:00Z'],
	['ben', 'user', '2025-03-30T09:15:00Z'],
	['ben', 'manager', '2025-03-30T09:20:00Z'],
	['ben', 'bot', '2025-03-30T09:25:00Z'],
	['cem', 'user', '2025-03-17T08:00:00Z'], // the week before
];
const COUNTRY = { ana: 'Peru', ben: 'Chad', cem: '<img src=x onerror=x>' };

const events = [
	...SAID.map(([who, by, at], i) => ({ type: 'message', chatId: `c-${who}`,
		messageId: `m${i}`, personType: by, personId: by === 'user' ? who : 'x',
		at, text: 'hello', ...(i === 6 ? { template: true } : {}) })),
	...Object.entries(COUNTRY).map(([userId, country]) => ({ type: 'user',
		userId, at: '2025-03-17T08:00:00Z', attributes: { country } })),
	{ type: 'chat', chatId: 'c-ben', userId: 'ben', source: 'line',
		at: '2025-03-30T09:16:00Z', tags: ['vip', COUNTRY.cem] },
	{ type: 'manager', id: 'x', name: 'Xenia', at: '2025-03-17T08:00:00Z' },
];

const stat = (page, id) => page.locator(`[data-stat=${id}]`);
const plain = (text) => text.replace(/\s+/g, ' ').trim();
const counted = (page) => until(async () =>
	await page.locator('.stat').count() > 0 &&
	await page.locator('.stat[aria-busy=true]').count() === 0);

async function see(page, what) {
	await page.goto('about:blank');
	await page.goto(`${URL0}/#/analytics/${what}`);
	await counted(page);
}

const tiles = async (page, id) => Object.fromEntries(await stat(page, id)
	.locator('.tile').evaluateAll((all) => all.map((t) =>
		[t.querySelector('dt').textContent.trim(),
			t.querySelector('.tile-value').textContent.trim()])));

/** A table as rows of texts, its head first. */
const rowsOf = (page, id) => stat(page, id).locator('tr').evaluateAll((all) =>
	all.map((tr) => [...tr.cells].map((c) => c.textContent.trim())));

async function openTable(page, id) {
	await stat(page, id).getByRole('button', { name: /^Table/ }).click();
	await stat(page, id).locator('table').waitFor();
}

async function fileOf(page, id) {
	const [file] = await Promise.all([page.waitForEvent('download'),
		stat(page, id).getByRole('button', { name: /^CSV/ }).click()]);

	return { name: file.suggestedFilename(),
		rows: String(await readFile(await file.path())).trim().split('\r\n')
			.map((line) => line.split(',')) };
}

async function found(page) {
	await page.getByRole('link', { name: 'Analytics' }).click();
	await counted(page);
	is(await page.title(), 'Customers – Analytics – Rapport', 'the title');
	ok(/tz=Europe\/Berlin/.test(page.url()),
		'the zone is put into the address, for whoever it is sent to');
	is(await page.getByText('Nothing happened in this period').count(), 3,
		'nothing these days: said so, not drawn; but there are customers');
	is(await page.locator('.notice-error').count(), 0, 'no error');
}

async function byHand(page) {
	await see(page, `customers?${MARCH}`);
	is(await tiles(page, 'customers'),
		{ Users: '2', 'New users': '2', 'Returning users': '0',
			'Total customers': '3' },
		'people count once; who wrote before is in the total');
	is(plain(await stat(page, 'customers').locator('.stat-range').innerText()),
		'24 Mar 2025 up to, not including, 3 Apr 2025 · Europe/Berlin',
		'the half-open range and the zone stand on the chart');
	await openTable(page, 'customers');
	const rows = await rowsOf(page, 'customers');

	is(rows[0], ['When', 'Users', 'New users', 'Returning users',
		'Total customers'], 'a table');
	is([rows[3], rows[6], rows[7], rows[8]], [
		['Wed, 26 Mar 2025', '1', '1', '0', '2'],
		['Sat, 29 Mar 2025', '1', '0', '1', '2'],
		['Sun, 30 Mar 2025', '2', '1', '1', '3'],
		['Mon, 31 Mar 2025', '0', '0', '0', '3']],
	'23:30 UTC is the next day in Berlin');
	ok(/tables=customers/.test(page.url()), 'that it is open is in the address');
	is(await tiles(page, 'hours'), { 'Most active hour in':
		'00:00–01:00, 10:00–11:00, 11:00–12:00, 13:00–14:00',
	'Most active hour out': '11:00–12:00' }, 'the busiest hours, all that tie');
	await see(page, `messaging?${MARCH}`);
	is([await tiles(page, 'messages'), await tiles(page, 'contacts'),
		await tiles(page, 'conversations')], [{ 'Messages in': '4',
		'Messages out': '3', 'Messages from bots': '1',
		'Messages from managers': '1', Templates: '1' }, { Contacts: '0' },
	{ Conversations: '3' }], 'messages, in and out, and by whom');
}

/** The texts of a table again, from what the server says. */
async function sameAs(page, id, answer, columns) {
	const shown = (v) => v === null ? 'no data' : String(v);

	is((await rowsOf(page, id)).slice(1).map((row) => row.slice(1)
		.map((t) => t.replaceAll(',', ''))), [...answer.rows, answer.totals]
		.map((row) => columns.map((c) => shown(row[c]))),
	`${id}: the table is the answer of the interface`);
}

async function threeTimes(page) {
	for (const [id, metric, by] of [['customers', 'customers', 'day'],
		['activity', 'activity', 'day'], ['hours', 'activity', 'hourOfDay']]) {
		await see(page, `customers?${MARCH}&tables=${id}`);
		const answer = await page.evaluate((url) => fetch(url).then((r) =>
			r.json()), `/api/v1/stats/${metric}?${MARCH}&by=${by}`);
		const { name, rows } = await fileOf(page, id);
		const columns = Object.keys(answer.totals);

		if (id === 'customers')
			await sameAs(page, id, answer, columns);
		is(name, `${metric}-by-${by}-2025-03-24-2025-04-03.csv`,
			`${id}: the file says what it is`);
		const at = rows[0].indexOf(columns[0]);

		is([rows[0].slice(at), ...rows.slice(1).map((r) => r.slice(at))],
			[columns, ...answer.rows.map((row) => columns.map((c) =>
				row[c] === null ? '' : String(row[c])))],
			`${id}: and has the same rows`);
	}
}

/** Worked by hand: days of periods, and marks of an axis. */
async function arithmetic(page) {
	is(await page.evaluate(async () => {
		const { PERIODS } = await import('/app/lib/stats.js');

		return Object.fromEntries(PERIODS.map(([name, , days]) =>
			[name, days('2024-03-31').join(' ')]));
	}), { today: '2024-03-31 2024-04-01', yesterday: '2024-03-30 2024-03-31',
		'7d': '2024-03-25 2024-04-01', '30d': '2024-03-02 2024-04-01',
		'90d': '2024-01-02 2024-04-01', month: '2024-03-01 2024-04-01',
		lastMonth: '2024-02-01 2024-03-01',
		year: '2024-01-01 2024-04-01' }, 'periods on the last of a March');
	is(await page.evaluate(async () => {
		const { daysBetween, today } = await import('/app/lib/days.js');

		return [1, 2].includes(daysBetween(today('Pacific/Niue'),
			today('Pacific/Kiritimati')));
	}), true, 'it is another day 25 hours further');
	is(await page.evaluate(async () => {
		const { valueText } = await import('/app/lib/stat-text.js');

		return [0, 45000, 90061000, 3600000].map((ms) =>
			valueText(ms, 'waitingTimeMedian'));
	}), ['0 s', '45 s', '1 d 1 h', '1 h'], 'times by their two biggest parts');
	is(await page.evaluate(async () => {
		const { marks } = await import('/app/lib/scale.js');

		return [17, 0, 1, 4.75, 1e6].map((top) => marks(top));
	}), [[0, 5, 10, 15, 20], [0, 1], [0, 1], [0, 2, 4, 6],
		[0, 500000, 1000000]], 'an axis has few and round marks');
}

/** One manager's reply, five minutes after the question. */
async function support(page) {
	await see(page, `support?${MARCH}&tables=response`);
	const shown = await tiles(page, 'response');

	is([shown['First answers'], shown.Answers,
		shown['Waiting time, median'], shown['Reply time, median']],
	['1', '1', '5 min', '5 min'], 'how long people wait for managers');
	is(await axe(page), [], 'axe: support');
	is(await stat(page, 'response').locator('.plot-empty').count(), 1,
		'without operating hours their times are no data, and not 0');
	await page.getByRole('link', { name: /^Chats opened in these days/ })
		.click();
	await until(async () => await page.locator('.chat-row[data-chat]')
		.count() === 2);
	is(await page.locator('.chat-row[data-chat]').count(), 2,
		'the chats of these days are in the archives');
	await page.goBack();
	await apart(page);
}

/** The same by manager, by tag, by integration: ana waits, ben was answered. */
async function apart(page) {
	const columns = async (id) => (await rowsOf(page, `response-${id}`))
		.map((row) => [0, 1, 2, 4, 6].map((i) => row[i]).join('|'));

	await see(page, `support?${MARCH}`);
	is(await columns('manager'),
		['Manager|First answers|Waiting time|Waiting|Answers',
			'Xenia|1|5 min|0|1', 'Nobody|0|no data|1|0',
			'All of it|1|5 min|1|1'], 'by manager, by name');
	is((await columns('tag')).slice(1), [`${COUNTRY.cem}|1|5 min|0|1`,
		'vip|1|5 min|0|1', 'No tag|0|no data|1|0', 'All of it|1|5 min|1|1'],
	'by tag, whatever it is called, under each');
	is((await columns('source')).slice(1), ['line|1|5 min|0|1',
		'No integration|0|no data|1|0', 'All of it|1|5 min|1|1'],
	'by integration');
	const file = await fileOf(page, 'response-manager');

	is([file.name, file.rows[1].slice(0, 3)],
		['response-by-manager-2025-03-24-2025-04-03.csv',
			['"x"', '"Xenia"', '1']], 'the file');
	await see(page, `support?${MARCH}&compare=previous`);
	is((await rowsOf(page, 'response-tag')).slice(-2)[0].slice(0, 3),
		['No tag', '0', '0'], 'beside each what it was before, not what ' +
		'stood in its place');
	await stat(page, 'response-tag').getByRole('link',
		{ name: /Waiting, No tag/ }).first().click();
	await totalIs(page, 1, 'whoever is behind a number is a list');
	ok(/without a tag/.test(await page.locator('.chip-body').first()
		.innerText()), 'that says so');
}

/** A metric that no page knows, with a day of no data. */
async function another(page) {
	const day = (n, loops) => ({ start: `2025-03-0${n}T00:00:00Z`, loops,
		end: `2025-03-0${n + 1}T00:00:00Z`, date: `2025-03-0${n}` });

	await page.route(/\/api\/v1\/stats$/, async (route) => {
		const real = await (await route.fetch()).json();

		await route.fulfill({ json: { metrics: [...real.metrics, { by: ['day'],
			name: 'loops', about: 'Loops', columns: { loops: 'How many' } }] } });
	});
	await page.route(/\/api\/v1\/stats\/loops\?/, (route) => route.fulfill({
		json: { metric: 'loops', tz: 'UTC', by: 'day', sentence: '',
			asOf: '2025-03-05T00:00:00Z', from: '2025-03-01T00:00:00Z',
			to: '2025-03-04T00:00:00Z', totals: { loops: 3 },
			rows: [day(1, 1), day(2, null), day(3, 2)] } }));
	await see(page, 'messaging?from=2025-03-01&to=2025-03-04&tz=UTC&' +
		'tables=loops');
	is(await tiles(page, 'loops'), { Loops: '3' },
		'a metric that no page knows has a chart all the same');
	is((await rowsOf(page, 'loops')).map((row) => row[1]),
		['Loops', '1', 'no data', '2', '3'], 'and a table');
	const line = await stat(page, 'loops').locator('.plot-line')
		.getAttribute('d');

	is([line.split('M').length - 1, /L/.test(line), await stat(page, 'loops')
		.locator('.plot-none').count()], [2, false, 1],
	'a day of no data is a gap in the line, on a shaded ground');
	await page.unrouteAll();
}

await test(async () => {
	await send(events);
	const page = await open({ acceptDownloads: true });

	await logIn(page);
	for (const step of [found, arithmetic, byHand, threeTimes, support, another])
		await step(page);
	is(page.complaints, [], 'the page complained of nothing');
	is(await axe(page), [], 'axe');
});
