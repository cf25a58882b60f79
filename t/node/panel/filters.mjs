// SPDX-License-Identifier: AGPL-3.0-or-later
// Country and language, once with the mouse and once with the keyboard alone;
// the total is exact after every step; the address holds it all.
import { is, listAt, logIn, ok, open, rows, send, settled, test, total,
	totalIs, until, URL0 } from './tap.mjs';
import { events, N, those } from './people.mjs';

const american = (p) => p.country === 'United States';
const english = (p) => p.language === 'English';
const spanish = (p) => p.language === 'Spanish';

const chips = (page) => page.locator('.chip-body').evaluateAll((all) =>
	all.map((el) => [...el.querySelectorAll(':scope > :not(.chip-count)')]
		.map((part) => part.textContent.trim()).join(' ')));

async function byMouse(page) {
	await page.getByRole('button', { name: 'Add filter' }).click();
	await page.getByRole('option', { name: /^Country/ }).click();
	await page.getByRole('option', { name: /United States/ }).click();
	await totalIs(page, those(american), 'one click on a value filters');
	await page.getByRole('button', { name: 'Add filter' }).click();
	await page.getByRole('option', { name: /^Language/ }).click();
	await page.getByLabel('Operator').selectOption('isAnyOf');
	await page.getByRole('option', { name: /^English/ }).click();
	await page.getByRole('option', { name: /^Spanish/ }).click();
	const both = those((p) => american(p) && (english(p) || spanish(p)));

	await until(async () => (await page.locator('.outcome').textContent())
		.trim() === `${both} people`);
	is((await page.locator('.outcome').textContent()).trim(),
		`${both} people`, 'the editor tells beforehand how many');
	await page.getByRole('button', { name: 'Apply' }).click();
	await totalIs(page, both, 'and so many it is');
	is(await chips(page), ['Country is United States',
		'Language is any of English or Spanish'],
	'the chips read as a sentence');
}

async function anyAndAll(page) {
	const counts = page.locator('.chip-count');

	await counts.nth(1).waitFor();
	is((await counts.allTextContents()).map((t) => Number(t.match(/\d+/)[0])),
		[those(american), those((p) => english(p) || spanish(p))],
		'each chip tells how many match it alone');
	await page.getByLabel('Match').selectOption('any');
	await totalIs(page, those((p) => american(p) || english(p) ||
		spanish(p)), 'match any widens');
	await page.goBack();
	await totalIs(page, those((p) => american(p) &&
		(english(p) || spanish(p))), 'Back narrows again');
}

async function changeAndRemove(page) {
	await page.locator('.chip-body').nth(1).click();
	await page.getByRole('button', { name: 'Take out Spanish' }).click();
	await page.getByRole('button', { name: 'Apply' }).click();
	await totalIs(page, those((p) => american(p) && english(p)),
		'a click on a chip changes it');
	await page.getByRole('button', { name: /^Remove filter: Country/ }).click();
	await totalIs(page, those(english), '× takes it out');
	await page.getByRole('button', { name: 'Clear' }).click();
	await totalIs(page, N, 'Clear brings everybody back');
}

async function byKeyboard(page) {
	const keys = page.keyboard;

	await keys.press('/');
	await page.locator('.option').first().waitFor();
	await keys.type('coun');
	await keys.press('Enter');
	await keys.type('uni');
	await keys.press('Enter');
	await totalIs(page, those(american),
		'/ coun Enter uni Enter: by keys alone, without waiting');
	await keys.press('/');
	await page.locator('.option').first().waitFor();
	await keys.type('lang');
	await keys.press('Enter');
	await page.getByRole('option', { name: /English/ }).waitFor();
	await keys.press('ArrowDown');
	const language = await page.locator(
		'.option[data-here="true"] .option-text').textContent();

	await keys.press('Enter');

	await totalIs(page, those((p) => american(p) && p.language === language),
		'arrows and Enter choose a suggestion');
	ok(await until(() => page.getByRole('button', { name: 'Add filter' })
		.evaluate((el) =>
		el === document.activeElement)), 'the focus comes back');
	await keys.press('/');
	await page.locator('.option').first().waitFor();
	await keys.press('Escape');
	is(await page.locator('.popover').count(), 0, 'Esc closes the editor');
	await keys.press('Shift+Tab');
	await keys.press('Enter');
	await totalIs(page, those(american),
		'Shift+Tab and Enter on × take the last one out');
}

/** What the server says to a value it cannot take, before it is applied. */
async function operators(page) {
	const keys = page.keyboard;
	const operator = page.getByLabel('Operator');

	await keys.press('/');
	await page.locator('.option').first().waitFor();
	await keys.type('score');
	await keys.press('Enter');
	await keys.type('many');
	ok(/Not a number/.test(await page.locator('.leaf').textContent()) &&
		await page.getByRole('button', { name: 'Apply' })
			.getAttribute('aria-disabled') === 'true',
	'a word is not a number, said at once');
	await keys.press('Shift+Tab');
	await keys.press('ArrowDown');
	await keys.press('ArrowDown');
	ok(await operator.evaluate((el) => el === document.activeElement) &&
		await operator.inputValue() === '<',
	'arrows go through the operators and stay there');
	await keys.press('Tab');
	await page.locator('.leaf input').fill('30');
	await until(async () => (await page.locator('.outcome').textContent())
		.includes(' '));
	await keys.press('Enter');
	const both = those((p) => american(p) && p.score < 30);

	await totalIs(page, both, 'Tab, a number, Enter');
	await page.getByRole('button', { name: /^Remove filter: score/ }).click();
	await totalIs(page, those(american), 'and out again');
}

/** Enter before the suggestions have come means the same as after. */
async function ahead(page) {
	await page.route('**/values?*', async (route) => {
		await page.locator('.popover').waitFor();
		await until(() => entered, 10);
		await route.continue().catch(() => {});
	});
	let entered = false;

	await page.keyboard.press('/');
	await page.locator('.option').first().waitFor();
	await page.keyboard.type('lang');
	await page.keyboard.press('Enter');
	await page.keyboard.type('eng');
	await page.keyboard.press('Enter');
	entered = true;
	await totalIs(page, those((p) => american(p) && english(p)),
		'Enter waits for the suggestions');
	await page.unroute('**/values?*');
	await page.getByRole('button', { name: /^Remove filter: Lang/ }).click();
	await totalIs(page, those(american), 'and that one out again');
}

async function theAddress(page) {
	const { pathname, search, hash } = await page.evaluate(() => location);

	is([pathname, search], ['/', ''],
		'nothing of it is where a server could log it');
	ok(hash.includes('United%20States'), 'all of it is in the fragment');
	await page.reload();
	await settled(page);
	is(await total(page), those(american), 'a reload keeps it');
	const other = await page.context().newPage();

	await other.goto(`${URL0}/${hash}`);
	await settled(other);
	is(await total(other), those(american), 'sent on, it shows the same');
	await other.close();
}

/** Every kind of value field, through its chip and an expected count. */
const KINDS = [
	[['score', 'between', 10, 19], 10],
	[['score', '>=', 120], 10],
	[['vip', 'isTrue'], 13],
	[['default_email', 'isNotSet'], 65],
	[['segment', 'hasAny', 'Insiders'], 65],
	[['default_name', 'startsWith', 'Person 00'], 10],
	[['lastSeen', 'before', '2026-01-02'], 23],
	[['lastSeen', 'inLast', '100y'], N],
];

async function theKinds(page) {
	for (const [leaf, wanted] of KINDS) {
		await page.goto(URL0 + listAt({ f: { all: [leaf] } }));
		await totalIs(page, wanted, `${leaf.join(' ')}: ${wanted}`);
		await page.locator('.chip-body').click();
		await page.getByRole('button', { name: 'Apply' }).click();
		await totalIs(page, wanted, '… and opened and applied, the same');
	}
}

async function aNest(page) {
	const nest = { any: [['default_country', 'is', 'Germany'],
		{ not: ['plan', 'is', 'free'] }] };

	await page.goto(URL0 + listAt({ f: { all: [['vip', 'isTrue'], nest] } }));
	await totalIs(page, those((p) => p.vip && (p.country === 'Germany' ||
		p.plan !== 'free')), 'a nested tree in the address runs');
	ok((await chips(page))[1].includes('not'), 'and shows as one chip');
	await page.getByRole('button', { name: /^Remove filter: vip/ }).click();
	await totalIs(page, those((p) => p.country === 'Germany' ||
		p.plan !== 'free'), 'which stays when its neighbour goes');
}

await test(async () => {
	await send(events);
	const page = await open();

	await logIn(page);
	is([await total(page), await rows(page)], [N, 50], 'everybody, 50 a page');
	await byMouse(page);
	await anyAndAll(page);
	await changeAndRemove(page);
	await byKeyboard(page);
	await operators(page);
	await ahead(page);
	await theAddress(page);
	await theKinds(page);
	await aNest(page);
	is(page.complaints, [], 'the page complained of nothing');
});
