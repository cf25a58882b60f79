// SPDX-License-Identifier: AGPL-3.0-or-later
// One chat as its page knows it, and the part of its transcript that is on
// screen, which grows at both ends and starts anew around a hit far away.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as archive from './archive.js';
import { useLoad } from './load.js';

const PAGE = 100;

/**
 * @param {string} id
 * @returns {{chat: any, error: any, reload: () => void,
 *   save: (body: object) => Promise<any>}}
 */
export function useChat(id) {
	const found = useLoad(id, (signal) => archive.chat(id, signal));
	const [now, setNow] = useState(/** @type {any} */ (null));
	const taken = now ?? found.data;
	const save = async (body) => {
		try {
			const next = await archive.edit(id, body, taken.tag);

			setNow(next);
			return next.chat;
		} catch (error) {
			if (error.status !== 412)
				throw error;
		}
		setNow(await archive.chat(id));
		throw new Error('Somebody changed this chat meanwhile. Look at it ' +
			'as it is now; to save again puts yours in its place.');
	};

	return { chat: taken?.chat, error: found.error, save,
		reload: () => {
			setNow(null);
			found.reload();
		} };
}

/** What tells one item of a transcript from the others. @param {any} item */
export const keyOf = (item) => item.key ?? `${item.at} ${item.state}`;

const EMPTY = { list: null, previous: null, next: null, hits: [],
	hitsTotal: 0, total: 0, busy: true, error: null, focus: '' };

const whole = (_, page, at) => ({ ...EMPTY, ...page, list: page.messages, focus: at });
const before = (s, page) => ({ ...s, previous: page.previous,
	list: [...page.messages, ...s.list], focus: keyOf(s.list[0]) });
const behind = (s, page) => ({ ...s, next: page.next,
	list: [...s.list, ...page.messages],
	focus: page.messages.length ? keyOf(page.messages[0]) : s.focus });

/** Pages of a transcript, asked for and joined to what is there. */
function usePages(id, q) {
	const [state, setState] = useState(/** @type {any} */ (EMPTY));
	const stop = useRef(new AbortController());
	const load = async (query, join) => {
		const { signal } = stop.current;

		setState((s) => ({ ...s, busy: true, error: null }));
		try {
			const page = await archive.messages(id,
				{ q, limit: PAGE, ...query }, signal);

			if (!signal.aborted)
				setState((s) => ({ ...join(s, page, query.around ?? ''),
					busy: false, error: null }));
		} catch (error) {
			if (!signal.aborted)
				setState((s) => ({ ...s, busy: false, error,
					again: () => load(query, join) }));
		}
	};

	return { state, setState, load, stop };
}

/**
 * @param {string} id
 * @param {string} q what is looked for in it
 * @param {string} at the message to stand at, or nothing
 */
export function useTranscript(id, q, at) {
	const { state, setState, load, stop } = usePages(id, q);
	const begin = () => load(at ? { around: at } : {}, whole);

	useEffect(() => {
		stop.current = new AbortController();
		setState(EMPTY);
		begin();
		return () => stop.current.abort();
	}, [id, q]);
	useEffect(() => {
		if (!at || !state.list)
			return;
		if (state.list.some((m) => m.key === at))
			setState((s) => ({ ...s, focus: at }));
		else
			begin();
	}, [at]);
	return { ...state,
		before: () => load({ before: state.previous }, before),
		behind: () => load({ after: state.next }, behind),
		/** A change made here, told at the end when the end is on screen. */
		append: (item) => setState((s) => s.next || !s.list ? s
			: { ...s, list: [...s.list, item] }) };
}
