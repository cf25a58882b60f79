// SPDX-License-Identifier: AGPL-3.0-or-later
// Input that is not saved yet.  Whoever goes elsewhere, by a link, by Back or
// by closing the window, is asked first.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { setGuard } from './url.js';

/**
 * @param {boolean} dirty
 * @returns {{stay: () => void, leave: () => void, key: number}|null} while it
 *   is asked; key: how often it was, since each asking stands on top
 */
export function useUnsaved(dirty) {
	const [then, setThen] = useState(/** @type {any} */ (null));
	const turn = useRef(0);

	useLayoutEffect(() => {
		const close = (e) => e.preventDefault();

		if (!dirty)
			return undefined;
		setGuard((go) => {
			setThen({ go, key: turn.current++ });
			return true;
		});
		addEventListener('beforeunload', close);
		return () => {
			setGuard(null);
			removeEventListener('beforeunload', close);
		};
	}, [dirty]);
	return then && {
		key: then.key,
		stay: () => setThen(null),
		leave: () => {
			setGuard(null);
			setThen(null);
			then.go();
		},
	};
}
