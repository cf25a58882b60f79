// SPDX-License-Identifier: AGPL-3.0-or-later
// The keys, and the switch for those that are a single character.
import { html } from '../lib/html.js';
import { keysOn, setKeys } from '../lib/keys.js';
import { Dialog } from './dialog.js';

const KEYS = [
	['/', 'Search the archives; add a filter to the users'],
	['f', 'Filter by people, in the archives'],
	['n p', 'Next hit, the one before, in a transcript'],
	['g', 'Filter with groups'],
	['?', 'This list'],
	['↑ ↓', 'Move in a list; in a chart, choose whose people are meant'],
	['Enter', 'Choose, apply, open; in a chart, list the people behind it'],
	['Backspace', 'In an empty field: back, or take out the last value'],
	['← →', 'Walk along a chart, which reads out what is there'],
	['Alt ↑ ↓', 'Move a column, in the column list'],
	['Alt ↑ ↓ ← →', 'Move a condition or a group: up, down, out, in'],
	['Esc', 'Close'],
];

/** @param {{onClose: () => void}} props */
export function HelpDialog({ onClose }) {
	return html`<${Dialog} title="Keyboard" kind="narrow" onClose=${onClose}>
		<div class="dialog-body stack">
			<dl class="keylist">
				${KEYS.map(([key, what]) => html`<div key=${key}>
					<dt>${key.split(' ').map((k) =>
		html`<kbd>${k}</kbd>${' '}`)}</dt><dd>${what}</dd></div>`)}
			</dl>
			<label class="tick"><input type="checkbox"
				checked=${keysOn.value}
				onChange=${(e) => setKeys(e.target.checked)} />
				Single-key shortcuts (/, f, g, n, p and ?) are on</label>
		</div>
	</${Dialog}>`;
}
