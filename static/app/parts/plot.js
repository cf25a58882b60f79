// SPDX-License-Identifier: AGPL-3.0-or-later
// A drawing of rows in order: bars beside or upon each other, or lines.  What
// has no data is a gap on a shaded ground, and never 0; what is not over yet
// stands between dashes.
import { html } from '../lib/html.js';
import { barsPath, everyOf, frame, level, linePath, marks, middle, seriesAt,
	slotAt } from '../lib/scale.js';
import { isKnown, isRate, unitOf, valueText } from '../lib/stat-text.js';
import { PlotCursor, useWidth } from './plot-cursor.js';

/** @typedef {import('../lib/stats.js').Row} Row */

const HEIGHT = 200;
const LABEL = 58;

const sum = (row, columns) => columns.reduce((n, c) => n + (row?.[c] ?? 0), 0);

/** The highest there is to show; shares are drawn of the whole. */
const topOf = (kind, rows, columns) => columns.every(isRate) ? 1
	: Math.max(0, ...rows.map((row) => kind === 'stack' ? sum(row, columns)
		: Math.max(...columns.map((c) => row[c] ?? 0))));

const valuesOf = (rows, column) => rows.map((row) => row[column]);

function Axes({ f, top, ticks, texts, labels, every }) {
	return html`<g class="plot-axes">
		${ticks.map((v, i) => html`<line key=${v} x1=${f.left}
			x2=${f.left + f.width} y1=${level(f, v, top)} y2=${level(f, v, top)}
			class=${i ? 'plot-grid' : 'plot-ground'} />
		<text key=${`t${v}`} x=${f.left - 8} y=${level(f, v, top) + 4}
			text-anchor="end">${texts[i]}</text>`)}
		${labels.map((label, i) => i % every === 0 &&
			middle(f, i) + LABEL / 2 <= f.left + f.width + 8 && html`<text
			key=${`x${i}`} x=${Math.max(middle(f, i), LABEL / 2 - 8)}
			y=${HEIGHT - 6} text-anchor="middle">${label}</text>`)}
	</g>`;
}

/** Slots that are shown as something of their own. */
const Slots = ({ f, rows, kind, which }) => rows.map((row, i) => which(row) &&
	html`<rect key=${i} class=${kind} x=${f.left + i * f.slot} y=${f.top}
		width=${f.slot} height=${f.height} />`);

/** What the rows before are: of a stack their height, else each as a line. */
function Before({ kind, rows, columns, f, top }) {
	const lines = kind === 'stack'
		? [rows.map((row) => isKnown(row, columns) ? sum(row, columns) : null)]
		: columns.map((c) => valuesOf(rows, c));

	return lines.map((values, i) => html`<path key=${i}
		class=${`plot-before ${kind === 'stack' ? '' : `series-${i}`}`}
		d=${linePath(values, f, top)} />`);
}

function Series({ kind, rows, columns, f, top }) {
	const base = rows.map(() => 0);

	return columns.map((c, i) => {
		const values = valuesOf(rows, c);
		const d = kind === 'line' ? linePath(values, f, top)
			: barsPath(values, { f, top, ...(kind === 'stack'
				? { base: base.slice() }
				: { part: i, parts: columns.length }) });

		values.forEach((v, at) => {
			base[at] += v ?? 0;
		});
		return html`<path key=${c} d=${d} class=${`plot-${kind === 'line'
			? 'line' : 'bars'} series-${i}`} />`;
	});
}

/** Where things stand, from the rows to pixels. */
function scaleOf({ kind, rows, past, columns, width }) {
	const high = topOf(kind, [...rows, ...past], columns);
	const unit = unitOf(columns[0], high);
	const ticks = marks(high / unit).map((v) => v * unit);
	const texts = ticks.map((v) => valueText(v, columns[0]));

	return { ticks, texts, top: ticks[ticks.length - 1],
		f: frame({ width, height: HEIGHT, labels: texts, n: rows.length }) };
}

/**
 * @param {import('./plot-cursor.js').Walk & {kind: string, rows: Row[],
 *   before?: Row[], columns: string[], labels: string[], label: string,
 *   text: string, partial: (row: Row) => boolean,
 *   onKey?: (e: any) => boolean}} props
 *   labels: of the axis; label and text: of the whole, and of what is pointed at
 */
export function Plot({ kind, rows, before = [], columns, labels, partial,
	...on }) {
	const [box, width] = useWidth();
	const past = before.slice(0, rows.length);
	const { ticks, texts, top, f } = scaleOf({ kind, rows, past, columns,
		width });
	const shared = { kind, columns, f, top };
	const find = (x, y) => {
		const row = slotAt(f, x, rows.length);

		return { row, series: seriesAt(kind, columns.map((c) =>
			rows[row][c]), { f, top, x, y, row }) };
	};

	return html`<${PlotCursor} box=${box} n=${rows.length} ...${on} find=${find}>
		${width > 0 && html`<svg class="drawing" width=${width} height=${HEIGHT}
			aria-hidden="true">
			<${Slots} ...${{ f, rows }} kind="plot-none"
				which=${(row) => !isKnown(row, columns)} />
			<${Slots} ...${{ f, rows }} kind="plot-partial" which=${partial} />
			${on.at !== null && html`<rect class="plot-here" y=${f.top}
				x=${f.left + on.at * f.slot} width=${f.slot} height=${f.height} />`}
			<${Axes} ...${{ f, top, ticks, texts, labels }}
				every=${everyOf(f, LABEL)} />
			<${Series} ...${shared} rows=${rows} />
			<${Before} ...${shared} rows=${past} />
		</svg>`}
	</${PlotCursor}>`;
}
