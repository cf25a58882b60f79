// SPDX-License-Identifier: AGPL-3.0-or-later
// A state of the users list, to and from the address.  What is usual is left
// out, so that the plain list has a plain address.
import * as filters from './filter.js';

export const PAGE = 50;
const SORT = '-lastSeen';
const TRAIL = 500;

/**
 * @typedef {{filter: filters.Filter, broken: string, sort: string,
 *   columns: string[]|null, after: string, page: number,
 *   trail: string[]}} Listing
 *   columns null: the usual ones; trail: the cursors of the pages before
 */

/**
 * @param {import('./url.js').Route} route
 * @returns {Listing}
 */
export function readListing({ query, kept }) {
	let filter = filters.EVERYBODY;
	let broken = '';

	try {
		filter = filters.parse(query.f);
	} catch {
		broken = 'The filter in this address is not complete; ' +
			'perhaps the link was cut.';
	}
	const page = Math.max(1, Math.floor(Number(query.page)) || 1);

	return {
		filter, broken,
		sort: query.sort || SORT,
		columns: query.columns ? query.columns.split(',') : null,
		after: query.after || '',
		page: query.after ? Math.max(2, page) : 1,
		trail: Array.isArray(kept.trail) ? kept.trail : [],
	};
}

/** @param {Listing} listing */
export const addressQuery = (listing) => ({
	f: filters.write(listing.filter),
	sort: listing.sort === SORT ? '' : listing.sort,
	columns: listing.columns ? listing.columns.join(',') : '',
	after: listing.after,
	page: listing.page > 1 ? String(listing.page) : '',
});

/** @param {Listing} l another filter or order starts at its first page */
export const firstPage = (l) => ({ ...l, after: '', page: 1, trail: [] });

/** @param {Listing} l @param {string} next */
export const nextPage = (l, next) => ({
	...l, after: next, page: l.page + 1,
	trail: [...l.trail, l.after].slice(-TRAIL),
});

/** @param {Listing} l the page before; the first when that is not known */
export function pageBefore(l) {
	if (!l.trail.length)
		return firstPage(l);
	return {
		...l, page: Math.max(1, l.page - 1),
		after: l.trail[l.trail.length - 1], trail: l.trail.slice(0, -1),
	};
}

/**
 * @param {Listing} l
 * @param {{name: string, type: string}} attribute
 * @returns {string} the sort after a click on this column's header
 */
export function sortBy(l, { name, type }) {
	if (l.sort === name)
		return `-${name}`;
	if (l.sort === `-${name}`)
		return name;
	return type === 'text' || type === 'set' || type === 'ip'
		? name : `-${name}`;
}

/** @param {Listing} l @param {string} name */
export const orderOf = (l, name) => l.sort === name ? 'ascending'
	: l.sort === `-${name}` ? 'descending' : 'none';
