// SPDX-License-Identifier: AGPL-3.0-or-later
// A state of the archives, to and from the address, and what the server is
// asked for it.  A day that ends a period belongs to it; the server is told
// the day after.
import { json, request } from './api.js';
import { addressQuery, PAGE, readListing } from './listing.js';
import { dayAfter, ZONE } from './time.js';
import { addressOf } from './url.js';

/**
 * @typedef {{q: string, tags: string[], match: string, state: string[],
 *   assignee: string[], nobody: boolean, source: string[], from: string,
 *   to: string, filter: import('./filter.js').Filter, broken: string,
 *   sort: string, columns: null, after: string, page: number,
 *   trail: string[]}} Archive
 */

export const STATES = ['opened', 'snoozed', 'closed'];

const list = (text) => text ? text.split(',') : [];

/**
 * @param {import('./url.js').Route} route
 * @returns {Archive}
 */
export const readArchive = (route) => ({
	.../** @type {any} */ (readListing(route)),
	q: route.query.q ?? '', tags: list(route.query.tags),
	match: route.query.match || 'any', state: list(route.query.state),
	assignee: list(route.query.assignee),
	nobody: route.query.assigned === 'false', source: list(route.query.source),
	from: route.query.from ?? '', to: route.query.to ?? '',
});

/** @param {Archive} a what the address says of it */
export const queryOf = (a) => ({
	q: a.q, tags: a.tags.join(','),
	match: a.tags.length && a.match !== 'any' ? a.match : '',
	state: a.state.join(','), assignee: a.assignee.join(','),
	assigned: a.nobody ? 'false' : '', source: a.source.join(','),
	from: a.from, to: a.to, ...addressQuery({ ...a, columns: null }),
});

/** @param {Archive} a what the server is asked */
export function askedOf(a) {
	const { match, page, to, ...rest } = queryOf(a);

	return { ...rest, to: to && dayAfter(to), limit: PAGE, tz: ZONE,
		tagsMatch: match };
}

/**
 * The same chats, all of them, as an export is asked for them.
 * @param {Archive} a
 */
export function exportOf(a) {
	const { limit, after, sort, assigned, ...asked } = askedOf(a);

	return { ...Object.fromEntries(Object.entries(asked).filter(([, v]) => v)),
		assigned: assigned ? false : undefined };
}

/** What it would hold. @param {object} body @param {AbortSignal} signal */
export const preview = (body, signal) => json('POST', '/exports/preview',
	{ body, signal });

/** Everything that narrows, taken away. @param {Archive} a */
export const wide = (a) => ({ ...a, q: '', tags: [], state: [], assignee: [],
	nobody: false, source: [], from: '', to: '', after: '', page: 1, trail: [],
	filter: { match: /** @type {const} */ ('all'), nodes: [] } });

/** @param {Archive} a */
export const isWide = ({ sort, ...a }) => Object.entries(queryOf({ ...a, sort }))
	.every(([k, v]) => !v || k === 'after' || k === 'page');

/** @param {object} query @param {AbortSignal} signal */
export const chats = (query, signal) => json('GET', '/chats',
	{ query, signal });

/**
 * What chats can be narrowed by.
 * @param {{of: string, prefix: string, limit: number}} query
 * @param {AbortSignal} signal
 * @returns {Promise<{values: {value: string, count: number}[]}>}
 */
export const values = (query, signal) => json('GET', '/chats/values',
	{ query, signal });

/** @param {number} id @param {string} [q] @param {string} [at] a message */
export const addressOfChat = (id, q, at) => addressOf(`/archives/${id}`,
	{ q, at });

/** @typedef {{chat: any, tag: string}} Taken a chat and its version */

/** @param {Response} res @returns {Promise<Taken>} */
const taken = async (res) => ({ chat: await res.json(),
	tag: res.headers.get('ETag') || '' });

/** @param {string} id @param {AbortSignal} [signal] */
export const chat = async (id, signal) =>
	taken(await request('GET', `/chats/${id}`, { signal }));

/** @param {string} id @param {object} body @param {string} version */
export const edit = async (id, body, version) =>
	taken(await request('PATCH', `/chats/${id}`, { body, version }));

/** @param {string} id @param {object} query @param {AbortSignal} [signal] */
export const messages = (id, query, signal) => json('GET',
	`/chats/${id}/messages`, { query, signal });
