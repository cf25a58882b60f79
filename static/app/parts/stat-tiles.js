// SPDX-License-Identifier: AGPL-3.0-or-later
// The numbers of a whole period, each beside what it was before; of the hours
// of a day, which are the busiest.
import { hour } from '../lib/days.js';
import { html } from '../lib/html.js';
import { isRate, shareText, valueText } from '../lib/stat-text.js';
import { Value } from './stat-plots.js';

/** Of a share, by how many points. */
const changeOf = (now, before, column) => isRate(column)
	? { by: now - before, text: `${shareText(Math.abs(now - before))} points` }
	: { by: before ? (now - before) / before : 0,
		text: shareText(Math.abs(before ? (now - before) / before : 0)) };

/** By how much it is more or less; of nothing there is no share. */
function Change({ now, before, column }) {
	if (before === null || before === undefined)
		return html`<span class="hint">no data before</span>`;
	const { by, text } = now === null ? { by: 0, text: '' }
		: changeOf(now, before, column);

	return html`<span class="hint">${by ? html`<span aria-hidden="true">
		${by > 0 ? '▲' : '▼'}</span><span class="unseen">
		${by > 0 ? 'up' : 'down'}</span> ${text}, ${' '}` : ''}${
		valueText(before, column)} before</span>`;
}

function Tile({ name, value, children }) {
	return html`<div class="tile"><dt>${name}</dt>
		<dd>${value}${children}</dd></div>`;
}

/** A range never breaks in its middle. */
const hours = (list, valueOf = (_, text) => html`<span class="hours">${text}
	</span>`) => list?.length ? list.map((h, i) => html`<span key=${h}>${i
	? ', ' : ''}${valueOf(h, `${hour(h)}–${hour((h + 1) % 24)}`)}</span>`)
	: 'none';

/** The hours in which most was said, each with whoever said it. */
function Busiest({ answer, column, name, now, before, who }) {
	const valueOf = (h, text) => html`<${Value} kind="hours" text=${text}
		f=${who(column, answer.rows.find((r) => r.hour === h))}
		label=${`${name}, ${text}`} />`;

	return html`<${Tile} name=${name} value=${html`<span class="tile-value">
		${hours(now, valueOf)}</span>`}>
		${answer.previous && html`<span class="hint">
			${hours(before)} before</span>`}</${Tile}>`;
}

/**
 * @param {{answer: import('../lib/stats.js').Answer,
 *   part: import('./stat.js').Part, labelOf: (column: string) => string,
 *   who: import('../lib/counted.js').Behind}} props
 */
export function Tiles({ answer, part, labelOf, who }) {
	const { totals, previous, mostActiveIn, mostActiveOut } = answer;

	if (mostActiveIn)
		return html`<dl class="tiles">
			<${Busiest} ...${{ answer, who }} name="Most active hour in"
				column="in" now=${mostActiveIn}
				before=${previous?.mostActiveIn} />
			<${Busiest} ...${{ answer, who }} name="Most active hour out"
				column="out" now=${mostActiveOut}
				before=${previous?.mostActiveOut} />
		</dl>`;
	if (!part.tiles?.length)
		return null;
	return html`<dl class="tiles">${part.tiles.map((c) => html`<${Tile} key=${c}
		name=${labelOf(c)} value=${html`<${Value} f=${who(c)} label=${labelOf(c)}
			kind="tile-value" text=${valueText(totals[c], c)} />`}>
		${previous && html`<${Change} now=${totals[c]} column=${c}
			before=${previous.totals[c]} />`}</${Tile}>`)}</dl>`;
}
