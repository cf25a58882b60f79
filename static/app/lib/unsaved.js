// SPDX-License-Identifier: AGPL-3.0-or-later
// Input that is not saved yet.  Whoever goes elsewhere, by a link, by Back or
// by closing the window, is asked first.
import { useLayoutEffect, useState } from 'preact/hooks';
import { setGuard } from './url.js';

/**
 * @param {boolean} dirty
 * @returns {{stay: () => void, leave: () => void}|null} while it is asked
 */
export function useUnsaved(dirty) {
	const [then, setThen] = useState(/** @type {any} */ (null));

	useLayoutEffect(() => {
		const close = (e) => e.preventDefault();

		if (!dirty)
			return undefined;
		setGuard((go) => {
			setThen(() => go);
			return true;
		});
		addEventListener('beforeunload', close);
		return () => {
			setGuard(null);
			removeEventListener('beforeunload', close);
		};
	}, [dirty]);
	return then && {
		stay: () => setThen(null),
		leave: () => {
			setGuard(null);
			setThen(null);
			then();
		},
	};
}
