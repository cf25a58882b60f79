// SPDX-License-Identifier: AGPL-3.0-or-later
// A thousand chats with hostile names, tags, people and messages: every one is
// shown as it came, no script runs, nothing is fetched, nothing sticks out;
// and axe finds nothing in the archives, light or dark, narrow or wide.
import { axe } from './axe.mjs';
import { is, logIn, ok, open, send, test, totalIs, until, URL0 }
	from './tap.mjs';

const N = 1000;
const BAD = 'window.pwned=1';

/** Each makes a text from a number, so that no two are the same. */
const KINDS = [
	(i) => `<img src=x${i} onerror=${BAD}>`,
	(i) => `<script>${BAD}</script>${i}`,
	(i) => `"><svg onload=${BAD} id=${i}>`,
	(i) => `javascript:${BAD}//${i}`,
	(i) => `\${${BAD}}{{${BAD}}}${i}`,
	(i) => `\u202Eelbisrever${i}\u202E`,
	(i) => `\u2066\u2067deep${i}`,
	(i) => `${'m\u0300\u0301\u0302\u0303\u0316\u0317\u0318'.repeat(15)}${i}`,
	(i) => `${'W'.repeat(180)}${i}`,
	(i) => `line\none\ttwo\r\n\n\nthree${i}`,
	(i) => `\uFDFD\uFDFD\uFDFD\u{12031}${i}`,
	(i) => `שלום عليكم ${i}`,
	(i) => `${'👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿'.repeat(4)}${i}`,
	(i) => `__proto__${i}`,
	(i) => `=HYPERLINK("http://evil.invalid/${i}")`,
	(i) => `'; DROP TABLE chats; --${i}`,
	(i) => `&lt;b&gt;&#x3c;${i}`,
	(i) => `http://evil.invalid/${i}`,
	(i) => `<mark>${i}</mark><a href=//evil.invalid>${i}</a>`,
	(i) => `constructor.prototype${i}`,
];
const textOf = (i) => KINDS[i % KINDS.length](i);
const openedAt = (i) => new Date(Date.UTC(2026, 0, 1) - i * 60000)
	.toISOString();

const events = Array.from({ length: N }, (_, i) => [
	{ type: 'user', userId: `h-${i}`, at: '2025-01-01T00:00:00Z',
		attributes: { name: textOf(i) } },
	{ type: 'chat', chatId: `h-${i}`, userId: `h-${i}`, name: textOf(i + 1),
		openedAt: openedAt(i), source: textOf(i + 2),
		tags: [textOf(i + 3), textOf(i + 4)], assigneeId: textOf(i + 5),
		attributes: { [`<b>${i}</b>`]: textOf(i + 6) } },
	{ type: 'message', chatId: `h-${i}`, messageId: `h-${i}`,
		personType: 'user', personId: `h-${i}`, at: openedAt(i),
		text: `${textOf(i)} findme` },
	{ type: 'message', chatId: `h-${i}`, messageId: `b-${i}`,
		personType: 'bot', personId: `<i>${i}</i>`, at: openedAt(i - 0.5),
		text: textOf(i + 7).repeat(5) },
]).flat();

const shape = (page) => page.evaluate(() => ({
	sideways: document.documentElement.scrollWidth - innerWidth,
	foreign: document.querySelectorAll('main :is(img, script, iframe, i, ' +
		'a:not([href^="#/"]), .said-text b)').length,
	pwned: 'pwned' in window,
}));
const GOOD = { sideways: 0, foreign: 0, pwned: false };
const good = async (page, name) => is(await shape(page), GOOD, name);

async function everyPage(page) {
	const seen = [];
	let bad = 0;

	await page.goto(`${URL0}/#/archives?q=findme`);
	await totalIs(page, N, 'all of them are found by a word');
	for (let n = 0; n < N / 50; n++) {
		await page.waitForFunction((from) => document.querySelector('.range')
			?.textContent.trim().startsWith(`${from}–`),
		(n * 50 + 1).toLocaleString('en'));
		seen.push(...await page.locator('.chat-link bdi').allTextContents());
		bad += JSON.stringify(await shape(page)) === JSON.stringify(GOOD)
			? 0 : 1;
		if (n < N / 50 - 1)
			await page.getByRole('button', { name: 'Next' }).click();
	}
	is(bad, 0, 'no page of them runs or fetches anything or sticks out');
	is(seen.map((t) => t.trim()), Array.from({ length: N }, (_, i) =>
		textOf(i).trim()), 'every name is shown exactly as it came');
}

async function transcripts(page) {
	await page.goto(`${URL0}/#/archives?q=findme`);
	await totalIs(page, N, 'from the first again');
	for (let i = 0; i < KINDS.length; i++) {
		await page.locator('.chat-link').nth(i).click();
		await page.locator('.said').nth(1).waitFor();
		await page.locator('.hits').waitFor();
		is([await page.locator('.said-text').allTextContents()
			.then((all) => all.map((t) => t.trim())),
		await page.locator('h1 bdi').textContent().then((t) => t.trim()),
		await shape(page)],
		[[`${textOf(i)} findme`.trim(), textOf(i + 7).repeat(5).trim()],
			textOf(i).trim(), GOOD], `a transcript of kind ${i} is only text`);
		await page.goBack();
		await page.locator('.chat-link').nth(i).waitFor();
	}
}

async function asFilters(page) {
	for (const i of [0, 2, 8, 11]) {
		await page.goto(`${URL0}/#/archives?tags=${encodeURIComponent(
			textOf(i + 3))}&assignee=${encodeURIComponent(textOf(i + 5))}`);
		await totalIs(page, 1, `kind ${i} as a tag and an assignee`);
		await page.locator('[data-chip=Tags] button').first().click();
		await page.locator('.popover .token').waitFor();
		await good(page, 'in a chip and in its editor it does no harm');
		await page.keyboard.press('Escape');
	}
	await page.goto(`${URL0}/#/archives?q=${encodeURIComponent(
		`"><img src=x onerror=${BAD}> findme`)}`);
	await page.locator('.notice, .chat-row[data-chat]').first().waitFor();
	await good(page, 'nor as words');
}

async function schemes() {
	for (const colorScheme of ['light', 'dark'])
		for (const width of [320, 1400]) {
			const page = await open({ colorScheme,
				viewport: { width, height: 800 } });
			const at = `${width} px, ${colorScheme}`;

			await logIn(page);
			await page.goto(`${URL0}/#/archives?q=findme&tags=x&match=none` +
				'&state=opened');
			await totalIs(page, N, `found (${at})`);
			is(await axe(page), [], `axe: found, narrowed (${at})`);
			await good(page, `nothing sticks out (${at})`);
			for (const chip of ['Tags', 'State', 'Opened']) {
				await page.locator(`[data-chip="${chip}"] button`).first()
					.click();
				await page.locator('.popover').waitFor();
				is(await axe(page), [], `axe: ${chip} (${at})`);
				await page.keyboard.press('Escape');
			}
			await page.goto(`${URL0}/#/archives?q=nothinglikeit`);
			await page.getByText('No chat matches').waitFor();
			is(await axe(page), [], `axe: nothing (${at})`);
			await page.goto(`${URL0}/#/archives?q=!!`);
			await page.locator('.notice-error').waitFor();
			is(await axe(page), [], `axe: an error (${at})`);
			await page.goto(`${URL0}/#/archives?q=findme`);
			await page.locator('.chat-link').nth(8).click();
			await page.locator('.hits').waitFor();
			await good(page, `nor out of a transcript (${at})`);
			is(page.complaints, [], `no complaints (${at})`);
			await page.context().close();
		}
}

/** What would be seen if something did get through. */
async function control(page) {
	await page.evaluate(() => {
		const img = document.createElement('img');
		const wide = document.createElement('p');

		img.src = 'http://evil.invalid/x';
		wide.style.width = '300vw';
		wide.textContent = 'wide';
		document.querySelector('main').append(img);
		document.body.append(wide);
		globalThis.pwned = 1;
	});
	const found = await shape(page);

	ok(found.foreign === 1 && found.pwned && found.sideways > 0,
		'control: an element, a variable and what sticks out are seen',
		JSON.stringify(found));
	ok(await until(() => page.complaints.length),
		'control: and what the policy stops is heard of');
}

await test(async () => {
	await send(events);
	const page = await open();

	page.on('dialog', (d) => {
		page.complaints.push(`dialog: ${d.message()}`);
		d.dismiss();
	});
	await logIn(page);
	await everyPage(page);
	await transcripts(page);
	await asFilters(page);
	is(page.complaints, [], 'the page complained of nothing');
	await schemes();
	await control(page);
});
