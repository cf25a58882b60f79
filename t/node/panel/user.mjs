// SPDX-License-Identifier: AGPL-3.0-or-later
// One person: opened from the list by mouse and by keys, told as it was sent,
// and the way back to just the list one came from.
import { comes, is, listAt, logIn, ok, open, send, settled, test, total,
	totalIs, until, URL0 } from './tap.mjs';
import { events, N, those, town } from './people.mjs';

const BOLD = { type: 'user', userId: 'bold', at: '2025-12-01T10:00:00Z',
	attributes: { name: '<b>Bold</b>', url: 'https://shop.example/chairs',
		avatar: 'javascript:alert(1)' } };
const CHAT = [
	{ type: 'chat', chatId: 'c-1', userId: 'bold', source: 'LiveChat',
		openedAt: '2026-01-03T10:00:00Z', attributes: { order: 'A-77' } },
	{ type: 'message', chatId: 'c-1', personType: 'User',
		at: '2026-01-03T10:00:00Z', text: 'hello' },
];

const line = (page, name) => page.locator(`.datum[data-name="${name}"]`);
const value = (page, name) => line(page, name).locator('.datum-value')
	.innerText();
const title = (page) => page.locator('main.user-page h1').innerText();
const focused = (page) => page.evaluate(() =>
	document.activeElement.closest('tr')?.innerText.split('\n')
		.find((t) => t.startsWith('Person')));

async function shows(page, name, what) {
	await until(async () => await page.locator('main.user-page h1').count() &&
		await title(page) === name, 10);
	is(await title(page), name, what);
}

async function fromTheList(page) {
	const list = listAt({ sort: 'default_name',
		f: { all: [['plan', 'is', 'pro']] } });

	await page.goto(URL0 + list);
	await totalIs(page, those((p) => p.plan === 'pro'), 'a filtered list');
	await page.getByRole('cell', { name: 'p10@example.com' }).click();
	await shows(page, 'Person 010', 'a click on a row opens the person');
	is(await page.locator('.user-who .sentence').innerText(),
		'p10@example.com', 'with the main address below the name');
	ok(/^#\/users\/\d+$/.test(await page.evaluate(() => location.hash)),
		'at an address of its own');
	is(await page.title(), 'Person 010 – Rapport', 'and a title');
	await page.goBack();
	await totalIs(page, those((p) => p.plan === 'pro'),
		'Back returns to the same list');
	ok(await until(async () => await focused(page) === 'Person 010'),
		'with the focus on that row');
	is(await page.evaluate((l) => `/${location.hash}` === l, list), true,
		'and the same address');
}

async function byKeyboard(page) {
	const keys = page.keyboard;

	await keys.press('ArrowDown');
	await comes(() => focused(page), 'Person 015', '↓ goes to the next row');
	await keys.press('Enter');
	await shows(page, 'Person 015', 'Enter opens it');
	is(await page.locator('.user-who .sentence').innerText(),
		'No address known', 'one without an address says so');
	await keys.press('Tab');
	await keys.press('Enter');
	ok(await until(async () => await page.locator('tbody th').count() &&
		await focused(page) === 'Person 015'),
	'the way back is the first stop, and leads to the row');
	await keys.press('ArrowUp');
	await comes(() => focused(page), 'Person 010', '↑ goes to the one before');
}

async function secondPage(page) {
	await page.goto(URL0 + listAt({ sort: 'default_name' }));
	await totalIs(page, N + 1, 'everybody');
	await page.getByRole('button', { name: 'Next' }).click();
	await page.getByRole('link', { name: 'Person 060' }).click();
	await shows(page, 'Person 060', 'a person on the second page');
	await page.getByRole('link', { name: 'Users' }).last().click();
	ok(await until(async () => await page.locator('tbody th').count() &&
		await focused(page) === 'Person 060'), 'is where one comes back to');
	await page.getByRole('button', { name: 'Previous' }).click();
	await until(async () => (await page.locator('.range').textContent())
		.trim().startsWith('1–'));
	is((await page.locator('.range').textContent()).trim(),
		`1–50 of ${N + 1}`, 'from which Previous still goes on');
}

async function allThatIsKnown(page) {
	const seen = '6 Jan 2026, 10:00'; // town[129].seen, in Berlin

	await page.goto(URL0 + listAt({ f: ['default_name', 'is', 'Person 129'] }));
	await page.getByRole('link', { name: 'Person 129' }).click();
	await shows(page, 'Person 129', 'the last of the town');
	is(await page.locator('.talk').innerText().then((t) => t.split('\n')
		.filter(Boolean)), ['Chats', '0', 'Messages in', '0', 'Messages out',
		'0', 'Last seen', seen, 'First seen', seen],
	'how often they talk and when');
	is(await page.locator('[aria-labelledby="user-data"] dt')
		.allInnerTexts(), ['Email', 'Name', 'Integration', 'Source', 'Avatar',
		'Language', 'Time zone'], 'seven lines first');
	is([await value(page, 'default_email'),
		await value(page, 'default_language')],
	['–\nnot set', town[129].language], 'what is known and what is not');
	await page.getByRole('button', { name: /^See more/ }).click();
	is([await value(page, 'default_country'), await value(page, 'score'),
		await value(page, 'vip'), await value(page, 'userId')],
	['Germany', '129', 'No', 'u-129'], 'See more shows the rest');
	is(await page.locator('.segments li').allInnerTexts(), ['Leads'],
		'the segments');
	const told = line(page, 'score').locator('.datum-told');

	is((await told.textContent()).trim(), `From an event, ${seen}`,
		'where a value came from and when');
	is(await told.evaluate((el) => getComputedStyle(el).opacity), '0',
		'is not in the way');
	await line(page, 'score').locator('.datum-value').focus();
	is(await told.evaluate((el) => getComputedStyle(el).opacity), '1',
		'but there for the focus');
	await line(page, 'vip').hover();
	is(await line(page, 'vip').locator('.datum-told').evaluate((el) =>
		getComputedStyle(el).opacity), '1', 'and for the mouse');
	await page.locator('.segments a').click();
	await totalIs(page, those((p) => p.segments.includes('Leads')),
		'a segment leads to everybody in it');
}

async function hostileAndChatty(page) {
	await page.goto(URL0 + listAt({ f: ['userId', 'is', 'bold'] }));
	await page.getByRole('link', { name: '<b>Bold</b>' }).click();
	await shows(page, '<b>Bold</b>', 'a name is text');
	await until(async () =>
		await page.locator('.user-cards a').count() === 2);
	is(await page.locator('.user-cards a').evaluateAll((all) =>
		all.map((a) => a.getAttribute('href'))),
	['https://shop.example/chairs', '#/archives/1'],
	'only http addresses are links, and the chat to its transcript');
	is(await page.locator('.talk dd').first().innerText(), '1', 'one chat');
	is(await page.locator('[aria-labelledby="session-data"] .datum')
		.allInnerTexts().then((all) => all.map((t) =>
			t.split('\n').slice(0, 2))), [['order', 'A-77']],
	'its session data');
}

async function nobodyThere(page) {
	await page.goto(`${URL0}/#/users/4000000000`);
	await page.locator('.notice-error').waitFor();
	is(await title(page), 'There is no such person', 'nobody has that id');
	await page.getByRole('link', { name: 'Users' }).last().click();
	await settled(page);
	is(await total(page), N + 1, 'and the way out is the list');
	await page.route('**/api/v1/users/1', (route) => route.abort());
	await page.goto(`${URL0}/#/users/1`);
	await page.locator('.notice-error').waitFor();
	is(await title(page), 'This person could not be loaded',
		'a failing server is told');
	await page.unroute('**/api/v1/users/1');
	await page.getByRole('button', { name: 'Try again' }).click();
	ok(await until(async () => /^(Person|<b>)/.test(await title(page))),
		'and can be asked again');
}

await test(async () => {
	await send([...events, BOLD, ...CHAT]);
	const page = await open();

	await logIn(page);
	await fromTheList(page);
	await byKeyboard(page);
	await secondPage(page);
	await allThatIsKnown(page);
	await hostileAndChatty(page);
	await nobodyThere(page);
	is(page.complaints, [], 'the page complained of nothing');
});
