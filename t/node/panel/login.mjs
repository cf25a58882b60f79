// SPDX-License-Identifier: AGPL-3.0-or-later
// In and out: a wrong password, the right one, who one is, and that nothing
// of the people is left behind after leaving.
import { giveName, is, logIn, LOGIN, ok, open, PASSWORD, rows, send, settled,
	test, until, URL0 } from './tap.mjs';
import { events } from './people.mjs';

async function wrongThenRight(page) {
	await page.goto(URL0 + '/');
	const form = page.locator('.login');
	const errors = [];

	page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
	await page.reload();
	await form.waitFor();
	is(errors, [], 'a stranger is not asked for a session first');

	ok(await until(() => form.getByLabel('E-mail or phone').evaluate((el) =>
		el === document.activeElement)), 'the first field has the focus');
	await giveName(form, 'not the password');
	const told = await form.getByRole('alert').textContent();

	ok(told.trim().length > 10, 'a wrong password is told in a sentence');
	is(await form.getByLabel('E-mail or phone').inputValue(), LOGIN,
		'and what was typed as the name stays');
	await form.getByLabel('Password').fill('');
	await giveName(form);
	await settled(page);
	ok(await rows(page) > 0, 'the right one shows people');
	is(await page.title(), 'Users – Rapport', 'the page has its title');
}

async function outAgain(page) {
	await page.goto(`${URL0}/#/users?sort=default_name`);
	await settled(page);
	await page.getByRole('button', { name: 'Log out' }).click();
	await page.locator('.login').waitFor();
	is(await rows(page), 0, 'after leaving there are no rows');
	await page.goBack();
	await page.locator('.login').waitFor();
	is(await rows(page), 0, 'nor after Back');
	await page.reload();
	await page.locator('.login').waitFor();
	is(await rows(page), 0, 'nor after a reload');
	ok(!/default_name/.test(await page.evaluate(() => location.hash)) ||
		await page.locator('.login').count() === 1,
	'an old address leads to the log-in');
}

/** Who may not download is not offered it. */
async function without(page, permission) {
	await page.route('**/api/v1/me', async (route) => {
		const res = await route.fetch();
		const me = await res.json();

		me.manager.permissions = me.manager.permissions.filter((p) =>
			p !== permission);
		await route.fulfill({ response: res, json: me });
	});
	await page.reload();
	await settled(page);
}

const NEXT = 'a-lantern-for-every-door';

async function anotherPassword(page, elsewhere) {
	const form = page.getByRole('dialog', { name: 'Change password' });
	const fill = async (old, next, again = next) => {
		await form.getByLabel('Password until now').fill(old);
		await form.getByLabel('New password').fill(next);
		await form.getByLabel('The same again').fill(again);
		await form.getByRole('button', { name: 'Change password' }).click();
	};
	const told = () => form.locator('.trouble').allTextContents()
		.then((all) => all.filter(Boolean).length);

	await page.getByRole('button', { name: 'Choose a password' }).click();
	await fill(PASSWORD, 'elevenchars');
	is(await told(), 1, 'eleven characters are too few');
	await fill('not the password', NEXT);
	ok(await until(() => form.getByLabel('Password until now').evaluate((el) =>
		el === document.activeElement && el.ariaInvalid === 'true')),
	'a wrong old password is told at its field');
	await fill(PASSWORD, NEXT);
	await form.waitFor({ state: 'detached' });
	is(await page.getByRole('button', { name: 'Choose a password' }).count(),
		0, 'a one-time password is asked to be replaced until it is');
	await page.reload();
	await settled(page);
	is(await rows(page), 5, 'with the new one the work goes on');
	await elsewhere.getByRole('button', { name: 'Name' }).click();
	const over = elsewhere.getByRole('dialog',
		{ name: 'Your session has ended' });

	await over.waitFor();
	ok(true, 'and elsewhere the session has ended');
	await giveName(over, NEXT);
	await over.waitFor({ state: 'detached' });
	is(await rows(elsewhere), 5, 'where the new password opens, too');
}

await test(async () => {
	await send(events.slice(0, 5));
	const page = await open();

	await wrongThenRight(page);
	await page.reload();
	await settled(page);
	is(await rows(page), 5, 'a reload keeps one logged in');
	await outAgain(page);
	await logIn(page, '/#/users?sort=default_name');
	is(await page.locator('th[aria-sort="ascending"]').textContent()
		.then((t) => t.trim()), 'Name',
	'the address one came with is where one lands');
	const elsewhere = await open();

	await logIn(elsewhere);
	await anotherPassword(page, elsewhere);
	const button = page.getByRole('button', { name: 'Export' });

	is(await button.count(), 1, 'an Owner may download');
	await without(page, 'download');
	is(await button.count(), 0, 'who may not is not offered it');
	is(page.complaints, [], 'the page complained of nothing');
});
