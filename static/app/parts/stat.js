// SPDX-License-Identifier: AGPL-3.0-or-later
// One question to analytics and all that shows its answer: the numbers of the
// whole period, drawings, a table, a file, and what each number means.
import { useEffect, useId, useState } from 'preact/hooks';
import { edge, hour, moment, rowText, weekday } from '../lib/days.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { people } from '../lib/number.js';
import { may } from '../lib/session.js';
import { ask, columnText, contactsOf, cutOf, isKnown, questionOf, saveRows }
	from '../lib/stats.js';
import { addressOf, go } from '../lib/url.js';
import { Icon } from './icon.js';
import { EmptyNotice, ErrorNotice } from './notice.js';
import { StatPlots } from './stat-plots.js';
import { StatTable } from './stat-table.js';
import { Tiles } from './stat-tiles.js';

/**
 * @typedef {import('../lib/stats.js').State} State
 * @typedef {import('../lib/stats.js').Metric} Metric
 * @typedef {import('../lib/stats.js').Answer} Answer
 * @typedef {{id: string, metric: string, title: string, by?: string,
 *   tiles?: string[], plots: {kind: string, columns: string[],
 *   title?: string}[], people?: boolean, wide?: boolean}} Part
 *   people: a filter of createdAt says exactly who a row is of
 */

/** Which row it is, in words. @param {Answer} answer */
const nameOf = (answer) => (row) => row.hour === undefined
	? rowText(row, answer.by, answer.tz)
	: `${row.weekday ? `${weekday(row.weekday)} ` : ''}${hour(row.hour)}`;

/** Which days, of whose clock, of whom. */
function Range({ answer, filtered }) {
	const { from, to, tz, previous, sentence } = answer;
	const days = (p) => `${edge(tz, p.from)} up to, not including, ${
		edge(tz, p.to)}`;

	return html`<p class="hint stat-range">${days({ from, to })} · ${tz}${
		previous ? html`; before: ${days(previous)}` : ''}${
		filtered ? html` · <bdi>${sentence}</bdi>` : ''}</p>`;
}

const Ghost = () => html`<p class="unseen" role="status">Loading</p>
	<div class="stat-ghost" aria-hidden="true"><span class="bar"></span>
		<span class="bar"></span><span class="bar"></span></div>`;

/** Nothing to draw: it has not begun, or nothing happened. */
function nothingOf(answer, part) {
	const columns = part.plots.flatMap((p) => p.columns);

	if (answer.rows.some((row) => columns.some((c) => row[c] > 0)))
		return '';
	return answer.rows.some((row) => isKnown(row, columns))
		? 'Nothing happened in this period' : 'No data for this period';
}

function Foot({ answer, metric, part, open, onOpen, query }) {
	const [trouble, setTrouble] = useState('');
	const id = useId();

	return html`<div class="stat-foot">
		<button type="button" class="ghost" aria-expanded=${String(open)}
			aria-controls=${id} onClick=${onOpen}>Table
			<span class="unseen"> ${part.title}</span></button>
		<button type="button" class="ghost" onClick=${() => {
			setTrouble('');
			saveRows(part.metric, query).catch((e) =>
				setTrouble(e.message));
		}}><${Icon} name="download" /> CSV
			<span class="unseen"> ${part.title}</span></button>
		<details class="stat-about"><summary>What is counted
			<span class="unseen"> ${part.title}</span></summary>
			<dl>${Object.entries(metric.columns).map(([c, about]) => html`<div
				key=${c}><dt>${columnText(c)}</dt><dd>${about}</dd></div>`)}</dl>
			<p class="hint">Counted ${moment(answer.tz, answer.asOf)}</p>
		</details>
		${trouble && html`<p class="trouble" role="alert">The file could not
			be had: ${trouble}</p>`}
		<div id=${id} class="stat-table-place">${open && html`<${StatTable}
			caption=${part.title} columns=${Object.keys(metric.columns)}
			rows=${answer.rows} totals=${answer.totals}
			before=${answer.previous} nameOf=${nameOf(answer)} />`}</div>
	</div>`;
}

/** The way to the very people of what is pointed at. */
const Who = ({ n, name, query }) => html`<p class="stat-who">${n > 0
	? html`<a href=${addressOf('/users', query)}>${people(n)}, ${name}</a>`
	: html`<span class="hint">${n === 0 ? `Nobody, ${name}`
		: 'Point at a bar to list its people; Enter opens the list'}</span>`}
</p>`;

/** Whom a row is of, where a filter can say it. */
function whoOf(answer, { part, state, at }) {
	const row = at === null ? null : answer.rows[at];

	if (!part.people || !may('users.read'))
		return null;
	return { n: row?.[part.plots[0].columns[0]],
		query: row ? { f: contactsOf(state, row) } : {} };
}

function Body({ answer, part, state, ...rest }) {
	const [at, setAt] = useState(/** @type {number|null} */ (null));
	const nothing = nothingOf(answer, part);
	const name = nameOf(answer);
	const who = whoOf(answer, { part, state, at });

	return html`<${Range} answer=${answer}
			filtered=${state.filter.nodes.length > 0} />
		<${Tiles} answer=${answer} part=${part} />
		${nothing ? html`<${EmptyNotice} title=${nothing} level="h3"
			icon="search" />` : html`<${StatPlots}
			...${{ answer, part, state, at }} onAt=${setAt} nameOf=${name}
			onPick=${who?.n ? () => go('/users', who.query) : undefined}
			onShow=${rest.onShow} />
			${who && html`<${Who} ...${who} name=${at === null ? ''
		: name(answer.rows[at])} />`}`}
		<${Foot} ...${{ answer, part }} ...${rest} />`;
}

/**
 * @param {{part: Part, metric: Metric, state: State, onTable: () => void,
 *   onShow: (column: string) => void, onRefused: (error: any) => void}} props
 *   onRefused: told of what is wrong with the question itself
 */
export function Stat({ part, metric, state, onTable, onShow, onRefused }) {
	const by = part.by ?? cutOf(state);
	const query = questionOf(state, by);
	const id = useId();
	const key = JSON.stringify([part.metric, query]);
	const { data, error, reload } = useLoad(key, (signal) =>
		ask(part.metric, query, signal));

	useEffect(() => {
		if (error?.path)
			onRefused(error);
	}, [error]);
	return html`<section class=${`stat ${part.wide ? 'wide-stat' : ''}`} aria-labelledby=${id}
		aria-busy=${String(!data && !error)} data-stat=${part.id}>
		<h2 id=${id}>${part.title}</h2>
		${error ? html`<${ErrorNotice} title="This could not be counted"
			error=${error} onRetry=${reload} level="h3" />`
		: data ? html`<${Body} key=${key} answer=${data}
			...${{ part, metric, state, query, onShow }}
			open=${state.tables.includes(part.id)} onOpen=${onTable} />`
		: html`<${Ghost} />`}
	</section>`;
}
