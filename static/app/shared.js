// SPDX-License-Identifier: AGPL-3.0-or-later
// A shared view, for people without a log-in: boot, and what the link opens.
// Order and page are in the fragment; the link's secret stays where it is, in
// the path, and goes nowhere but to the server it came from.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import '@preact/signals';
import { html } from './lib/html.js';
import { nextPage, PAGE, pageBefore } from './lib/listing.js';
import { useLoad } from './lib/load.js';
import { count } from './lib/number.js';
import { shared } from './lib/shared.js';
import { instant, ZONE } from './lib/time.js';
import { go, lastOfPath, route } from './lib/url.js';
import { EmptyNotice, ErrorNotice } from './parts/notice.js';
import { Pager } from './parts/pager.js';
import { SharedLock } from './parts/shared-lock.js';
import { SharedTable } from './parts/shared-table.js';

const TOKEN = lastOfPath();

/** What the fragment says; the view's own order where it says none. */
function placeOf({ query, kept }) {
	return {
		sort: query.sort || '', after: query.after || '',
		page: query.after ? Math.max(2, Number(query.page) || 2) : 1,
		trail: Array.isArray(kept.trail) ? kept.trail : [],
	};
}

const show = (l) => go('/', { sort: l.sort, after: l.after,
	page: l.page > 1 ? String(l.page) : '' }, { kept: { trail: l.trail } });

/** The page of the address; one that a password has opened is here already. */
function usePage(place) {
	const query = { sort: place.sort, after: place.after, limit: PAGE,
		tz: ZONE };
	const key = JSON.stringify(query);
	const [given, setGiven] = useState(/** @type {any} */ ({}));
	const here = given.key === key;
	const found = useLoad(here ? null : key, (signal) =>
		shared(TOKEN, query, { signal }));

	return {
		...found, data: here ? given.data : found.data,
		last: given.data ?? found.last?.data,
		unlock: async (password) => setGiven({ key,
			data: await shared(TOKEN, query, { password }) }),
	};
}

const Shut = () => html`<main class="shut" id="main">
	<${EmptyNotice} level="h1" title="This link does not open" icon="lock">
		<p>It may have ended or been taken back, or a part of it is missing.
			Ask whoever gave it to you.</p></${EmptyNotice}></main>`;

function Head({ data }) {
	return html`<header class="page-head">
		<div class="page-title">
			<h1><bdi>${data?.name ?? ''}</bdi></h1>
			<output class="total" role="status">
				${data && html`${count(data.total)}
				<span class="unseen"> people</span>`}</output>
		</div>
		<p class="sentence">${data && html`Shared with you until
			${' '}${instant(data.expiresAt).short}`}</p>
	</header>`;
}

function Page({ found, place }) {
	const { data } = found;
	const known = data ?? found.last;
	const sorted = { ...place, sort: place.sort || known?.sort || '' };

	if (found.error)
		return html`<div class="table-frame"><${ErrorNotice} level="h1"
			title="The view could not be loaded" error=${found.error}
			onRetry=${found.reload}>
			<button type="button" onClick=${() => go('/')}>
				From the beginning</button></${ErrorNotice}></div>`;
	return html`<${Head} data=${known} />
		<${SharedTable} data=${data} columns=${known?.columns}
			listing=${sorted} onSort=${(sort) => show({ sort, after: '',
		page: 1, trail: [] })} />
		<${Pager} page=${place.page} rows=${data?.users.length ?? 0}
			total=${data?.total}
			onBefore=${place.after ? () => show(pageBefore(/** @type {any} */
		(place))) : null}
			onNext=${data?.next ? () => show(nextPage(/** @type {any} */
		(place), data.next)) : null} />`;
}

function Shared() {
	const place = placeOf(route.value);
	const found = usePage(place);
	const status = found.error?.status;
	const name = found.data?.name;

	useEffect(() => {
		if (name)
			document.title = `${name} – Rapport`;
	}, [name]);
	if (status === 404)
		return html`<${Shut} />`;
	if (status === 401)
		return html`<${SharedLock} onPassword=${found.unlock} />`;
	return html`<main class="page shared" id="main" tabindex="-1">
		<${Page} found=${found} place=${place} /></main>`;
}

render(html`<${Shared} />`,
	/** @type {HTMLElement} */ (document.getElementById('app')));
