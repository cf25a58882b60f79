// SPDX-License-Identifier: AGPL-3.0-or-later
// A manager as a form holds one, as the server takes one, and in words: whom
// and what a Member sees.
import { listAll } from './segments.js';
import { json } from './api.js';

/** What is edited of one. @param {any} m */
export const editedOf = (m) => ({
	name: m.name, email: m.email, phone: m.phone, role: m.role,
	permissions: m.permissions,
	segments: m.limits?.segments?.map((s) => s.name) ?? null,
	masked: m.limits?.masked ?? [], disabled: m.disabled,
});

export const EMPTY = { name: '', email: '', phone: '', role: 'Member',
	permissions: ['users.read'], segments: null, masked: [] };

/** The names of segments as ids, where they are known. */
const idsOf = (names, known) => names && names.map((n) =>
	known.find((s) => s.name === n)?.id ?? n);

/**
 * The body of a change.  Limits go together; an Owner has none.
 * @param {any} changes what was changed @param {any} now all of it
 * @param {{id: number, name: string}[]} segments
 */
export function bodyOf(changes, now, segments) {
	const { segments: rows, masked, role, ...body } = changes;
	const limited = rows !== undefined || masked || role;

	if (role)
		body.role = role;
	if (now.role === 'Owner') {
		delete body.permissions;
		return body;
	}
	if (limited)
		body.limits = now.segments || now.masked.length
			? { segments: idsOf(now.segments, segments), masked: now.masked }
			: null;
	if (role)
		body.permissions = now.permissions;
	return body;
}

/** All segments and attributes there are, to choose from. */
export async function choices(signal) {
	const [segments, { attributes }, { permissions }] = await Promise.all([
		listAll(signal),
		json('GET', '/attributes', { query: { hidden: 'true' }, signal }),
		json('GET', '/permissions', { signal })]);

	return { segments, attributes, permissions };
}

const and = (list) => list.length < 2 ? list.join('')
	: `${list.slice(0, -1).join(', ')} and ${list[list.length - 1]}`;

/** @param {any} m @param {(name: string) => string} label */
export function sees(m, label = (n) => n) {
	if (m.role === 'Owner')
		return 'Sees everybody and everything';
	const whom = !m.segments ? 'everybody'
		: m.segments.length ? `the people of ${and(m.segments)} alone`
			: 'nobody';

	return `Sees ${whom}${m.masked.length
		? `, without ${and(m.masked.map(label))}` : ''}`;
}

/** How one logs in. */
export const loginOf = (m) => [m.email, m.phone].filter(Boolean).join(', ');
