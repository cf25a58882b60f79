// SPDX-License-Identifier: AGPL-3.0-or-later
// Loading as three states that never mix.  An answer belongs to the key it
// was asked for; as soon as the key changes, the old answer is only `last`.
import { useCallback, useEffect, useState } from 'preact/hooks';

/**
 * @template T
 * @typedef {{data: T|undefined, error: any, loading: boolean,
 *   last: {key: string, data: T}|undefined, reload: () => void}} Load
 */

/**
 * @template T
 * @param {string|null} key what is asked for; null asks for nothing
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {number} [delay] ms to wait for the key to settle
 * @returns {Load<T>}
 */
export function useLoad(key, ask, delay = 0) {
	const [answer, setAnswer] = useState(/** @type {any} */ ({}));
	const [turn, setTurn] = useState(0);

	useEffect(() => {
		if (key === null)
			return undefined;
		const stop = new AbortController();
		const keep = (what) => stop.signal.aborted || setAnswer((old) => ({
			last: old.last, key, ...what }));
		const timer = setTimeout(() => ask(stop.signal).then(
			(data) => keep({ data, last: { key, data } }),
			(error) => keep({ error, last: undefined })), delay);

		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [key, turn]);
	const reload = useCallback(() => {
		setAnswer({});
		setTurn((n) => n + 1);
	}, []);
	const fresh = key !== null && answer.key === key;

	return {
		data: fresh ? answer.data : undefined,
		error: fresh ? answer.error : undefined,
		loading: key !== null && !fresh,
		last: answer.last,
		reload,
	};
}
