// SPDX-License-Identifier: AGPL-3.0-or-later
// Flows, a funnel and cohorts, worked by hand: built by keys and by mouse, all
// of it in the address, each number a list of people or a segment; hostile
// names, a server that fails, every scheme and width.
import { readFile } from 'node:fs/promises';
import { axe } from './axe.mjs';
import { is, logIn, ok, open, send, settled, test, totalIs, until, URL0 }
	from './tap.mjs';

const BAD = '<img src=x onerror=window.pwned=1>';
const at = (day, hour = '09') => `2025-03-${day}T${hour}:00:00Z`;
const wrote = (who, day) => ({ type: 'message', chatId: `c-${who}`,
	messageId: `${who}-${day}`, at: at(day), personType: 'user', personId: who,
	text: 'hi' });
const flow = (userId, day, hour, name, event, runId, cause) => ({ type: 'flow',
	userId, at: at(day, hour), flow: name, event, runId,
	...(cause && { cause }) });
const signup = (userId, day, hour) => ({ type: 'event', id: `s-${userId}`,
	userId, at: at(day, hour), name: 'signup' });
const plan = (userId, when, plan) => ({ type: 'user', userId, at: when,
	attributes: { plan } });

/**
 * p1 to p4 first write in the week of the 3rd, p5 in the one after; p1 and p2
 * write again a week on.  p1 signs up an hour after writing, p2 three, p4 two
 * weeks; p1 becomes pro.
 */
const events = [
	wrote('p1', '03'), wrote('p2', '04'), wrote('p3', '05'), wrote('p4', '06'),
	wrote('p1', '11'), wrote('p2', '12'), wrote('p5', '12'),
	signup('p1', '03', '10'), signup('p2', '04', '12'), signup('p4', '20', '10'),
	plan('p1', '2025-03-01T00:00:00Z', 'free'), plan('p1', at('04', '20'), 'pro'),
	flow('p1', '03', '10', 'welcome', 'started', 'r1', 'keyword'),
	flow('p1', '03', '11', 'welcome', 'completed', 'r1'),
	flow('p2', '04', '10', 'welcome', 'started', 'r2', 'broadcast'),
	flow('p3', '05', '10', BAD, 'started', 'r3', 'api'),
	flow('p3', '05', '11', BAD, 'cancelled', 'r3'),
	flow('p1', '06', '10', 'welcome', 'started', 'r4', 'keyword'),
	flow('p1', '07', '10', 'welcome', 'completed', 'r4'),
];
const WHEN = 'from=2025-03-03&to=2025-03-24&tz=Europe/Berlin';

const stat = (page, id) => page.locator(`[data-stat=${id}]`);
const plain = (text) => text.replace(/\s+/g, ' ').trim();
const counted = (page) => until(async () =>
	await page.locator('.stat, .notice-error').count() > 0 &&
	await page.locator('.stat[aria-busy=true]').count() === 0);
const chips = (page) => page.locator('.chip-body').evaluateAll((all) =>
	all.map((e) => e.innerText.replace(/\s+/g, ' ').trim()));
const rowsOf = (page, id) => stat(page, id).locator('tbody tr').evaluateAll(
	(all) => all.map((tr) => [...tr.cells].map((c) =>
		(c.querySelector('bdi, a.value-link') ?? c).textContent
			.replace(/\s+/g, ' ').trim())));

async function see(page, what = WHEN) {
	await page.goto('about:blank');
	await page.goto(`${URL0}/#/analytics/flows?${what}`);
	await page.locator('[data-stat=retention], main > .notice-error').first()
		.waitFor();
	await counted(page);
}

async function back(page) {
	await page.goBack();
	await counted(page);
}

async function flows(page) {
	await see(page);
	is(await stat(page, 'flows').locator('.tile-value').allTextContents()
		.then((all) => all.map(plain)), ['4', '2', '2', '2', '1', '1', '50%'],
	'started, by keyword, by the business, completed, cancelled, in, rate');
	is(await rowsOf(page, 'eachFlow'), [
		[BAD, '1', '0', '1', '0', '1', '0', '0%'],
		['welcome', '3', '2', '1', '2', '0', '1', '66.7%']],
	'flow by flow, a hostile name as a text');
	const [file] = await Promise.all([page.waitForEvent('download'),
		stat(page, 'eachFlow').getByRole('button', { name: /^CSV/ }).click()]);
	const text = String(await readFile(await file.path()));

	ok(/\n"welcome",3,2,1,2,0,1,0\.66666/.test(text),
		'the file has the same rows', text);
	await stat(page, 'eachFlow').locator('tr', { hasText: 'welcome' })
		.locator('td a').nth(4).click();
	await totalIs(page, 1, 'a field of the table leads to who is in that flow');
	is(await chips(page), ['Is counted in In a flow, flow welcome, ' +
		'3 Mar 2025 – 23 Mar 2025 (Europe/Berlin)'], 'and says so');
	await back(page);
	await stat(page, 'eachFlow').locator('tr', { hasText: BAD })
		.locator('td a').first().click();
	await totalIs(page, 1, 'a hostile flow has people as others have');
	await back(page);
	await stat(page, 'eachFlow').locator('tr', { hasText: 'welcome' })
		.locator('th a').click();
	await stat(page, 'flows').locator('.stat-only').waitFor();
	await counted(page);
	is(await stat(page, 'flows').locator('.tile-value').allTextContents()
		.then((all) => all.map(plain)), ['3', '2', '1', '2', '0', '1', '66.7%'],
	'one flow is drawn alone');
	await stat(page, 'flows').locator('a.tile-value').nth(2).click();
	await totalIs(page, 1, 'and its numbers lead to its people');
	is(await chips(page), ['Is counted in Flows started by the business, ' +
		'flow welcome, 3 Mar 2025 – 23 Mar 2025 (Europe/Berlin)'], 'of that flow');
	await back(page);
	await stat(page, 'flows').getByRole('link', { name: 'All flows' }).click();
	await until(async () => plain(await stat(page, 'flows').locator(
		'.tile-value').first().innerText()) === '4');
	await stat(page, 'eachFlow').locator('tr', { hasText: BAD })
		.locator('th a').click();
	await until(async () => await stat(page, 'flows').locator('.stat-only')
		.count());
	await counted(page);
	ok((await stat(page, 'flows').locator('.stat-only').innerText())
		.includes(BAD), 'a hostile one, too');
	is(await page.evaluate(() => 'pwned' in window), false, 'and does nothing');
}

async function addStep(page, text) {
	await page.getByRole('button', { name: 'Add step' }).focus();
	await page.keyboard.press('Enter');
	await page.getByRole('combobox', { name: 'Step' }).waitFor();
	await page.keyboard.type(text);
	await page.keyboard.press('Enter');
}

async function funnel(page) {
	await see(page);
	ok(/Choose what people do first/.test(await stat(page, 'funnel')
		.innerText()), 'an empty funnel says what to do');
	await addStep(page, 'wrote');
	await addStep(page, 'signup');
	await counted(page);
	await stat(page, 'funnel').locator('tbody tr').nth(1).waitFor();
	is(await rowsOf(page, 'funnel'), [
		['1. Wrote a message', '5', '100%', '–', '–', '3'],
		['2. Did signup', '2', '40%', '40%', '2 h', '–']],
	'counted as by hand: keys alone');
	ok(/steps=%5B%5B/.test(page.url()), 'the funnel is its address');
	await stat(page, 'funnel').locator('tbody tr').nth(0)
		.getByRole('link', { name: /Dropped/ }).click();
	await totalIs(page, 3, 'who went no further is a list');
	ok(/^Is counted in Dropped out, .*step 1 of 2.*3 Mar 2025/.test(
		(await chips(page))[0]), 'which says so', await chips(page));
	await back(page);
	await page.getByLabel('All within').selectOption('30d');
	await until(async () => (await rowsOf(page, 'funnel'))[1]?.[1] === '3');
	is((await rowsOf(page, 'funnel')).map((r) => r[1]), ['5', '3'],
		'more within more days');
	await page.goBack();
	await until(async () => (await rowsOf(page, 'funnel'))[1]?.[1] === '2');
	is(await page.getByLabel('All within').inputValue(), '7d',
		'Back is the window before');
	await page.getByRole('button', { name: 'Move step 2 up' }).click();
	await until(async () => (await rowsOf(page, 'funnel'))[0]?.[1] === '3');
	is((await rowsOf(page, 'funnel')).map((r) => r[1]), ['3', '0'],
		'the other way round: they sign up, and do not write after it');
	await page.goBack();
	await until(async () => (await rowsOf(page, 'funnel'))[0]?.[1] === '5');
}

async function changes(page) {
	await addStep(page, 'plan');
	await page.getByLabel('Change', { exact: true }).selectOption('to');
	await page.getByRole('combobox', { name: /value/ }).fill('pro');
	await page.keyboard.press('Enter');
	await until(async () => (await rowsOf(page, 'funnel')).length === 3);
	is((await rowsOf(page, 'funnel')).map((r) => r[1]), ['5', '2', '1'],
		'a change of an attribute is a step, with a value that occurs');
	await page.getByRole('button', { name: 'Take out step 3' }).click();
	await until(async () => (await rowsOf(page, 'funnel')).length === 2);
	await page.getByRole('button', { name: /^Step 2/ }).click();
	await page.getByRole('combobox', { name: 'Step' }).fill('said');
	await page.keyboard.press('Enter');
	await page.getByLabel('Words').fill('hi');
	await page.getByRole('button', { name: 'Apply' }).click();
	await until(async () => (await rowsOf(page, 'funnel'))[1]?.[0]
		.includes('Said'));
	is((await rowsOf(page, 'funnel')).map((r) => r[1]), ['5', '0'],
		'a step is changed in its place: what they said');
	await page.goBack();
	await until(async () => (await rowsOf(page, 'funnel'))[1]?.[1] === '2');
}

async function segment(page, button, name, size) {
	await button.click();
	await page.locator('dialog').getByLabel('Name').fill(name);
	await page.getByRole('button', { name: 'Create segment' }).click();
	await page.getByText(`${name} is made`).first().waitFor({ state:
		'attached' });
	const { segments } = await page.evaluate(() =>
		fetch('/api/v1/segments').then((r) => r.json()));

	is(segments.filter((s) => s.name === name).map((s) => [s.kind, s.size]),
		[['dynamic', size]], `${name}: a segment of as many`);
}

async function cohorts(page) {
	await see(page);
	is((await rowsOf(page, 'retention')), [
		['3 Mar 2025', '4', '100%', '50%', '0%'],
		['10 Mar 2025', '1', '100%', '0%', '0%'],
		['17 Mar 2025', '0', '0%', '0%', '0%']], 'cohorts by hand');
	await stat(page, 'retention').locator('[data-at="0 0"]').focus();
	await page.keyboard.press('ArrowRight');
	ok(/^3 Mar 2025, 1 week on: 2 people of 4, 50%/.test(plain(await stat(page,
		'retention').locator('.cohort-told').innerText())), 'pointed at by keys',
	await stat(page, 'retention').locator('.cohort-told').innerText());
	await segment(page, stat(page, 'retention').getByRole('button',
		{ name: /^Save as segment/ }), 'Came back', 2);
	await stat(page, 'retention').locator('[data-at="0 1"]').focus();
	await page.keyboard.press('Enter');
	await totalIs(page, 2, 'Enter opens whoever came back');
	ok(/^Is counted in Retained users, 1 week on, 3 Mar 2025 – 9 Mar 2025/.test(
		(await chips(page))[0]), 'which says so', await chips(page));
	await back(page);
	await page.getByLabel('Shows').selectOption('people');
	await until(async () => /show=people/.test(page.url()));
	is((await rowsOf(page, 'retention'))[0], ['3 Mar 2025', '4', '4', '2', '0'],
		'people instead of shares');
	await page.getByLabel('Cohorts by').selectOption('month');
	await counted(page);
	await until(async () => (await rowsOf(page, 'retention'))[0]?.[0] ===
		'March 2025');
	is((await rowsOf(page, 'retention'))[0].slice(0, 3),
		['March 2025', '5', '5'], 'and months');
}

async function hostile(page) {
	const steps = (list) => `&steps=${encodeURIComponent(JSON.stringify(list))}`;

	await see(page, WHEN + steps([['message', 'did'], [BAD, 'did']]));
	await stat(page, 'funnel').locator('.notice-error').waitFor();
	is([await stat(page, 'flows').locator('.tile').count(),
		await page.evaluate(() => 'pwned' in window)], [7, false],
	'a step there is not: said in its place, and the rest is counted');
	await page.getByRole('button', { name: 'Take out step 2' }).click();
	await until(async () => await page.locator('.notice-error').count() === 0);
	ok(true, 'and it can be taken out');
	await see(page, `${WHEN}&steps=[[`);
	await page.getByRole('button', { name: 'Start anew' }).click();
	await stat(page, 'flows').locator('.tile').first().waitFor();
	ok(true, 'a broken address has a way out');
	await page.route(/stats\/funnel/, (route) => route.abort());
	await see(page, WHEN + steps([['message', 'did'], ['chat', 'did']]));
	is([await stat(page, 'funnel').locator('.notice-error').count(),
		await stat(page, 'funnel').locator('table').count()], [1, 0],
	'where it cannot be counted no number stands');
	await page.unroute(/stats\/funnel/);
	await stat(page, 'funnel').getByRole('button', { name: 'Try again' }).click();
	await stat(page, 'funnel').locator('tbody tr').first().waitFor();
	ok(true, 'and it can be asked again');
}

async function schemes() {
	const steps = encodeURIComponent(JSON.stringify([['message', 'did'],
		['event:signup', 'did'], [`flow:${BAD}`, 'did']]));

	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1400]) {
			const page = await open({ colorScheme,
				viewport: { width, height: 900 } });

			await logIn(page);
			await see(page, `${WHEN}&steps=${steps}&compare=previous`);
			await stat(page, 'retention').locator('[data-at="0 1"]').focus();
			is(await axe(page), [], `axe: ${colorScheme}, ${width}`);
			is(await page.evaluate(() => [document.documentElement,
				document.querySelector('main')].map((e) =>
				e.scrollWidth - e.clientWidth)), [0, 0], 'nothing sticks out');
			await page.context().close();
		}
}

await test(async () => {
	await send(events);
	const page = await open({ acceptDownloads: true });

	await logIn(page);
	await settled(page);
	for (const step of [flows, funnel, changes])
		await step(page);
	await segment(page, stat(page, 'funnel').getByRole('button',
		{ name: /Segment: save Dropped/ }).first(), 'Dropped', 3);
	for (const step of [cohorts, hostile])
		await step(page);
	is(page.complaints, [], 'the page complained of nothing');
	await schemes();
});
