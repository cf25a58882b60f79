// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of one person asks the server for.  A person comes with the
// version that an edit names, so that two editors do not overwrite each other.
import { request } from './api.js';

/** @typedef {{user: any, tag: string}} Taken */

const at = (id, rest = '') => `/users/${encodeURIComponent(id)}${rest}`;

async function ask(method, path, how) {
	const res = await request(method, path, how);

	return res.json();
}

/** @param {Response} res @returns {Promise<Taken>} */
const taken = async (res) => ({ user: await res.json(),
	tag: res.headers.get('ETag') || '' });

/** @param {any} id @param {AbortSignal} [signal] */
export const person = async (id, signal) =>
	taken(await request('GET', at(id), { signal }));

/** @param {any} id @param {object} body @param {string} [version] */
export const edit = async (id, body, version) =>
	taken(await request('PATCH', at(id), { body, version }));

/** @param {any} id @param {string} mode */
export const erase = (id, mode) => ask('DELETE', at(id), { query: { mode } });

/** @param {any} id @param {number} into */
export const merge = (id, into) => ask('POST', at(id, '/merge'),
	{ body: { into } });

/** @param {number} merge */
export const undoMerge = (merge) => ask('POST', `/merges/${merge}/undo`,
	{ body: {} });

/** @param {any} id @param {object} query @param {AbortSignal} [signal] */
export const timeline = (id, query, signal) => ask('GET', at(id, '/timeline'),
	{ query, signal });

/** @param {any} id @param {object} query @param {AbortSignal} [signal] */
export const chats = (id, query, signal) => ask('GET', at(id, '/chats'),
	{ query, signal });

/** Segments kept by hand. @param {string} q @param {AbortSignal} signal */
export const segments = (q, signal) => ask('GET', '/segments',
	{ query: { q, kind: 'static', limit: 8 }, signal });

/** @param {string} name */
export const makeSegment = (name) => ask('POST', '/segments',
	{ body: { name } });

/** @param {number} segment @param {{add?: number[], remove?: number[]}} body */
export const members = (segment, body) => ask('POST',
	`/segments/${segment}/members`, { body });
