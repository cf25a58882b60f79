// SPDX-License-Identifier: AGPL-3.0-or-later
// The drawings of one answer, with a legend that says the values of what is
// pointed at.
import { hour, rowTick } from '../lib/days.js';
import { html } from '../lib/html.js';
import { columnText, isKnown, valueText } from '../lib/stats.js';
import { Heat } from './heat.js';
import { Plot } from './plot.js';

const valuesText = (row, columns) => columns.map((c) =>
	`${columnText(c)} ${valueText(row[c], c)}`).join(', ');

/** What is read out: where one is, its values, and those before. */
function told(row, before, columns, name) {
	if (!row)
		return '';
	return `${name}: ${valuesText(row, columns)}` + (before
		? `; before: ${valuesText(before, columns)}` : '');
}

function Legend({ columns, row, before, compared, gaps, kind, name }) {
	return html`<div class="legend" aria-hidden="true">
		<ul>${columns.map((c, i) => html`<li key=${c}>
			<span class=${`swatch swatch-${kind} swatch-${i}`}></span>
			${columnText(c)}${row && html` <b>${valueText(row[c], c)}</b>`}${
			row && compared ? html` <span class="hint">${
				valueText(before?.[c], c)} before</span>` : ''}</li>`)}
			${compared && html`<li><span class="swatch swatch-before"></span>
				Before</li>`}
			${gaps && html`<li><span class="swatch swatch-none"></span>
				No data</li>`}</ul>
		<span class="legend-name">${name}</span>
	</div>`;
}

function Choice({ columns, column, onShow }) {
	return html`<label class="heat-choice">Shows <select class="field"
		value=${column} onChange=${(e) => onShow(e.target.value)}>
		${columns.map((c) => html`<option key=${c} value=${c}>
			${columnText(c)}</option>`)}</select></label>`;
}

function HeatPlot({ answer, plot, state, onShow, at, onAt, name }) {
	const column = plot.columns.includes(state.show) ? state.show
		: plot.columns[0];
	const row = at === null ? null : answer.rows[at];
	const before = at === null ? null : answer.previous?.rows[at];

	return html`<${Choice} columns=${plot.columns} column=${column}
			onShow=${onShow} />
		<${Heat} rows=${answer.rows} column=${column} at=${at} onAt=${onAt}
			label=${plot.title} text=${told(row, before, [column], name)} />
		<div class="legend" aria-hidden="true"><ul class="heat-scale"><li>0</li>
			${[0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => html`<li key=${n}><svg
				width="14" height="14"><rect width="14" height="14" rx="2"
				class=${`heat heat-${n}`} /></svg></li>`)}
			<li>${valueText(Math.max(0, ...answer.rows.map((r) =>
				r[column] ?? 0)))}</li></ul>
			<span class="legend-name">${row ? html`${name} <b>
				${valueText(row[column])}</b>` : ''}${before && html`, ${
				valueText(before[column])} before`}</span></div>`;
}

function Drawing({ answer, plot, at, onAt, onPick, name }) {
	const { rows, previous, by, tz } = answer;
	const before = previous?.rows;
	const row = at === null ? null : rows[at];
	const { kind, columns } = plot;

	return html`${plot.title && html`<h3>${plot.title}</h3>`}
		<${Plot} kind=${kind} columns=${columns} rows=${rows} before=${before}
			labels=${rows.map((r) => r.hour === undefined
		? rowTick(r, by, tz) : hour(r.hour))}
			at=${at} onAt=${onAt} onPick=${onPick} label=${plot.title ?? columns.map(columnText)
			.join(', ')} text=${told(row, at === null ? null : before?.[at],
			columns, name)} />
		<${Legend} ...${{ columns, row, kind, name }} compared=${!!before}
			gaps=${rows.some((r) => !isKnown(r, columns))}
			before=${at === null ? null : before?.[at]} />`;
}

/**
 * @param {{answer: import('../lib/stats.js').Answer,
 *   part: import('./stat.js').Part, state: import('../lib/stats.js').State,
 *   at: number|null, onAt: (at: number|null) => void,
 *   onPick?: () => void, onShow: (column: string) => void,
 *   nameOf: (row: any) => string}} props
 */
export function StatPlots({ answer, part, nameOf, ...rest }) {
	const name = rest.at === null ? '' : nameOf(answer.rows[rest.at]);

	return html`<div class="plots">${part.plots.map((plot, i) => html`<div
		key=${i} class="plot-place"><${plot.kind === 'heat' ? HeatPlot : Drawing}
			...${{ answer, plot, name }} ...${rest} /></div>`)}</div>`;
}
