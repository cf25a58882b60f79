// SPDX-License-Identifier: AGPL-3.0-or-later
// The table: its columns, its order, its pages, and that each of them is in
// the address.
import { column, heads, is, listAt, logIn, ok, open, rows, send, settled,
	test, total, totalIs, until, URL0 } from './tap.mjs';
import { events, N, town } from './people.mjs';

const names = town.map((p) => p.name);
const sortedBy = (page) => page.locator('th[aria-sort="ascending"], ' +
	'th[aria-sort="descending"]').evaluateAll((all) => all.map((th) =>
	`${th.textContent.trim()} ${th.getAttribute('aria-sort')}`));

async function firstName(page, wanted, name) {
	await until(async () => (await column(page, 1))[0] === wanted, 10);
	is((await column(page, 1))[0], wanted, name);
}

async function theOrder(page) {
	is(await heads(page), ['Name', 'Email', 'Last seen', 'First seen'],
		'the usual four columns');
	is([await sortedBy(page), (await column(page, 1)).slice(0, 3)],
		[['Last seen descending'], names.slice(-3).reverse()],
		'the last seen come first');
	await page.getByRole('button', { name: 'Name' }).click();
	await firstName(page, names[0], 'a click on Name sorts by it');
	is(await sortedBy(page), ['Name ascending'], 'and says so');
	await page.getByRole('button', { name: 'Name' }).click();
	await firstName(page, names[N - 1], 'another click turns it round');
	await page.getByRole('button', { name: 'Email' }).focus();
	await page.keyboard.press('Enter');
	await firstName(page, names[0], 'Enter on a header sorts, too');
	await page.goBack();
	await firstName(page, names[N - 1], 'Back takes the order back');
}

async function theColumns(page) {
	await page.getByRole('button', { name: 'Columns' }).click();
	await page.getByLabel('Find an attribute').fill('coun');
	await page.getByRole('checkbox', { name: 'Country' }).click();
	await until(async () => (await heads(page)).length === 5);
	is(await heads(page), ['Name', 'Email', 'Last seen', 'First seen',
		'Country'], 'a column is added at the end');
	await page.getByLabel('Find an attribute').fill('');
	await page.getByRole('checkbox', { name: 'Email' }).click();
	await page.getByRole('button', { name: 'Move Country up' }).focus();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Enter');
	is(await heads(page), ['Name', 'Country', 'Last seen', 'First seen'],
		'one is hidden, one moved by the keyboard');
	await page.keyboard.press('Alt+ArrowDown');
	is(await heads(page), ['Name', 'Last seen', 'Country', 'First seen'],
		'Alt and an arrow move the row one is in');
	await page.keyboard.press('Escape');
	ok(await until(() => page.getByRole('button', { name: 'Columns' })
		.evaluate((el) =>
		el === document.activeElement)), 'Esc gives the focus back');
	await page.reload();
	await settled(page);
	is(await heads(page), ['Name', 'Last seen', 'Country', 'First seen'],
		'a reload keeps the columns');
	is((await column(page, 3))[0], town[N - 1].country ?? 'Germany',
		'and the new column has the values');
}

async function thePages(page) {
	const seen = [];

	await page.goto(`${URL0}${listAt({ sort: 'default_name' })}`);
	await firstName(page, names[0], 'the first page begins at the beginning');
	for (const [from, to] of [[0, 50], [50, 100], [100, N]]) {
		await firstName(page, names[from], `rows from ${from + 1} on`);
		seen.push(...await column(page, 1));
		is((await page.locator('.range').textContent()).trim(),
			`${from + 1}–${to} of ${N}`, 'the footer counts along');
		if (to < N)
			await page.getByRole('button', { name: 'Next' }).click();
	}
	is(seen, names, 'the pages hold everybody once, in order');
	is(await page.getByRole('button', { name: 'Next' })
		.getAttribute('aria-disabled'), 'true', 'there is no page after');
	is((await page.locator('.total .unseen').textContent()).trim(),
		`${N} people, page 3`, 'a screen reader hears where one is');
	await page.reload();
	await firstName(page, names[100], 'a reload keeps the page');
	await page.getByRole('button', { name: 'Previous' }).click();
	await firstName(page, names[50], 'Previous goes back one');
	await page.getByRole('button', { name: 'Previous' }).click();
	await firstName(page, names[0], 'and one more');
	await page.goBack();
	await firstName(page, names[50], 'Back undoes the turning');
	await page.getByRole('button', { name: 'Name' }).click();
	await firstName(page, names[N - 1], 'another order begins at page one');
}

async function theTimes(page) {
	await page.goto(`${URL0}/#/users`);
	await settled(page);
	const time = page.locator('tbody time').first();

	// 2026-01-06T09:00Z, in January, in Berlin (UTC+1), as English writes it
	is([await time.getAttribute('datetime').then((t) => Date.parse(t)),
		await time.textContent()],
	[Date.parse(town[N - 1].seen), '6 Jan 2026, 10:00'],
	'instants stand in the viewer’s zone');
	ok((await page.locator('.zone').textContent()).includes('Europe/Berlin'),
		'and the zone is named');
}

await test(async () => {
	await send(events);
	const page = await open();

	await logIn(page);
	is([await total(page), await rows(page)], [N, 50], 'everybody, 50 a page');
	await theTimes(page);
	await theOrder(page);
	await theColumns(page);
	await thePages(page);
	await page.goto(URL0 + listAt({ f: ['vip', 'isTrue'] }));
	await totalIs(page, 13, 'a bare leaf in the address is a filter');
	is(page.complaints, [], 'the page complained of nothing');
});
