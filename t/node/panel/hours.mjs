// SPDX-License-Identifier: AGPL-3.0-or-later
// Operating hours made, changed and taken out in the panel, with a holiday,
// zones and their history; what the times of a chat make of them; errors where
// they are; and two who change them at once.
import { is, logIn, ok, open, send, test, until } from './tap.mjs';
import { api, button, dialog, goTo, words } from './house.mjs';

// Monday 21 December 2026: in Berlin 9:30 to 16:00.
const at = (clock) => `2026-12-21T${clock}:00Z`;
const chat = [
	{ type: 'chat', chatId: 'c', userId: 'u', openedAt: at('08:30'),
		closedAt: at('15:00') },
	{ type: 'message', chatId: 'c', personType: 'user', personId: 'u',
		at: at('08:30'), text: 'x' },
	{ type: 'message', chatId: 'c', personType: 'manager', personId: 'm',
		at: at('09:30'), text: 'y' },
];
const HOUR = 3600000;
const times = async () => {
	const { id } = (await api('GET', '/chats?chatId=c')).chats[0];
	const found = await api('GET', `/chats/${id}`);

	return [found.operationWaitingTime, found.operationResolutionTime];
};
const kept = async () => (await api('GET', '/hours')).schedules;
const day = (page, name) => page.locator(`.week-day[data-day="${name}"]`);
const span = (page, name, i) => day(page, name).locator('.field.time').nth(i);
const rows = (page) => page.locator('.schedule h3').allInnerTexts();

async function first(page) {
	is(await times(), [null, null], 'without hours such times are not known');
	await page.getByText('No operating hours yet').waitFor();
	await button(page, 'New hours').click();
	await page.getByLabel('Always, also before today').check();
	await page.getByLabel('Zone', { exact: true }).selectOption('Europe/Berlin');
	await span(page, 'monday', 0).fill('9');
	await span(page, 'monday', 1).fill('12.30');
	await button(day(page, 'monday'), 'More on Monday').click();
	await span(page, 'monday', 2).fill('13');
	await span(page, 'monday', 3).fill('1800');
	await button(page, 'Make Tuesday to Friday like Monday').click();
	await button(page, 'Save the hours').click();
	await page.locator('.schedule').waitFor();
	const [one] = await kept();
	const open9to6 = [['09:00', '12:30'], ['13:00', '18:00']];

	is([one.from, one.timezone, one.week.monday, one.week.friday,
		one.week.saturday], [null, 'Europe/Berlin', open9to6, open9to6, []],
	'what was typed is kept, however it was typed');
	is(await rows(page), ['Always In force now'], 'and told');
	ok((await words(page.locator('.schedule .week'))).startsWith('Monday – Friday'
		+ ' 09:00–12:30, 13:00–18:00'), 'days that are alike together');
	is(await times(), [HOUR, 6 * HOUR], 'and the times of the chat are known');
}

async function holiday(page) {
	await page.getByRole('button', { name: /^Change/ }).click();
	await page.getByText('These have been in force').waitFor();
	await button(page, 'Add a holiday').click();
	await page.getByLabel('Date of holiday 1').fill('2026-12-21');
	await page.getByLabel('Name of 2026-12-21').fill('Solstice');
	await button(page, 'Save').click();
	await page.getByText('One holiday').click();
	ok((await words(page.locator('.holidays'))).includes('Solstice – closed'),
		'a holiday is told');
	is(await times(), [0, 0], 'and that day nothing was open');
	await page.getByRole('button', { name: /^Change/ }).click();
	await button(page, 'Open on Solstice').click();
	await page.getByLabel('Solstice, from').fill('10:00');
	await page.getByLabel('Solstice, until').fill('12:00');
	await button(page, 'Save').click();
	await page.locator('.schedule').waitFor();
	is(await times(), [HOUR / 2, 2 * HOUR], 'but for two hours, now');
}

/** What is past keeps what held then. */
async function later(page) {
	await button(page, 'New hours').click();
	await page.getByLabel('From a moment on').check();
	await page.getByLabel('Zone', { exact: true }).selectOption('Asia/Kathmandu');
	await page.getByLabel(/^Moment/).fill('2026-12-21T16:00');
	await button(page, 'Save the hours').click();
	await page.locator('.schedule').nth(1).waitFor();
	is((await kept()).map((s) => s.from), [null, '2026-12-21T10:15:00.000Z'],
		'a moment is one of the zone of the hours: 16:00 in Kathmandu');
	is(await rows(page), ['From 21 Dec 2026 16:00 on Not yet',
		'Always before 21 Dec 2026 11:15 In force now'],
	'each says from when to when, newest first');
	is(await times(), [HOUR / 2, HOUR * 1.25],
		'until then the old ones hold: 10:00 to 11:15');
	await page.getByRole('button', { name: /^Remove\W+From/ }).click();
	await button(dialog(page, 'Remove these hours'), 'Remove').click();
	await page.getByText('The hours are removed').waitFor();
	is((await kept()).length, 1, 'and they can be taken out');
	is(await times(), [HOUR / 2, 2 * HOUR], 'as if they had never been');
}

async function errors(page) {
	await page.getByRole('button', { name: /^Change/ }).click();
	await span(page, 'friday', 3).fill('08:00');
	await button(page, 'Save').click();
	await day(page, 'friday').locator('.trouble').waitFor();
	is([await page.locator('.trouble').count(),
		await span(page, 'friday', 3).inputValue()], [1, '08:00'],
	'an error stands at its day, and what was typed stays');
	await span(page, 'friday', 3).fill('18:00');
	await button(page, 'Add a holiday').click();
	await button(page, 'Save').click();
	await page.locator('.holiday').nth(1).locator('.trouble').waitFor();
	ok(true, 'and one of a holiday at that holiday');
	await page.getByRole('link', { name: 'All hours' }).click();
	await button(dialog(page, 'Leave without saving?'), 'Leave and lose it')
		.click();
	await page.locator('.schedule').waitFor();
	await button(page, 'New hours').click();
	ok(!await page.getByLabel('Always, also before today').count(),
		'what is there already is not made a second time');
	await api('PUT', '/settings', { 'workspace.weekStart': 'sunday' });
	await goTo(page, 'hours');
	await page.locator('.schedule').waitFor();
	await goTo(page, 'hours/new?copy=always');
	await page.locator('.week-day').first().waitFor();
	is(await page.locator('.week-day').first().getAttribute('data-day'),
		'sunday', 'the week begins as the workspace says');
	await goTo(page, 'hours/change?from=2001-01-01T00:00:00.000Z');
	await page.getByText('There are no hours that begin then').waitFor();
	await goTo(page, 'hours');
}

async function conflict(page) {
	await page.getByRole('button', { name: /^Change/ }).click();
	await span(page, 'monday', 0).fill('07:00');
	const [s] = await kept();

	await api('PUT', '/hours', { ...s, timezone: 'Europe/Lisbon',
		week: { ...s.week, monday: [['11:00', '12:00']] } });
	await button(page, 'Save').click();
	const both = page.locator('.conflict');

	await both.waitFor();
	const said = await words(both);

	ok(said.includes('11:00–12:00') && said.includes('07:00–12:30'),
		'both weeks are shown', said);
	is(await page.getByLabel('Zone', { exact: true }).inputValue(),
		'Europe/Lisbon', 'what was not touched is as they made it');
	await button(both, 'Take theirs').click();
	is(await span(page, 'monday', 0).inputValue(), '11:00', 'theirs is taken');
	await span(page, 'monday', 0).fill('10:00');
	await button(page, 'Save').click();
	await page.locator('.schedule').waitFor();
	const [now] = await kept();

	is([now.timezone, now.week.monday], ['Europe/Lisbon', [['10:00', '12:00']]],
		'and changed on top of it');
	await page.getByRole('button', { name: /^Remove/ }).click();
	await api('PUT', '/hours', { ...now, timezone: 'UTC' });
	await button(dialog(page, 'Remove these hours'), 'Remove').click();
	await page.getByText('Somebody changed these hours meanwhile').waitFor();
	is((await kept()).length, 1, 'nothing is removed that was not looked at');
	await page.keyboard.press('Escape');
}

/** Known moments, and the way there and back. */
async function clocks(page) {
	const known = await page.evaluate(async () => {
		const { offTheWall } = await import('/app/lib/days.js');

		return [['Europe/Berlin', '2026-03-29T02:30'],
			['Europe/Berlin', '2026-10-25T02:30'],
			['Australia/Lord_Howe', '2026-04-05T01:45'],
			['Asia/Kathmandu', '2026-01-01T00:00'],
			['UTC', '2026-13-01T00:00']].map(([z, t]) => offTheWall(z, t));
	});

	is(known, ['2026-03-29T01:30:00.000Z', '2026-10-25T00:30:00.000Z',
		'2026-04-04T14:45:00.000Z', '2025-12-31T18:15:00.000Z', ''],
	'skipped, twice, half hours, quarter hours and no time at all');
	const wrong = await page.evaluate(async () => {
		const { offTheWall, onTheWall } = await import('/app/lib/days.js');
		const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu',
			'Australia/Lord_Howe', 'Pacific/Chatham', 'Pacific/Apia', 'UTC'];
		const bad = [];

		for (let i = 0; i < 5000; i++) {
			const zone = zones[i % zones.length];
			const at = new Date(Date.UTC(2024, 0, 1) +
				Math.floor(i * 1051200 / 5000) * 60000).toISOString();
			const back = offTheWall(zone, onTheWall(zone, at));

			// of an hour that comes twice it is the first
			if (back !== at && (back > at ||
				onTheWall(zone, back) !== onTheWall(zone, at)))
				bad.push([zone, at, back]);
		}
		return bad.slice(0, 3);
	});

	is(wrong, [], 'there and back over two years of zones is the same moment');
}

await test(async () => {
	await send(chat);
	const page = await open();

	await logIn(page);
	await clocks(page);
	await goTo(page, 'hours');
	await first(page);
	await holiday(page);
	await later(page);
	await errors(page);
	await conflict(page);
	ok(await until(() => page.complaints.length === 0),
		'the page complained of nothing', page.complaints);
});
