// SPDX-License-Identifier: AGPL-3.0-or-later
// One chat: who said what, notes and states between, from hit to hit over a
// long one, the ways from a person to it and back, and what may be changed of
// it, by mouse and by keys, by two at once, and while the server fails.
import { axe } from './axe.mjs';
import { comes, is, logIn, ok, open, send, test, totalIs, until,
	URL0 } from './tap.mjs';
import { events, hold, LONG, NEEDLES } from './talk.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const hits = async (page) => (await page.locator('.hits > span').innerText());
const hitsAre = async (page, wanted, name) => {
	await until(async () => await page.locator('.hits').count() &&
		await hits(page) === wanted);
	is(await hits(page), wanted, name);
};
const here = (page) => page.evaluate(() => {
	const el = document.activeElement;
	const { top, bottom } = el.getBoundingClientRect();

	return el.matches('.said') && top >= 0 && bottom <= innerHeight
		? el.querySelector('.said-text').innerText : '';
});
const standsAt = (page, text, name) => until(async () =>
	await here(page) === text).then(async () => is(await here(page), text, name));
const line = (page, name) => page.locator('.about-line')
	.filter({ has: page.locator('dt', { hasText: name }) });
const tags = (page) => line(page, 'Tags').locator('.tag').allInnerTexts();

/** Does what brings more messages, and waits until they are there. */
async function more(page, act) {
	const n = await page.locator('.said').count();

	await act();
	await until(async () => await page.locator('.said').count() > n);
}

async function ids() {
	const res = await fetch(`${URL0}/api/v1/chats?limit=500`, { headers: {
		Authorization: `Bearer ${process.env.RAPPORT_TOKEN}` } });

	return Object.fromEntries((await res.json()).chats.map((c) =>
		[c.chatId, c.id]));
}

async function elsewhere(id, body) {
	const res = await fetch(`${URL0}/api/v1/chats/${id}`, { method: 'PATCH',
		body: JSON.stringify(body), headers: { 'Content-Type':
			'application/json', Authorization:
			`Bearer ${process.env.RAPPORT_TOKEN}` } });

	is(res.status, 200, 'somebody else edits');
}

async function read(page) {
	await page.goto(`${URL0}/#/archives?q=refund`);
	await totalIs(page, 2, 'found');
	await page.locator('.chat-hit').last().click();
	await standsAt(page, 'Your refund is on its way',
		'a click on a hit opens the transcript there');
	is(await page.locator('.transcript > li').evaluateAll((all) => all.map((li) =>
		li.dataset.who ? li.dataset.who + (li.dataset.note ? ' note' : '')
			: li.querySelector('b').innerText)),
	['Opened', 'User', 'Bot', 'Manager note', 'Manager', 'Closed'],
	'who said it; notes and states between');
	is((await page.locator('.said-who').allInnerTexts()).map((t) =>
		t.replace(/\s+/g, ' ').trim()), ['User Ana 16 Nov 2026, 10:00',
		'Bot greeter 16 Nov 2026, 10:00',
		'Manager kim Note 16 Nov 2026, 10:10',
		'Manager kim 16 Nov 2026, 10:20'], 'by name, in the zone of the viewer');
	is(new Set(await page.locator('.said').evaluateAll((all) => all.map((li) =>
		`${getComputedStyle(li).backgroundColor} ${
			getComputedStyle(li).borderTopStyle} ${
			getComputedStyle(li).borderTopColor}`))).size, 4,
	'and no two look alike');
	is(await page.locator('mark').allInnerTexts(), ['REFUND', 'refund'],
		'the words are marked');
	ok(/Not delivered\s+Gone, 131026/.test(await page.locator('.said').last()
		.innerText()), 'what was not delivered says so');
	await hitsAre(page, '2 of 2', 'which hit it is');
	await button(page, 'Next hit').click();
	await standsAt(page, 'Hello, I want a REFUND for order A17',
		'the next is the first again');
	is(await page.title(), 'Ana – Rapport', 'a title');
}

async function times(page) {
	const told = Object.fromEntries(await page.locator(
		'[aria-labelledby="chat-times"] .about-line').evaluateAll((all) =>
		all.map((l) => [l.querySelector('dt').innerText,
			l.querySelector('dd').innerText])));

	is(told, { 'First wait': '20 min', 'Average reply': '20 min',
		Resolution: '30 min', 'On hold': '0 s', Replies: '1' },
	'its times: a bot and a note do not stop the clock');
	ok(/page\s+home/.test(await page.locator(
		'[aria-labelledby="chat-session"]').innerText()), 'and session data');
}

async function toPersonAndBack(page, id) {
	await line(page, 'User').locator('a').click();
	await page.locator('.user-who h1').waitFor();
	is(await page.locator('h1').innerText(), 'Ana', 'a link to the person');
	await page.locator('.chats a', { hasText: 'Help' }).click();
	await page.locator('.said').first().waitFor();
	ok((await page.evaluate(() => location.hash)).endsWith(`/archives/${id}`),
		'whose chats lead to their transcripts');
	await page.goBack();
	await page.locator('.user-who h1').waitFor();
	await page.goBack();
	await hitsAre(page, '1 of 2', 'Back leads to the hit one came from');
	await page.locator('.back').click();
	await totalIs(page, 2, 'and the link to the list one came from');
	await comes(() =>
		page.evaluate(() => document.activeElement.closest('.chat-row')
		?.dataset.chat), String(id), 'at its row');
}

async function long(page, id) {
	const keys = page.keyboard;

	await page.goto(`${URL0}/#/archives/${id}`);
	await until(async () => await page.locator('.said').count() === 99);
	is(await page.locator('.said').count(), 99,
		'a hundred of it: it opened, and 99 messages');
	await keys.press('/');
	await keys.type('needle');
	await keys.press('Enter');
	await standsAt(page, `a needle at ${NEEDLES[0]}`, 'words found in it');
	await hitsAre(page, `1 of ${NEEDLES.length}`, 'all of them counted');
	for (const i of [1, 2, 0]) {
		await keys.press('n');
		await standsAt(page, `a needle at ${NEEDLES[i]}`,
			`n goes to number ${i + 1}, wherever it is`);
	}
	await keys.press('p');
	await standsAt(page, `a needle at ${NEEDLES[2]}`, 'p goes the other way');
	const at = await page.evaluate(() => location.hash);

	await page.reload();
	await standsAt(page, `a needle at ${NEEDLES[2]}`,
		'where one stands is in the address');
	await page.route('**/messages*', (route) => route.abort());
	await button(page, 'Earlier messages').click();
	await page.locator('.said-card .trouble').waitFor();
	ok(await page.locator('.said').count() > 0,
		'a page that does not come takes nothing away');
	await page.unroute('**/messages*');
	await more(page, () => button(page, 'Try again').click());
	for (let i = 0; i < 3 && await page.locator('.said').count() < LONG; i++)
		await more(page, () => button(page, 'Earlier messages').click());
	is(await page.locator('.said-text').evaluateAll((all) => all.map((t) =>
		Number(t.innerText.match(/\d+$/)))),
	Array.from({ length: LONG }, (_, i) => i), 'in order, each once');
	is(await page.evaluate(() => location.hash), at, 'at the same address');
	await page.getByLabel('Find in this chat').fill('nowhere');
	await keys.press('Enter');
	await hitsAre(page, 'Not in this chat', 'what is not there is said');
	await page.goBack();
	await hitsAre(page, '3 of 3', 'Back brings back the words');
}

async function edited(page, id) {
	const keys = page.keyboard;

	await page.goto(`${URL0}/#/archives/${id}`);
	await page.locator('h1', { hasText: 'Ana' }).waitFor();
	await page.locator('.said').first().waitFor();
	await button(page, 'Change Tags').focus();
	await keys.press('Enter');
	await keys.type('Ünïcode, too');
	await keys.press('Enter');
	await page.route('**/api/v1/chats/*', (route) =>
		route.request().method() === 'PATCH' ? route.abort() : route.continue());
	await keys.press('Enter');
	await line(page, 'Tags').locator('.trouble').waitFor();
	is(await line(page, 'Tags').locator('.token').allInnerTexts(),
		['refund', 'vip', 'Ünïcode, too'],
		'a server that is gone loses nothing chosen');
	await page.unroute('**/api/v1/chats/*');
	await elsewhere(id, { assigneeId: 'lee' });
	await button(page, 'Save').click();
	await page.getByText('Somebody changed this chat').waitFor();
	is(await line(page, 'Assignee').locator('.tag').innerText(), 'lee',
		'what somebody else changed is shown');
	await button(page, 'Save').click();
	await button(page, 'Change Tags').waitFor();
	is(await tags(page), ['refund', 'vip', 'Ünïcode, too'],
		'then mine are saved, by keys');
	ok(await until(() => page.evaluate(() => document.activeElement
		.innerText === 'Change Tags' || document.activeElement.innerText
		.startsWith('Change'))), 'and the focus stays');
	await button(page, 'Change Tags').click();
	await button(page, 'Take out vip').click();
	await keys.press('Escape');
	await button(page, 'Change Tags').click();
	await button(page, 'Take out vip').click();
	await button(page, 'Save').click();
	ok(await until(async () => (await tags(page)).join() ===
		'refund,Ünïcode, too'), 'by mouse, too; Esc changes nothing');
	await button(page, 'Change Assignee').click();
	await page.getByRole('option', { name: 'kim' }).click();
	await button(page, 'Save').click();
	ok(await until(async () => await line(page, 'Assignee').locator('.tag')
		.allInnerTexts().then((t) => t.join()) === 'kim'),
	'another looks after it, from those who spoke');
	await button(page, 'Change Assignee').click();
	await button(page, 'Take out kim').click();
	await button(page, 'Save').click();
	await line(page, 'Assignee').getByText('nobody').waitFor();
	await button(page, 'Open again').click();
	await button(page, 'Snooze').waitFor();
	await page.locator('.said-state').last().getByText('Opened again')
		.waitFor();
	ok(true, 'opened again, which the transcript tells');
	await page.reload();
	await page.locator('.said').first().waitFor();
	is([await page.locator('.said-state b').allInnerTexts(), await tags(page)],
		[['Opened', 'Closed', 'Opened again'], ['refund', 'Ünïcode, too']],
		'and so it is kept');
}

async function states(page, id) {
	const release = await hold(page, `**/api/v1/chats/${id}`);

	await page.reload();
	await page.locator('.user-ghosts').first().waitFor();
	is(await page.locator('.said').count(), 0, 'nothing while it loads');
	await release();
	await page.locator('.said').first().waitFor();
	await page.route('**/messages*', (route) => route.abort());
	await page.reload();
	await page.getByText('The transcript could not be loaded').waitFor();
	is(await page.locator('h1').innerText(), 'Ana',
		'without its transcript the chat is still there');
	await page.unroute('**/messages*');
	await button(page, 'Try again').click();
	await page.locator('.said').first().waitFor();
	await page.getByLabel('Find in this chat').fill('!!');
	await page.keyboard.press('Enter');
	await button(page, 'Show it without words').click();
	await page.locator('.said').first().waitFor();
	ok(true, 'words that cannot be looked for are no dead end');
	await page.goto(`${URL0}/#/archives/4000000000`);
	await page.getByRole('heading', { name: 'There is no such chat' }).waitFor();
	is(await button(page, 'Try again').count(), 0, 'what is not there is said');
}

async function everybody(id) {
	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1400]) {
			const page = await open({ colorScheme,
				viewport: { width, height: 800 } });
			const at = `${width} px, ${colorScheme}`;

			await logIn(page);
			await page.goto(`${URL0}/#/archives/${id}?q=refund`);
			await page.locator('.hits').waitFor();
			is(await axe(page), [], `axe: a transcript (${at})`);
			await button(page, 'Change Tags').click();
			await page.keyboard.type('re');
			is(await axe(page), [], `axe: its tags (${at})`);
			is(await page.evaluate(() => document.documentElement.scrollWidth -
				innerWidth), 0, `nothing sticks out (${at})`);
			await page.context().close();
		}
}

await test(async () => {
	await send(events);
	const id = await ids();
	const page = await open();

	await logIn(page);
	await read(page);
	await times(page);
	await toPersonAndBack(page, id.c1);
	await long(page, id.long);
	await edited(page, id.c1);
	await states(page, id.c1);
	await everybody(id.c1);
	is(page.complaints, [], 'the page complained of nothing');
});
