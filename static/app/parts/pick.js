// SPDX-License-Identifier: AGPL-3.0-or-later
// Selecting rows: the box of one and of a page, and how many are selected with
// the way back to all that match.
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';

/**
 * @param {{label: string, on: boolean, onPick: (on: boolean) => void}} props
 */
export const Pick = ({ label, on, onPick }) => html`<input type="checkbox"
	class="pick" aria-label=${label} checked=${on}
	onChange=${(e) => onPick(e.target.checked)} />`;

/**
 * The box of a page: on where all of it is selected.
 * @param {{ids: number[], picked: Set<number>,
 *   onPick: (ids: number[], on: boolean) => void}} props
 */
export const PickPage = ({ ids, picked, onPick }) => html`<${Pick}
	label="Select this page"
	on=${ids.length > 0 && ids.every((id) => picked.has(id))}
	onPick=${(on) => onPick(ids, on)} />`;

/**
 * @param {{what: string, total: number, onClear: () => void}} props
 *   what: how many of what, in words
 */
export const Selected = ({ what, total, onClear }) => html`<p class="sentence"
	role="status">${what} selected${' '}
	<button type="button" class="link" onClick=${onClear}>
		All ${count(total)} instead</button></p>`;
