// SPDX-License-Identifier: AGPL-3.0-or-later
// A thousand people with hostile names: no script runs, nothing is fetched
// from elsewhere, every row is as high as any other, and nothing sticks out.
import { is, logIn, ok, open, rows, send, settled, test, totalIs, until,
	URL0 } from './tap.mjs';

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
	(i) => `${'m\u0300\u0301\u0302\u0303\u0316\u0317\u0318'.repeat(20)}${i}`,
	(i) => `${'W'.repeat(3000)}${i}`,
	(i) => `${'\u00A0'.repeat(200)}${i}`,
	(i) => `line\none\ttwo\r\n\n\nthree${i}`,
	(i) => `\uFDFD\uFDFD\uFDFD\u{12031}${i}`,
	(i) => `שלום عليكم ${i}`,
	(i) => `${'👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿'.repeat(9)}${i}`,
	(i) => `__proto__${i}`,
	(i) => `constructor.prototype${i}`,
	(i) => `=HYPERLINK("http://evil.invalid/${i}")`,
	(i) => `'; DROP TABLE users; --${i}`,
	(i) => `&lt;b&gt;&#x3c;${i}`,
	(i) => `\u200B\u200D\uFEFF${i}`,
];

const textOf = (i) => KINDS[i % KINDS.length](i);

const events = Array.from({ length: N }, (_, i) => ({
	type: 'user', userId: `h-${String(i).padStart(4, '0')}`,
	at: new Date(Date.UTC(2026, 0, 1) + i * 60000).toISOString(),
	lastSeen: new Date(Date.UTC(2026, 0, 1) + i * 60000).toISOString(),
	segments: [`<b onclick=${BAD}>${i % 7}</b>`, 'W'.repeat(180)],
	attributes: { name: textOf(i), email: `${textOf(i + 1)}@x`,
		city: textOf(i + 2), shape: textOf(i + 3) },
}));

const shape = (page) => page.evaluate(() => ({
	heights: [...new Set([...document.querySelectorAll('tbody tr')]
		.map((tr) => tr.offsetHeight))],
	// the text of a cell may not be painted over its neighbours
	open: [...document.querySelectorAll('tbody td, tbody th')].filter((el) =>
		getComputedStyle(el).overflowX === 'visible').length,
	sideways: document.documentElement.scrollWidth - innerWidth,
	foreign: document.querySelectorAll('.table-frame :is(img, script, ' +
		'iframe, b, a:not(.row-link[href^="#/users/"]))').length,
	pwned: 'pwned' in window,
}));

const GOOD = { heights: [44], open: 0, sideways: 0, foreign: 0,
	pwned: false };

async function everyPage(page) {
	const seen = new Set();
	let bad = 0;

	for (let n = 1; n <= N / 50; n++) {
		await page.waitForFunction((from) => document.querySelector('.range')
			?.textContent.trim().startsWith(`${from}–`),
		((n - 1) * 50 + 1).toLocaleString('en'));
		const names = await page.locator('tbody th bdi').allTextContents();
		const found = await shape(page);

		names.forEach((name) => seen.add(name));
		bad += JSON.stringify(found) === JSON.stringify(GOOD) ? 0 : 1;
		if (bad === 1)
			is(found, GOOD, `page ${n} keeps its shape`);
		if (n < N / 50)
			await page.getByRole('button', { name: 'Next' }).click();
	}
	is(bad, 0, 'all twenty pages keep their shape and run nothing');
	is([seen.size, events.map((e) => e.attributes.name)
		.filter((name) => !seen.has(name))], [N, []],
	'and every name is shown exactly as it came');
}

async function asFilters(page) {
	await page.goto(`${URL0}/#/users`);
	await totalIs(page, N, 'everybody');
	for (const [i, letters] of [[0, '<img'], [8, 'WWW'], [12, 'שלו']]) {
		await page.keyboard.press('/');
		await page.locator('.option').first().waitFor();
		await page.keyboard.type('name');
		await page.keyboard.press('Enter');
		await page.keyboard.type(letters);
		await page.locator('.option .option-text')
			.filter({ hasText: letters }).first().waitFor();
		ok((await shape(page)).sideways === 0,
			`suggestions for ${letters} stay in their panel`);
		await page.keyboard.press('Escape');
		await page.goto(`${URL0}/#/users?f=${encodeURIComponent(
			JSON.stringify({ all: [['default_name', 'is', textOf(i)]] }))}`);
		await totalIs(page, 1, `${letters}… as a filter finds its one person`);
		const found = await shape(page);

		is([found.sideways, found.pwned], [0, false],
			'and as a chip and a sentence does no harm');
		await page.goto(`${URL0}/#/users`);
		await totalIs(page, N, 'back to everybody');
	}
}

/** What would be seen if a name did get through. */
async function control(page) {
	await page.evaluate(() => {
		const cell = document.querySelector('tbody td');
		const img = document.createElement('img');

		img.src = 'http://evil.invalid/x';
		cell.append(img, document.createElement('br'), 'x'.repeat(50));
		cell.closest('tr').hidden = true;
		globalThis.pwned = 1;
	});
	const found = await shape(page);

	ok(found.foreign === 1 && found.pwned && found.heights.length > 1,
		'control: an element, a variable and a row out of line are seen');
	ok(await until(() => page.complaints.length), 'control: and what the ' +
		'policy stops is heard of');
}

await test(async () => {
	await send(events);
	const page = await open();
	const columns = 'default_name,default_email,default_city,shape,segment';

	page.on('dialog', (d) => {
		page.complaints.push(`dialog: ${d.message()}`);
		d.dismiss();
	});
	await logIn(page, `/#/users?columns=${columns}`);
	is(await rows(page), 50, 'they are listed');
	await everyPage(page);
	await asFilters(page);
	const narrow = await open({ viewport: { width: 320, height: 700 } });

	await logIn(narrow, `/#/users?columns=${columns}`);
	await settled(narrow);
	is(await shape(narrow), GOOD, 'nor on a phone');
	is([...page.complaints, ...narrow.complaints], [],
		'the page complained of nothing');
	await control(narrow);
});
