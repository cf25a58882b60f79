// SPDX-License-Identifier: AGPL-3.0-or-later
// Workspace, attributes, tokens, sessions and the audit log, as somebody uses
// them: what is set holds, what is wrong is told where it is, and what others
// do meanwhile is seen.
import { execFileSync } from 'node:child_process';
import { is, logIn, LOGIN, ok, open, PASSWORD, send, test, until, URL0 }
	from './tap.mjs';
import { api, button, dialog, goTo, openAs, there, words } from './house.mjs';
import { hold } from './talk.mjs';

const PEOPLE = 70;
const TEXTS = ['1', '2.5', 'three', '10', '7', 'three', '4'];
const people = Array.from({ length: PEOPLE }, (_, i) => ({ type: 'user',
	userId: `u${i}`, at: '2026-01-01T00:00:00Z', attributes: {
		grade: TEXTS[i % TEXTS.length], plan: 'free', Plan: 'x' } }));
const MISFIT = people.filter((p) => p.attributes.grade === 'three').length;
const HOSTILE = '"><img src=x onerror=alert(1)>\u202e';
const row = (page, name) => page.locator(`[data-attribute="${name}"]`);

async function workspace(page) {
	await page.getByRole('link', { name: 'Settings' }).click();
	await there(page);
	is(await page.title(), 'Workspace – Settings – Rapport', 'one comes in here');
	const named = (await api('GET', '/settings/table')).settings;

	is(await page.locator('.settings-form .hint code').allInnerTexts()
		.then((all) => all.sort()), named.map((s) => s.name).sort(),
	'every setting of the server is there');
	const zone = page.getByLabel(/^Zone of days/);
	const url = page.getByLabel(/^Where people reach/);

	ok(await button(page, 'Save').getAttribute('aria-disabled') === 'true',
		'nothing to save at first');
	await zone.selectOption('Asia/Kathmandu');
	await url.fill('javascript:alert(1)');
	await button(page, 'Save').click();
	await page.locator('.labelled .trouble').waitFor();
	is([await url.getAttribute('aria-invalid'), await url.inputValue()],
		['true', 'javascript:alert(1)'], 'what is wrong is told at its field');
	is((await api('GET', '/settings'))['workspace.timezone'], 'UTC',
		'and nothing is half done');
	await url.fill('https://example.org');
	await api('PUT', '/settings', { 'workspace.timezone': 'Asia/Tokyo' });
	await button(page, 'Save').click();
	const both = page.locator('.conflict');

	await both.waitFor();
	ok(/Asia\/Tokyo.*Asia\/Kathmandu/.test(await words(both)),
		'two who set one thing: both values are shown');
	await button(both, 'Keep mine').click();
	await button(page, 'Save').click();
	await page.getByText('The settings are saved').waitFor();
	const now = await api('GET', '/settings');

	is([now['workspace.timezone'], now.public_url],
		['Asia/Kathmandu', 'https://example.org'], 'one is chosen and holds');
	await zone.selectOption('UTC');
	const release = await hold(page, '**/api/v1/settings');

	await button(page, 'Save').click();
	await button(page, 'Saving…').waitFor();
	await url.fill('https://example.net');
	await release();
	await button(page, 'Save').waitFor();
	is([await url.inputValue(), await button(page, 'Save')
		.getAttribute('aria-disabled')], ['https://example.net', 'false'],
	'what is typed while it is sent stays, to be saved');
	await button(page, 'Save').click();
	await page.getByText('The settings are saved').waitFor();
	is((await api('GET', '/settings')).public_url, 'https://example.net',
		'and is');
}

async function attributes(page) {
	await page.getByRole('link', { name: 'Attributes' }).click();
	await row(page, 'grade').waitFor();
	ok((await words(row(page, 'grade'))).startsWith('grade grade text custom 70 '
		+ 'people everybody'), 'each with its type and how many have it');
	await page.getByLabel('Find an attribute').fill('PLAN');
	ok(await until(async () => await page.locator('[data-attribute]')
		.count() === 2), 'found by label and name');
	ok((await page.locator('[data-attribute] h3').allInnerTexts())
		.includes('Plan (custom 2)'), 'two that came alike are told apart');
	await page.reload();
	await row(page, 'plan').waitFor();
	is(await page.locator('[data-attribute]').count(), 2,
		'the address has the search');
	await row(page, 'plan').getByRole('button').click();
	const edit = page.getByRole('dialog');

	await edit.getByLabel('Label').fill(' cOUNTRY');
	await button(edit, 'Save').click();
	await edit.locator('.trouble').waitFor();
	ok((await edit.locator('.trouble').innerText()).includes('default_country'),
		'a label that another has is refused, and whose it is');
	await edit.getByLabel('Label').fill(HOSTILE);
	await page.keyboard.press('Escape');
	await button(dialog(page, 'Leave without saving?'), 'Stay').click();
	is(await edit.getByLabel('Label').inputValue(), HOSTILE,
		'closing asks first');
	const asked = dialog(page, 'Leave without saving?');

	for (let i = 0; i < 6; i++) { // a browser lets nobody hold on for long
		await page.keyboard.press('Escape');
		await page.waitForFunction(() => document.querySelector('dialog[open]'));
	}
	if (await asked.count())
		await button(asked, 'Stay').click();
	is([await edit.getByLabel('Label').isVisible(),
		await edit.getByLabel('Label').inputValue()], [true, HOSTILE],
	'also by Esc again and again');
	await edit.getByLabel(/^Hidden/).check();
	await button(edit, 'Save').click();
	await edit.waitFor({ state: 'detached' });
	await until(async () => (await row(page, 'plan').locator('h3')
		.textContent()).trim() === HOSTILE.trim());
	is([(await row(page, 'plan').locator('h3').textContent()).trim(),
		await page.locator('.entry img').count()], [HOSTILE.trim(), 0],
	'a hostile label is text');
	is((await api('GET', '/attributes/plan')).hidden, true, 'and hidden');
}

/** A type, with what will not parse; and the job that does it. */
async function type(page) {
	await goTo(page, 'attributes?edit=grade');
	const edit = page.getByRole('dialog');

	await edit.getByLabel(/^Read its values/).selectOption('number');
	await edit.locator('.type-preview').waitFor();
	const said = await words(edit.locator('.type-preview'));

	ok(said.includes(`${PEOPLE - MISFIT} people have a value that reads`) &&
		said.includes(`${MISFIT} people have a value that is no number`),
	'first what would come of it', said);
	is(await edit.locator('.misfits bdi').allInnerTexts(), ['three'],
		'with examples of what will not parse');
	is((await api('GET', '/attributes/grade')).type, 'text', 'nothing is done');
	await button(edit, `Read ${PEOPLE} as number`).click();
	ok(await until(async () => (await api('GET', '/attributes/grade')).type ===
		'number', 60), 'then it is');
	await edit.getByText(/Done:|grade becomes number/).first().waitFor();
	await page.keyboard.press('Escape');
	ok(await until(async () => /number/.test(await words(row(page, 'grade'))) &&
		(await words(row(page, 'grade'))).includes(`${PEOPLE - MISFIT} people`)),
	'and the list shows it without a reload');
	await goTo(page, 'attributes?edit=default_city');
	await page.getByText('which cannot be changed').waitFor();
	ok(!await page.getByRole('dialog').locator('select').count(),
		'a built-in one keeps its type');
	await page.keyboard.press('Escape');
	await goTo(page, 'attributes?edit=no_such');
	await page.getByRole('dialog').locator('.notice-error').waitFor();
	ok(true, 'one that is not there is an error');
	await page.keyboard.press('Escape');
}

const curl = (token) => execFileSync('curl', ['-s', '-o', '/dev/null', '-w',
	'%{http_code}', '-H', `Authorization: Bearer ${token}`,
	`${URL0}/api/v1/users?limit=1`]).toString();

async function tokens(page) {
	await page.getByRole('link', { name: 'API tokens' }).click();
	await button(page, 'New token').click();
	const form = dialog(page, 'New token');

	await form.getByLabel('What it is for').fill(HOSTILE);
	await form.getByLabel(/^See users/).check();
	await page.reload();
	await form.waitFor();
	is(page.asked, ['beforeunload'], 'a reload asks before it loses that');
	await form.getByLabel('What it is for').fill(HOSTILE);
	await form.getByLabel(/^See users/).check();
	await button(form, 'Make the token').click();
	const token = await dialog(page, 'The token').getByLabel('Token')
		.inputValue();

	is(curl(token), '200', 'the token opens what it may');
	await page.keyboard.press('Escape');
	await button(dialog(page, 'Close without the token?'), 'Stay').click();
	await button(page, 'I have it').click();
	const line = page.locator('[data-token="2"]');

	await line.waitFor();
	ok(!(await page.content()).includes(token), 'and is told no more');
	is([(await line.locator('h3 bdi').textContent()), await page.locator(
		'.entry img').count()], [HOSTILE.trim(), 0], 'a hostile name is text');
	await page.reload();
	ok(await until(async () => /last used/.test(await words(line))),
		'it says when it was last used');
	await button(line, /^Revoke/).click();
	await button(dialog(page, 'Revoke the token'), 'Revoke').click();
	await page.getByText('is revoked').waitFor();
	is(curl(token), '401', 'revoked it opens nothing');
}

async function sessions(page) {
	const other = await openAs(LOGIN, PASSWORD);

	await page.getByRole('link', { name: 'Your sessions' }).click();
	await page.locator('[data-session]').nth(1).waitFor();
	ok((await words(page.locator('[data-session]').first())).includes('This one'),
		'this session is the first and cannot end itself here');
	await button(page.locator('[data-session]').nth(1), /^End/).click();
	await button(dialog(page, 'End this session'), 'End it').click();
	await page.getByText('The session is ended').waitFor();
	ok(await until(async () => await page.locator('[data-session]')
		.count() === 1), 'it is gone from the list');
	await other.getByRole('button', { name: 'Name' }).first().click();
	ok(await until(() => dialog(other, 'Your session has ended').isVisible()),
		'and from there');
}

async function audit(page) {
	for (let i = 0; i < 60; i++)
		await api('PUT', '/settings', { 'exports.argon2.passes': 3 + i % 5 });
	await page.getByRole('link', { name: 'Audit log' }).click();
	await page.locator('[data-audit]').first().waitFor();
	const seen = new Set();
	const look = async () => (await page.locator('[data-audit]').evaluateAll(
		(all) => all.map((r) => r.dataset.audit))).forEach((n) => seen.add(n));

	await look();
	while (await page.locator('[data-audit="1"]').count() === 0) {
		const last = await page.locator('[data-audit]').last()
			.getAttribute('data-audit');

		await button(page, 'Older').click();
		await page.locator(`[data-audit="${Number(last) - 1}"]`).waitFor();
		await look();
	}
	const total = (await api('GET', '/audit?limit=1')).total;

	is(seen.size, total, 'every record once, page by page');
	await page.goBack();
	await page.locator(`[data-audit="${total}"]`).waitFor();
	ok(true, 'Back works');
	await page.getByLabel('Act').fill('token.');
	await page.getByLabel('About').fill('token 2');
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => document.querySelectorAll('[data-audit]')
		.length === 2);
	is(await page.locator('.audit-what code').allInnerTexts(),
		['token.revoke', 'token.add'], 'what is asked for');
	await page.reload();
	await page.locator('[data-audit]').nth(1).waitFor();
	is([await page.getByLabel('Act').inputValue(),
		await page.locator('[data-audit]').count()], ['token.', 2],
	'is in the address');
	await page.getByLabel('Act').fill('no.such');
	await button(page, 'Show').click();
	await page.getByText('Nothing was done like that').waitFor();
	await button(page, 'Clear').click();
	await page.locator(`[data-audit="${total}"]`).waitFor();
	await button(page, 'Verify the log').click();
	await page.getByText(`All ${total} records are as they were written`)
		.waitFor();
	ok(true, 'and all of it is verified');
}

await test(async () => {
	await send(people);
	const page = await open();

	page.asked = [];
	page.on('dialog', (d) => {
		page.asked.push(d.type());
		d.accept();
	});
	await logIn(page);
	await workspace(page);
	await attributes(page);
	await type(page);
	await tokens(page);
	await sessions(page);
	await audit(page);
	is(page.complaints, [], 'the page complained of nothing');
});
