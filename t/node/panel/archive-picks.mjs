// SPDX-License-Identifier: AGPL-3.0-or-later
// Chats of the archives selected one by one, by the page and on several pages,
// by mouse and by keys alone, taken out as just those; and all that match
// again.  Selected is what the file has: it is unlocked and read.
import { readFile } from 'node:fs/promises';
import * as openpgp from 'openpgp';
import { axe } from './axe.mjs';
import { comes, is, logIn, ok, open, send, test, totalIs, until,
	URL0 } from './tap.mjs';
import { CHATS, events, rows } from './talk.mjs';

const SECRET = 'paper-lantern:42 über';

const dialog = (page) => page.getByRole('dialog', { name: 'Export' });
const box = (page, n) => page.locator('.chat-row .pick').nth(n);
const whole = (page) => page.getByLabel('Select this page');
const button = (page, name) => page.getByRole('button', { name, exact: true });
const said = async (page) => (await page.locator('.page-head .sentence')
	.innerText()).replace(/\s+/g, ' ').trim();
const holds = async (page) => (await dialog(page).locator('form p').first()
	.innerText()).replace(/\s+/g, ' ').trim();
const shot = async (page, name) => process.env.SHOTS &&
	page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });

/** What the file of the open dialog holds. */
async function file(page) {
	await dialog(page).getByLabel('Format').selectOption('json');
	await dialog(page).getByLabel('What is it for?').fill('To look at a few');
	await dialog(page).getByLabel('Password', { exact: true }).fill(SECRET);
	await dialog(page).getByLabel('The same again').fill(SECRET);
	const coming = page.waitForEvent('download');

	await dialog(page).getByRole('button', { name: /^Download/ }).click();
	const locked = await readFile(await (await coming).path());
	const { data } = await openpgp.decrypt({ passwords: [SECRET],
		message: await openpgp.readMessage({ binaryMessage: locked }) });

	return JSON.parse(data);
}

async function byMouse(page) {
	await page.goto(`${URL0}/#/archives`);
	await totalIs(page, CHATS, 'all chats');
	is(await button(page, 'Export what was found').count(), 1,
		'without a selection it is what was found');
	await box(page, 0).check();
	await box(page, 1).check();
	await comes(() => said(page), `2 chats selected All ${CHATS} instead`,
		'two are selected');
	is(new URL(page.url()).hash, '#/archives', 'and no chat was opened');
	await shot(page, 'picked');
	is(await axe(page), [], 'axe finds nothing with a selection');
	await button(page, 'Next').click();
	await until(async () => await rows(page) === CHATS - 50);
	await whole(page).check();
	await comes(() => said(page), `${CHATS - 50 + 2} chats selected All ${
		CHATS} instead`, 'a page beside the two of the page before');
	await whole(page).uncheck();
	await page.goBack();
	await comes(() => said(page), `2 chats selected All ${CHATS} instead`,
		'Back, the two are still selected');
	await page.locator('.chat-link').nth(3).click();
	await page.waitForURL(/archives\/\d+/);
	await page.goBack();
	await comes(() => box(page, 1).isChecked(), true,
		'also after a look into a chat');
	await button(page, 'Export selected').click();
	await comes(() => holds(page), '2 chats with 2 people and 2 messages. ' +
		'A file locked with a password.', 'two will be in the file');
	is((await file(page))['UserChat data'].map((c) => c.id).sort(),
		['c2', 'c3'], 'and are');
	await page.keyboard.press('Escape');
}

async function back(page) {
	await until(async () => await dialog(page).count() === 0);
	await button(page, `All ${CHATS} instead`).click();
	await comes(() => said(page), 'What was said, the latest first',
		'all of them again');
	await box(page, 0).check();
	await page.getByLabel(/^Words/).fill('refund');
	await page.keyboard.press('Enter');
	await totalIs(page, 2, 'another search');
	is(await page.locator('.pick:checked').count(), 0,
		'begins without a selection');
	await whole(page).check();
	await comes(() => said(page), '2 chats selected All 2 instead',
		'a page of it');
	await page.goBack();
}

async function byKeys(page) {
	const { keyboard: keys } = page;
	const focus = () => page.evaluate(() => document.activeElement
		.getAttribute('aria-label') ?? document.activeElement.innerText);

	await totalIs(page, CHATS, 'all chats, by keys');
	await whole(page).focus();
	await keys.press('Tab');
	await comes(focus, await box(page, 0).getAttribute('aria-label'),
		'Tab comes to the box of the first');
	ok(/^Select Ana, /.test(await focus()), 'which says whose it is');
	await keys.press('Space');
	await keys.press('ArrowDown');
	await comes(() => page.evaluate(() => document.activeElement.innerText),
		'Bo', 'an arrow goes on to the next chat');
	await keys.press('Shift+Tab');
	await keys.press('Space');
	await comes(() => said(page), `2 chats selected All ${CHATS} instead`,
		'two, by Space');
	await button(page, 'Export selected').focus();
	await keys.press('Enter');
	await comes(() => holds(page), '2 chats with 2 people and 2 messages. ' +
		'A file locked with a password.', 'which Enter takes out');
	await keys.press('Escape');
}

async function small(scheme) {
	const page = await open({ colorScheme: scheme,
		viewport: { width: 320, height: 700 } });

	await logIn(page, '/#/users');
	await page.goto(`${URL0}/#/archives`);
	await totalIs(page, CHATS, `320 pixels, ${scheme}`);
	await box(page, 0).check();
	await comes(() => said(page), `1 chat selected All ${CHATS} instead`, 'one');
	ok(await page.evaluate(() => document.documentElement.scrollWidth <=
		innerWidth), 'nothing sticks out');
	is(await axe(page), [], 'axe finds nothing');
	await shot(page, `picked-small-${scheme}`);
	is(page.complaints, [], 'no complaints');
	await page.context().close();
}

test(async () => {
	await send(events);
	const page = await open();

	await logIn(page, '/#/users');
	await byMouse(page);
	await back(page);
	await byKeys(page);
	await small('light');
	await small('dark');
	is(page.complaints, [], 'the page complains about nothing');
});
