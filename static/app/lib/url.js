// SPDX-License-Identifier: AGPL-3.0-or-later
// The address is the state: `#/users?f=…&sort=…`.  It lives in the fragment,
// which no server ever sees, because filters hold personal values.  Nothing
// else touches location or history.
import { signal } from '@preact/signals';

/**
 * @typedef {{path: string, query: Record<string, string>, kept: any}} Route
 *   `kept` is what history remembers beside the address (never shared).
 */

/** @returns {Route} */
function read() {
	const [path, query] = splitAt(location.hash.slice(1), '?');

	return {
		path: path || '/',
		query: Object.fromEntries(new URLSearchParams(query)),
		kept: history.state || {},
	};
}

function splitAt(text, mark) {
	const at = text.indexOf(mark);

	return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** The present route; parts and pages read it and re-render. */
export const route = signal(read());

/** @type {((then: () => void) => boolean)|null} */
let guard = null;
let here = location.hash;

/** Who is asked before one goes elsewhere: true stays, for now. @param {typeof guard} ask */
export const setGuard = (ask) => {
	guard = ask;
};

/** @param {() => void} then done now or, if one is held up, perhaps later */
export const leaveFor = (then) => guard?.(then) || then();

/**
 * The address of a state.
 * @param {string} path
 * @param {Record<string, string|undefined>} [query] empty ones are left out
 */
export function addressOf(path, query = {}) {
	const told = Object.entries(query).filter(([, v]) => v);
	const text = told.map(([k, v]) => `${k}=${escaped(v)}`).join('&');

	return `#${path}${text ? `?${text}` : ''}`;
}

/** Percent-encoding, sparing what is legal in a fragment, for legibility. */
function escaped(text) {
	return encodeURIComponent(text).replace(/%(2C|3A|40|2F)/g,
		(code) => decodeURIComponent(code));
}

/**
 * Goes to a state.
 * @param {string} path
 * @param {Record<string, string|undefined>} [query]
 * @param {{replace?: boolean, kept?: any}} [how]
 */
export function go(path, query, how = {}) {
	const to = addressOf(path, query);

	leaveFor(() => {
		if (how.replace || to === location.hash)
			history.replaceState(how.kept || {}, '', to);
		else
			history.pushState(how.kept || {}, '', to);
		here = to;
		route.value = read();
	});
}

/** What history is to remember of the present state. @param {any} what */
export const keep = (what) => history.replaceState(
	{ ...history.state, ...what }, '', location.hash);

/** Back to where one came from; or to a path, if one came straight here. */
export function back(path) {
	if (history.state?.came)
		history.back();
	else
		go(path);
}

addEventListener('popstate', () => {
	if (location.hash !== here && guard?.(() => history.back()))
		return history.pushState(route.value.kept, '', here);
	here = location.hash;
	route.value = read();
});

/** The last part of the path: what opens a shared view. */
export const lastOfPath = () => location.pathname.split('/').pop() ?? '';

/** Everything anew: somebody else has logged in. */
export const startOver = () => location.reload();
