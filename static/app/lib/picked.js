// SPDX-License-Identifier: AGPL-3.0-or-later
// Which rows of a list are selected, on whatever page of it, also after a look
// at one of them; another search begins anew.
import { signal } from '@preact/signals';

/**
 * @returns {(key: string) => {picked: Set<number>,
 *   onPick: (ids: number[], on: boolean) => void, clear: () => void}}
 *   to be asked at each drawing; key: among what is selected
 */
export function picking() {
	const chosen = signal({ key: '', ids: new Set() });

	return (key) => {
		const now = chosen.value;
		const picked = now.key === key ? now.ids : new Set();
		const set = (ids) => {
			chosen.value = { key, ids };
		};

		return {
			picked,
			onPick: (some, on) => {
				const next = new Set(picked);

				for (const id of some)
					on ? next.add(id) : next.delete(id);
				set(next);
			},
			clear: () => set(new Set()),
		};
	};
}
