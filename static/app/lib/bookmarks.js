// SPDX-License-Identifier: AGPL-3.0-or-later
// Links to other dashboards, kept for everybody.  What was loaded last stands
// while it is asked for again, so that the bar does not come and go.
import { signal } from '@preact/signals';
import { json } from './api.js';
import { session } from './session.js';

/**
 * @typedef {{id: number, name: string, url: string, position: number,
 *   createdAt: string, changedAt: string, version: string}} Bookmark
 */

const PATH = '/bookmarks';

/** @type {import('@preact/signals').Signal<{who: any, list: Bookmark[]}|null>} */
const last = signal(null);

/** What this manager saw last; null: nothing yet. */
export const known = () =>
	last.value?.who === session.value?.manager.id ? last.value?.list : null;

/** @param {AbortSignal} [signal] */
export async function load(signal) {
	const { bookmarks } = await json('GET', PATH, { signal });

	last.value = { who: session.value?.manager.id, list: bookmarks };
	return bookmarks;
}

/**
 * An address as people type it, as it is kept: with a scheme, and what is not
 * ASCII encoded.  What is none is left as it is, for the server to say so.
 * @param {string} text
 */
export function addressFrom(text) {
	const typed = text.trim();
	const whole = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(typed) ? typed
		: `https://${typed}`;

	try {
		return typed && new URL(whole).href
			.replace(/["<>\\]/g, encodeURIComponent);
	} catch {
		return typed;
	}
}

/** Nothing else is ever made a link. @param {string} url */
export const isWeb = (url) => /^https?:\/\//i.test(url);

/** @param {{name: string, url: string, position?: number}} body */
export const add = ({ url, ...body }) => json('POST', PATH,
	{ body: { ...body, url: addressFrom(url) } });

/** @param {Bookmark} old @param {Partial<Bookmark>} body */
export const change = (old, body) => json('PATCH', `${PATH}/${old.id}`, {
	version: old.version, body: body.url === undefined ? body
		: { ...body, url: addressFrom(body.url) } });

/** @param {Bookmark} old */
export const remove = (old) => json('DELETE', `${PATH}/${old.id}`,
	{ version: old.version });
