// SPDX-License-Identifier: AGPL-3.0-or-later
// The list of people.  Its whole state is the address; each change goes there
// first and comes back from there, so Back, reload and a sent link agree.
import { useEffect, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { defaultColumns, table, useAttributes }
	from '../lib/attributes.js';
import * as filters from '../lib/filter.js';
import { html } from '../lib/html.js';
import { addressQuery, firstPage, nextPage, PAGE, pageBefore, readListing,
	sortBy } from '../lib/listing.js';
import { changes } from '../lib/jobs.js';
import { useLoad } from '../lib/load.js';
import { count, people } from '../lib/number.js';
import { picking } from '../lib/picked.js';
import { may } from '../lib/session.js';
import { ZONE } from '../lib/time.js';
import { go, keep, route } from '../lib/url.js';
import { FilterBar } from '../parts/filter-bar.js';
import { Icon } from '../parts/icon.js';
import { later } from '../parts/later.js';
import { EmptyNotice, ErrorNotice } from '../parts/notice.js';
import { Pager } from '../parts/pager.js';
import { Selected } from '../parts/pick.js';
import { UsersTable } from '../parts/users-table.js';

/** @typedef {import('../lib/listing.js').Listing} Listing */

const BulkDialog = later(() =>
	import('../parts/bulk-dialog.js').then((m) => m.BulkDialog),
'/css/later/bulk.css');

const ExportDialog = later(() =>
	import('../parts/export-dialog.js').then((m) => m.ExportDialog));

const ViewsDialog = later(() =>
	import('../parts/views-dialog.js').then((m) => m.ViewsDialog),
'/css/later/views.css');

/** @param {Listing} listing */
function show(listing) {
	go('/users', addressQuery(listing), { kept: { trail: listing.trail } });
}

/** Opens a person; Back finds the row again. @param {number} id */
function open(id) {
	keep({ row: id });
	go(`/users/${id}`, {}, { kept: { came: true } });
}

/** Rows may stay on screen while the same people are put in another order. */
function rowsOf(list, query) {
	if (list.data)
		return list.data.users;
	const before = list.loading && list.last && JSON.parse(list.last.key);
	const covered = before && before.f === query.f &&
		query.columns.split(',').every((c) =>
			before.columns.split(',').includes(c));

	return covered ? list.last.data.users : null;
}

/** The same columns in another order need no other answer. */
const queryOf = (listing, columns) => ({
	f: filters.write(listing.filter), sort: listing.sort,
	columns: columns.slice().sort().join(','), limit: PAGE,
	after: listing.after, tz: ZONE,
});

function useList(listing, columns, ready) {
	const query = queryOf(listing, columns);
	const ask = ready && !listing.broken;
	const list = useLoad(ask ? JSON.stringify(query) : null,
		(signal) => api.users(query, signal));
	const many = listing.filter.nodes.length > 1;
	const tree = filters.treeOf(listing.filter);
	const nodes = useLoad(ask && many ? query.f : null, (signal) =>
		api.count([tree], ZONE, signal));

	return {
		list, rows: rowsOf(list, query),
		nodes: nodes.data?.counts[0].nodes,
		error: listing.broken ? { message: listing.broken } : list.error,
	};
}

function Failed({ error, listing, reload }) {
	const at = filters.nodeAt(error.path);
	const known = at >= 0 && at < listing.filter.nodes.length;

	return html`<${ErrorNotice} title="The list could not be loaded"
		error=${error} onRetry=${listing.broken ? undefined : reload}>
		${known && html`<button type="button" onClick=${() =>
			show(firstPage({ ...listing,
				filter: filters.drop(listing.filter, at) }))}>
			Remove that filter</button>`}
		<button type="button" onClick=${() => go('/users')}>
			Show everybody</button>
	</${ErrorNotice}>`;
}

function Nobody({ listing, total }) {
	if (total > 0)
		return html`<${EmptyNotice} title="This page is empty now">
			<button type="button" onClick=${() => show(firstPage(listing))}>
				First page</button></${EmptyNotice}>`;
	if (listing.filter.nodes.length)
		return html`<${EmptyNotice} title="Nobody matches">
			<p>No one fits these filters together.</p>
			<button type="button" onClick=${() => show(firstPage({
				...listing, filter: filters.EVERYBODY }))}>
				Clear the filters</button></${EmptyNotice}>`;
	return html`<${EmptyNotice} title="Nobody here yet" icon="people">
		<p>People appear as soon as events arrive: send them to
			${' '}<code>/api/v1/events</code>, or use
			${' '}<code>rapport import</code>.</p></${EmptyNotice}>`;
}

/** The total as it is read out: how many, of whom, and where one is. */
const told = (total, sentence, page) => total === undefined ? 'Counting'
	: people(total) + (sentence && ` match: ${sentence}`) +
		(page > 1 ? `, page ${page}` : '');

/** Who is selected. */
const usePicked = picking();

const CHANGES = ['users.edit', 'segments.edit', 'users.delete'];

function Heading({ total, sentence, filtered, page, n, onClear, ...on }) {
	const known = total !== undefined;

	return html`<header class="page-head">
		<div class="page-title">
			<h1>Users</h1>
			<output class="total" role="status">
				<span class="total-number" aria-hidden="true">
					${known ? count(total) : ''}</span>
				<span class="unseen">
					${told(total, filtered && sentence || '', page)}</span>
			</output>
		</div>
		<div class="page-acts">
			<button type="button" onClick=${on.onViews}>Views</button>
			${CHANGES.some(may) && html`<button type="button"
				onClick=${on.onChange} disabled=${!total}
				aria-haspopup="dialog"><${Icon} name="more" />
				${n ? `More for ${count(n)}` : 'More'}</button>`}
			${may('download') && html`<button type="button"
				onClick=${on.onExport} disabled=${!total}>
				<${Icon} name="download" />
				${n ? `Export ${count(n)}` : 'Export'}</button>`}
		</div>
		${n ? html`<${Selected} what=${people(n)} ...${{ total, onClear }} />`
		: html`<p class="sentence">${filtered
			? html`<bdi>${sentence}</bdi>`
			: 'Everybody who has talked to the bot'}</p>`}
	</header>`;
}

function Body({ listing, columns, found, ...picking }) {
	const { list, rows, error } = found;
	const change = (next) => show({ ...listing, ...next });

	if (error)
		return html`<div class="table-frame"><${Failed} error=${error}
			listing=${listing} reload=${list.reload} /></div>`;
	return html`<${UsersTable} listing=${listing} columns=${columns}
		place=${JSON.stringify(addressQuery({ ...listing, columns: null }))}
		rows=${rows} busy=${list.loading}
		caption=${`Users, page ${listing.page}`}
		...${picking} onOpen=${open} row=${route.value.kept.row}
		onSort=${(a) => show(firstPage({ ...listing,
			sort: sortBy(listing, a) }))}
		onColumns=${(next) => change({ columns: next })}>
		${list.data && !list.data.users.length && html`<${Nobody}
			listing=${listing} total=${list.data.total} />`}
	</${UsersTable}>`;
}

/** Whom an export or a change is about. */
const whomOf = (picked, data, filter) => ({
	total: picked.size || data?.total,
	ids: picked.size ? [...picked] : undefined,
	f: filter ? filters.treeOf(filter) : undefined,
	sentence: picked.size ? 'as selected' : filter && data?.sentence || '',
});

/** The list anew when many were changed. */
function useReload(list) {
	useEffect(() => {
		if (changes.value)
			list.reload();
	}, [changes.value]);
}

function More({ whom, clear, onExport, onClose }) {
	return html`<${BulkDialog} ...${whom} onClose=${onClose}
		onStarted=${(job) => job.action === 'delete' && clear()}
		onExport=${() => {
		onClose();
		onExport();
	}} />`;
}

function List({ listing, ready }) {
	const columns = listing.columns ?? defaultColumns();
	const [exporting, setExporting] = useState(false);
	const [viewing, setViewing] = useState(false);
	const found = useList(listing, columns, ready);
	const { data } = found.list;
	const filtered = listing.filter.nodes.length > 0;
	const { picked, onPick, clear } = usePicked(filters.write(listing.filter));
	const [changing, setChanging] = useState(/** @type {any} */ (null));
	const whom = whomOf(picked, data, filtered && listing.filter);

	useReload(found.list);

	return html`
		<${Heading} total=${data?.total} sentence=${data?.sentence}
			filtered=${filtered} page=${listing.page} n=${picked.size}
			onClear=${clear} onExport=${() => setExporting(true)}
			onViews=${() => setViewing(true)}
			onChange=${() => setChanging(whom)} />
		<${FilterBar} filter=${listing.filter} nodes=${found.nodes}
			wrong=${filters.nodeAt(found.error?.path)}
			onChange=${(filter) => show(firstPage({ ...listing, filter }))} />
		<${Body} ...${{ listing, columns, found, picked, onPick }} />
		<${Pager} page=${listing.page} rows=${data?.users.length ?? 0}
			total=${data?.total}
			onBefore=${listing.after
		? () => show(pageBefore(listing)) : null}
			onNext=${data?.next
		? () => show(nextPage(listing, data.next)) : null} />
		${viewing && html`<${ViewsDialog} ...${{ listing }}
			sentence=${data?.sentence} onClose=${() => setViewing(false)} />`}
		${exporting && data && html`<${ExportDialog}
			...${whom} sort=${listing.sort} columns=${columns}
			all=${[...table.value.values()].map((a) => a.name)}
			onClose=${() => setExporting(false)} />`}
		${changing && html`<${More} whom=${changing} clear=${clear}
			onExport=${() => setExporting(true)}
			onClose=${() => setChanging(null)} />`}`;
}

export function UsersPage() {
	const attributes = useAttributes();
	const listing = readListing(route.value);

	useEffect(() => {
		document.title = 'Users – Rapport';
	}, []);
	return html`<main class="page" id="main" tabindex="-1">
		${attributes.error
		? html`<div class="table-frame"><${ErrorNotice} error=${attributes.error}
			title="The attributes could not be loaded"
			onRetry=${attributes.reload} /></div>`
		: html`<${List} listing=${listing} ready=${!!attributes.data} />`}
	</main>`;
}
