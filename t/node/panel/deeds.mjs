// SPDX-License-Identifier: AGPL-3.0-or-later
// What people did and said as filters: found in groups of their own, built by
// mouse and by keys alone, read as a sentence, held by the address, a segment
// and a view; a name that is gone is an error at its own filter.
import { axe } from './axe.mjs';
import { is, listAt, logIn, ok, open, send, settled, test, totalIs, until,
	URL0 } from './tap.mjs';
import { events, N, those, town } from './people.mjs';

const DAY = 86400000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();

/** Person i wrote i % 5 messages now; one in three signed up, most long ago. */
const wrote = (p) => p.i % 5;
const signed = (p) => p.i % 3 === 0;
const lately = (p) => p.i % 12 === 0;
const refund = (p) => p.i % 5 === 4;

const deeds = town.flatMap((p) => [
	...Array.from({ length: wrote(p) }, (_, k) => ({ type: 'message',
		chatId: `c-${p.i}`, personType: 'user', personId: p.userId,
		text: k === 3 ? 'a refund, please' : 'hello', at: ago(k / 24) })),
	...signed(p) ? [{ type: 'event', userId: p.userId, name: 'sign up',
		at: ago(lately(p) ? 2 : 100) }] : [],
]);

const chips = (page) => page.locator('.chip-body').evaluateAll((all) =>
	all.map((el) => [...el.querySelectorAll(':scope > :not(.chip-count)')]
		.map((part) => part.textContent.trim()).join(' ')));
const written = (page) => page.evaluate(() => {
	const f = /[?&]f=([^&]*)/.exec(location.hash);

	return f && JSON.parse(decodeURIComponent(f[1]));
});
const leaf = (page) => page.locator('.leaf');
const groups = (page) => page.getByRole('listbox').getByRole('group');
const apply = (page) => page.getByRole('button', { name: 'Apply' }).click();

async function look(page, name) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}

async function byMouse(page) {
	await page.getByRole('button', { name: 'Add filter' }).click();
	await groups(page).first().waitFor();
	is(await groups(page).evaluateAll((all) => all.map((el) =>
		el.getAttribute('aria-label'))),
	['What they are', 'What they did', 'What they said'],
	'deeds and speech are offered in groups of their own');
	is(await groups(page).nth(1).getByRole('option').allTextContents()
		.then((all) => all.map((t) => t.replace(/\s+/g, ' ').trim()).sort()),
	[`Began a chat${those(wrote)}`, `Did sign up${those(signed)}`,
		`Wrote a message${those(wrote)}`], 'with how many did each');
	await page.getByRole('option', { name: /^Wrote a message/ }).click();
	await leaf(page).getByLabel('At least how many times').fill('3');
	await leaf(page).getByLabel('In the last').fill('30');
	const often = those((p) => wrote(p) >= 3);

	ok(await until(async () => (await page.locator('.outcome').textContent())
		.trim() === `${often} people`), 'the editor counts beforehand');
	await look(page, 'editor');
	await apply(page);
	await totalIs(page, often, 'and so many it is');
	is(await chips(page),
		['Wrote a message at least 3 times in the last 30 days'],
		'the chip reads as a sentence');
	is(await written(page), { all: [['message', 'did',
		{ atLeast: 3, inLast: '30d' }]] }, 'the address holds it');
	await page.reload();
	await totalIs(page, often, 'and brings it back');
}

async function byKeyboard(page) {
	const keys = page.keyboard;

	await keys.press('/');
	await page.locator('.option').first().waitFor();
	await keys.type('sign');
	await keys.press('Enter');
	await keys.press('Shift+Tab');
	await keys.press('ArrowDown');
	is(await page.getByLabel('Operator').evaluate((el) =>
		el.selectedOptions[0].textContent), 'Did not do sign up',
	'the operator reads as a sentence, too');
	await keys.press('Tab');
	await keys.press('Tab');
	await keys.type('2');
	await keys.press('Tab');
	await keys.type('w');
	await keys.press('Enter');
	if (await leaf(page).count())
		await apply(page);
	const both = those((p) => wrote(p) >= 3 && !lately(p));

	await totalIs(page, both, 'did not, in the last weeks, by keys alone');
	is((await chips(page))[1], 'Did not do sign up in the last 2 weeks',
		'read as a sentence');
	await page.locator('.chip-count').nth(1).waitFor();
	is((await page.locator('.chip-count').allTextContents()).map((t) =>
		Number(t.match(/\d+/)[0])),
	[those((p) => wrote(p) >= 3), those((p) => !lately(p))],
	'each chip tells how many match it alone');
}

async function bothOptional(page) {
	await page.locator('.chip-body').nth(1).click();
	is(await leaf(page).getByLabel('In the last').inputValue(), '2',
		'opened again, the fields hold what was set');
	await leaf(page).getByLabel('At least how many times').fill('1.5');
	ok(/whole number/.test(await leaf(page).textContent()) &&
		await page.getByRole('button', { name: 'Apply' })
			.getAttribute('aria-disabled') === 'true',
	'half a time is refused at once');
	await leaf(page).getByLabel('At least how many times').fill('');
	await leaf(page).getByLabel('In the last').fill('');
	await page.getByLabel('Operator').selectOption('did');
	await apply(page);
	await totalIs(page, those((p) => wrote(p) >= 3 && signed(p)),
		'neither how often nor when is needed');
	is((await written(page)).all[1], ['event:sign up', 'did'],
		'and what is not said is not written');
}

async function speech(page) {
	await page.goto(URL0 + listAt({}));
	await totalIs(page, N, 'everybody again');
	await page.keyboard.press('/');
	await page.locator('.option').first().waitFor();
	await page.keyboard.type('said');
	await page.keyboard.press('Enter');
	await page.keyboard.type('refund');
	await page.keyboard.press('Enter');
	await totalIs(page, those(refund), 'what was said, by keys alone');
	is(await chips(page), ['Said something with refund'],
		'reads as a sentence');
}

async function inGroups(page) {
	const f = { any: [['message', 'did', { atLeast: 4 }], { not:
		['event:sign up', 'did', { inLast: '45m' }] }] };

	await page.goto(URL0 + listAt({ f }));
	await totalIs(page, N, 'within a tree');
	await page.getByRole('button', { name: 'Groups' }).click();
	const dialog = page.getByRole('dialog');

	await until(async () => (await dialog.locator('.branch-count')
		.allTextContents()).join('').includes(`${N}`));
	is(await dialog.locator('.branch-words').evaluateAll((all) => all.map(
		(el) => [...el.querySelectorAll(':scope > bdi')].map((b) =>
			b.textContent).join(' '))),
	['Wrote a message at least 4 times', 'Did sign up in the last 45 minutes'],
	'the groups say it in the same words');
	await look(page, 'groups');
	await dialog.getByRole('button', { name: /^Wrote a message/ }).click();
	await dialog.getByLabel('At least how many times').fill('2');
	await dialog.getByRole('button', { name: 'Done' }).click();
	await dialog.getByRole('button', { name: 'Apply filter' }).click();
	await until(async () => (await written(page)).any[0][2].atLeast === 2);
	is((await written(page)).any[1], f.any[1], 'the other part as it was');
}

async function inSegment(page) {
	await page.goto(`${URL0}/#/segments`);
	await page.getByRole('button', { name: 'Create', exact: true }).click();
	await page.getByLabel('Name', { exact: true }).fill('Talkers');
	await page.getByLabel('Whoever matches a filter').check();
	await page.getByRole('button', { name: 'Add filter' }).click();
	await page.getByRole('option', { name: /^Wrote a message/ }).click();
	await leaf(page).getByLabel('At least how many times').fill('4');
	await apply(page);
	await page.getByText(`${those(refund)} people now`).waitFor();
	await page.getByRole('button', { name: 'Create segment' }).click();
	const row = page.locator('.segment').filter({ hasText: 'Talkers' });

	await row.waitFor();
	ok(/Wrote a message at least 4 times/i.test(await row.innerText()),
		'a dynamic segment of them, with its filter in words');
}

async function inView(page) {
	const f = { all: [['message', 'did', { atLeast: 2, inLast: '1mo' }]] };
	const often = those((p) => wrote(p) >= 2);

	await page.goto(URL0 + listAt({ f }));
	await totalIs(page, often, 'a list of them');
	await page.getByRole('button', { name: 'Views' }).click();
	await page.getByLabel('Name', { exact: true }).fill('Busy');
	await page.getByRole('button', { name: 'Save view' }).click();
	await page.locator('.view').waitFor();
	const { views } = await page.evaluate(async () =>
		(await fetch('/api/v1/views')).json());

	is(views.map((v) => [v.name, v.filter]), [['Busy', f]],
		'saved as a view, whole');
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function gone(page) {
	await page.goto(URL0 + listAt({ f: { all: [['vip', 'isTrue'],
		['event:gone', 'did', { atLeast: 2 }]] } }));
	await settled(page);
	is([await page.locator('.chip').count(),
		await page.locator('.chip-wrong').textContent()
			.then((t) => t.replace(/\s+/g, ' ').trim())],
	[2, 'event:gone did at least 2 times'],
	'a name that is gone is marked at its own filter');
	ok((await page.locator('.notice').textContent()).includes('event:gone'),
		'and the error names it');
	await look(page, 'gone');
	await page.locator('.chip-body').nth(1).click();
	await page.locator('.option').first().waitFor();
	ok(/Nothing here is called\s+event:gone/.test(
		await page.locator('.popover').textContent()),
	'opened, it is said and another can be chosen');
	await page.getByRole('option', { name: /^Did sign up/ }).click();
	await apply(page);
	await totalIs(page, those((p) => p.vip && signed(p)),
		'which mends the list');
}

const SIZES = [['light', 1400], ['dark', 1400], ['light', 320], ['dark', 320]];

async function seen(page) {
	for (const [colorScheme, width] of SIZES) {
		const at = `${colorScheme}-${width}`;

		await page.emulateMedia({ colorScheme });
		await page.setViewportSize({ width, height: 800 });
		await page.goto(URL0 + listAt({ f: { all: [['message', 'didNot',
			{ atLeast: 3, inLast: '30d' }],
		['said', 'contains', 'refund']] } }));
		await settled(page);
		await page.waitForFunction(() => !document.getAnimations().length);
		is(await axe(page), [], `axe: chips (${at})`);
		await look(page, `chips-${at}`);
		await page.locator('.chip-body').first().click();
		await leaf(page).waitFor();
		is(await axe(page), [], `axe: the editor of a deed (${at})`);
		await look(page, `editor-${at}`);
		await page.keyboard.press('Escape');
		await page.keyboard.press('/');
		await page.locator('.option').first().waitFor();
		await page.getByRole('option', { name: /^Said/ })
			.scrollIntoViewIfNeeded();
		is(await axe(page), [], `axe: the groups of choices (${at})`);
		await look(page, `choices-${at}`);
		ok(await page.evaluate(() => document.documentElement.scrollWidth <=
			innerWidth), `nothing is wider than the screen (${at})`);
		await page.keyboard.press('Escape');
	}
}

await test(async () => {
	await send([...events, ...deeds]);
	const page = await open();

	await logIn(page);
	await totalIs(page, N, 'everybody');
	await byMouse(page);
	await byKeyboard(page);
	await bothOptional(page);
	await speech(page);
	await inGroups(page);
	await inSegment(page);
	await inView(page);
	await gone(page);
	await seen(page);
	is(page.complaints, [], 'the page complained of nothing');
});
