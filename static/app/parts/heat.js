// SPDX-License-Identifier: AGPL-3.0-or-later
// The 168 hours of a week as a field: the more there is in an hour, the
// stronger its colour.  Up and down go from day to day.
import { hour, weekday } from '../lib/days.js';
import { html } from '../lib/html.js';
import { PlotCursor, useWidth } from './plot-cursor.js';

/** @typedef {import('../lib/stats.js').Row} Row */

const LEFT = 36;
const TOP = 4;
const BOTTOM = 24;
const LEVELS = 8;
const KEYS = { ArrowUp: -24, ArrowDown: 24, PageUp: -24, PageDown: 24 };

/** 0 for nothing, else 1 to 8 of the highest; null for no data. */
function strength(v, top) {
	if (v === null || v === undefined)
		return 'none';
	return String(v > 0 ? Math.max(1, Math.ceil(v / top * LEVELS)) : 0);
}

/** @param {import('./plot-cursor.js').Walk} walk by how many places a key goes */
const walking = ({ at, onAt }, n) => (e) => {
	const by = KEYS[e.key];

	if (by)
		onAt({ row: Math.max(0, Math.min(n - 1, (at ?? 0) + by)) });
	return !!by;
};

/**
 * @param {import('./plot-cursor.js').Walk & {rows: Row[], column: string,
 *   label: string, text: string}} props a row an hour, a line of them a day
 */
export function Heat({ rows, column, ...on }) {
	const { at } = on;
	const [box, width] = useWidth();
	const wide = Math.max(1, width - LEFT) / 24;
	const high = Math.max(16, Math.min(28, wide));
	const top = Math.max(0, ...rows.map((row) => row[column] ?? 0));
	const height = TOP + 7 * high + BOTTOM;
	const every = wide < 24 ? 6 : 3;
	const find = (x, y) => ({ row: 24 * Math.max(0, Math.min(6,
		Math.floor((y - TOP) / high))) + Math.max(0, Math.min(23,
		Math.floor((x - LEFT) / wide))) });

	return html`<${PlotCursor} box=${box} n=${rows.length} find=${find}
		onKey=${walking(on, rows.length)} ...${on}>
		${width > 0 && html`<svg class="drawing" width=${width} height=${height}
			aria-hidden="true">
			${rows.map((row, i) => i % 24 === 0 && html`<text key=${`d${i}`} x="0"
				y=${TOP + (i / 24 + 0.5) * high + 4}>
				${weekday(row.weekday).slice(0, 3)}</text>`)}
			${rows.map((row, i) => html`<rect key=${i} rx="2"
				class=${`heat heat-${strength(row[column], top)}${i === at
		? ' heat-here' : ''}`} x=${LEFT + i % 24 * wide + 0.5}
				y=${TOP + Math.floor(i / 24) * high + 0.5}
				width=${Math.max(1, wide - 1.5)} height=${high - 1.5} />`)}
			${rows.slice(0, 24).map((row, h) => h % every === 0 && html`<text
				key=${`h${h}`} x=${LEFT + h * wide} y=${height - 8}>
				${hour(row.hour)}</text>`)}
		</svg>`}
	</${PlotCursor}>`;
}
