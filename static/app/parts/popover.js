// SPDX-License-Identifier: AGPL-3.0-or-later
// A panel that hangs from a button, in the top layer.  It is a manual popover
// on purpose: an automatic one would be closed, with all that was typed in
// it, by the log-in dialog of an ended session.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';

const GAP = 6;
const EDGE = 8;

function place(panel, anchor) {
	const a = anchor.getBoundingClientRect();
	const width = document.documentElement.clientWidth;
	const left = Math.max(EDGE, Math.min(a.left,
		width - panel.offsetWidth - EDGE));
	const below = innerHeight - a.bottom - GAP - EDGE;
	const top = panel.offsetHeight <= below || below >= a.top
		? a.bottom + GAP
		: Math.max(EDGE, a.top - GAP - panel.offsetHeight);

	panel.style.left = `${left}px`;
	panel.style.top = `${top}px`;
	panel.style.maxHeight = `${innerHeight - top - EDGE}px`;
}

/** Where the focus goes: what is to be filled in, before what is chosen. */
const firstOf = (panel) => panel.querySelector('input, textarea') ??
	panel.querySelector('select, button');

const FOCUSABLE = 'button:not([disabled]), input:not([disabled]), ' +
	'select:not([disabled]), textarea, a[href], [tabindex="0"]';

/** Tab goes round inside: leaving would lose what was typed. */
function keepInside(e, panel) {
	const all = [...panel.querySelectorAll(FOCUSABLE)]
		.filter((el) => el.getClientRects().length && el.tabIndex >= 0);
	const last = e.shiftKey ? all[0] : all[all.length - 1];
	const next = e.shiftKey ? all[all.length - 1] : all[0];

	if (document.activeElement === last || !panel.contains(
		document.activeElement)) {
		e.preventDefault();
		next?.focus();
	}
}

function useOutside(panel, anchor, onClose) {
	useEffect(() => {
		const outside = (e) => {
			const modal = document.querySelector('dialog[open]');

			if (!modal && !panel.current?.contains(e.target) &&
				!anchor.current?.contains(e.target))
				onClose();
		};

		addEventListener('pointerdown', outside, true);
		return () => removeEventListener('pointerdown', outside, true);
	}, [onClose]);
}

/**
 * @param {{label: string, anchor: {current: any}, onClose: () => void,
 *   kind?: string, children?: any}} props
 */
export function Popover({ label, anchor, onClose, kind = '', children }) {
	const panel = useRef(/** @type {any} */ (null));

	useLayoutEffect(() => {
		const again = () => panel.current && anchor.current &&
			place(panel.current, anchor.current);

		panel.current.showPopover();
		again();
		firstOf(panel.current)?.focus();
		const watch = new ResizeObserver(again);

		watch.observe(panel.current);
		addEventListener('resize', again);
		return () => {
			watch.disconnect();
			removeEventListener('resize', again);
		};
	}, []);
	useOutside(panel, anchor, onClose);
	return html`<div popover="manual" class=${`popover ${kind}`} ref=${panel}
		role="dialog" aria-label=${label}
		onKeyDown=${(e) => {
			if (e.key === 'Escape' && !e.defaultPrevented) {
				e.preventDefault();
				e.stopPropagation();
				onClose();
				anchor.current?.focus();
			} else if (e.key === 'Tab') {
				keepInside(e, panel.current);
			}
		}}>${children}</div>`;
}
