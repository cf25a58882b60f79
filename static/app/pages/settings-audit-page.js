// SPDX-License-Identifier: AGPL-3.0-or-later
// Who did what, newest first: all of it or what is asked for, a page at a
// time; and whether every record is still as it was written.
import { useState } from 'preact/hooks';
import { json } from '../lib/api.js';
import { html } from '../lib/html.js';
import { nextPage, pageBefore, readListing } from '../lib/listing.js';
import { useLoad } from '../lib/load.js';
import { count } from '../lib/number.js';
import { pathOf } from '../lib/settings.js';
import { fromLocal, instant } from '../lib/time.js';
import { go, route } from '../lib/url.js';
import { AuditFilter } from '../parts/audit-filter.js';
import { Icon } from '../parts/icon.js';
import { EmptyNotice } from '../parts/notice.js';
import { Found, Frame } from '../parts/settings-frame.js';

const HERE = pathOf('audit');
const PAGE = 50;
const ASKED = 'act by object from to'.split(' ');

/** What is asked for, of an address. @param {Record<string, string>} query */
const askedOf = (query) => Object.fromEntries(ASKED.filter((k) => query[k])
	.map((k) => [k, query[k]]));

/** As the server takes it: "manager 3" is two things to it. */
function questionOf({ by = '', from = '', to = '', ...rest }) {
	const [kind, id] = by.split(' ');

	return { ...rest, by: kind, byId: id, from: from && fromLocal(from),
		to: to && fromLocal(to) };
}

const who = ({ by, byId, byName }) => byName ? html`<bdi>${byName}</bdi>`
	: by === 'command' ? 'The command line'
		: by === 'nobody' ? 'Nobody logged in' : `${by} ${byId}`;

function Row({ record }) {
	const { short, long } = instant(record.at);

	return html`<li class="audit" data-audit=${record.id}
		data-bad=${record.result === 'refused'}>
		<div class="audit-when"><time datetime=${record.at} title=${long}>
			${short}</time><span class="hint">#${record.id}</span></div>
		<div class="audit-what"><p><code>${record.act}</code>
			${' '}<bdi>${record.object}</bdi>${record.result && html`
			${' '}<span class="hint">→ <bdi>${record.result}</bdi></span>`}</p>
			${record.purpose && html`<p class="audit-why"><bdi>${
		record.purpose}</bdi></p>`}</div>
		<div class="audit-who">${who(record)} <span class="hint">${
		record.byName ? `${record.by} ${record.byId}` : ''}
			${record.from && html` from <bdi>${record.from}</bdi>`}</span></div>
	</li>`;
}

function Verify() {
	const [{ busy, found, error }, setState] = useState(
		/** @type {any} */ ({}));
	const run = async () => {
		setState({ busy: true });
		try {
			setState({ found: await json('GET', '/audit/verify') });
		} catch (e) {
			setState({ error: e.message });
		}
	};

	return html`<div class="audit-verify">
		<button type="button" aria-disabled=${String(!!busy)} onClick=${() =>
			busy || run()}><${Icon} name="check" /> ${busy ? 'Verifying…'
		: 'Verify the log'}</button>
		<p role="status" class=${found?.valid ? 'good' : found || error
		? 'trouble' : 'unseen'}>${error ?? (found && (found.valid
		? `All ${count(found.records)} records are as they were written`
		: `Record ${found.firstBad} is not as it was written, so nothing from
			it on can be relied on`))}</p>
	</div>`;
}

function List({ data, asked, listing }) {
	if (data.audit.length)
		return html`<ul class="audits">${data.audit.map((r) => html`<${Row}
			key=${r.id} record=${r} />`)}</ul>`;
	if (data.next)
		return html`<${EmptyNotice} level="h3" title="Nothing so far">
			<p>The log is long: it goes on further back.</p>
			<button type="button" onClick=${() => turn(asked, nextPage(listing,
		String(data.next)))}>Look further back</button></${EmptyNotice}>`;
	return html`<${EmptyNotice} level="h3" title="Nothing was done like that"
		><p><a href=${`#${HERE}`}>Show everything</a></p></${EmptyNotice}>`;
}

const turn = (asked, l) => go(HERE, { ...asked, after: l.after,
	page: l.page > 1 ? String(l.page) : '' }, { kept: { trail: l.trail } });

function Turning({ listing, data, asked }) {
	const button = (on, act, text, icon) => html`<button type="button"
		aria-disabled=${String(!on)} onClick=${() => on && turn(asked, act())}>
		${icon === 'left' && html`<${Icon} name="left" />`} ${text}
		${icon === 'right' && html`<${Icon} name="right" />`}</button>`;

	return html`<nav class="pager-turn" aria-label="Pages">
		${button(!!listing.after, () => pageBefore(listing), 'Newer', 'left')}
		${button(!!data?.next, () => nextPage(listing, String(data.next)),
		'Older', 'right')}</nav>`;
}

export function SettingsAuditPage() {
	const listing = readListing(route.value);
	const asked = askedOf(route.value.query);
	const query = { ...questionOf(asked), after: listing.after, limit: PAGE };
	const found = useLoad(JSON.stringify(query), (signal) =>
		json('GET', '/audit', { query, signal }));

	return html`<${Frame} here="audit" title="Audit log"
		about="Who did what, when and from where. It holds ids, never values of
			people, and cannot be changed without that being noticed."
		acts=${html`<${Verify} />`}>
		<${AuditFilter} key=${JSON.stringify(asked)} asked=${asked}
			onAsk=${(next) => go(HERE, next)} />
		<div class="audit-body" aria-busy=${String(found.loading)}>
			<${Found} found=${found} what="The audit log">
				${(data) => html`<${List} ...${{ data, asked, listing }} />`}<//>
		</div>
		<${Turning} listing=${listing} data=${found.data} asked=${asked} />
	<//>`;
}
