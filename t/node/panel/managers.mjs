// SPDX-License-Identifier: AGPL-3.0-or-later
// A manager is made who sees one segment without two columns, logs in
// elsewhere and sees just that; is changed while somebody else changes them;
// is logged out, disabled and let in again.  What is typed is never lost
// unasked.
import { giveName, is, logIn, ok, open, send, test, total, totalIs, until,
	URL0 } from './tap.mjs';
import { api, button, dialog, fillIn, goTo, openAs, there, words }
	from './house.mjs';
import { events, those } from './people.mjs';

const INSIDERS = those((p) => p.segments.includes('Insiders'));
const LOGIN = 'bo@example.org';
const manager = async (id) => api('GET', `/managers/${id}`);
const field = (page, name) => page.getByLabel(name, { exact: true });

async function pick(page, add, ...names) {
	await button(page, add).click();
	for (const name of names) {
		await page.getByRole('combobox').fill(name);
		await page.getByRole('option', { name: new RegExp(`^${name}`) }).first()
			.click();
	}
	await page.keyboard.press('Escape');
}

async function makeOne(page) {
	await page.getByRole('link', { name: 'Settings' }).click();
	await there(page);
	await page.getByRole('link', { name: 'Managers' }).click();
	await page.locator('[data-manager]').first().waitFor();
	await button(page, 'Add a manager').click();
	await field(page, 'Name').fill('Bo Berg');
	await field(page, 'E-mail').fill('not an address');
	await page.getByLabel('Take lists out as locked files').check();
	await page.getByLabel('The people of some segments alone').check();
	await pick(page, 'Add a segment', 'Insiders');
	await pick(page, 'Add an attribute', 'Email', 'Country');
	is(await words(page.locator('.explained p').first()), 'Bo Berg sees the ' +
		'people of Insiders alone, without Email and Country. May:',
	'what they will see is said in a sentence');
	await button(page, 'Add the manager').click();
	await page.locator('.trouble').first().waitFor();
	is(await field(page, 'E-mail').getAttribute('aria-invalid'), 'true',
		'a wrong address is told at its field');
	is(await field(page, 'Name').inputValue(), 'Bo Berg', 'and nothing is lost');
	await field(page, 'E-mail').fill(LOGIN);
	await button(page, 'Add the manager').click();
	const told = dialog(page, 'The one-time password');
	const password = await told.getByLabel('Password').inputValue();

	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape');
	ok(await until(() => told.isVisible()),
		'the password cannot be waved away');
	await button(told, 'I have it').click();
	await page.locator('.manager-acts').waitFor();
	const { manager: id } = /managers\/(?<manager>\d+)/.exec(page.url()).groups;
	const { segments, masked } = (await manager(id)).limits;

	is([segments.map((s) => s.name), masked], [['Insiders'],
		['default_email', 'default_country']], 'the limits are kept');
	return { id, password };
}

/** What they see is that and nothing else. */
async function asThem(password) {
	const page = await openAs(LOGIN, password);

	await totalIs(page, INSIDERS, 'they see the people of the segment alone');
	const heads = await page.locator('thead th bdi').allTextContents();

	ok(!heads.includes('Email'), 'without a column of what is kept from them',
		heads);
	is(await page.locator('.place').allInnerTexts().then((all) =>
		all.map((t) => t.trim())), ['Users', 'Segments', 'Downloads',
		'Settings', 'Unlock a file'], 'with the pages they may open');
	await page.getByRole('link', { name: 'Settings' }).click();
	await there(page);
	is(await page.locator('.settings-nav li').allInnerTexts(),
		['Your sessions'], 'of the settings only what is their own');
	for (const at of ['managers', 'workspace', 'audit', 'attributes',
		'managers/1', 'hours/new', 'tokens?add=1', 'nonsense']) {
		await page.goto(`${URL0}/#/settings/${at}`);
		await page.getByText('There is no such page').waitFor();
	}
	is(await page.locator('form').count(), 0, 'no other page is there for them');
	await page.goto(`${URL0}/#/users?columns=default_name,default_email`);
	await page.locator('.notice-error').waitFor();
	ok(true, 'nor can they ask for the column');
	await page.goto(`${URL0}/#/users`);
	await totalIs(page, INSIDERS, 'back at the list');
	return page;
}

async function logOutEverywhere(page, theirs) {
	const acts = page.locator('.manager-acts');

	await page.reload();
	await acts.getByText(/From 127/).waitFor();
	await button(acts, 'Log out everywhere').click();
	await button(dialog(page, 'Log out everywhere'), 'Log out').click();
	await page.getByText('Bo Berg is logged out everywhere').waitFor();
	await acts.getByText('Logged in nowhere.').waitFor();
	ok(true, 'which is shown at once');
	await theirs.getByRole('button', { name: 'Name' }).first().click();
	ok(await until(() => dialog(theirs, 'Your session has ended').isVisible()),
		'where they were, they are asked to log in');
}

/** Both change them; each value is shown, and nothing is overwritten unseen. */
async function conflict(page, id) {
	await field(page, 'Name').fill('Bo of mine');
	await api('PATCH', `/managers/${id}`, { name: 'Bo of theirs',
		phone: '+82 10-1234-5678' });
	await button(page, 'Save').click();
	const both = page.locator('.conflict');

	await both.waitFor();
	const said = await words(both);

	ok(said.includes('Bo of theirs') && said.includes('Bo of mine'),
		'both names are shown', said);
	is(await field(page, 'Phone').inputValue(), '+821012345678',
		'what was not touched here is as they made it');
	is((await manager(id)).name, 'Bo of theirs', 'nothing is saved yet');
	await button(both, 'Keep mine').click();
	await button(page, 'Save').click();
	await page.getByText('it holds from now on').waitFor();
	const now = await manager(id);

	is([now.name, now.phone, now.limits.masked.length],
		['Bo of mine', '+821012345678', 2], 'mine is kept, and all else');
}

/** Going elsewhere asks; staying keeps, leaving leaves. */
async function unsaved(page) {
	const asked = dialog(page, 'Leave without saving?');
	const before = page.url();

	await field(page, 'Name').fill('Not saved');
	await page.getByRole('link', { name: 'Segments' }).click();
	await button(asked, 'Stay').click();
	is([page.url(), await field(page, 'Name').inputValue()],
		[before, 'Not saved'], 'a link asks, and staying keeps it all');
	await page.goBack();
	await asked.waitFor();
	is(page.url(), before, 'Back asks, too');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Log out', exact: true }).click();
	await button(asked, 'Stay').click();
	is(await field(page, 'Name').inputValue(), 'Not saved', 'so does leaving');
	await page.context().clearCookies();
	await button(page, 'Save').click();
	await giveName(dialog(page, 'Your session has ended'));
	await page.getByText('it holds from now on').waitFor();
	ok(true, 'an ended session goes on where it was');
	await field(page, 'Name').fill('Lost');
	await page.getByRole('link', { name: 'All managers' }).click();
	await button(asked, 'Leave and lose it').click();
	await page.locator('[data-manager="2"]').waitFor();
	ok((await words(page.locator('[data-manager="2"]'))).startsWith('Not saved'),
		'and who leaves has left');
}

async function disable(page, id, password) {
	await goTo(page, `managers/${id}`);
	await button(page, 'New one-time password').click();
	await button(dialog(page, 'New one-time password'), 'Make it').click();
	const fresh = await dialog(page, 'The one-time password')
		.getByLabel('Password').inputValue();

	await button(page, 'I have it').click();
	ok(fresh !== password, 'a new password is told once');
	const again = await openAs(LOGIN, fresh);

	is(await total(again), INSIDERS, 'and lets them in');
	await button(page, 'Disable').click();
	await button(dialog(page, 'Disable'), 'Disable').click();
	await page.getByText('is disabled').waitFor();
	await again.reload();
	await fillIn(again, LOGIN, fresh);
	await again.getByRole('alert').waitFor();
	ok(true, 'who is disabled is out and stays out');
	await button(page, 'Let in again').click();
	await button(dialog(page, 'Let in again'), 'Let in').click();
	await page.getByText('may log in again').waitFor();
	await goTo(page, 'managers/1');
	await page.getByRole('radio', { name: /^Member/ }).check();
	await button(page, 'Save').click();
	await page.getByText('the last Owner').waitFor();
	is((await manager(1)).role, 'Owner', 'the last Owner stays one');
	await page.getByRole('radio', { name: /^Owner/ }).check();
	await goTo(page, 'managers/99');
	await page.locator('.notice-error').waitFor();
	ok(true, 'nobody is an error');
}

await test(async () => {
	await send(events);
	const page = await open();

	await logIn(page);
	const { id, password } = await makeOne(page);
	const theirs = await asThem(password);

	await logOutEverywhere(page, theirs);
	await conflict(page, id);
	await unsaved(page);
	await disable(page, id, password);
	is([...page.complaints, ...theirs.complaints], [],
		'the pages complained of nothing');
});
