// SPDX-License-Identifier: AGPL-3.0-or-later
// A few conversations whose facts can be counted by hand, one that is longer
// than a page of a transcript, and as many small ones as fill two pages of the
// list.  In Berlin, where the tests look from, c2 opens on the 18th.
export const FILL = 60;
export const LONG = 250;
export const NEEDLES = [5, 120, 249];

const user = (userId, name, country) => ({ type: 'user', userId,
	at: '2026-11-01T00:00:00Z', attributes: { name, country } });
const said = (chatId, messageId, personType, personId, at, text, more) => ({
	type: 'message', chatId, messageId, personType, personId, at, text,
	...more });
const minute = (n) => new Date(Date.UTC(2026, 10, 10, 9, n)).toISOString();
const hour = (n) => new Date(Date.UTC(2026, 10, 1, n)).toISOString();

const ofAna = [
	user('ana', 'Ana', 'Portugal'),
	{ type: 'chat', chatId: 'c1', userId: 'ana', name: 'Help', source: 'Slack',
		openedAt: '2026-11-16T09:00:00Z', tags: ['refund', 'vip'],
		assigneeId: 'kim', attributes: { page: 'home' } },
	said('c1', 'm1', 'user', 'ana', '2026-11-16T09:00:00Z',
		'Hello, I want a REFUND for order A17'),
	said('c1', 'm2', 'bot', 'greeter', '2026-11-16T09:00:05Z',
		'One moment please'),
	said('c1', 'm3', 'manager', 'kim', '2026-11-16T09:10:00Z',
		'She was here before', { note: true }),
	said('c1', 'm4', 'manager', 'kim', '2026-11-16T09:20:00Z',
		'Your refund is on its way'),
	{ type: 'delivery', messageId: 'm4', status: 'failed',
		at: '2026-11-16T09:21:00Z', error: { code: '131026', title: 'Gone' } },
	{ type: 'chat', chatId: 'c1', at: '2026-11-16T09:30:00Z',
		state: 'closed', closedAt: '2026-11-16T09:30:00Z' },
	{ type: 'chat', chatId: 'c3', userId: 'ana', state: 'snoozed',
		openedAt: '2026-11-18T10:00:00Z', snoozedAt: '2026-11-18T11:00:00Z',
		tags: ['vip'], assigneeId: 'lee' },
	said('c3', 'm5', 'user', 'ana', '2026-11-18T10:00:00Z',
		'the order of my refund'),
];

const ofOthers = [
	user('bo', 'Bo', 'Sweden'), user('cy', 'Cy', undefined),
	{ type: 'chat', chatId: 'c2', userId: 'bo', source: 'WhatsApp',
		openedAt: '2026-11-17T23:30:00Z', tags: ['refund'] },
	said('c2', 'm6', 'user', 'bo', '2026-11-17T23:31:00Z', '我要退款申请'),
	{ type: 'chat', chatId: 'long', userId: 'cy', openedAt: minute(0) },
	...Array.from({ length: LONG }, (_, i) => said('long', `l${i}`,
		i % 2 ? 'bot' : 'user', i % 2 ? 'greeter' : 'cy', minute(i),
		`${NEEDLES.includes(i) ? 'a needle' : 'straw'} at ${i}`)),
	...Array.from({ length: FILL }, (_, i) => ({ type: 'chat',
		chatId: `f${i}`, userId: 'cy', openedAt: hour(i),
		name: `Small ${i}` })),
];

const clean = (event) => JSON.parse(JSON.stringify(event));

export const events = [...ofAna, ...ofOthers].map(clean);
export const CHATS = 4 + FILL;

/** The titles of the rows, top to bottom. */
export const titles = (page) => page.locator('.chat-row[data-chat] .chat-link')
	.allInnerTexts();
export const rows = (page) => page.locator('.chat-row[data-chat]').count();

/** Holds the answers to a request back until told to let them go. */
export async function hold(page, what) {
	let release;
	const held = new Promise((go) => {
		release = go;
	});

	await page.route(what, async (route) => {
		await held;
		await route.continue().catch(() => {});
	});
	return async () => {
		release();
		await page.unroute(what);
	};
}
