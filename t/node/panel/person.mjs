// SPDX-License-Identifier: AGPL-3.0-or-later
// One person, worked on: values edited in their place by mouse and by keys,
// two editors at once, a server that fails, segments, merge and undo, ban,
// export, erase; hostile values are text, and axe finds nothing.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { comes, is, listAt, logIn, ok, open, send, test, total, totalIs,
	until, URL0 } from './tap.mjs';

const AXE = readFileSync(createRequire(import.meta.url)
	.resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '"><img src=x onerror=alert(1)>\u202e';
const user = (userId, at, attributes, more = {}) => ({ type: 'user', userId,
	at: `2026-01-${at}T10:00:00Z`, attributes, ...more });
const EVENTS = [
	user('ana', '01', { name: 'Ana', email: 'ana@shop.example',
		city: 'Lisboa', score: 7, vip: true, tags: ['x', 'y'] },
	{ segments: ['VIP', HOSTILE] }),
	user('ana', '02', { city: 'Porto' }),
	user('bo', '02', { name: 'Bo', email: 'bo@shop.example' },
		{ segments: ['Others'] }),
	user('evil', '03', { name: HOSTILE, email: HOSTILE, note: HOSTILE }),
	{ type: 'chat', chatId: 'c1', userId: 'ana', name: HOSTILE,
		openedAt: '2026-01-03T10:00:00Z', attributes: { mood: 'good' } },
	...Array.from({ length: 70 }, (_, i) => ({ type: 'message',
		chatId: 'c1', messageId: `m${i}`, personType: 'user', personId: 'ana',
		at: new Date(Date.UTC(2026, 0, 3, 10, i)).toISOString(),
		text: `said ${i} ${i ? '' : HOSTILE}` })),
	{ type: 'event', userId: 'ana', name: HOSTILE,
		at: '2026-01-08T10:00:00Z', properties: { [HOSTILE]: HOSTILE } },
];

const line = (page, name) => page.locator(`.datum[data-name="${name}"]`);
const value = (page, name) => line(page, name).locator('.datum-value');
const shows = (page, name, text) => until(async () =>
	await value(page, name).count() &&
	await value(page, name).innerText() === text);
const kinds = (page) => page.locator('.moment').evaluateAll((all) =>
	all.map((m) => m.dataset.kind));
const button = (page, name) => page.getByRole('button', { name, exact: true });

async function axe(page, what) {
	await page.evaluate(AXE);
	const { violations } = await page.evaluate(() => globalThis.axe.run(
		{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
			'best-practice'] }));

	is(violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`), [],
		`axe finds nothing: ${what}`);
}

async function openPerson(page, userId) {
	await page.goto(URL0 + listAt({ f: ['userId', 'is', userId] }));
	await totalIs(page, 1, `${userId} is found`);
	await page.locator('.row-link').click();
	await page.locator('.moment').first().waitFor();
	const more = page.getByRole('button', { name: /^See more/ });

	await more.click();
	return (await page.evaluate(() => location.hash)).split('/').pop();
}

async function byMouse(page) {
	await value(page, 'default_city').dblclick();
	await page.keyboard.type('Faro');
	await button(page, 'Save City').click();
	ok(await shows(page, 'default_city', 'Faro'),
		'a double click edits, the button saves');
	is((await line(page, 'default_city').locator('.datum-told').textContent())
		.replace(/\s+/g, ' ').replace(/\d+ \w+ 20\d\d, \d\d:\d\d/g, 'T').trim(),
	'By Owner, T Before: Porto (from an event, T) Events say: Porto ' +
		'(from an event, T)', 'with the old value and its source');
	await line(page, 'vip').hover();
	await button(page, 'Edit vip').click();
	await line(page, 'vip').locator('select').selectOption('false');
	await button(page, 'Save vip').click();
	ok(await shows(page, 'vip', 'No'), 'yes and no are a choice');
	await value(page, 'score').dblclick();
	await button(page, 'Remove score').click();
	ok(await shows(page, 'score', '–\nnot set'), '× removes');
}

async function byKeys(page) {
	const { keyboard: keys } = page;

	await value(page, 'default_email').focus();
	await keys.press('Tab');
	await comes(() => page.evaluate(() => document.activeElement
		.closest('.datum')?.dataset.name), 'default_name',
	'Tab goes from value to value');
	await keys.press('Enter');
	await keys.type('Ana Maria');
	await keys.press('Enter');
	ok(await shows(page, 'default_name', 'Ana Maria'), 'Enter edits and saves');
	is(await page.locator('h1').innerText(), 'Ana Maria', 'the head follows');
	await comes(() => page.evaluate(() => document.activeElement
		.closest('.datum')?.dataset.name), 'default_name',
	'and the focus stays there');
	await keys.press('Enter');
	await keys.type('nobody');
	await keys.press('Escape');
	ok(await shows(page, 'default_name', 'Ana Maria'), 'Esc leaves');
	await value(page, 'tags').focus();
	await keys.press('Enter');
	await keys.press('ControlOrMeta+End');
	await keys.press('Shift+Enter');
	await keys.type('z');
	await keys.press('Enter');
	ok(await until(async () => (await value(page, 'tags').locator('.tag')
		.allInnerTexts().catch(() => [])).join() === 'x,y,z'),
	'a set has an item a line');
	await value(page, 'score').focus();
	await keys.press('Enter');
	await keys.type('many');
	await keys.press('Enter');
	is(await line(page, 'score').locator('.trouble').innerText(),
		'Not a number', 'what is no number is said');
	await keys.press('ControlOrMeta+A');
	await keys.type('8');
	await keys.press('Enter');
	ok(await shows(page, 'score', '8'), 'and can be mended');
	const mood = value(page, 'session.mood');

	await mood.focus();
	await keys.press('Enter');
	await keys.type('fine');
	await keys.press('Enter');
	ok(await shows(page, 'session.mood', 'fine'), 'session data, too');
}

/** Another editor, by the interface. */
async function elsewhere(id, attributes) {
	const res = await fetch(`${URL0}/api/v1/users/${id}`, { method: 'PATCH',
		body: JSON.stringify({ attributes }), headers: {
			Authorization: `Bearer ${process.env.RAPPORT_TOKEN}`,
			'Content-Type': 'application/json' } });

	is(res.status, 200, 'somebody else edits');
}

async function atOnce(page, id) {
	const { keyboard: keys } = page;

	await value(page, 'default_city').dblclick();
	await keys.type('Mine');
	await elsewhere(id, { default_country: 'Peru' });
	await keys.press('Enter');
	ok(await shows(page, 'default_city', 'Mine'),
		'an edit of something else is in nobody\'s way');
	await value(page, 'default_city').dblclick();
	await keys.type('Mine again');
	await elsewhere(id, { default_city: 'Theirs' });
	await keys.press('Enter');
	const clash = line(page, 'default_city').locator('.datum-conflict');

	await clash.waitFor();
	ok(/meanwhile to Theirs/.test(await clash.innerText()),
		'one of the same value is shown');
	is(await line(page, 'default_city').locator('input').inputValue(),
		'Mine again', 'and what was typed stays');
	await axe(page, 'two editors');
	await clash.getByRole('button', { name: /^Save mine/ }).click();
	ok(await shows(page, 'default_city', 'Mine again'), 'mine can be saved');
}

async function failing(page) {
	const { keyboard: keys } = page;

	await page.route('**/api/v1/users/*', (route) =>
		route.request().method() === 'PATCH' ? route.abort() : route.continue());
	await value(page, 'default_city').dblclick();
	await keys.type('Typed once');
	await keys.press('Enter');
	await line(page, 'default_city').locator('.trouble').waitFor();
	is(await line(page, 'default_city').locator('input').inputValue(),
		'Typed once', 'a server that is gone loses nothing typed');
	await page.unroute('**/api/v1/users/*');
	await keys.press('Enter');
	ok(await shows(page, 'default_city', 'Typed once'), 'Enter tries again');
	await page.route('**/timeline*', (route) => route.abort());
	await page.getByLabel('What of it').selectOption('change');
	await page.locator('[aria-labelledby="user-timeline"] .trouble').waitFor();
	await page.unroute('**/timeline*');
	await button(page, 'Try again').click();
	ok(await until(async () => (await kinds(page))[0] === 'change'),
		'the timeline comes when it can');
	await page.getByLabel('What of it').selectOption('');
}

async function timeline(page) {
	await page.getByLabel('What of it').selectOption('message');
	ok(await until(async () => (await kinds(page)).join() ===
		Array(30).fill('message').join()), 'thirty messages');
	await button(page, 'Earlier').click();
	ok(await until(async () => (await kinds(page)).length === 60),
		'then thirty before them');
	await button(page, 'Earlier').click();
	ok(await until(async () => (await kinds(page)).length === 70),
		'then the rest');
	is(await page.locator('.moment-said').evaluateAll((all) =>
		all.map((m) => m.innerText.split(' ')[1])),
	Array.from({ length: 70 }, (_, i) => String(69 - i)), 'each once');
	is(await button(page, 'Earlier').count(), 0, 'and no more');
}

async function segments(page) {
	const { keyboard: keys } = page;
	const names = () => page.locator('.segments li').allInnerTexts();

	await button(page, 'Add to a segment').focus();
	await keys.press('Enter');
	await keys.type('Oth');
	await page.getByRole('option', { name: /Others/ }).waitFor();
	await keys.press('Enter');
	ok(await until(async () => (await names()).includes('Others')),
		'added to a segment by its name');
	await button(page, 'Add to a segment').click();
	await keys.type('Brand new');
	await page.getByRole('option', { name: /new segment/ }).click();
	ok(await until(async () => (await names()).includes('Brand new')),
		'and to one that is made for it');
	await button(page, 'Take out of VIP').click();
	ok(await until(async () => !(await names()).includes('VIP')),
		'× takes out');
	is((await names()).length, 3, 'and the others stay');
}

async function mergeAndUndo(page) {
	const { keyboard: keys } = page;

	await button(page, 'Merge').click();
	await keys.type('bo@shop');
	await page.getByRole('option', { name: /Bo/ }).waitFor();
	await axe(page, 'looking for somebody');
	await keys.press('Enter');
	await page.getByText('Who stays').waitFor();
	await page.locator('.choice input:focus').waitFor();
	await keys.press('Enter');
	await page.locator('#user-merges').waitFor();
	is(await page.locator('.merges bdi').allInnerTexts(), ['bo'],
		'merged, by keys alone');
	is(await page.locator('h1').innerText(), 'Ana Maria', 'this one stayed');
	await button(page, 'Undo the merge with bo').click();
	ok(await until(async () => /undone/.test(
		await page.locator('.merges').innerText())), 'and undone');
}

async function banned(page) {
	await button(page, 'Ban').click();
	await button(page, 'Unban').waitFor();
	is(await page.locator('h1 .tag').innerText(), 'Banned', 'banned');
	await button(page, 'Unban').click();
	await button(page, 'Ban').waitFor();
	is(await page.locator('h1 .tag').count(), 0, 'and not');
	await button(page, 'Export').click();
	ok(/1 person: this person/.test(await page.locator('dialog').innerText()),
		'the export is of one person');
	await page.keyboard.press('Escape');
}

async function selection(page) {
	await page.goto(URL0 + listAt({ sort: 'userId' }));
	await totalIs(page, 3, 'three people');
	await page.getByRole('checkbox', { name: /Bo/ }).check();
	await page.getByRole('link', { name: 'Bo' }).click();
	await page.locator('.moment').first().waitFor();
	await page.goBack();
	ok(await until(async () => await page.getByRole('checkbox',
		{ name: /Bo/ }).isChecked().catch(() => false)),
	'who is selected stays so after a look at one of them');
	await openPerson(page, 'ana');
}

async function erased(page) {
	await button(page, 'Erase').click();
	await page.getByLabel(/^Type/).fill('no');
	await button(page, 'Erase this person').click({ force: true });
	is(await page.locator('dialog .trouble').innerText(),
		'Type erase to go on.', 'nothing is erased by a slip');
	await axe(page, 'erasing');
	await page.getByLabel(/^Type/).fill('erase');
	await page.keyboard.press('Enter');
	await page.locator('.certificate').waitFor();
	const certificate = JSON.parse(
		await page.locator('.certificate').innerText());

	is([certificate.mode, certificate.erased.messages], ['keepTotals', 70],
		'the certificate');
	await axe(page, 'the certificate');
	await page.locator('dialog').getByRole('button', { name: 'Close' }).last()
		.click();
	ok(await until(async () => await page.locator('.total-number').count() &&
		await total(page) === 0), 'back in the list, where nobody is left');
}

await test(async () => {
	await send(EVENTS);
	const page = await open();

	page.on('dialog', () => page.complaints.push('a script ran'));
	await logIn(page);
	await openPerson(page, 'evil');
	is(await page.locator('h1').innerText(), HOSTILE, 'a hostile name is text');
	const id = await openPerson(page, 'ana');

	await axe(page, 'a person');
	await byMouse(page);
	await byKeys(page);
	await atOnce(page, id);
	await failing(page);
	await timeline(page);
	await segments(page);
	await mergeAndUndo(page);
	await banned(page);
	await selection(page);
	await page.emulateMedia({ colorScheme: 'dark',
		reducedMotion: 'reduce' });
	await axe(page, 'a person in the dark');
	await erased(page);
	is(page.complaints, [], 'the page complained of nothing');
});
