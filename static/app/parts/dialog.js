// SPDX-License-Identifier: AGPL-3.0-or-later
// A modal dialog on the browser's own <dialog>: focus stays inside, Esc
// closes, and focus goes back to where it came from.
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Icon } from './icon.js';

/**
 * A browser lets nobody hold a dialog open against a second Esc: one that
 * must stay, or whose onClose asks something first, opens again.
 * @param {{title: string, kind?: string, onClose?: () => void,
 *   children?: any}} props without onClose it cannot be dismissed
 */
export function Dialog({ title, kind = '', onClose, children }) {
	const ref = useRef(/** @type {any} */ (null));
	const id = useId();

	useLayoutEffect(() => {
		const before = document.activeElement;

		const dialog = ref.current;

		dialog.showModal();
		return () => {
			dialog.close(); // what is behind an open one takes no focus
			if (before instanceof HTMLElement)
				before.focus();
		};
	}, []);
	return html`<dialog class=${`dialog ${kind}`} ref=${ref}
		aria-labelledby=${id}
		onCancel=${(e) => {
			e.preventDefault();
			onClose?.();
		}}
		onClose=${() => {
			if (ref.current && !ref.current.open) {
				ref.current.showModal();
				onClose?.();
			}
		}}>
		<div class="dialog-head">
			<h2 id=${id}>${title}</h2>
			${onClose && html`<button type="button" class="ghost square"
				aria-label="Close" onClick=${onClose}>
				<${Icon} name="cross" /></button>`}
		</div>
		${children}
	</dialog>`;
}
