// SPDX-License-Identifier: AGPL-3.0-or-later
// The rows of a chart as a table: every column the server has, beside each
// what it was in the period before; a number leads to its people.
import { html } from '../lib/html.js';
import { valueText } from '../lib/stat-text.js';
import { Value } from './stat-plots.js';

/** @typedef {import('../lib/stats.js').Row} Row */

function Cell({ v, c, f = '', label = '', before }) {
	const none = v === null || v === undefined;
	const text = valueText(v, c);

	return html`<td class=${`${none ? 'quiet' : ''} ${before ? 'before' : ''}`}>
		${f ? html`<${Value} ...${{ f, text, label }} />` : text}</td>`;
}

function Cells({ columns, row, past, before, name, labelOf, who, of }) {
	return columns.map((c) => html`<${Cell} key=${c} c=${c} v=${row[c]}
		f=${who(c, of)} label=${`${labelOf(c)}, ${name}`} />${before && html`<${
		Cell} key=${`${c}-`} c=${c} before v=${past?.[c]}
		f=${past ? who(c, of && past, before) : ''}
		label=${`${labelOf(c)}, the period before ${name}`} />`}`);
}

function Head({ first, columns, before, labelOf }) {
	return html`<thead><tr><th scope="col">${first}</th>${columns.map((c) =>
		html`<th key=${c} scope="col">${labelOf(c)}</th>${before && html`<th
			key=${`${c}-`} scope="col" class="before">before</th>`}`)}</tr>
	</thead>`;
}

const Name = ({ href, name }) => href ? html`<a class="value-link" href=${href}
	aria-label=${`${name}: show it alone`}><bdi>${name}</bdi></a>`
	: html`<bdi>${name}</bdi>`;

const MARKS = ['flow', 'code', 'tag', 'manager', 'source'];

/** The row that it was in the period before: of time, by its place. */
const pastOf = (rows, row, i) => MARKS.some((m) => m in row)
	? rows?.find((r) => MARKS.every((m) => r[m] === row[m])) : rows?.[i];

/**
 * @param {{caption: string, columns: string[], first?: string,
 *   answer: import('../lib/stats.js').Answer, nameOf: (row: Row) => string,
 *   labelOf: (column: string) => string,
 *   who: import('../lib/counted.js').Behind,
 *   hrefOf?: (row: Row) => string|false}} props first: what a row is; hrefOf:
 *   where it alone is shown
 */
export function StatTable({ caption, columns, first = 'When', answer, nameOf,
	hrefOf, ...rest }) {
	const { rows, totals, previous: before } = answer;
	const shared = { columns, before, ...rest };

	return html`<div class="stat-table" tabindex="0" role="region"
		aria-label=${`Table: ${caption}`}>
		<table><caption class="unseen">${caption}</caption>
			<${Head} ...${shared} first=${first} />
			<tbody>${rows.map((row, i) => html`<tr key=${i}>
				<th scope="row"><${Name} href=${hrefOf?.(row)}
					name=${nameOf(row)} /></th>
				<${Cells} ...${shared} row=${row} of=${row}
					past=${pastOf(before?.rows, row, i)} name=${nameOf(row)} /></tr>`)}</tbody>
			<tfoot><tr><th scope="row">All of it</th>
				<${Cells} ...${shared} row=${totals} past=${before?.totals}
					name="all of it" /></tr></tfoot>
		</table>
	</div>`;
}
