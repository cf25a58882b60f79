// SPDX-License-Identifier: AGPL-3.0-or-later
// An address to be passed on: to be read, selected, or copied by a button.
import { useId, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';

/** @param {{label: string, text: string}} props */
export function CopyField({ label, text }) {
	const field = useRef(/** @type {any} */ (null));
	const [copied, setCopied] = useState('');
	const id = useId();
	const copy = async () => {
		field.current.select();
		try {
			await navigator.clipboard.writeText(text);
			setCopied(text);
		} catch {
			setCopied(''); // it is selected: the keyboard copies it
		}
	};

	return html`<div class="labelled"><label for=${id}>${label}</label>
		<span class="with-button">
			<input class="field" id=${id} readonly ref=${field} value=${text}
				onFocus=${(e) => e.target.select()} />
			<button type="button" onClick=${copy}>Copy</button>
		</span>
		<span class="hint" role="status">${copied === text
		? 'Copied.' : ''}</span>
	</div>`;
}
