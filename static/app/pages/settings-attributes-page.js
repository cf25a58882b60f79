// SPDX-License-Identifier: AGPL-3.0-or-later
// All that is known about people, built-in and as it came: what each is
// called, of which type it is, how many have it, and whether it is offered.
import { useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { originOf } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { changes } from '../lib/jobs.js';
import { useLoad } from '../lib/load.js';
import { count, people } from '../lib/number.js';
import { pathOf } from '../lib/settings.js';
import { ZONE } from '../lib/time.js';
import { go, route } from '../lib/url.js';
import { AttributeDialog } from '../parts/attribute-dialog.js';
import { EmptyNotice } from '../parts/notice.js';
import { Found, Frame, Said } from '../parts/settings-frame.js';

const HERE = pathOf('attributes');
const MANY = 200;

const SHOWN = { all: () => true, offered: (a) => !a.hidden,
	hidden: (a) => a.hidden, custom: (a) => a.custom,
	session: (a) => a.session };

/** The table and how many people there are. */
const load = async (signal) => ({
	list: (await api.json('GET', '/attributes', { query: { hidden: 'true' },
		signal })).attributes.sort((a, b) => a.position - b.position),
	total: (await api.count([{ all: [] }], ZONE, signal)).counts[0].count,
});

const share = (n, total) => !total ? '' : n === total ? 'everybody'
	: n && n * 100 < total ? 'under 1 %'
		: `${Math.floor(n * 100 / total)} %`;

function Coverage({ n, total }) {
	return html`<div class="coverage"><span>${people(n)}</span>
		<meter value=${n} max=${total || 1} aria-hidden="true"></meter>
		<span class="hint">${share(n, total)}</span></div>`;
}

function Row({ a, total, query }) {
	const origin = originOf(a);

	return html`<li class="entry attribute" data-attribute=${a.name}
		data-hidden=${a.hidden}>
		<div class="entry-words"><h3><bdi>${a.label}</bdi></h3>
			<p class="hint"><code>${a.name}</code></p></div>
		<p class="attribute-kind"><span class="tag">${a.type}</span>
			${origin && html`<span class="hint">${origin}</span>`}
			${a.hidden && html`<span class="tag tag-off">hidden</span>`}</p>
		<${Coverage} n=${a.count} total=${total} />
		<div class="entry-acts"><button type="button" onClick=${() =>
			go(HERE, { ...query, edit: a.name })}>Edit<span class="unseen">
			${a.label}</span></button></div>
	</li>`;
}

function Rows({ list, total, query }) {
	const [most, setMost] = useState(MANY);

	if (!list.length)
		return html`<${EmptyNotice} level="h3"
			title="No attribute is called that">
			<p>Labels and names are looked through.</p></${EmptyNotice}>`;
	return html`<ul class="entries">${list.slice(0, most).map((a) => html`<${Row}
			key=${a.name} ...${{ a, total, query }} />`)}</ul>
		${list.length > most && html`<button type="button" onClick=${() =>
			setMost(most + MANY)}>Show more</button>`}`;
}

function Find({ query, found }) {
	const set = (more) => go(HERE, { ...query, ...more }, { replace: true });

	return html`<form class="settings-find" role="search"
		aria-label="Attributes" onSubmit=${(e) => e.preventDefault()}>
		<input type="search" class="field" aria-label="Find an attribute"
			placeholder="Find an attribute" value=${query.q ?? ''}
			onInput=${(e) => set({ q: e.target.value })} />
		<select class="field" aria-label="Which" value=${query.show ?? 'all'}
			onChange=${(e) => set({ show: e.target.value === 'all' ? ''
		: e.target.value })}>
			<option value="all">All</option>
			<option value="offered">Offered</option>
			<option value="hidden">Hidden</option>
			<option value="custom">Custom</option>
			<option value="session">Last session</option></select>
		<output class="hint" role="status">${found}</output>
	</form>`;
}

const fits = (a, q) => !q || a.label.toLowerCase().includes(q) ||
	a.name.toLowerCase().includes(q);

export function SettingsAttributesPage() {
	const [{ turn, said }, setSaid] = useState({ turn: 0, said: '' });
	const { edit, ...query } = route.value.query;
	const found = useLoad(`${turn} ${changes.value}`, load);
	const data = /** @type {any} */ (found.data ?? (found.error ? undefined : found.last?.data));
	const q = (query.q ?? '').trim().toLowerCase();
	const list = data?.list.filter((a) => fits(a, q) &&
		(SHOWN[query.show] ?? SHOWN.all)(a)) ?? [];
	const again = (text) => setSaid((s) => ({ turn: s.turn + 1, said: text }));

	return html`<${Frame} here="attributes" title="Attributes"
		about="What is known about people. A label is what it is called
			everywhere; the name is what events and files call it.">
		<${Find} query=${query} found=${data ? `${count(list.length)} of ${
		count(data.list.length)}` : ''} />
		<${Said} text=${said} />
		<${Found} found=${{ ...found, data }} what="The attributes">
			${() => html`<${Rows} key=${`${q} ${query.show}`} list=${list}
				total=${data.total} query=${query} />`}<//>
		${edit && html`<${AttributeDialog} key=${edit} name=${edit}
			onSaved=${again} onClose=${() => go(HERE, query)} />`}
	<//>`;
}
