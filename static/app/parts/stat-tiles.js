// SPDX-License-Identifier: AGPL-3.0-or-later
// The numbers of a whole period, each beside what it was before; of the hours
// of a day, which are the busiest.
import { hour } from '../lib/days.js';
import { html } from '../lib/html.js';
import { columnText, valueText } from '../lib/stats.js';

const percent = new Intl.NumberFormat(undefined,
	{ style: 'percent', maximumFractionDigits: 1 });

/** By how much it is more or less; of nothing there is no share. */
function Change({ now, before, column }) {
	if (before === null || before === undefined)
		return html`<span class="hint">no data before</span>`;
	const share = now !== null && before ? (now - before) / before : 0;

	return html`<span class="hint">${share ? html`<span aria-hidden="true">
		${share > 0 ? '▲' : '▼'}</span><span class="unseen">
		${share > 0 ? 'up' : 'down'}</span> ${percent.format(Math.abs(share))},
		${' '}` : ''}${valueText(before, column)} before</span>`;
}

function Tile({ name, value, children }) {
	return html`<div class="tile"><dt>${name}</dt>
		<dd><span class="tile-value">${value}</span>${children}</dd></div>`;
}

/** A range never breaks in its middle. */
const hours = (list) => list?.length ? list.map((h, i) => html`${i ? ', ' : ''}
	<span class="hours" key=${h}>${hour(h)}–${hour((h + 1) % 24)}</span>`)
	: 'none';

/** @param {{answer: import('../lib/stats.js').Answer,
 *   part: import('./stat.js').Part}} props */
export function Tiles({ answer, part }) {
	const { totals, previous, mostActiveIn, mostActiveOut } = answer;

	if (mostActiveIn)
		return html`<dl class="tiles">
			<${Tile} name="Most active hour in" value=${hours(mostActiveIn)}>
				${previous && html`<span class="hint">
					${hours(previous.mostActiveIn)} before</span>`}</${Tile}>
			<${Tile} name="Most active hour out" value=${hours(mostActiveOut)}>
				${previous && html`<span class="hint">
					${hours(previous.mostActiveOut)} before</span>`}</${Tile}>
		</dl>`;
	if (!part.tiles?.length)
		return null;
	return html`<dl class="tiles">${part.tiles.map((c) => html`<${Tile} key=${c}
		name=${columnText(c)} value=${valueText(totals[c], c)}>
		${previous && html`<${Change} now=${totals[c]} column=${c}
			before=${previous.totals[c]} />`}</${Tile}>`)}</dl>`;
}
