// SPDX-License-Identifier: AGPL-3.0-or-later
// Asks before something typed is lost.
import { html } from '../lib/html.js';
import { useUnsaved } from '../lib/unsaved.js';
import { Dialog } from './dialog.js';

/**
 * @param {{stay: () => void, leave: () => void, title?: string,
 *   text?: string}} props
 */
export function LeaveDialog({ stay, leave, title, text }) {
	return html`<${Dialog} title=${title || 'Leave without saving?'}
		kind="narrow" onClose=${stay}>
		<div class="dialog-body stack">
			<p>${text || 'What you changed here is not saved yet.'}</p>
			<div class="dialog-foot">
				<button type="button" onClick=${leave}>Leave and lose it
				</button>
				<button type="button" class="primary" onClick=${stay}>Stay
				</button>
			</div>
		</div>
	</${Dialog}>`;
}

/** @param {{dirty: boolean, title?: string, text?: string}} props */
export function Unsaved({ dirty, title, text }) {
	const asked = useUnsaved(dirty);

	return asked && html`<${LeaveDialog} ...${asked} title=${title}
		text=${text} />`;
}
