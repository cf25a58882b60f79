// SPDX-License-Identifier: AGPL-3.0-or-later
// Chats about deliveries whose facts are plain arithmetic on a number: who
// said the phrase, which tags a chat has, whose it is, in which hour it was
// opened.  What any search should find is counted by loops over the array.
export const N = 24;
export const PHRASE = 'late delivery';

const NAMES = ['Ana', '=1+1', '<img src=x onerror=window.pwned=1>', '👩‍👩‍👧 שלום'];
const HOUR = 3600000;
const START = Date.UTC(2026, 9, 30, 12);

/** The half of them say the phrase; the others have the two words apart. */
export const late = Array.from({ length: N }, (_, i) => ({
	i,
	chatId: `d${i}`,
	person: i % NAMES.length,
	name: NAMES[i % NAMES.length],
	country: i % NAMES.length < 2 ? 'Portugal' : 'Sweden',
	text: i % 2 ? `my ${PHRASE} number ${i}, =SUM(A1)`
		: `delivery was late, number ${i}`,
	tags: [i % 3 ? 'refund' : 'praise', i % 4 === 3 ? 'vip' : 'plain'],
	at: new Date(START + i * 5 * HOUR).toISOString(),
	manager: i % 5 ? '' : 'kim',
}));

const answer = (d) => d.manager ? [{ type: 'message', chatId: d.chatId,
	messageId: `${d.chatId}-a`, personType: 'manager', personId: d.manager,
	at: d.at, text: `we look into ${d.i}` }] : [];

export const events = [
	...NAMES.map((name, i) => ({ type: 'user', userId: `p${i}`,
		at: '2026-10-01T00:00:00Z', attributes: { name,
			country: i < 2 ? 'Portugal' : 'Sweden' } })),
	...late.flatMap((d) => [{ type: 'chat', chatId: d.chatId,
		userId: `p${d.person}`, openedAt: d.at, tags: d.tags },
	{ type: 'message', chatId: d.chatId, messageId: `${d.chatId}-m`,
		personType: 'user', personId: `p${d.person}`, at: d.at,
		text: d.text }, ...answer(d)]),
];

/** Those that fit, and what a file of them should hold. */
export function those(fits) {
	const chats = late.filter(fits);

	return { chats, ids: chats.map((d) => d.chatId).sort(),
		people: new Set(chats.map((d) => d.person)).size,
		messages: chats.flatMap((d) => [
			[d.chatId, 'User', `p${d.person}`, d.text],
			...d.manager ? [[d.chatId, 'Manager', d.manager,
				`we look into ${d.i}`]] : []]).sort() };
}
