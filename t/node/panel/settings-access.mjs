// SPDX-License-Identifier: AGPL-3.0-or-later
// Settings for everybody: axe finds nothing in any state, light or dark, on a
// phone or a desk, with hostile names in every place; a manager is made by
// keys alone; slow and failing answers are told, and blank what they are of.
import { axe } from './axe.mjs';
import { comes, is, logIn, ok, open, send, test, until,
	URL0 } from './tap.mjs';
import { api, button, goTo, there } from './house.mjs';
import { hold } from './talk.mjs';

const BAD = [
	'<img src=x onerror=window.pwned=1>', '"><svg onload=window.pwned=1>',
	`${'W'.repeat(150)}`, '\u202Eelbisrever\u202E', 'שלום عليكم',
	`${'m\u0300\u0301\u0302'.repeat(20)}`, '\u{1F469}‍\u{1F467}'.repeat(12),
];

/** Hostile names wherever somebody else's text is shown. */
async function hostile() {
	await send(BAD.map((bad, i) => ({ type: 'user', userId: `h${i}`,
		at: '2026-01-01T00:00:00Z', segments: [bad],
		attributes: { [bad.slice(0, 40)]: bad, grade: bad } })));
	for (const [i, bad] of BAD.entries()) {
		await api('POST', '/managers', { name: bad, permissions: ['users.read'],
			email: `h${i}@example.org`, limits: { segments: [bad],
				masked: [bad.slice(0, 40)] } });
		await api('POST', '/tokens', { name: bad, scopes: ['users.read'] });
		await api('PUT', '/hours', { from: `2026-0${i + 1}-01T00:00:00Z`,
			timezone: 'UTC', week: { monday: [['09:00', '17:00']] },
			holidays: [{ date: '2026-12-25', name: bad.slice(0, 60) }] });
	}
}

/** Each state: its address, what to do there, what shows that it is there. */
const STATES = [
	['workspace', null, '.settings-group'],
	['attributes', null, '[data-attribute]'],
	['attributes?edit=grade', (page) => page.getByLabel(/^Read its values/)
		.selectOption('number'), '.misfits li'],
	['hours', (page) => page.locator('summary').first().click(), '.holidays'],
	['hours/new', (page) => page.getByLabel('From a moment on').check(),
		'[name=moment]'],
	['managers', null, '[data-manager="3"]'],
	['managers/3', null, '.manager-acts'],
	['managers/4', async (page) => {
		await button(page, 'Add an attribute').click();
	}, '.popover .option'],
	['managers/5', (page) => button(page, 'Disable').click(),
		'dialog[open]'],
	['managers/new', async (page) => {
		await page.getByLabel('Name', { exact: true }).fill('x');
		await button(page, 'Add the manager').click();
	}, '.trouble'],
	['tokens', null, '[data-token="2"]'],
	['tokens?add=1', null, 'dialog[open] .rights'],
	['audit', (page) => button(page, 'Verify the log').click(), '.good'],
	['audit?act=nothing', null, '.notice'],
	['sessions', null, '[data-session]'],
];

async function looks(colorScheme, width) {
	const page = await open({ colorScheme, viewport: { width, height: 800 } });
	const found = [];

	page.on('dialog', (d) => d.accept());
	await logIn(page);
	for (const [at, act, shown] of STATES) {
		await page.goto('about:blank'); // away from what is not saved
		await page.goto(`${URL0}/#/settings/${at}`);
		await there(page);
		await act?.(page);
		await page.locator(shown).first().waitFor();
		const sideways = await page.evaluate(() =>
			document.documentElement.scrollWidth - innerWidth);

		await page.evaluate(() => Promise.all(document.getAnimations()
			.map((a) => a.finished.catch(() => {}))));
		found.push(...(await axe(page)).map((v) => `${at}: ${v}`),
			...sideways ? [`${at} sticks out by ${sideways}`] : []);
	}
	is(found, [], `axe and the edges: ${width} px, ${colorScheme}`);
	is([await page.evaluate(() => 'pwned' in window), page.complaints],
		[false, []], 'and no name did anything');
	await page.context().close();
}

const focus = (page) => page.evaluate(() => {
	const el = document.activeElement;

	return `${el.getAttribute('aria-label') ?? ''} ${el.innerText ??
		''} ${el.labels?.[0]?.innerText ?? ''}`.replace(/\s+/g, ' ').trim();
});

/** Tab until something has the focus. */
async function tabTo(page, what) {
	for (let i = 0; i < 80; i++) {
		await page.keyboard.press('Tab');
		if (what.test(await focus(page)))
			return;
	}
	throw new Error(`no Tab leads to ${what}; at ${await focus(page)}`);
}

async function byKeys() {
	const page = await open();
	const press = (key) => page.keyboard.press(key);

	await logIn(page);
	await tabTo(page, /^Settings/);
	await press('Enter');
	await there(page);
	await tabTo(page, /^Managers/);
	await press('Enter');
	await page.locator('[data-manager]').first().waitFor();
	await tabTo(page, /^Add a manager/);
	await press('Enter');
	await page.locator('.explained').waitFor();
	await tabTo(page, /^Name/);
	await page.keyboard.type('Kim of Keys');
	await tabTo(page, /^E-mail/);
	await page.keyboard.type('kim@example.org');
	await tabTo(page, /^Read transcripts/);
	await press('Space');
	await tabTo(page, /^Everybody/);
	await press('ArrowDown');
	await tabTo(page, /^Add a segment/);
	await press('Enter');
	await page.keyboard.type('elbis');
	await page.getByRole('option').first().waitFor();
	await press('Enter');
	await press('Escape');
	await comes(() => focus(page), 'Add a segment',
		'Esc leads back to the button');
	await tabTo(page, /^Add an attribute/);
	await press('Enter');
	await page.keyboard.type('email');
	await press('Enter');
	await press('Escape');
	await tabTo(page, /^Add the manager/);
	await press('Enter');
	await page.getByRole('dialog').getByLabel('Password').waitFor();
	await tabTo(page, /^I have it/);
	await press('Enter');
	await page.locator('.manager-acts').waitFor();
	const { managers } = await api('GET', '/managers');
	const kim = managers.find((m) => m.email === 'kim@example.org');

	is([kim.name, kim.permissions, kim.limits.segments.map((s) => s.name),
		kim.limits.masked], ['Kim of Keys', ['users.read', 'chats.read'],
		[BAD[3]], ['default_email']], 'a manager is made by keys alone');
	await tabTo(page, /^Disable/);
	await press('Enter');
	await tabTo(page, /^Disable/);
	await press('Enter');
	await page.getByText('is disabled').waitFor();
	ok((await focus(page)).startsWith('Disable') ||
		(await focus(page)).startsWith('Let in'), 'and disabled, with the ' +
		'focus back where it was', await focus(page));
	await page.context().close();
}

/** Slow: nothing yet; failing: said, and it can be asked again. */
async function trouble() {
	const page = await open();

	await logIn(page);
	for (const [at, route, shown] of [
		['workspace', '**/api/v1/settings', '.settings-group'],
		['attributes', '**/api/v1/attributes?*', '[data-attribute]'],
		['hours', '**/api/v1/hours', '.schedule'],
		['managers', '**/api/v1/managers', '[data-manager]'],
		['tokens', '**/api/v1/tokens', '[data-token]'],
		['audit', '**/api/v1/audit?*', '[data-audit]'],
		['sessions', '**/api/v1/sessions', '[data-session]']]) {
		const release = await hold(page, route);

		await page.goto(`${URL0}/#/settings/${at}`);
		await page.locator('.settings-ghosts').waitFor();
		const early = await page.locator(shown).count();

		await release();
		await page.locator(shown).first().waitFor();
		await page.route(route, (r) => r.fulfill({ status: 500,
			contentType: 'application/problem+json', body: JSON.stringify({
				title: 'Internal', status: 500, detail: 'The lamp is out.' }) }));
		await page.reload();
		await page.getByText('The lamp is out.').waitFor();
		const failing = await page.locator(shown).count();

		await page.unroute(route);
		await button(page, 'Try again').click();
		await page.locator(shown).first().waitFor();
		is([early, failing], [0, 0], `${at}: slow and failing show nothing, ` +
			'and it can be asked again');
	}
	await goTo(page, 'workspace');
	await page.getByLabel(/^Where people reach/).fill('https://example.org');
	await page.route('**/api/v1/settings', (r) => r.request().method() === 'PUT'
		? r.abort() : r.continue());
	await button(page, 'Save').click();
	await page.getByText('The server could not be reached').waitFor();
	is(await page.getByLabel(/^Where people reach/).inputValue(),
		'https://example.org', 'what was not saved is still there');
	await page.unroute('**/api/v1/settings');
	await button(page, 'Save').click();
	ok(await until(() => page.getByText('The settings are saved').isVisible()),
		'and is saved when it can be');
	await page.context().close();
}

await test(async () => {
	await hostile();
	await byKeys();
	await trouble();
	await looks('light', 320);
	await looks('dark', 1400);
});
