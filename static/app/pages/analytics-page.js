// SPDX-License-Identifier: AGPL-3.0-or-later
// Analytics.  Each page is a list of questions and how their answers are
// drawn; the numbers, and what they mean, are the server's.  All of the state
// is the address.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useAttributes } from '../lib/attributes.js';
import * as filters from '../lib/filter.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { may } from '../lib/session.js';
import * as stats from '../lib/stats.js';
import { addressOf, go, route } from '../lib/url.js';
import { BookmarksBar } from '../parts/bookmarks-bar.js';
import { FilterBar } from '../parts/filter-bar.js';
import { ErrorNotice } from '../parts/notice.js';
import { Stat } from '../parts/stat.js';
import { StatControls } from '../parts/stat-controls.js';

/** @typedef {import('../parts/stat.js').Part} Part */

/** @type {Record<string, {title: string, parts: Part[]}>} */
const PAGES = {
	customers: { title: 'Customers', parts: [
		{ id: 'customers', metric: 'customers', title: 'Customers',
			wide: true, tiles: ['users', 'new', 'returning', 'total'], plots: [
				{ kind: 'stack', columns: ['new', 'returning'],
					title: 'New and returning' },
				{ kind: 'line', columns: ['total'],
					title: 'Total customers' }] },
		{ id: 'activity', metric: 'activity', title: 'Activity',
			wide: true, tiles: ['users', 'in', 'out'],
			plots: [{ kind: 'line', columns: ['in', 'out'] }] },
		{ id: 'hours', metric: 'activity', by: 'hourOfDay',
			title: 'Hours of the day',
			plots: [{ kind: 'bars', columns: ['in', 'out'] }] },
		{ id: 'week', metric: 'activity', by: 'hourOfWeek',
			title: 'Hours of the week', plots: [{ kind: 'heat',
				title: 'Hours of the week',
				columns: ['inPerHour', 'outPerHour', 'users'] }] },
	] },
	messaging: { title: 'Messaging', parts: [
		{ id: 'messages', metric: 'messages', title: 'Messages',
			tiles: ['in', 'out'],
			plots: [{ kind: 'line', columns: ['in', 'out'] }] },
		{ id: 'outbound', metric: 'messages', title: 'Messages to people',
			tiles: ['bot', 'human', 'template'],
			plots: [{ kind: 'stack', columns: ['bot', 'human', 'template'] }] },
		{ id: 'contacts', metric: 'contacts', title: 'Contacts', people: true,
			wide: true, tiles: ['contacts'],
			plots: [{ kind: 'stack', columns: ['contacts'] }] },
	] },
	support: { title: 'Support', parts: [
		{ id: 'response', metric: 'response', title: 'Replies of managers',
			wide: true, tiles: ['firstReplies', 'waiting', 'unanswered',
				'replyCount', 'closed', 'waitingTimeMedian',
				'replyTimeMedian', 'resolutionTime'], plots: [
				{ kind: 'bars', columns: ['replyCount', 'closed'],
					title: 'Replies and closed' },
				{ kind: 'line', columns: ['waitingTimeMedian',
					'replyTimeMedian', 'resolutionTime'],
				title: 'Times to the first reply, to a reply, to the end' },
			] },
	] },
};

/** Metrics that no page has a place for are drawn as lines, as they come. */
function partsOf(name, known) {
	const placed = new Set(Object.values(PAGES).flatMap(({ parts }) =>
		parts.map((p) => p.metric)));
	const others = name !== 'messaging' ? [] : [...known.values()].filter((m) =>
		!placed.has(m.name) && m.by.includes('day'));

	return [...PAGES[name].parts.filter((p) => known.has(p.metric)),
		...others.map((m) => ({ id: m.name, metric: m.name,
			title: stats.columnText(m.name), tiles: Object.keys(m.columns),
			plots: [{ kind: 'line', columns: Object.keys(m.columns) }] }))];
}

function Heading({ name, state }) {
	return html`<header class="page-head analytics-head">
		<div class="page-title"><h1>Analytics</h1></div>
		<nav aria-label="Analytics"><ul class="tabs">
			${Object.entries(PAGES).map(([key, { title }]) => html`<li
				key=${key}><a href=${addressOf(`/analytics/${key}`,
		stats.addressQuery({ ...state, tables: [], show: '' }))}
				aria-current=${key === name ? 'page' : undefined}>
				${title}</a></li>`)}</ul></nav>
	</header>`;
}

/** The question itself is wrong: said once, with the ways out. */
const Refused = ({ error, state, show }) => html`<${ErrorNotice}
	title="This cannot be counted" error=${error}>
	${state.filter.nodes.length > 0 && html`<button type="button" onClick=${() =>
		show({ filter: filters.EVERYBODY })}>Remove the filters</button>`}
	<button type="button" onClick=${() => go(route.value.path)}>
		Start anew</button></${ErrorNotice}>`;

function Charts({ name, state, show, refused, setRefused }) {
	const list = useLoad('metrics', (signal) => stats.metrics(signal));
	const toggle = (id) => show({ tables: state.tables.includes(id)
		? state.tables.filter((t) => t !== id) : [...state.tables, id] });

	if (refused)
		return html`<${Refused} error=${refused} ...${{ state, show }} />`;
	if (list.error)
		return html`<${ErrorNotice} title="Analytics could not be loaded"
			error=${list.error} onRetry=${list.reload} />`;
	if (!list.data)
		return html`<p class="unseen" role="status">Loading</p>`;
	const known = new Map(list.data.metrics.map((m) => [m.name, m]));

	return html`<div class="stats">${partsOf(name, known).map((part) => html`
		<${Stat} key=${part.id} part=${part} metric=${known.get(part.metric)}
			state=${state} onTable=${() => toggle(part.id)}
			onShow=${(column) => show({ show: column })}
			onRefused=${setRefused} />`)}</div>`;
}

/** Who may not see people may not filter them, and still counts. */
function Filters({ state, show, wrong }) {
	const attributes = useAttributes();

	if (attributes.error)
		return html`<p class="trouble stat-trouble" role="alert">Filters cannot
			be chosen: <bdi>${attributes.error.message}</bdi>
			<button type="button" class="link" onClick=${attributes.reload}>
				Try again</button></p>`;
	return html`<${FilterBar} filter=${state.filter} nodes=${undefined}
		wrong=${wrong} onChange=${(filter) => show({ filter })} />`;
}

/** @param {{id?: string}} props */
export function AnalyticsPage({ id = 'customers' }) {
	const main = useRef(/** @type {any} */ (null));
	const { path } = route.value;
	const state = stats.readState(route.value);
	const key = JSON.stringify(stats.addressQuery(state));
	const [told, setTold] = useState(/** @type {any} */ (null));
	const broken = state.broken && { message: state.broken };
	const refused = broken || (told?.key === key ? told.error : null);
	const show = (next) => go(path, stats.addressQuery(
		stats.change(state, next)));

	useLayoutEffect(() => main.current.focus(), []);
	useEffect(() => {
		document.title = `${PAGES[id].title} – Analytics – Rapport`;
	}, [id]);
	useEffect(() => {
		if (!route.value.query.tz && !state.broken)
			go(path, stats.addressQuery(state), { replace: true });
	}, [path, key]);
	return html`<main class="page analytics" id="main" tabindex="-1" ref=${main}>
		<${Heading} name=${id} state=${state} />
		<${BookmarksBar} />
		<${StatControls} state=${state} onChange=${show} />
		${may('users.read') && html`<${Filters} state=${state} show=${show}
			wrong=${filters.nodeAt(refused?.path)} />`}
		<${Charts} name=${id} ...${{ state, show, refused }}
			setRefused=${(error) => setTold({ key, error })} />
	</main>`;
}
