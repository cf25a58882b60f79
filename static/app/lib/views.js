// SPDX-License-Identifier: AGPL-3.0-or-later
// Saved views and their share links, as the server keeps them, and the way
// from a view to the address of the list it shows.
import { ApiError, request } from './api.js';
import * as filters from './filter.js';
import { addressOf } from './url.js';

/**
 * @typedef {{kind: string, id: number, name: string}} Actor
 * @typedef {{id: number, slug: string, url: string, name: string,
 *   visibility: string, version: number, owner: Actor, updatedBy: Actor,
 *   createdAt: string, updatedAt: string, filter: any, sentence: string|null,
 *   error?: string, columns: string[]|null, sort: string|null}} View
 * @typedef {{id: number, state: string, columns: string[],
 *   password: boolean, createdBy: Actor, createdAt: string,
 *   expiresAt: string, openings: number, openedAt: string|null}} ShareLink
 */

async function json(method, path, ask) {
	const res = await request(method, path, ask);

	return res.status === 204 ? null : res.json();
}

/** @param {AbortSignal} signal @returns {Promise<View[]>} by name */
export async function views(signal) {
	const all = [];
	let after;

	do {
		const page = await json('GET', '/views',
			{ query: { limit: 500, after }, signal });

		all.push(...page.views);
		after = page.next;
	} while (after);
	return all.sort((a, b) => a.name.localeCompare(b.name));
}

/** @param {string} slug @param {AbortSignal} signal @returns {Promise<View>} */
export async function viewAt(slug, signal) {
	const found = await json('GET', '/views', { query: { slug }, signal });

	if (!found.views.length)
		throw new ApiError(404, { detail: 'It is not there, or it is not ' +
			'yours to see.' });
	return found.views[0];
}

/** @param {object} body @returns {Promise<View>} */
export const save = (body) => json('POST', '/views', { body });

/**
 * The version tag of a view, if it is still as it was seen.
 * @param {View} view
 */
async function tagOf({ id, version }) {
	const res = await request('GET', `/views/${id}`);
	const now = await res.json();

	if (now.version !== version)
		throw new ApiError(412, { detail: `${now.updatedBy.name ||
			'Somebody'} changed this view meanwhile. ` +
			'Go back to see it as it is now.' });
	return res.headers.get('ETag') ?? undefined;
}

/** @param {View} view as it was seen @param {object} body */
export const change = async (view, body) => json('PATCH',
	`/views/${view.id}`, { body, version: await tagOf(view) });

/** @param {View} view as it was seen */
export const remove = async (view) => json('DELETE', `/views/${view.id}`,
	{ version: await tagOf(view) });

/** @param {View} view @param {number|null} after @param {AbortSignal} signal */
export const versions = ({ id }, after, signal) => json('GET',
	`/views/${id}/versions`, { query: { after }, signal });

/** @param {View} view @param {AbortSignal} signal */
export const links = ({ id }, signal) => json('GET', `/views/${id}/links`,
	{ signal });

/** @param {View} view @param {object} body */
export const share = ({ id }, body) => json('POST', `/views/${id}/links`,
	{ body });

/** @param {View} view @param {ShareLink} link */
export const revoke = (view, link) => json('DELETE',
	`/views/${view.id}/links/${link.id}`);

/** @param {View} view @param {ShareLink} link @param {AbortSignal} signal */
export const openings = (view, link, signal) => json('GET',
	`/views/${view.id}/links/${link.id}/openings`, { signal });

/** What the list's address says of a view. @param {View} view */
export const queryOf = ({ filter, sort, columns }) => ({
	f: filter ? filters.write(filters.parse(JSON.stringify(filter))) : '',
	sort: !sort || sort === '-lastSeen' ? '' : sort,
	columns: columns ? columns.join(',') : '',
});

/** @param {View} view */
export const addressOfView = (view) => addressOf('/users', queryOf(view));

/** What of a list is kept. @param {import('./listing.js').Listing} listing */
export const shownBy = ({ filter, sort, columns }) => ({
	filter: filters.treeOf(filter), sort, columns });

/** The whole of an address that the server gives from its root on. */
export const whole = (url) => new URL(url, document.baseURI).href;
