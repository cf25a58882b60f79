// SPDX-License-Identifier: AGPL-3.0-or-later
// The drawings of one answer, with a legend that says the values of what is
// pointed at, each of which leads to its people.
import { useState } from 'preact/hooks';
import { listOf } from '../lib/counted.js';
import { hour, rowTick } from '../lib/days.js';
import { html } from '../lib/html.js';
import { isKnown, valueText } from '../lib/stat-text.js';
import { isPartial } from '../lib/stats.js';
import { go } from '../lib/url.js';
import { Heat } from './heat.js';
import { Plot } from './plot.js';

/**
 * @typedef {{answer: import('../lib/stats.js').Answer,
 *   part: import('./stat.js').Part, state: import('../lib/stats.js').State,
 *   who: import('../lib/counted.js').Behind, labelOf: (c: string) => string,
 *   at: number|null, onAt: (at: number|null) => void,
 *   onShow: (column: string) => void, nameOf: (row: any) => string}} Drawn
 */

const open = (f) => f && go('/users', { f });

/** What is read out: where one is, its values, and those before. */
function told({ row, before, columns, name, labelOf }, picked) {
	const values = (of) => columns.map((c) =>
		`${labelOf(c)} ${valueText(of[c], c)}`).join(', ');

	return row ? `${name}: ${values(row)}${before
		? `; before: ${values(before)}` : ''}${picked
		? `. Enter lists ${labelOf(picked)}` : ''}` : '';
}

/** A value, and the way to the people behind it. */
export function Value({ f, text, label, kind = '' }) {
	return f ? html`<a class=${`value-link ${kind}`} href=${listOf(f)}
		aria-label=${`${text}: list the people of ${label}`}>${text}</a>`
		: html`<b class=${kind}>${text}</b>`;
}

const Mark = ({ kind, i, text }) => html`<li><span aria-hidden="true"
	class=${`swatch swatch-${kind} swatch-${i}`}></span>${text}</li>`;

function Legend({ columns, row, before, compared, gaps, partial, kind, name,
	labelOf, who, on }) {
	return html`<div class="legend"><ul>
		${columns.map((c, i) => html`<li key=${c}
			class=${c === on ? 'legend-on' : ''}><span aria-hidden="true"
				class=${`swatch swatch-${kind} swatch-${i}`}></span>
			${labelOf(c)}${row && html` <${Value} f=${who(c, row)}
				text=${valueText(row[c], c)}
				label=${`${labelOf(c)}, ${name}`} />`}</li>`)}
		${compared && html`<${Mark} kind="before" text="Before" />`}
		${gaps && html`<${Mark} kind="none" text="No data" />`}
		${partial && html`<${Mark} kind="partial" text="Not over yet" />`}
	</ul><p class="legend-name">${name}${row && compared ? `; before: ${
	columns.map((c) => valueText(before?.[c], c)).join(', ')}` : ''}</p></div>`;
}

function Choice({ columns, column, labelOf, onShow }) {
	return html`<label class="heat-choice">Shows <select class="field"
		value=${column} onChange=${(e) => onShow(e.target.value)}>
		${columns.map((c) => html`<option key=${c} value=${c}>
			${labelOf(c)}</option>`)}</select></label>`;
}

function HeatLegend({ rows, column, row, before, name, who, labelOf }) {
	return html`<div class="legend"><ul class="heat-scale" aria-hidden="true">
		<li>0</li>${[0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => html`<li key=${n}>
			<svg width="14" height="14"><rect width="14" height="14" rx="2"
			class=${`heat heat-${n}`} /></svg></li>`)}
		<li>${valueText(Math.max(0, ...rows.map((r) => r[column] ?? 0)))}</li>
	</ul><p class="legend-name">${row ? html`${name} <${Value}
		f=${who(column, row)} text=${valueText(row[column])}
		label=${`${labelOf(column)}, ${name}`} />` : ''}${before && html`, ${
	valueText(before[column])} before`}</p></div>`;
}

/** @param {Drawn & {plot: any, name: string}} props */
function HeatPlot({ answer, plot, state, onShow, at, onAt, name, who,
	labelOf }) {
	const column = plot.columns.includes(state.show) ? state.show
		: plot.columns[0];
	const { rows, previous } = answer;
	const row = at === null ? null : rows[at];
	const before = at === null ? null : previous?.rows[at];
	const f = row && who(column, row);

	return html`<${Choice} ...${{ column, labelOf, onShow }}
			columns=${plot.columns} />
		<${Heat} rows=${rows} column=${column} at=${at} label=${plot.title}
			onAt=${(place) => onAt(place.row)}
			onPick=${who(column) ? (place) => open(who(column, rows[place.row]))
		: undefined}
			text=${told({ row, before, name, labelOf, columns: [column] },
		f && column)} />
		<${HeatLegend} ...${{ rows, column, row, before, name, who, labelOf }} />`;
}

/** Which of the values of a row is meant: as chosen, else the first there is. */
const pickOf = (columns, row, who, series) => {
	const able = columns.filter((c) => who(c, row));

	return able.includes(columns[series ?? -1]) ? columns[series ?? -1]
		: able[0];
};

/** Up and down choose among the values that have people. */
function useSeries({ columns, row, who }) {
	const [series, setSeries] = useState(/** @type {any} */ (undefined));
	const able = row ? columns.filter((c) => who(c, row)) : [];

	return { series, setSeries, onKey: (e) => {
		const by = { ArrowUp: -1, ArrowDown: 1 }[e.key];

		if (!by || columns.length < 2)
			return false;
		const at = able.indexOf(pickOf(columns, row, who, series));

		if (able.length)
			setSeries(columns.indexOf(
				able[(at + by + able.length) % able.length]));
		return true;
	} };
}

/** @param {Drawn & {plot: any, name: string}} props */
function Drawing({ answer, plot, at, onAt, name, who, labelOf }) {
	const { rows, previous, by, tz, asOf } = answer;
	const { kind, columns } = plot;
	const row = at === null ? null : rows[at];
	const before = at === null ? null : previous?.rows[at];
	const { series, setSeries, onKey } = useSeries({ columns, row, who });
	const picked = row && pickOf(columns, row, who, series);
	const partial = (r) => isPartial(r, asOf);

	return html`${plot.title && html`<h3>${plot.title}</h3>`}
		<${Plot} kind=${kind} columns=${columns} rows=${rows}
			before=${previous?.rows} ...${{ at, partial, onKey }}
			labels=${rows.map((r) => r.hour === undefined
		? rowTick(r, by, tz) : hour(r.hour))}
			onAt=${(place) => {
		onAt(place.row);
		if (place.series !== undefined)
			setSeries(place.series);
	}} onPick=${columns.some((c) => who(c)) ? (place) => open(who(pickOf(
		columns, rows[place.row], who, place.series ?? series),
	rows[place.row])) : undefined}
			label=${plot.title ?? columns.map(labelOf).join(', ')}
			text=${told({ row, before, columns, name, labelOf },
		columns.length > 1 && picked)} />
		<${Legend} ...${{ columns, row, before, kind, name, labelOf, who }}
			on=${picked} compared=${!!previous}
			gaps=${rows.some((r) => !isKnown(r, columns))}
			partial=${rows.some(partial)} />`;
}

const Empty = ({ plot }) => html`${plot.title && html`<h3>${plot.title}</h3>`}
	<p class="hint plot-room plot-empty">No data for this period</p>
	<div class="legend"></div>`;

const kindOf = ({ kind, columns }, rows) => kind === 'heat' ? HeatPlot
	: rows.some((row) => isKnown(row, columns)) ? Drawing : Empty;

/** @param {Drawn} props */
export function StatPlots({ answer, part, nameOf, ...rest }) {
	const name = rest.at === null ? '' : nameOf(answer.rows[rest.at]);

	return html`<div class="plots">${part.plots.map((plot, i) => html`<div
		key=${i} class="plot-place"><${kindOf(plot, answer.rows)}
			...${{ answer, part, plot, name }} ...${rest} /></div>`)}</div>`;
}
