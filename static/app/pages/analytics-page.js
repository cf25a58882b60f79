// SPDX-License-Identifier: AGPL-3.0-or-later
// Analytics.  Each page is a list of questions and how their answers are
// drawn; the numbers, and what they mean, are the server's.  All of the state
// is the address.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useAttributes } from '../lib/attributes.js';
import { addDays, isDay } from '../lib/days.js';
import * as filters from '../lib/filter.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import * as metrics from '../lib/metrics.js';
import { may } from '../lib/session.js';
import { hasPage, PAGES, partsOf } from '../lib/stat-pages.js';
import * as stats from '../lib/stats.js';
import { ZONE } from '../lib/time.js';
import { addressOf, go, route } from '../lib/url.js';
import { BookmarksBar } from '../parts/bookmarks-bar.js';
import { FilterBar } from '../parts/filter-bar.js';
import { later } from '../parts/later.js';
import { ErrorNotice } from '../parts/notice.js';
import { Stat } from '../parts/stat.js';
import { StatControls } from '../parts/stat-controls.js';
import { StatExport } from '../parts/stat-export.js';

const Flows = later(() =>
	import('../parts/flow-stats.js').then((m) => m.FlowStats),
'/css/later/funnel.css');

function Heading({ name, state, known }) {
	const pages = Object.entries(PAGES).filter(([key]) => key === name ||
		hasPage(key, known));

	return html`<header class="page-head analytics-head">
		<div class="page-title"><h1>Analytics</h1></div>
		<${StatExport} state=${state} />
		<nav aria-label="Analytics"><ul class="tabs">
			${pages.map(([key, { title }]) => html`<li
				key=${key}><a href=${addressOf(`/analytics/${key}`,
		stats.addressQuery(stats.elsewhere(state)))}
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

/** The chats themselves, where their days are those of the viewer's clock. */
function Archived({ state }) {
	const { from, to, tz, filter } = state;

	return may('chats.read') && tz === ZONE && isDay(from) && isDay(to) && html`
		<p class="stat-beside"><a href=${addressOf('/archives', { from,
	to: addDays(to, -1), f: filters.write(filter) })}>Chats opened in
			these days, in the archives</a></p>`;
}

function Charts({ name, known, state, show, refused, setRefused }) {
	const toggle = (id) => show({ tables: state.tables.includes(id)
		? state.tables.filter((t) => t !== id) : [...state.tables, id] });

	if (refused)
		return html`<${Refused} error=${refused} ...${{ state, show }} />`;
	return html`${name === 'support' && html`<${Archived} state=${state} />`}
	<div class="stats">${partsOf(name, known).map((part) => html`
		<${Stat} key=${part.id} part=${part} metric=${known.get(part.metric)}
			state=${state} onTable=${() => toggle(part.id)}
			onShow=${(column) => show({ show: column })}
			onRefused=${setRefused} />`)}
		${name === 'flows' && html`<${Flows} ...${{ known, state, show,
			onRefused: setRefused }} />`}</div>`;
}

/** First what there is to be asked. */
function Answers({ list, ...rest }) {
	if (list.error)
		return html`<${ErrorNotice} title="Analytics could not be loaded"
			error=${list.error} onRetry=${list.reload} />`;
	if (!list.data)
		return html`<p class="unseen" role="status">Loading</p>`;
	return html`<${Charts} known=${list.data} ...${rest} />`;
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
	const list = useLoad('metrics', metrics.load);
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
		// somebody may be on the way elsewhere already
		if (route.value.path === path && !route.value.query.tz &&
			!state.broken)
			go(path, stats.addressQuery(state), { replace: true });
	}, [path, key]);
	return html`<main class="page analytics" id="main" tabindex="-1" ref=${main}>
		<${Heading} name=${id} ...${{ state, known: list.data }} />
		<${BookmarksBar} />
		<${StatControls} state=${state} onChange=${show} />
		${may('users.read') && html`<${Filters} state=${state} show=${show}
			wrong=${filters.nodeAt(refused?.path)} />`}
		<${Answers} name=${id} ...${{ list, state, show, refused }}
			setRefused=${(error) => setTold({ key, error })} />
	</main>`;
}
