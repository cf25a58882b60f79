// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages of Settings, who may open which, and what they ask the server for.
// What people edit comes with the version that a change names, so that two
// editors do not overwrite each other unseen.
import { json, request } from './api.js';
import { may, session } from './session.js';

const me = () => /** @type {any} */ (session.value);
const owner = () => me()?.manager.role === 'Owner';
/** Who may see everybody and everything. */
const whole = () => !me()?.limits;

/** @type {{id: string, text: string, open: () => boolean}[]} */
const PLACES = [
	{ id: 'workspace', text: 'Workspace', open: () => may('settings') },
	{ id: 'attributes', text: 'Attributes',
		open: () => may('settings') && may('users.read') && whole() },
	{ id: 'hours', text: 'Operating hours', open: () => may('settings') },
	{ id: 'managers', text: 'Managers', open: owner },
	{ id: 'tokens', text: 'API tokens', open: owner },
	{ id: 'audit', text: 'Audit log',
		open: () => may('audit.read') && whole() },
	{ id: 'sessions', text: 'Your sessions', open: () => true },
];

/** Those that whoever is logged in may open. */
export const places = () => PLACES.filter((p) => p.open());

/** @param {string} id @param {string} [of] */
export const pathOf = (id, of = '') => `/settings/${id}${of && `/${of}`}`;

/** @typedef {{data: any, tag: string}} Taken */

/** @param {string} path @param {AbortSignal} [signal] @returns {Promise<Taken>} */
export async function taken(path, signal) {
	const res = await request('GET', path, { signal });

	return { data: await res.json(), tag: res.headers.get('ETag') || '' };
}

/** A list, all of it. @param {string} path @param {string} of */
export const listOf = (path, of) => async (signal) =>
	(await json('GET', path, { signal }))[of];

const part = (id) => encodeURIComponent(id);

export const attributePath = (name) => `/attributes/${part(name)}`;
export const managerPath = (id) => `/managers/${part(id)}`;

/** @param {string} method @param {string} path @param {any} [body] */
export const change = (method, path, body, version = '') =>
	json(method, path, { body, version });

/** @param {string} path @param {any} body @param {string} once */
export const make = (path, body, once) => json('POST', path, { body, once });

/** A key under which a thing is made once, however often it is sent. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))]
	.map((n) => n.toString(16).padStart(2, '0')).join('');
