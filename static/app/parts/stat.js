// SPDX-License-Identifier: AGPL-3.0-or-later
// One question to analytics and all that shows its answer: the numbers of the
// whole period, drawings, a table, a file, and what each number means.
import { useEffect, useId, useState } from 'preact/hooks';
import { behind } from '../lib/counted.js';
import { edge, hour, moment, rowText, weekday } from '../lib/days.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { columnText } from '../lib/metrics.js';
import { isKnown } from '../lib/stat-text.js';
import { addressQuery, ask, cutOf, isPartial, questionOf, saveRows }
	from '../lib/stats.js';
import { addressOf, route } from '../lib/url.js';
import { Icon } from './icon.js';
import { EmptyNotice, ErrorNotice } from './notice.js';
import { Ghost } from './stat-ghost.js';
import { StatPlots } from './stat-plots.js';
import { StatTable } from './stat-table.js';
import { Tiles } from './stat-tiles.js';

/**
 * @typedef {import('../lib/stats.js').State} State
 * @typedef {import('../lib/stats.js').Metric} Metric
 * @typedef {import('../lib/stats.js').Answer} Answer
 * @typedef {{id: string, metric: string, title: string, by?: string,
 *   tiles?: string[], plots: {kind: string, columns: string[],
 *   title?: string}[], first?: string, columns?: string[], wide?: boolean,
 *   one?: boolean}} Part
 *   first: what a row is, where there is nothing to draw but a table, of these
 *   columns or all; one: it can be of one flow alone
 */

const NONE = { tag: 'No tag', manager: 'Nobody', source: 'No integration' };

/** Which row it is, in words. @param {Answer} answer */
const nameOf = (answer) => (row) => {
	const { flow, code } = row;
	const mark = ['tag', 'manager', 'source'].find((m) =>
		row[m] !== undefined);

	if (mark)
		return row[mark] === null ? NONE[mark] : row.name ?? row[mark];
	if (flow !== undefined || code !== undefined)
		return flow ?? ([code, row.title].filter(Boolean).join(' ') ||
			'No code');
	if (row.hour !== undefined)
		return `${row.weekday ? `${weekday(row.weekday)} ` : ''}${
			hour(row.hour)}`;
	return rowText(row, answer.by, answer.tz) +
		(isPartial(row, answer.asOf) ? ', so far' : '');
};

/** Which days, of whose clock, of whom. */
export function Range({ answer, filtered }) {
	const { from, to, tz, previous, sentence } = answer;
	const days = (p) => `${edge(tz, p.from)} up to, not including, ${
		edge(tz, p.to)}`;

	return html`<p class="hint stat-range">${days({ from, to })} · ${tz}${
		previous ? html`; before: ${days(previous)}` : ''}${
		filtered ? html` · <bdi>${sentence}</bdi>` : ''}</p>`;
}

/** Nothing to draw: it has not begun, or nothing happened. */
function nothingOf(answer, part) {
	const columns = part.first ? Object.keys(answer.totals)
		: part.plots.flatMap((p) => p.columns);

	if (answer.rows.some((row) => columns.some((c) => row[c] > 0)))
		return '';
	return part.first || answer.rows.some((row) => isKnown(row, columns))
		? 'Nothing happened in this period' : 'No data for this period';
}

/** A file of the rows, and what is said if it cannot be had. */
export function Csv({ metric, query, title }) {
	const [trouble, setTrouble] = useState('');

	return html`<button type="button" class="ghost" onClick=${() => {
		setTrouble('');
		saveRows(metric, query).catch((e) => setTrouble(e.message));
	}}><${Icon} name="download" /> CSV
		<span class="unseen"> ${title}</span></button>
	${trouble && html`<p class="trouble" role="alert">The file could not
		be had: ${trouble}</p>`}`;
}

/** What each number means. */
export function About({ metric, title, labelOf }) {
	return html`<details class="stat-about"><summary>What is counted
		<span class="unseen"> ${title}</span></summary>
		<dl>${Object.entries(metric.columns).map(([c, about]) => html`<div
			key=${c}><dt>${labelOf(c)}</dt><dd>${about}</dd></div>`)}</dl>
		${metric.people?.length > 0 && html`<p class="hint">Whoever was erased
			with their totals kept is still counted, but not under a filter, and is
			in no list of people.</p>`}
	</details>`;
}

export const AsOf = ({ answer }) => html`<p class="hint stat-as-of">Counted
	${' '}${moment(answer.tz, answer.asOf)}</p>`;

function Foot({ answer, metric, part, open, onOpen, query, labelOf, who }) {
	const id = useId();
	const { title } = part;

	return html`<div class="stat-foot">
		${!part.first && html`<button type="button" class="ghost"
			aria-expanded=${String(open)} aria-controls=${id}
			onClick=${onOpen}>Table<span class="unseen"> ${title}</span>
		</button>`}
		<${Csv} metric=${part.metric} ...${{ query, title }} />
		<${About} ...${{ metric, title, labelOf }} />
		<${AsOf} answer=${answer} />
		<div id=${id} class="stat-table-place">${open && !part.first && html`
			<${StatTable} ...${{ answer, labelOf, who }} caption=${title}
				columns=${Object.keys(metric.columns)}
				nameOf=${nameOf(answer)} />`}</div>
	</div>`;
}

function Body({ answer, part, metric, state, query, labelOf, onShow, ...rest }) {
	const [at, setAt] = useState(/** @type {number|null} */ (null));
	const nothing = nothingOf(answer, part);
	const name = nameOf(answer);
	const who = behind(metric, answer, state, onlyOf(part, state));
	const shared = { answer, part, labelOf, who };

	return html`<${Range} answer=${answer}
			filtered=${state.filter.nodes.length > 0} />
		<${Tiles} ...${shared} />
		${nothing ? html`<div class="stat-nothing"><${EmptyNotice}
			title=${nothing} level="h3" icon="search" /></div>`
		: part.first ? html`<${StatTable} ...${shared} caption=${part.title}
			columns=${part.columns ?? Object.keys(metric.columns)}
			first=${part.first}
			nameOf=${name} hrefOf=${(row) => row.flow !== undefined &&
		addressOf(route.value.path, addressQuery({ ...state,
			flow: row.flow }))} />`
		: html`<${StatPlots} ...${shared} ...${{ state, at, onShow }}
			onAt=${setAt} nameOf=${name} />`}
		<${Foot} ...${shared} ...${{ metric, query }} ...${rest} />`;
}

/** Of which flow alone, if of one. */
const onlyOf = (part, state) => part.one && state.flow
	? { flow: state.flow } : {};

const Only = ({ state }) => html`<p class="stat-only">Only the flow
	${' '}<bdi><b>${state.flow}</b></bdi> · <a href=${addressOf(
	route.value.path, addressQuery({ ...state, flow: '' }))}>All flows</a></p>`;

const tileNames = (part, labelOf) => part.by === 'hourOfDay'
	? ['Most active hour in', 'Most active hour out']
	: (part.tiles ?? []).map(labelOf);

/**
 * @param {{part: Part, metric: Metric, state: State, onTable: () => void,
 *   onShow: (column: string) => void, onRefused: (error: any) => void}} props
 *   onRefused: told of what is wrong with the question itself
 */
export function Stat({ part, metric, state, onTable, onShow, onRefused }) {
	const labelOf = (c) => metric.labels?.[c] ?? columnText(c);
	const by = part.by ?? cutOf(state);
	const query = { ...questionOf(state, by), ...onlyOf(part, state) };
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
		${part.one && state.flow && html`<${Only} state=${state} />`}
		${error ? html`<${ErrorNotice} title="This could not be counted"
			error=${error} onRetry=${reload} level="h3" />`
		: data ? html`<${Body} key=${key} answer=${data}
			...${{ part, metric, state, query, labelOf, onShow }}
			open=${state.tables.includes(part.id)} onOpen=${onTable} />`
		: html`<${Ghost} ...${{ part, state, labelOf }}
			names=${tileNames(part, labelOf)} />`}
	</section>`;
}
