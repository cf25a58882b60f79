// SPDX-License-Identifier: AGPL-3.0-or-later
// Retention as a triangle: a line a cohort, a field a period since, the
// stronger the more of them wrote.  Arrow keys walk in it; what is pointed at
// is said below, where it can be opened or kept.
import { useRef, useState } from 'preact/hooks';
import { listOf } from '../lib/counted.js';
import { edge, rowText } from '../lib/days.js';
import { cohortFilter } from '../lib/funnel.js';
import { html } from '../lib/html.js';
import { count, people } from '../lib/number.js';
import { shareText, valueText } from '../lib/stat-text.js';
import { isPartial } from '../lib/stats.js';
import { SaveSegment } from './save-segment.js';

const LEVELS = 8;

/** The strongest colour is that of whoever came back most. */
const topOf = (rows) => Math.max(0, ...rows.flatMap((row) => row.cells
	.slice(1).map((n) => row.size ? (n ?? 0) / row.size : 0))) || 1;

const shareOf = (row, k) => row.size ? (row.cells[k] ?? 0) / row.size : 0;

/** How strong a field is: 0, or 1 to 8. */
const strength = (share, top) => share > 0
	? Math.min(LEVELS, Math.max(1, Math.ceil(share / top * LEVELS))) : 0;

const laterText = (k, by) => k === 0 ? `the same ${by}`
	: `${k} ${by}${k === 1 ? '' : 's'} on`;

/** Whether what a field counts is not over yet. */
function open({ rows, asOf }, row, r, k) {
	const { cells } = row;
	const then = rows[r + k];

	return then ? isPartial(then, asOf)
		: k + 1 < cells.length && cells[k + 1] === null;
}

const isHere = (at, row, k) => at?.row === row && at?.k === k;

function Field({ row, r, k, at, share, top, text, f, onAt, partial }) {
	const n = row.cells[k];

	if (n === null || n === undefined)
		return html`<td class="cohort-none"></td>`;
	const props = { 'data-at': `${r} ${k}`, tabindex: isHere(at, r, k) ? 0 : -1,
		'aria-label': `${text}: ${people(n)}, ${shareText(shareOf(row, k))}${
			partial ? ', so far' : ''}`,
		onFocus: () => onAt({ row: r, k }) };
	const shown = share ? shareText(shareOf(row, k)) : count(n);

	return html`<td class=${`cohort cohort-${strength(shareOf(row, k), top)} ${
		partial ? 'cohort-partial' : ''}`}>
		${f ? html`<a href=${listOf(f)} ...${props}>${shown}</a>`
		: html`<span role="img" ...${props}>${shown}</span>`}</td>`;
}

const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1],
	ArrowRight: [0, 1] };

/** To the next field that is there. */
function walk(e, rows, at) {
	const [down, right] = KEYS[e.key] ?? [0, 0];
	const row = Math.max(0, Math.min(rows.length - 1, (at?.row ?? 0) + down));
	const cells = rows[row].cells.filter((n) => n !== null);
	const k = e.key === 'Home' ? 0 : e.key === 'End' ? cells.length - 1
		: Math.max(0, Math.min(cells.length - 1, (at?.k ?? 0) + right));

	if (!KEYS[e.key] && e.key !== 'Home' && e.key !== 'End')
		return;
	e.preventDefault();
	e.currentTarget.querySelector(`[data-at="${row} ${k}"]`)?.focus();
}

/** What is pointed at, to be opened or kept. */
function Pointed({ answer, state, at, nameOf, onDone }) {
	const row = at && answer.rows[at.row];

	if (!row)
		return html`<p class="cohort-told hint">Each field is whoever first wrote
			then and wrote again so much later; it opens their list.</p>`;
	const f = cohortFilter(state, answer.tz, row, at.k);
	const text = `${nameOf(row)}, ${laterText(at.k, state.every)}`;

	return html`<p class="cohort-told">${text}: ${' '}<b>${
		people(row.cells[at.k])}</b> of ${valueText(row.size)}, ${
		shareText(shareOf(row, at.k))}${f && html` · <a href=${listOf(f)}>List
			them</a>`}
		<${SaveSegment} f=${f} of=${text} text="Save as segment"
			onDone=${onDone} /></p>`;
}

function Line({ row, r, answer, state, wide, at, share, top, onAt, nameOf }) {
	const f = cohortFilter(state, answer.tz, row);

	return html`<tr><th scope="row">${nameOf(row)}</th>
		<td class="cohort-size">${f ? html`<a class="value-link"
			href=${listOf(f)} aria-label=${`${valueText(row.size)}: list the ` +
			`people of ${nameOf(row)}`}>${valueText(row.size)}</a>`
		: valueText(row.size)}</td>
		${Array.from({ length: wide }, (_, k) => html`<${Field} key=${k}
			...${{ row, r, k, at, share, top, onAt }} partial=${open(answer, row, r, k)}
			f=${cohortFilter(state, answer.tz, row, k)}
			text=${`${nameOf(row)}, ${laterText(k, state.every)}`} />`)}</tr>`;
}

/**
 * @param {{answer: any, state: import('../lib/stats.js').State,
 *   share: boolean}} props share: fields show shares, else people
 */
export function Cohorts({ answer, state, share }) {
	const [at, setAt] = useState(/** @type {any} */ ({ row: 0, k: 0 }));
	const [told, setTold] = useState('');
	const seen = useRef(false);
	const top = topOf(answer.rows);
	const wide = Math.max(0, ...answer.rows.map((r) => r.cells.length));
	const nameOf = (row) => (state.every === 'week' ? edge('UTC', row.date)
		: rowText(row, state.every, answer.tz)) +
		(isPartial(row, answer.asOf) ? ', so far' : '');
	const point = (place) => {
		seen.current = true;
		setAt(place);
	};

	return html`<div class="stat-table cohorts" role="region" tabindex="0"
			aria-label="Table: Retention">
		<table onKeyDown=${(e) => walk(e, answer.rows, at)}>
			<caption class="unseen">Retention</caption>
			<thead><tr><th scope="col">First wrote in${state.every === 'week'
		? ' the week of' : ''}</th>
				<th scope="col">People</th>${Array.from({ length: wide },
	(_, k) => html`<th key=${k} scope="col"><span aria-hidden="true">${k}</span>
				<span class="unseen">${laterText(k, state.every)}</span></th>`)}
			</tr></thead>
			<tbody>${answer.rows.map((row, r) => html`<${Line} key=${r}
				...${{ row, r, answer, state, wide, at, share, top, nameOf }}
				onAt=${point} />`)}</tbody>
		</table></div>
		<${Pointed} ...${{ answer, state, nameOf }} onDone=${setTold}
			at=${seen.current ? at : null} />
		<p class="unseen" role="status">${told}</p>`;
}
