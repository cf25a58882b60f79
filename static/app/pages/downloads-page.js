// SPDX-License-Identifier: AGPL-3.0-or-later
// What was taken out, newest first: by whom, which people or chats, why, when and
// how it ended.  Those that run are watched and can be called off.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import * as downloads from '../lib/downloads.js';
import { html } from '../lib/html.js';
import { nextPage, pageBefore, readListing } from '../lib/listing.js';
import { useLoad } from '../lib/load.js';
import { count } from '../lib/number.js';
import { instant } from '../lib/time.js';
import { go, route } from '../lib/url.js';
import { Icon } from '../parts/icon.js';
import { EmptyNotice, ErrorNotice } from '../parts/notice.js';
import { Pager } from '../parts/pager.js';

const PATH = '/downloads';
const PAUSE = 700;

/** @param {any} l */
const show = (l) => go(PATH, { after: l.after,
	page: l.page > 1 ? String(l.page) : '' }, { kept: { trail: l.trail } });

function Running({ record, onCancelled }) {
	const [error, setError] = useState('');
	const [asked, setAsked] = useState(false);
	const stop = async () => {
		setError('');
		setAsked(true);
		try {
			await downloads.cancel(record.id);
		} catch (e) {
			setAsked(false);
			// it has ended meanwhile: the record says how
			if (e.status !== 409)
				setError(e.message);
		}
		onCancelled();
	};

	return html`<div class="export-run">
		<progress class="wide" value=${record.rows} max=${record.total || 1}
			aria-label=${`${downloads.outcome(record)}`}></progress>
		<button type="button" disabled=${asked} onClick=${stop}>
			${asked ? 'Stopping' : 'Cancel'}<span class="unseen">
			${' '}the export of ${downloads.whom(record)}</span></button>
		${error && html`<p class="trouble" role="alert">${error}</p>`}
	</div>`;
}

function Outcome({ record }) {
	const { state } = record;
	const bad = state === 'failed' || state === 'client-gone';

	return html`<p class="export-outcome">
		<span class=${`tag ${bad ? 'tag-bad' : ''}`} data-state=${state}>
			${downloads.STATES[state] ?? state}</span>
		<span class="hint">${downloads.outcome(record)}</span></p>`;
}

/** What one seldom asks of it; the server tells the whole of one at a time. */
function More({ record }) {
	const [open, setOpen] = useState(false);
	const { data, error, reload } = useLoad(open ? String(record.id) : null,
		(signal) => downloads.record(record.id, signal));
	const to = data && downloads.addressOfAll(data);

	return html`<details class="export-more" onToggle=${(e) =>
		setOpen(e.currentTarget.open)}>
		<summary>Details<span class="unseen">${' '}of ${
			downloads.whom(record)}</span></summary>
		<dl>${downloads.more(record).map(([label, value]) => html`<div
			key=${label}><dt>${label}</dt><dd><bdi>${value}</bdi></dd></div>`)}
		</dl>
		${to && html`<p><a href=${to}>Show them as they are now</a></p>`}
		${error && html`<p class="trouble" role="alert">${error.message}${' '}
			<button type="button" class="link" onClick=${reload}>Try again
			</button></p>`}
	</details>`;
}

function Row({ record, onCancelled }) {
	const { short, long } = instant(record.begunAt);

	return html`<li class="export" data-export=${record.id}
		data-state=${record.state}>
		<div class="export-what">
			<h2><bdi>${downloads.whom(record)}</bdi></h2>
			<p><bdi>${record.purpose}</bdi></p>
			<p class="hint"><bdi>${record.by}</bdi>,
				${' '}<time datetime=${record.begunAt} title=${long}>${short}
				</time>, ${downloads.shape(record)}</p>
			<${More} record=${record} />
		</div>
		<div class="export-how"><${Outcome} record=${record} />
			${record.state === 'running' && html`<${Running} record=${record}
				onCancelled=${onCancelled} />`}</div>
	</li>`;
}

const Ghosts = () => html`<p class="unseen" role="status">Loading</p>
	<ul aria-hidden="true">${[0, 1, 2, 3].map((i) => html`<li key=${i}
		class="export"><span class="bar"></span></li>`)}</ul>`;

function Body({ found, data }) {
	if (found.error)
		return html`<${ErrorNotice} title="The downloads could not be loaded"
			error=${found.error} onRetry=${found.reload} />`;
	if (!data)
		return html`<${Ghosts} />`;
	if (!data.exports.length)
		return html`<${EmptyNotice} title="Nothing was taken out yet"
			icon="download"><p>Every export leaves a record here: who took
			what, when, and what for. One begins at
			${' '}<a href="#/users">Users</a>, <a href="#/archives">Archives</a>
			${' '}or <a href="#/analytics">Analytics</a>.</p></${EmptyNotice}>`;
	return html`<ul class="exports">${data.exports.map((r) => html`<${Row}
		key=${r.id} record=${r} onCancelled=${found.look} />`)}</ul>`;
}

/** A page of records; while any of them runs it is looked at again. */
function useRecords(after) {
	const found = useLoad(`${after}`, (signal) =>
		downloads.records(after, signal));
	const [{ of, now }, setNow] = useState(/** @type {any} */ ({}));
	const data = of === found.data && now ? now : found.data;
	// a server that is away for a moment is asked again
	const look = () => downloads.records(after).then((next) =>
		setNow({ of: found.data, now: next }), () => setNow({ of: found.data,
		now: { ...data } }));

	useEffect(() => {
		if (!data?.exports.some((r) => r.state === 'running'))
			return undefined;
		const timer = setTimeout(look, PAUSE);

		return () => clearTimeout(timer);
	}, [data]);
	return { ...found, look, now: data };
}

function Heading({ total }) {
	return html`<header class="page-head">
		<div class="page-title"><h1>Downloads</h1>
			<output class="total" role="status">${total === undefined ? ''
		: count(total)}<span class="unseen"> exports</span></output></div>
		<div class="page-acts"><a class="button" href="/unlock.html">
			<${Icon} name="unlock" /> Unlock a file</a></div>
		<p class="sentence">Who took what out, when, and what for</p>
	</header>`;
}

export function DownloadsPage() {
	const main = useRef(/** @type {any} */ (null));
	const listing = readListing(route.value);
	const found = useRecords(listing.after);
	const data = found.now;

	useLayoutEffect(() => main.current.focus(), []);
	useEffect(() => {
		document.title = 'Downloads – Rapport';
	}, []);
	return html`<main class="page downloads-page" id="main" tabindex="-1"
		ref=${main}>
		<${Heading} total=${data?.total} />
		<div class="export-body" role="region" tabindex="0"
			aria-label="Exports"><${Body} found=${found} data=${data} /></div>
		<${Pager} page=${listing.page} rows=${data?.exports.length ?? 0}
			total=${data?.total}
			onBefore=${listing.after ? () => show(pageBefore(listing)) : null}
			onNext=${data?.next ? () => show(nextPage(listing,
		String(data.next))) : null} />
	</main>`;
}
