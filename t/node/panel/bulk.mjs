// SPDX-License-Identifier: AGPL-3.0-or-later
// Many people changed at once, by mouse and by keys alone: how many is said
// before, the list is right afterwards without a reload, what was started goes
// on without the page and can be called off, and people are erased only once
// their number was typed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { is, listAt, logIn, ok, open, send, settled, test, totalIs, until,
	URL0 } from './tap.mjs';
import { events, N, those } from './people.mjs';

const AXE = readFileSync(createRequire(import.meta.url)
	.resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '<img src=x onerror="globalThis.hit=1">\u202e"\'';

const dialog = (page) => page.getByRole('dialog', { name: 'More' });
const change = (page, name = 'More') => page.getByRole('button',
	{ name, exact: true }).click();
const does = (page, name) => dialog(page).getByRole('button',
	{ name, exact: true });
const germans = those((p) => p.country === 'Germany');
const germansLeft = those((p) => p.country === 'Germany' && p.score > 4 &&
	p.score !== 77);
const GERMANS = listAt({ f: { all: [['default_country', 'is', 'Germany']] } });
const inSegment = (name) => listAt({ f: { all: [['segment', 'hasAny', name]] } });
const shot = async (page, name) => process.env.SHOTS &&
	page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });

async function axe(page, name) {
	await page.evaluate(AXE);
	const found = await page.evaluate(() => globalThis.axe.run({ runOnly: [
		'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
		'best-practice'] }));

	is(found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [],
		`axe finds nothing: ${name}`);
}

async function toSegment(page) {
	await page.goto(URL0 + GERMANS);
	await totalIs(page, germans, 'the Germans');
	await change(page);
	await dialog(page).getByLabel('Segment', { exact: true })
		.selectOption('A new one…');
	await dialog(page).getByLabel('Name of the new segment').fill(HOSTILE);
	ok(/This is about 33 people: Country is Germany/.test(
		await dialog(page).textContent()), 'it says how many, and who');
	await shot(page, 'form');
	await axe(page, 'the form');
	await does(page, `Save ${germans} people`).click();
	await dialog(page).getByText(`${germans} people saved`).waitFor();
	await axe(page, 'the end of it');
	await shot(page, 'done');
	await does(page, 'Close').last().click();
	is(await page.getByRole('button', { name: 'Put away' }).count(), 0,
		'what was seen to its end is not told twice');
	await page.goto(URL0 + inSegment(HOSTILE));
	await totalIs(page, germans, 'the new segment has them');
	is(await page.evaluate(() => globalThis.hit), undefined,
		'and its name does nothing');
}

/** Two rows by keys, taken out of a segment. */
async function byKeys(page) {
	const keys = async (...all) => {
		for (const key of all)
			await page.keyboard.press(key);
	};

	await page.goto(URL0 + listAt({ f: { all: [['segment', 'hasAny',
		'Insiders']] }, sort: 'score' }));
	await totalIs(page, those((p) => p.segments.includes('Insiders')),
		'the Insiders');
	await page.locator('tbody .pick').first().focus();
	await keys('Space');
	await page.locator('tbody .pick').nth(1).focus();
	await keys('Space');
	await page.getByRole('button', { name: 'More for 2' }).focus();
	await keys('Enter');
	await dialog(page).getByRole('radio').first().focus();
	await keys('ArrowDown');
	ok(await dialog(page).getByLabel('Remove from segment').isChecked(),
		'arrows choose what to do');
	await dialog(page).getByText('Insiders').first().waitFor({
		state: 'attached' });
	await keys('Tab');
	await page.keyboard.type('Insiders');
	await until(() => does(page, 'Remove 2 people').isEnabled());
	await keys('Tab', 'Enter');
	await dialog(page).getByText('2 people removed').waitFor();
	await keys('Escape');
	await totalIs(page, those((p) => p.segments.includes('Insiders')) - 2,
		'the list is right, without a reload');
}

/** Export is one of them, and opens where a file is asked for. */
async function taken(page) {
	await page.goto(URL0 + GERMANS);
	await totalIs(page, germans, 'the Germans again');
	await change(page);
	await dialog(page).getByLabel('Export', { exact: true }).check();
	await does(page, `Export ${germans} people`).click();
	await page.getByRole('dialog', { name: 'Export', exact: true }).waitFor();
	ok(await until(async () => await dialog(page).count() === 0),
		'More → Export asks for a file');
	await page.keyboard.press('Escape');
}

async function attribute(page) {
	await page.goto(URL0 + listAt({ f: { all: [['score', '<', 5]] } }));
	await totalIs(page, 5, 'five');
	await change(page);
	await dialog(page).getByLabel('Set attribute').check();
	await dialog(page).getByLabel('Attribute', { exact: true })
		.selectOption('score');
	await dialog(page).getByLabel('New value').fill('77');
	await does(page, 'Change 5 people').click();
	await dialog(page).getByText('5 people changed').waitFor();
	await page.keyboard.press('Escape');
	await totalIs(page, 0, 'who does not match any more is gone');
	ok(await page.getByText('Nobody matches').isVisible(), 'which is said');
	await page.goto(URL0 + listAt({ f: { all: [['score', '=', 77]] } }));
	await totalIs(page, 6, 'and is found where they are now');
}

/** A refusal loses nothing; others than were counted are not touched. */
async function refused(page) {
	await page.goto(URL0 + listAt({ f: { all: [['score', '>', 125]] } }));
	await totalIs(page, 4, 'four');
	await change(page);
	await dialog(page).getByLabel('Set attribute').check();
	await dialog(page).getByLabel('Attribute', { exact: true })
		.selectOption('default_city');
	await dialog(page).getByLabel('New value').fill('Ulm');
	await does(page, 'Change 4 people').waitFor();
	await send([{ type: 'user', userId: 'late', at: '2026-03-01T00:00:00Z',
		attributes: { name: 'Late', score: 500 } }]);
	await does(page, 'Change 4 people').click();
	await dialog(page).getByRole('alert').waitFor();
	ok(/5 users/.test(await dialog(page).getByRole('alert').textContent()),
		'one more than was counted: refused');
	is(await dialog(page).getByLabel('New value').inputValue(), 'Ulm',
		'nothing typed is lost');
	await does(page, 'Change 5 people').click();
	await dialog(page).getByText('5 people changed').waitFor();
	await page.keyboard.press('Escape');
}

async function erase(page) {
	await page.goto(URL0 + listAt({ f: { all: [['score', '=', 77]] } }));
	await totalIs(page, 6, 'six to go');
	await change(page);
	await dialog(page).getByLabel('Delete', { exact: true }).check();
	await does(page, 'Delete 6 people').waitFor();
	is(await does(page, 'Delete 6 people').isDisabled(), true,
		'not before their number is typed');
	await dialog(page).getByLabel(/^Type 6/).fill('5');
	is(await does(page, 'Delete 6 people').isDisabled(), true, 'nor after 5');
	await dialog(page).getByLabel(/^Type 6/).fill('6');
	await shot(page, 'erase');
	await axe(page, 'erasing');
	await does(page, 'Delete 6 people').click();
	await dialog(page).getByText('6 people deleted').waitFor();
	await page.keyboard.press('Escape');
	await totalIs(page, 0, 'they are gone');
	await page.goto(`${URL0}/#/users`);
	await totalIs(page, N + 1 - 6, 'from everybody, too');
}

const RUNNING = { id: 4711, action: 'ban', state: 'running',
	sentence: 'Everybody', total: 1000000, done: 250000, changed: 250000,
	refused: 0, startedAt: '2026-03-01T00:00:00Z', finishedAt: null };

/** A long one, as the server would tell of it: seen on every page. */
async function corner(page) {
	let job = RUNNING;

	await page.route('**/api/v1/jobs?*', (r) => r.fulfill({ json: {
		total: 1, jobs: job.state === 'running' ? [job] : [], next: null } }));
	await page.route('**/api/v1/jobs/4711**', (r) => {
		if (r.request().method() === 'POST')
			job = { ...job, state: 'cancelled' };
		return r.fulfill({ json: job });
	});
	await page.goto('about:blank');
	await page.goto(`${URL0}/#/users`);
	await settled(page);
	const jobs = page.getByRole('region', { name: 'Bulk actions' });

	await jobs.getByText('250,000 of 1,000,000').waitFor();
	ok(true, 'what runs is seen after a reload');
	await shot(page, 'corner');
	await axe(page, 'the corner');
	await page.locator('tbody a').first().click();
	await page.waitForURL(/users\/\d+/);
	ok(await jobs.isVisible(), 'and on another page');
	job = { ...job, done: 500000, changed: 500000 };
	await jobs.getByText('500,000 of 1,000,000').waitFor();
	await jobs.getByRole('button', { name: 'Cancel' }).click();
	await jobs.getByText('Cancelled: 500,000 people banned').waitFor();
	await jobs.getByRole('button', { name: 'Put away' }).click();
	ok(await until(async () => await jobs.count() === 0),
		'called off and put away');
	await page.unroute('**/api/v1/jobs?*');
	await page.unroute('**/api/v1/jobs/4711**');
}

async function small(scheme) {
	const page = await open({ colorScheme: scheme,
		viewport: { width: 320, height: 700 } });

	await logIn(page, GERMANS);
	await settled(page);
	await change(page);
	await does(page, `Save ${germansLeft} people`).waitFor();
	await dialog(page).getByLabel('Ban', { exact: true }).check();
	await does(page, `Ban ${germansLeft} people`).waitFor();
	ok(await page.evaluate(() => [...document.querySelectorAll('dialog')]
		.every((d) => d.scrollWidth <= d.clientWidth)),
	`320 pixels, ${scheme}: nothing sticks out`);
	await axe(page, `320 pixels, ${scheme}`);
	await shot(page, `small-${scheme}`);
	await page.keyboard.press('Escape');
	is(page.complaints, [], 'no complaints');
	await page.context().close();
}

test(async () => {
	await send(events);
	const page = await open({ colorScheme: 'dark' });

	await logIn(page, GERMANS);
	await toSegment(page);
	await byKeys(page);
	await taken(page);
	await attribute(page);
	await refused(page);
	await erase(page);
	await corner(page);
	await small('light');
	await small('dark');
	is(page.complaints, [], 'the page complains about nothing');
});
