// SPDX-License-Identifier: AGPL-3.0-or-later
// Groups within groups, built once with the mouse and once with keys alone;
// every node tells how many match it; and the laws of the tree beneath.
import * as trees from '../../../static/app/lib/tree.js';
import { is, listAt, logIn, ok, open, send, test, total, totalIs, until, URL0 }
	from './tap.mjs';
import { events, N, those } from './people.mjs';

const german = (p) => p.country === 'Germany';
const brazilian = (p) => p.country === 'Brazil';
const NEST = { all: [['vip', 'isTrue'], { any: [
	['default_country', 'is', 'Germany'], { not: ['plan', 'is', 'free'] }] }] };

/** The tree in the address. */
const written = (page) => page.evaluate(() => {
	const f = /[?&]f=([^&]*)/.exec(location.hash);

	return f && JSON.parse(decodeURIComponent(f[1]));
});

/** The counts beside the nodes, top to bottom, once they are all there. */
async function countsAre(page, wanted, name) {
	const ask = () => page.locator('.branch-count').evaluateAll((all) =>
		all.map((el) => el.firstElementChild?.textContent ?? ''));

	await until(async () => String(await ask()) === String(wanted), 10);
	is((await ask()).map(Number), wanted, name);
}

const dialog = (page) => page.getByRole('dialog');
const button = (page, name) => dialog(page).getByRole('button',
	{ name, exact: typeof name === 'string' });
const apply = (page) => button(page, 'Apply filter').click();

async function add(page, at, attribute, value) {
	await button(page, 'Condition').nth(at).click();
	await page.getByRole('option', { name: attribute }).click();
	await page.getByRole('option', { name: value }).click();
	await dialog(page).locator('.branch-editor').waitFor({ state: 'detached' });
}

async function byMouse(page) {
	await page.getByRole('button', { name: 'Groups' }).click();
	await add(page, 0, /^Language/, /^English/);
	const english = those((p) => p.language === 'English');

	await countsAre(page, [english, english], 'a condition and its count');
	await button(page, 'Group').click();
	await add(page, 0, /^Country/, /^Germany/);
	await add(page, 0, /^Country/, /^Brazil/);
	const either = those((p) => german(p) || brazilian(p));
	const both = those((p) => p.language === 'English' &&
		(german(p) || brazilian(p)));

	await countsAre(page, [both, english, either, those(german),
		those(brazilian)], 'a group, and the count of every node');
	await apply(page);
	await totalIs(page, both, 'applied, the list has as many');
	is(await written(page), { all: [['default_language', 'is', 'English'],
		{ any: [['default_country', 'is', 'Germany'],
			['default_country', 'is', 'Brazil']] }] }, 'and the tree is so');
	await page.locator('.chip-body').nth(1).click();
	await dialog(page).getByLabel('Match, in this group')
		.selectOption('none');
	await apply(page);
	await totalIs(page, those((p) => p.language === 'English' &&
		!german(p) && !brazilian(p)), 'a chip opens its groups: none of');
}

async function moving(page) {
	const rows = dialog(page).locator('li.branch');

	await page.getByRole('button', { name: 'Groups' }).click();
	await rows.filter({ hasText: 'Brazil' }).locator('.grip').dragTo(
		rows.filter({ hasText: 'English' }), { targetPosition:
			{ x: 60, y: 2 } });
	await apply(page);
	await totalIs(page, those((p) => brazilian(p) && !german(p) &&
		p.language === 'English'), 'a condition carried out by its grip');
	is((await written(page)).all[0], ['default_country', 'is', 'Brazil'],
		'stands where it was dropped');
	await page.getByRole('button', { name: 'Groups' }).click();
	await button(page, /^Move into a group: Language/).click();
	await button(page, 'Dissolve').click();
	await button(page, /^Take out: Country is Germany/).click();
	await button(page, /^Take out: Country is Brazil/).click();
	await apply(page);
	await totalIs(page, those((p) => p.language === 'English'),
		'moved in, dissolved, taken out');
	await page.getByRole('button', { name: 'Clear' }).click();
	await totalIs(page, N, 'and everybody again');
}

const says = (page, what) => until(() => page.evaluate((w) =>
	document.activeElement.textContent.includes(w), what), 5);

async function byKeyboard(page) {
	const keys = page.keyboard;

	await keys.press('g');
	await dialog(page).getByLabel('Match').focus();
	await keys.press('ArrowDown');
	for (const word of ['germ', 'braz']) {
		await dialog(page).locator('[data-act="add"]').last().waitFor();
		await dialog(page).locator('[data-act="add"]').last().focus();
		await keys.press('Enter');
		await keys.type('coun');
		await keys.press('Enter');
		await keys.type(word);
		await keys.press('Enter');
		await says(page, word.slice(1));
	}
	const either = those((p) => german(p) || brazilian(p));

	await countsAre(page, [either, those(german), those(brazilian)],
		'any of two conditions, by keys');
	await keys.press('Alt+ArrowRight');
	ok(await says(page, 'Brazil'), 'Alt → makes a group, the focus goes along');
	await countsAre(page, [either, those(german), those(brazilian),
		those(brazilian)], 'around what has it');
	await keys.press('Alt+ArrowLeft');
	await countsAre(page, [either, those(german), those(brazilian)],
		'Alt ← undoes');
	await keys.press('Alt+ArrowUp');
	ok(await says(page, 'Brazil'), 'Alt ↑ keeps the focus');
	await countsAre(page, [either, those(brazilian), those(german)],
		'and changes the places');
	await keys.press('Delete');
	ok(await says(page, 'Germany'), 'Delete hands it to the next');
	await countsAre(page, [those(german), those(german)], 'and takes one out');
	await keys.press('Enter');
	await page.locator('.branch-editor').waitFor();
	await keys.press('Escape');
	is(await page.locator('.branch-editor').count() +
		await page.locator('dialog[open]').count(), 1,
	'Esc leaves the condition, not the dialog');
	ok(await says(page, 'Germany'), 'with the focus where it was');
	await keys.press('Escape');
	await dialog(page).waitFor({ state: 'detached' });
	is(await total(page), N, 'Esc again leaves the list as it was');
}

async function tooDeep(page) {
	await page.goto(URL0 + listAt({ f: NEST }));
	await totalIs(page, those((p) => p.vip && (german(p) ||
		p.plan !== 'free')), 'a nest from the address');
	await page.getByRole('button', { name: 'Groups' }).click();
	const plan = dialog(page).locator('.branch-words').filter(
		{ hasText: 'plan' });

	await plan.focus();
	for (let i = 0; i < 8; i++)
		await page.keyboard.press('Alt+ArrowRight');
	is(await dialog(page).locator('.branch-group').count(), 8,
		'eight levels of groups and no more');
	await apply(page);
	await totalIs(page, those((p) => p.vip && (german(p) ||
		p.plan !== 'free')), 'which the server takes');
}

function random(seed) {
	return () => {
		seed = (seed * 1103515245 + 12345) % 2147483648;
		return seed / 2147483648;
	};
}

function someTree(draw, depth) {
	const what = depth > 3 ? 0 : Math.floor(draw() * 4);
	const nodes = () => Array.from({ length: 1 + Math.floor(draw() * 3) },
		() => someTree(draw, depth + 1));

	return [() => ['a', 'is', String(draw())], () => ({ all: nodes() }),
		() => ({ any: nodes() }),
		() => ({ not: someTree(draw, depth + 1) })][what]();
}

const size = (t) => Array.isArray(t) ? 1 : 'not' in t ? 1 + size(t.not)
	: 1 + Object.values(t)[0].reduce((sum, n) => sum + size(n), 0);
const leaves = (t) => Array.isArray(t) ? [t[2]]
	: ('not' in t ? [t.not] : Object.values(t)[0]).flatMap(leaves);

function laws() {
	const seed = Date.now() % 100000;
	const draw = random(seed);
	const wrong = { kept: 0, ids: 0, moved: 0 };

	console.log(`# seed ${seed}`);
	for (let i = 0; i < 2000; i++) {
		const json = { all: [someTree(draw, 0), someTree(draw, 0)] };
		const root = trees.grow(json);
		const ids = trees.idsOf(root).filter(Boolean);
		const id = ids[Math.floor(draw() * ids.length)];
		const other = ids[Math.floor(draw() * ids.length)];
		const moves = [trees.into, trees.outOf, (r, n) => trees.shift(r, n, 1),
			(r, n) => trees.moveTo(r, n, other, 'before')];
		const told = trees.cut(root);

		wrong.kept += String(leaves(told)) !== String(leaves(json));
		wrong.ids += trees.idsOf(root).length !== size(told);
		for (const move of moves)
			wrong.moved += id !== root.id && other !== root.id &&
				String(leaves(trees.cut(move(root, id))).sort()) !==
				String(leaves(json).sort());
	}
	is(wrong, { kept: 0, ids: 0, moved: 0 },
		'2,000 trees: nothing lost, an id a node, no move loses a condition');
	is(trees.cut(trees.grow(NEST)), NEST, 'a tree comes back as it was');
}

await test(async () => {
	laws();
	await send(events);
	const page = await open();

	await logIn(page);
	await totalIs(page, N, 'everybody');
	await byMouse(page);
	await moving(page);
	await byKeyboard(page);
	await tooDeep(page);
	is(page.complaints, [], 'the page complained of nothing');
});
