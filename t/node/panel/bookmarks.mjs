// SPDX-License-Identifier: AGPL-3.0-or-later
// Links to other dashboards above analytics: made, changed, moved and taken
// out by mouse and by keys, by who may; two people at once; hostile names; a
// server that fails.
import { axe } from './axe.mjs';
import { comes, is, logIn, ok, open, test, until, URL0 } from './tap.mjs';

const BAD = '<img src=x onerror=window.pwned=1>';
const TOKEN = process.env.RAPPORT_TOKEN;
const KEPT = /\/api\/v1\/bookmarks/;

const api = async (method, path, body, token = TOKEN) => {
	const res = await fetch(`${URL0}/api/v1${path}`, { method,
		body: body && JSON.stringify(body), headers: {
			'Content-Type': 'application/json',
			...(token && { Authorization: `Bearer ${token}` }) } });
	const text = await res.text();

	return text ? JSON.parse(text) : null;
};
const kept = async () => (await api('GET', '/bookmarks')).bookmarks
	.map(({ name, url }) => `${name} ${url}`);
const keeps = async (wanted, name) => {
	await until(async () => String(await kept()) === String(wanted));
	return is(await kept(), wanted, name);
};

const bar = (page) => page.getByRole('navigation', { name: 'Other dashboards' });
const editor = (page) => page.getByRole('region', { name: 'Edit links' });
const field = (page, what, of) => editor(page).getByRole('textbox',
	{ name: `${what} of ${of}`, exact: true });
const press = (page, name) => page.getByRole('button', { name, exact: true })
	.click();
const focused = (page) => page.evaluate(() => {
	const el = /** @type {any} */ (document.activeElement);

	return el.getAttribute('aria-label') || el.innerText?.trim();
});

async function see(page) {
	await page.goto('about:blank');
	await page.goto(`${URL0}/#/analytics`);
	await bar(page).locator('a, button, .hint').first().waitFor();
}

async function made(page) {
	await see(page);
	await press(page, 'Link another dashboard');
	await comes(() => focused(page), 'Name of a new link',
		'one begins with its name');
	await page.keyboard.type('Grafana');
	await page.keyboard.press('Tab');
	await page.keyboard.type('grafana.example/d/ü?q="x"');
	await page.keyboard.press('Enter');
	await keeps(['Grafana https://grafana.example/d/%C3%BC?q=%22x%22'],
		'Enter keeps it; the scheme is added, the rest encoded');
	await until(async () => await field(page, 'Name', 'a new link')
		.inputValue() === '');
	await field(page, 'Name', 'a new link').fill(BAD);
	await field(page, 'Address', 'a new link').fill('javascript:alert(1)');
	await press(page, 'Add a new link');
	await editor(page).getByRole('alert').waitFor();
	ok(/https:\/\/example/.test(await editor(page).getByRole('alert')
		.innerText()), 'what a browser would run is refused, and why');
	is(await field(page, 'Address', 'a new link').getAttribute('aria-invalid'),
		'true', 'at its field');
	is(await field(page, 'Name', 'a new link').inputValue(), BAD,
		'what was typed stays');
	await field(page, 'Address', 'a new link').fill('http://b.example/');
	await page.keyboard.press('Enter');
	await keeps(['Grafana https://grafana.example/d/%C3%BC?q=%22x%22',
		`${BAD} http://b.example/`], 'and is mended in its place');
	await until(async () => await bar(page).getByRole('link').count() === 2);
	const links = await bar(page).getByRole('link').evaluateAll((all) =>
		all.map((a) => [a.target, a.rel, a.href]));

	is(links, [['_blank', 'noopener noreferrer',
		'https://grafana.example/d/%C3%BC?q=%22x%22'],
	['_blank', 'noopener noreferrer', 'http://b.example/']],
	'they open in a tab that cannot reach this one');
	is(await page.evaluate(() => ['pwned' in window,
		document.querySelectorAll('main img').length]), [false, 0],
	'a hostile name is a text');
	is(await axe(page), [], 'axe: the editor');
}

async function byKeys(page) {
	const name = field(page, 'Name', 'Grafana');

	await name.focus();
	await name.fill('Graphs');
	await page.keyboard.press('Escape');
	is(await name.inputValue(), 'Grafana', 'Esc puts back what was');
	ok(await editor(page).isVisible(), 'and leaves the editor open');
	await name.fill('Graphs');
	await page.keyboard.press('Enter');
	await until(async () => /^Graphs /.test((await kept())[0]));
	const later = page.getByRole('button', { name: 'Move Graphs later' });

	await later.focus();
	await page.keyboard.press('Enter');
	await keeps([`${BAD} http://b.example/`,
		'Graphs https://grafana.example/d/%C3%BC?q=%22x%22'], 'moved by a key');
	await until(async () => await later.getAttribute('aria-disabled') ===
		'true');
	await comes(() => focused(page), 'Move Graphs later',
		'the focus goes with it');
	await page.keyboard.press('Enter');
	await page.getByRole('button', { name: 'Take out Graphs' }).focus();
	await page.keyboard.press('Enter');
	await keeps([`${BAD} http://b.example/`], 'the last stays; one is taken out');
	await until(async () => await focused(page) === 'Put it back');
	await page.keyboard.press('Enter');
	await keeps([`${BAD} http://b.example/`,
		'Graphs https://grafana.example/d/%C3%BC?q=%22x%22'], 'and put back');
	await field(page, 'Name', 'Graphs').focus();
	await page.keyboard.press('Escape');
	await until(async () => await editor(page).count() === 0);
	await comes(() => focused(page), 'Edit links',
		'Esc closes and gives the focus back');
}

/** Somebody else is faster. */
async function twoAtOnce(page) {
	await press(page, 'Edit links');
	const { bookmarks } = await api('GET', '/bookmarks');

	await api('PATCH', `/bookmarks/${bookmarks[1].id}`, { name: 'Theirs' });
	await field(page, 'Name', 'Graphs').fill('Ours');
	await page.keyboard.press('Enter');
	await editor(page).getByRole('alert').waitFor();
	ok(/Somebody else changed/.test(await editor(page).getByRole('alert')
		.innerText()), 'who comes second is told');
	is((await kept())[1].split(' ')[0], 'Theirs', 'and overwrites nothing');
	await press(page, 'Show theirs');
	await until(async () => await field(page, 'Name', 'Theirs').count());
	is(await field(page, 'Name', 'Theirs').inputValue(), 'Theirs',
		'theirs is shown');
	await press(page, 'Done');
}

async function failing(page) {
	await page.route(KEPT, (route) => route.abort());
	await page.getByRole('link', { name: 'Messaging' }).click();
	await bar(page).getByRole('alert').waitFor();
	is(await bar(page).getByRole('link').count(), 0,
		'where they cannot be had no link stands');
	await page.unroute(KEPT);
	await press(page, 'Try again');
	await until(async () => await bar(page).getByRole('link').count() === 2);
	is(await bar(page).getByRole('link').count(), 2, 'it can be asked again');
	let release;
	const held = new Promise((go) => {
		release = go;
	});

	await page.route(KEPT, async (route) => {
		await held;
		await route.continue().catch(() => {});
	});
	await page.getByRole('link', { name: 'Support' }).click();
	is(await bar(page).getByRole('link').count(), 2,
		'those of before stand while it is asked again');
	release();
	await page.unroute(KEPT);
}

async function whoMayNot() {
	const { password } = await api('POST', '/managers', { name: 'Bo',
		email: 'bo@example.org', permissions: ['analytics.read'] });
	const page = await open();

	await page.goto(`${URL0}/`);
	await page.getByLabel('E-mail or phone').fill('bo@example.org');
	await page.getByLabel('Password').fill(password);
	await page.keyboard.press('Enter');
	await page.getByRole('link', { name: 'Analytics' }).click();
	await bar(page).getByRole('link').first().waitFor();
	is([await bar(page).getByRole('link').count(),
		await bar(page).getByRole('button').count()], [2, 0],
	'who may only look sees them and edits none');
	is(page.complaints, [], 'without a complaint');
	await page.context().close();
}

async function schemes() {
	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1400]) {
			const page = await open({ colorScheme,
				viewport: { width, height: 800 } });

			await logIn(page);
			await see(page);
			await press(page, 'Edit links');
			is(await axe(page), [], `axe: ${colorScheme}, ${width}`);
			is(await page.evaluate(() => [document.documentElement,
				document.querySelector('main')].map((e) =>
				e.scrollWidth - e.clientWidth)), [0, 0], 'nothing sticks out');
			if (process.env.SHOTS)
				await page.screenshot({ path: `${process.env.SHOTS}/bookmarks-${
					colorScheme}-${width}.png` });
			await page.context().close();
		}
}

await test(async () => {
	const page = await open();

	await logIn(page);
	for (const step of [made, byKeys, twoAtOnce, failing])
		await step(page);
	is(page.complaints, [], 'the page complained of nothing');
	await whoMayNot();
	await schemes();
});
