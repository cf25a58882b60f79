// SPDX-License-Identifier: AGPL-3.0-or-later
// Something being edited: what the store had, what was made of it here, and,
// when somebody else was faster, what they made of it.  Only what was changed
// here is sent, with the version it was changed in.  A change of theirs to
// something else is taken over; to the same thing, it is shown beside ours,
// and one chooses.  Whatever the server says, what was typed stays.
import { useState } from 'preact/hooks';

const TRIES = 5;

/** @param {any} a @param {any} b */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const changedIn = (now, base) => Object.keys(now)
	.filter((k) => !same(now[k], base[k]));
const pick = (from, keys) => Object.fromEntries(keys.map((k) => [k, from[k]]));

/** Sends until it is taken, or until both sides changed one thing. */
async function send({ base, tag, now }, { put, fresh }) {
	for (let n = 0; ; n++) {
		const mine = changedIn(now, base);

		if (!mine.length)
			return { base, tag, now, saved: true };
		try {
			await put(pick(now, mine), tag, now);
			return { base, tag, now, saved: true };
		} catch (error) {
			if (error.status !== 412 || n === TRIES)
				return { base, tag, now, error };
		}
		const found = await fresh();
		const both = mine.filter((k) => !same(found.data[k], base[k]) &&
			!same(found.data[k], now[k]));

		now = { ...found.data, ...pick(now, mine) };
		base = found.data;
		tag = found.tag;
		if (both.length)
			return { base, tag, now, theirs: pick(base, both) };
	}
}

/**
 * @typedef {{now: any, base: any, changed: string[], theirs: any, error: any,
 *   busy: boolean, put: (field: string, value: any) => void,
 *   keep: (field: string, mine: boolean) => void,
 *   save: () => Promise<boolean>}} Draft
 *   theirs: by field, what somebody else made of it meanwhile
 */

/**
 * @param {{data: any, tag: string, now?: any}} taken the fields that are
 *   edited; now: what is made of them already
 * @param {{put: (changes: any, tag: string, now: any) => Promise<any>,
 *   fresh: () => Promise<{data: any, tag: string}>}} how
 * @returns {Draft}
 */
export function useDraft(taken, how) {
	const [state, setState] = useState(() => /** @type {any} */ ({
		base: taken.data, tag: taken.tag, now: taken.now ?? taken.data,
		theirs: {} }));
	const { base, now, theirs, error, busy } = state;

	return {
		now, base, theirs, error, busy: !!busy,
		changed: changedIn(now, base),
		put: (field, value) => setState((s) => ({ ...s,
			now: { ...s.now, [field]: value } })),
		keep: (field, mine) => setState((s) => ({ ...s,
			theirs: pick(s.theirs, Object.keys(s.theirs)
				.filter((k) => k !== field)),
			now: mine ? s.now : { ...s.now, [field]: s.base[field] } })),
		save: async () => {
			if (busy || Object.keys(theirs).length)
				return false;
			setState((s) => ({ ...s, busy: true, error: null }));
			const came = /** @type {any} */ (await send(state, how)
				.catch((e) => ({ base, tag: state.tag, now, error: e })));

			setState((s) => ({ ...came, busy: false, theirs: came.theirs ?? {},
				base: came.saved ? came.now : came.base,
				// what was typed while it was sent stays as it was typed
				now: { ...came.now, ...pick(s.now, changedIn(s.now, now)) } }));
			return !!came.saved;
		},
	};
}
