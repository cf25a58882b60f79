// SPDX-License-Identifier: AGPL-3.0-or-later
// The archives: chats found by words and by everything else, by mouse and by
// keys; the whole state in the address; loading, empty and error; who may.
import { axe } from './axe.mjs';
import { asMember, comes, is, logIn, ok, open, send, test, total, totalIs,
	until, URL0 } from './tap.mjs';
import { CHATS, events, hold, rows, titles } from './talk.mjs';

const LIST = /\/api\/v1\/chats\?/;
const click = (page, name) =>
	page.getByRole('button', { name, exact: true }).click();
const chip = (page, name) => page.locator(`[data-chip="${name}"]`);
const openChip = (page, name) =>
	chip(page, name).locator('button').first().click();
const away = async (page, name) => {
	await page.keyboard.press('Escape');
	await click(page, `Remove ${name}`);
	await totalIs(page, CHATS, `${name}: × takes it away`);
};
const here = (page) => page.evaluate(() => location.hash);
const field = (page) => page.getByLabel(/^Words/);
const focused = (page) => page.evaluate(() => document.activeElement.innerText);
const marks = (page) => page.locator('mark').allInnerTexts();

async function pages(page) {
	await page.getByRole('link', { name: 'Archives' }).click();
	await totalIs(page, CHATS, 'all chats, exactly');
	is((await titles(page)).slice(0, 4), ['Ana', 'Bo', 'Ana', 'Cy'],
		'the latest first');
	is(await rows(page), 50, 'a page of them');
	await click(page, 'Next');
	await until(async () => await rows(page) === CHATS - 50);
	is(await rows(page), CHATS - 50, 'then the rest');
	is((await page.locator('.range').innerText()).trim(),
		`51–${CHATS} of ${CHATS}`, 'and which they are');
	await page.reload();
	await until(async () => await rows(page) === CHATS - 50);
	is(await rows(page), CHATS - 50, 'which is in the address');
	await page.goBack();
	await until(async () => await rows(page) === 50);
	is(await rows(page), 50, 'Back goes back');
}

async function words(page) {
	await field(page).fill('refund');
	await click(page, 'Search');
	await totalIs(page, 2, 'a word');
	is(await marks(page), ['refund', 'REFUND', 'refund'],
		'is marked where it stands');
	ok(/q=refund/.test(await here(page)), 'and in the address');
	await field(page).fill('"refund for order"');
	await page.keyboard.press('Enter');
	await totalIs(page, 1, 'a phrase');
	await page.goBack();
	await totalIs(page, 2, 'Back brings the word back');
	is(await field(page).inputValue(), 'refund', 'also into its field');
	await page.reload();
	await totalIs(page, 2, 'as does a reload');
	await field(page).fill('');
	await page.keyboard.press('Enter');
	await totalIs(page, CHATS, 'no word is everything');
}

async function tags(page) {
	await click(page, 'Next');
	await until(async () => await rows(page) === CHATS - 50);
	await openChip(page, 'Tags');
	await page.getByRole('option', { name: /^refund\s*2$/ }).click();
	await totalIs(page, 2, 'a tag of chats elsewhere, with how many have it');
	await page.getByRole('option', { name: 'vip' }).click();
	await totalIs(page, 3, 'any of two');
	await page.getByLabel('How many of the tags').selectOption('all');
	await totalIs(page, 1, 'all of them');
	await page.getByLabel('How many of the tags').selectOption('none');
	await totalIs(page, CHATS - 3, 'none of them');
	is((await chip(page, 'Tags').locator('.chip-body').innerText())
		.replace(/\s+/g, ' '), 'Tags are none of refund, vip',
	'the chip reads as a sentence');
	await page.keyboard.press('Escape');
	await click(page, 'Remove Tags');
	await totalIs(page, CHATS, '× takes it away');
	await comes(() => focused(page), 'Tags', 'and leaves the focus there');
	await page.route('**/chats/values*', (route) => route.abort());
	await openChip(page, 'Tags');
	await page.getByText('Others could not be loaded').waitFor();
	await page.getByRole('combobox', { name: 'Tags', exact: true })
		.fill('VIP');
	await page.keyboard.press('Enter');
	await totalIs(page, 2, 'what is typed is taken without the server, too');
	await page.unroute('**/chats/values*');
	await away(page, 'Tags');
}

async function others(page) {
	await openChip(page, 'State');
	await page.getByLabel('Snoozed').check();
	await totalIs(page, 1, 'a state');
	await page.getByLabel('Closed').check();
	await totalIs(page, 2, 'one of two states');
	await away(page, 'State');
	await openChip(page, 'Assignee');
	await page.getByRole('combobox', { name: 'Assignees' }).fill('lee');
	await page.keyboard.press('Enter');
	await totalIs(page, 1, 'who looks after it');
	await page.getByLabel('Nobody looks after it').check();
	await totalIs(page, CHATS - 2, 'nobody');
	await away(page, 'Assignee');
	await openChip(page, 'Integration');
	await page.getByRole('combobox', { name: 'Integrations' })
		.fill('WhatsApp');
	await page.keyboard.press('Enter');
	await totalIs(page, 1, 'where it came from');
	await away(page, 'Integration');
	await openChip(page, 'Opened');
	await page.getByLabel('From', { exact: true }).fill('2026-11-18');
	await totalIs(page, 2, 'from a day of the viewer');
	await page.getByLabel('To', { exact: true }).fill('2026-11-18');
	await totalIs(page, 2, 'to the same day, which is in it');
	await page.getByLabel('From', { exact: true }).fill('2026-11-16');
	await page.getByLabel('To', { exact: true }).fill('2026-11-17');
	await totalIs(page, 1, 'to the day before');
	await away(page, 'Opened');
}

async function ofPeople(page) {
	await click(page, 'Add filter');
	await page.getByRole('option', { name: /^Country/ }).click();
	await page.getByRole('option', { name: /^Portugal/ }).click();
	await totalIs(page, 2, 'chats of people that a filter matches');
	await openChip(page, 'State');
	await page.getByLabel('Closed').check();
	await page.keyboard.press('Escape');
	await field(page).fill('order');
	await page.keyboard.press('Enter');
	await totalIs(page, 1, 'everything at once');
	const address = await here(page);
	const other = await open();

	await logIn(other);
	await other.goto(`${URL0}/${address}`);
	await totalIs(other, 1, 'and the address is the whole of it');
	is(await titles(other), ['Ana'], 'for whoever opens it');
	await other.context().close();
	await page.goto(`${URL0}/#/archives?q=REFUND&tags=nothing`);
	await page.getByText('No chat matches').waitFor();
	is([await rows(page), await total(page)], [0, 0], 'none: said so');
	await click(page, 'Show all chats');
	await totalIs(page, CHATS, 'with a way out');
}

async function byKeys(page) {
	const keys = page.keyboard;

	await page.locator('h1').click();
	await keys.press('/');
	await comes(() =>
		page.evaluate(() => document.activeElement.type), 'search',
		'/ goes to the words');
	await keys.type('refund');
	await keys.press('Enter');
	await totalIs(page, 2, 'Enter looks for them');
	await keys.press('Tab');
	await keys.press('Tab');
	await comes(() => focused(page), 'Tags', 'Tab goes on to what narrows');
	await keys.press('Enter');
	await page.locator('.popover').waitFor();
	await page.getByLabel('Tags', { exact: true }).last().focus();
	await keys.type('refu');
	await keys.press('Enter');
	await totalIs(page, 1, 'Enter takes a tag in');
	await keys.press('Backspace');
	await totalIs(page, 2, 'Backspace takes it out');
	await keys.press('Escape');
	await comes(() => focused(page), 'Tags',
		'Esc closes, and the focus is where it was');
	for (let i = 0; i < 30 && await page.evaluate(() =>
		!document.activeElement.matches('.chat-link')); i++)
		await keys.press('Tab');
	await comes(() => focused(page), 'Ana', 'Tab comes to the chats');
	await keys.press('ArrowDown');
	const id = await page.evaluate(() => document.activeElement
		.closest('.chat-row').dataset.chat);

	await keys.press('Enter');
	await page.locator('.said').first().waitFor();
	ok((await here(page)).startsWith(`#/archives/${id}?q=refund&at=`),
		'↓ and Enter open the second, at its hit');
	await keys.press('n');
	ok(await until(async () => /^2 of 2/.test(await page.locator('.hits')
		.innerText())), 'n goes to the next hit');
	await page.goBack();
	ok(await until(() => page.evaluate((n) => document.activeElement
		.closest('.chat-row')?.dataset.chat === n, id)),
	'Back finds the very row');
	await keys.press('f');
	await page.getByRole('option', { name: /^Country/ }).waitFor();
	await keys.type('country');
	await keys.press('Enter');
	await page.getByRole('option', { name: /^Sweden/ }).waitFor();
	await keys.type('Sweden');
	await keys.press('Enter');
	await page.getByText('No chat matches').waitFor();
	ok(true, 'f narrows the people, by keys alone');
}

async function states(page) {
	await page.goto(`${URL0}/#/archives`);
	await totalIs(page, CHATS, 'a list');
	const release = await hold(page, LIST);

	await field(page).fill('refund');
	await page.keyboard.press('Enter');
	await page.locator('.chat-row .bar').first().waitFor();
	is([await rows(page), await total(page)], [0, null],
		'while it loads there is no row and no total');
	await release();
	await totalIs(page, 2, 'then they come');
	await page.route(LIST, (route) => route.abort());
	await field(page).fill('order');
	await page.keyboard.press('Enter');
	await page.locator('.notice-error').waitFor();
	is([await rows(page), await total(page), await field(page).inputValue()],
		[0, null, 'order'], 'an error blanks the list and loses no word');
	await page.unroute(LIST);
	await click(page, 'Try again');
	await totalIs(page, 2, 'and can be tried again');
	await field(page).fill('!!');
	await page.keyboard.press('Enter');
	await page.locator('.notice-error').waitFor();
	ok(/\bq\b/.test(await page.locator('.notice-error').innerText()),
		'what cannot be looked for is said by the server');
	await click(page, 'Show all chats');
	await totalIs(page, CHATS, 'with a way out');
	await page.goto(`${URL0}/#/archives?f=%7B%22all%22%3A%5B`);
	await page.getByText('perhaps the link was cut').waitFor();
	ok(true, 'a cut link is told as one');
}

async function whoMay() {
	const reader = await asMember(['chats.read'], '/archives');

	await totalIs(reader, CHATS, 'who may read chats sees them');
	is(await reader.locator('.places a').allInnerTexts(),
		['Archives', 'Settings', 'Unlock a file'], 'and no other place');
	is(await reader.getByText('Add filter').count(), 0, 'nor filters of users');
	await reader.locator('.chat-link').first().click();
	await reader.locator('.said').first().waitFor();
	is(await reader.locator('.about button, .about a').count(), 0,
		'nothing can be changed there');
	is(await axe(reader), [], 'axe: for a reader');
	is(reader.complaints, [], 'the page complained of nothing');
	await reader.context().close();
	const lister = await asMember(['users.read'], '/archives');

	await lister.locator('.notice-error').waitFor();
	is(await lister.locator('.places a').allInnerTexts(), ['Users', 'Segments',
		'Settings', 'Unlock a file'], 'who may not is not led there, and is told');
	await lister.context().close();
}

await test(async () => {
	const empty = await open();

	await logIn(empty);
	await empty.goto(`${URL0}/#/archives`);
	await empty.getByText('No chats yet').waitFor();
	ok(true, 'no chats: said so, and not as an error');
	await empty.context().close();
	await send(events);
	const page = await open();

	await logIn(page);
	for (const step of [pages, words, tags, others, ofPeople, byKeys, states])
		await step(page);
	await whoMay();
	is(page.complaints, [], 'the page complained of nothing');
});
