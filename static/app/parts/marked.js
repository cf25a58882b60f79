// SPDX-License-Identifier: AGPL-3.0-or-later
// What somebody said, with what was looked for marked in it.
import { html } from '../lib/html.js';
import { pieces } from '../lib/marks.js';

/** @param {{text: string, marks?: [number, number][]}} props */
export const Marked = ({ text, marks }) => html`<bdi>${pieces(text, marks)
	.map((p, i) => p.marked ? html`<mark key=${i}>${p.text}</mark>`
		: p.text)}</bdi>`;
