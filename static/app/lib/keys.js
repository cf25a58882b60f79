// SPDX-License-Identifier: AGPL-3.0-or-later
// Single-key shortcuts.  They rest while somebody types or a dialog is open,
// and can be switched off for people whose speech or switch device would
// press them by accident (WCAG 2.1.4).
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

const STORED = 'rapport.keys';

/** @type {Map<string, () => void>} */
const bound = new Map();

function recall() {
	try {
		return localStorage.getItem(STORED) !== 'off';
	} catch {
		return true;
	}
}

export const keysOn = signal(recall());

/** @param {boolean} on */
export function setKeys(on) {
	keysOn.value = on;
	try {
		localStorage.setItem(STORED, on ? 'on' : 'off');
	} catch {
		// private windows may refuse; then it holds for this page
	}
}

/**
 * Binds a key for as long as the component lives.
 * @param {string} key as in KeyboardEvent.key
 * @param {() => void} act
 */
export function useKey(key, act) {
	useEffect(() => {
		bound.set(key, act);
		return () => {
			if (bound.get(key) === act)
				bound.delete(key);
		};
	}, [key, act]);
}

function busy(target) {
	return target instanceof HTMLElement &&
		(target.isContentEditable ||
		/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
		!!document.querySelector('dialog[open], [popover]:popover-open'));
}

addEventListener('keydown', (e) => {
	const act = bound.get(e.key);

	if (!act || !keysOn.value || e.ctrlKey || e.metaKey || e.altKey ||
		e.isComposing || busy(e.target))
		return;
	e.preventDefault();
	act();
});
