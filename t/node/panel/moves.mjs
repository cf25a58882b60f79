// SPDX-License-Identifier: AGPL-3.0-or-later
// Who or what moved a person into a segment and out of it stands in their
// timeline in words a manager uses, with the segment, the manager and the
// tokens to be opened; and nothing to open where there is nothing.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { comes, is, listAt, logIn, ok, open, send, test, totalIs, until,
	URL0 } from './tap.mjs';

const AXE = readFileSync(createRequire(import.meta.url)
	.resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '<img src=x onerror="globalThis.hit=1">\u202e"\'';

/** The interface, with this token or the one of the test. */
async function ask(method, path, body, token = process.env.RAPPORT_TOKEN) {
	const res = await fetch(`${URL0}/api/v1${path}`, { method,
		body: typeof body === 'string' ? body : JSON.stringify(body),
		headers: { Authorization: `Bearer ${token}`, 'Content-Type':
			typeof body === 'string' ? 'text/csv' : 'application/json' } });
	const text = await res.text();

	if (!res.ok)
		throw new Error(`${method} ${path}: ${res.status} ${text}`);
	return text && JSON.parse(text);
}

const moments = (page) => page.locator('.moment[data-kind=segment]')
	.evaluateAll((all) => all.map((m) => [...m.querySelectorAll('p')]
		.map((p) => p.innerText.replace(/\s+/g, ' ').trim()).join(' / ')));

async function done(job) {
	await until(async () => (await ask('GET', `/jobs/${job.id}`)).state ===
		'done');
}

/** Everything that can move somebody, once; the newest last. */
async function moves(page) {
	const of = async (name) => (await ask('POST', '/segments', { name })).id;
	const token = await ask('POST', '/tokens', { name: HOSTILE,
		role: 'Owner' });
	const { users } = await ask('GET', '/users?columns=userId');
	const { id } = users.find((u) => u.userId === 'mover');
	const gone = await of('Gone');

	await ask('POST', `/segments/${gone}/members`, { add: [id] }, token.token);
	await ask('DELETE', `/segments/${gone}`);
	await done(await ask('POST', '/bulk', { action: 'addToSegment',
		segment: String(await of('Many')), ids: [id] }, token.token));
	await ask('POST', `/segments/${await of('Table')}/import`,
		'userId\r\nmover\r\n', token.token);
	await page.goto(URL0 + listAt({ f: ['userId', 'is', 'mover'] }));
	await totalIs(page, 1, 'one person');
	await page.locator('.row-link').click();
	await page.getByLabel('What of it').selectOption('segment');
	await page.getByRole('button', { name: 'Add to a segment' }).click();
	await page.keyboard.type('By me');
	await page.getByRole('option', { name: /By me/ }).click();
	await page.getByRole('button', { name: 'Take out of By me' }).click();
	return id;
}

test(async () => {
	await send([{ type: 'user', userId: 'mover', at: '2026-01-05T10:00:00Z',
		attributes: { name: 'Mover' }, segments: ['Sent'] }]);
	const page = await open();

	await logIn(page, '/#/users');
	await moves(page);
	await comes(() => moments(page), [
		'Out of the segment By me / By hand, Owner',
		'Into the segment By me / By hand, Owner',
		`Into the segment Table / From an imported file, with the API token ${
			HOSTILE}`,
		`Into the segment Many / By a bulk action, with the API token ${
			HOSTILE}`,
		`Into the segment Gone / With the API token ${HOSTILE}`,
		'Into the segment Sent / From an event',
	], 'each says who or what it was');
	is(await page.evaluate(() => globalThis.hit), undefined,
		'a hostile name does nothing');
	is(await page.locator('.moment').nth(4).getByRole('link', { name: 'Gone' })
		.count(), 0, 'a segment that is gone does not open');
	await page.evaluate(AXE);
	is(await page.evaluate(async () => (await globalThis.axe.run())
		.violations.map((v) => v.id)), [], 'axe finds nothing');
	const link = (n, name) => page.locator('.moment').nth(n)
		.getByRole('link', { name });

	await link(0, 'Owner').focus();
	await page.keyboard.press('Enter');
	await page.waitForURL(/settings\/managers\/1$/);
	ok(true, 'the manager opens');
	await page.goBack();
	await link(2, HOSTILE).click();
	await page.waitForURL(/settings\/tokens$/);
	ok(true, 'so do the tokens');
	await page.goBack();
	await link(3, 'Many').click();
	await totalIs(page, 1, 'and everybody in the segment');
	is(page.complaints, [], 'the page complains about nothing');
});
