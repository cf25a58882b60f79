// SPDX-License-Identifier: AGPL-3.0-or-later
// What stands in the place of an answer while it is asked for: as high as the
// answer will be, so that nothing moves when it comes.  Words whose length is
// known stand there unseen.
import { edge, isDay } from '../lib/days.js';
import { html } from '../lib/html.js';

/** @param {import('../lib/stats.js').State} state as long as it will be */
function rangeText({ from, to, tz, compare }) {
	const days = [from, to].map((d) => isDay(d) ? edge('UTC', d) : d)
		.join(' up to, not including, ');

	return `${days} · ${tz}${compare ? `; before: ${days}` : ''}`;
}

const Tile = ({ name, compared }) => html`<div class="tile-room">
	<span class="hint ghost-text">${name}</span>
	<span class="ghost-tile"><span class="tile-value"><span class="bar">
		</span></span>${compared && html`<span class="hint"><span class="bar">
		</span></span>`}</span></div>`;

/** What stands beneath a drawing, and beneath all of it. */
const Legend = ({ columns, labelOf, compared }) => html`<div class="legend">
	<ul>${[...columns.map(labelOf), ...compared ? ['Before'] : []].map((text) =>
		html`<li key=${text}><span class="swatch-room"></span>
			<span class="ghost-text">${text}</span></li>`)}</ul>
	<p class="legend-name"></p></div>`;

const Foot = ({ first }) => html`<div class="stat-foot">
	${[...first ? [] : ['Table'], 'CSV'].map((text) => html`<span key=${text}
		class="foot-room ghost-text">${text}</span>`)}
	<span class="foot-room ghost-text">What is counted</span>
	<span class="stat-as-of hint"><span class="ghost-text">
		Counted 30 Nov 2026 00:00 GMT+1</span></span></div>`;

const Plot = ({ kind, title, columns, ...rest }) => html`<div class="plot-place">
	${kind === 'heat' ? html`<span class="heat-choice"><span class="field">
		</span></span>` : title && html`<h3 class="ghost-text">${title}</h3>`}
	<div class=${`plot-room plot-room-${kind}`}></div>
	<${Legend} columns=${kind === 'heat' ? [] : columns} ...${rest} /></div>`;

/**
 * @param {{part: import('./stat.js').Part, names: string[],
 *   state: import('../lib/stats.js').State,
 *   labelOf: (column: string) => string}} props names: of the tiles
 */
export const Ghost = ({ part, names, state, labelOf }) => html`
	<p class="unseen" role="status">Loading</p>
	<div class="stat-ghost" aria-hidden="true">
		<p class="hint stat-range"><span class="ghost-text">
			${rangeText(state)}</span></p>
		${names.length > 0 && html`<div class="tiles">${names.map((name) =>
		html`<${Tile} key=${name} name=${name}
			compared=${state.compare} />`)}</div>`}
		<div class="plots">${part.plots.map((plot, i) => html`<${Plot} key=${i}
			...${plot} ...${{ labelOf, compared: state.compare }} />`)}${part.first && html`<div class="plot-room"></div>`}
		</div>
		<${Foot} first=${part.first} />
	</div>`;
