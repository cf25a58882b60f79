// SPDX-License-Identifier: AGPL-3.0-or-later
// One act that says first what it will do; what is refused is shown, and it
// can be tried again.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Dialog } from './dialog.js';

/**
 * @param {{title: string, text: string, act: () => Promise<any>,
 *   onDone: (what: any) => void, onClose: () => void, bad?: boolean,
 *   children?: any}} props
 */
export function ActDialog({ title, text, act, onDone, onClose, bad, children }) {
	const [error, setError] = useState('');
	const [busy, setBusy] = useState(false);
	const run = async (e) => {
		e.preventDefault();
		if (busy)
			return;
		setBusy(true);
		setError('');
		try {
			onDone(await act());
		} catch (problem) {
			setBusy(false);
			setError(problem.message);
		}
	};

	return html`<${Dialog} title=${title} kind="narrow" onClose=${onClose}>
		<form class="dialog-body stack" novalidate onSubmit=${run}>
			${children}
			${error && html`<p class="trouble" role="alert">${error}</p>`}
			<div class="dialog-foot">
				<button type="button" onClick=${onClose}>Cancel</button>
				<button class=${bad ? 'primary bad' : 'primary'}
					aria-disabled=${String(busy)}>
					${busy ? 'One moment…' : text}</button>
			</div>
		</form>
	</${Dialog}>`;
}
