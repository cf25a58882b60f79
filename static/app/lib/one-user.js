// SPDX-License-Identifier: AGPL-3.0-or-later
// One person as the page knows them: loaded, edited, and looked at again after
// whatever else was done, without the page going blank.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLoad } from './load.js';
import { same } from './typed.js';
import * as api from './user-api.js';

const TRIES = 5;

const cellOf = (user, name) => user.attributes[name] ?? user.session[name];

/**
 * @param {string} id
 * @returns {{user: any, error: any, turn: number, reload: () => void,
 *   look: () => Promise<any>,
 *   save: (name: string, value: any, base: any) => Promise<any>}}
 *   turn counts what was changed here
 */
export function useUser(id) {
	const found = useLoad(id, (signal) => api.person(id, signal));
	const [{ now, gone, turn }, setState] = useState(
		/** @type {any} */ ({ turn: 0 }));
	const tag = useRef('');
	const put = (taken) => {
		tag.current = taken.tag;
		setState((s) => ({ now: taken.user, turn: s.turn + 1 }));
	};
	const look = () => api.person(id).then(put, (error) => {
		if (error.status !== 404)
			throw error;
		setState((s) => ({ ...s, gone: error }));
	});

	useEffect(() => {
		if (found.data) {
			tag.current = found.data.tag;
			setState((s) => ({ turn: s.turn }));
		}
	}, [found.data]);
	return {
		user: now ?? found.data?.user, error: gone ?? found.error,
		turn, look,
		reload: () => {
			setState((s) => ({ turn: s.turn }));
			found.reload();
		},
		save: (name, value, base) => saving(
			{ id, name, value, base, tag, put }),
	};
}

/**
 * Somebody else's change of something else is nobody's business; of this very
 * value, it is answered instead of being overwritten.
 */
async function saving({ id, name, value, base, tag, put }) {
	for (let n = 0; ; n++) {
		try {
			put(await api.edit(id, { attributes: { [name]: value } },
				tag.current));
			return null;
		} catch (error) {
			if (error.status !== 412 || n === TRIES)
				throw error;
		}
		const fresh = await api.person(id);
		const theirs = cellOf(fresh.user, name) ?? { value: null };

		put(fresh);
		if (same(theirs.value, value))
			return null;
		if (!same(theirs.value, base))
			return theirs;
	}
}
