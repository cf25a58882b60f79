// SPDX-License-Identifier: AGPL-3.0-or-later
// How a person is told of: what comes first.  These are short names of the
// data model; which attributes there are, and what they are called, the
// server says.
const FIRST = ['email', 'name', 'source', 'url', 'avatar', 'language',
	'timezone'];
const ADDRESSES = ['email', 'phone', 'username'];

/** Shown elsewhere on the page, or not a value of the person. */
const APART = ['segment'];

/** An attribute by its short name. @param {string} name */
export const whole = (name) => `default_${name}`;
const valueOf = (user, name) => user.attributes[whole(name)]?.value;

/** @param {any} user @returns {string} */
export const nameOf = (user) => String(valueOf(user, 'name') ?? '');

/** @param {any} user @returns {string} the one to reach them by, or nothing */
export const addressOfPerson = (user) => String(ADDRESSES
	.map((name) => valueOf(user, name)).find(Boolean) ?? '');

/**
 * The names of a person's attributes, in two parts: those that come first and
 * the rest.  Last session data is apart.
 * @param {{name: string, session: boolean}[]} all the attribute table
 */
export function inOrder(all) {
	const first = FIRST.map(whole);
	const here = all.filter((a) => !a.session && !APART.includes(a.name));

	return {
		first: first.map((name) => here.find((a) => a.name === name))
			.filter((a) => a !== undefined),
		rest: here.filter((a) => !first.includes(a.name)),
	};
}
