// SPDX-License-Identifier: AGPL-3.0-or-later
// The rows of a chart as a table: every column the server has, and beside each
// what it was in the period before.
import { html } from '../lib/html.js';
import { columnText, valueText } from '../lib/stats.js';

/** @typedef {import('../lib/stats.js').Row} Row */

function Cell({ v, c, before }) {
	const none = v === null || v === undefined;

	return html`<td class=${`${none ? 'quiet' : ''} ${before ? 'before' : ''}`}>
		${valueText(v, c)}</td>`;
}

/**
 * @param {{caption: string, columns: string[], rows: Row[], totals: Row,
 *   before?: {rows: Row[], totals: Row}, nameOf: (row: Row) => string}} props
 */
export function StatTable({ caption, columns, rows, totals, before, nameOf }) {
	const cells = (row, past) => columns.map((c) => html`<${Cell} key=${c} c=${c}
		v=${row[c]} />${before && html`<${Cell} key=${`${c}-`} c=${c} before
		v=${past?.[c]} />`}`);

	return html`<div class="stat-table" tabindex="0" role="region"
		aria-label=${`Table: ${caption}`}>
		<table><caption class="unseen">${caption}</caption>
			<thead><tr><th scope="col">When</th>${columns.map((c) => html`<th
				key=${c} scope="col">${columnText(c)}</th>${before && html`<th
				key=${`${c}-`} scope="col" class="before">before</th>`}`)}</tr>
			</thead>
			<tbody>${rows.map((row, i) => html`<tr key=${i}>
				<th scope="row">${nameOf(row)}</th>
				${cells(row, before?.rows[i])}</tr>`)}</tbody>
			<tfoot><tr><th scope="row">All of it</th>
				${cells(totals, before?.totals)}</tr></tfoot>
		</table>
	</div>`;
}
