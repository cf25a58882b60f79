// SPDX-License-Identifier: AGPL-3.0-or-later
// Where a column of a CSV goes, taken apart for a form and put together for
// the server, whose words these are.  Pure functions.

/**
 * @typedef {{to: string, name: string, type: string, channel: string,
 *   kind: string}} Place
 *   to: "" for nowhere, "new", "identity", or a target as it is
 */

const BLANK = { to: '', name: '', type: 'text', channel: '', kind: '' };

/** The types a new attribute can have. */
export const TYPES = ['text', 'number', 'instant', 'date', 'boolean', 'set'];

/** Targets that are no attributes. */
export const WHO = [['userId', 'User ID'], ['identity', 'An identity'],
	['createdAt', 'First seen'], ['lastSeen', 'Last seen']];

/**
 * @param {any} column as the server told of it
 * @returns {Place}
 */
export function placeOf(column) {
	const identity = /^identity:([^:]*):(.*)$/.exec(column.target);

	if (identity)
		return { ...BLANK, to: 'identity', channel: identity[1],
			kind: identity[2] };
	if (column.new)
		return { ...BLANK, to: 'new', name: column.attribute,
			type: column.type };
	return { ...BLANK, to: column.attribute ?? column.target,
		name: column.column };
}

/** @param {Place} place */
export function targetOf({ to, name, type, channel, kind }) {
	if (to === 'new')
		return `${name}:${type}`;
	return to === 'identity' ? `identity:${channel}:${kind}` : to;
}

/** What is asked, of all columns. @param {Record<string, Place>} places */
export const mapOf = (places) => JSON.stringify(Object.fromEntries(
	Object.entries(places).map(([column, p]) => [column, targetOf(p)])));
