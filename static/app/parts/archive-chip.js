// SPDX-License-Identifier: AGPL-3.0-or-later
// One way to narrow the archives: a button while it does not, then a chip that
// says how; either opens what it is chosen by.
import { useCallback, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Icon } from './icon.js';
import { Popover } from './popover.js';

/**
 * @param {{label: string, operator?: string, value: string,
 *   onClear: () => void, children?: any}} props
 */
export function ArchiveChip({ label, operator, value, onClear, children }) {
	const [open, setOpen] = useState(false);
	const button = useRef(/** @type {any} */ (null));
	const close = useCallback(() => setOpen(false), []);
	const told = { ref: button, type: 'button', onClick: () => setOpen(!open),
		'aria-haspopup': 'dialog', 'aria-expanded': String(open) };

	return html`<li data-chip=${label}>
		${value ? html`<span class="chip">
			<button ...${told} class="chip-body"><span>${label}</span>${' '}
				<span class="chip-operator">${operator}</span>${' '}
				<bdi class="chip-value">${value}</bdi></button>
			<button type="button" class="chip-cross"
				aria-label=${`Remove ${label}`} onClick=${() => {
		close();
		onClear();
		// the chip becomes a button again, in the same place
		setTimeout(() => button.current?.focus());
	}}><${Icon} name="cross" /></button></span>`
		: html`<button ...${told} class="add">${label}</button>`}
		${open && html`<${Popover} label=${label} anchor=${button}
			onClose=${close}><div class="stack chip-editor">${children}
			</div></${Popover}>`}
	</li>`;
}
