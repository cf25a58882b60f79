// SPDX-License-Identifier: AGPL-3.0-or-later
// What is known of one person, a line a value.  Where a value came from and
// when is told beside it, for whoever points at it or comes by with Tab.
import { useId, useState } from 'preact/hooks';
import { table } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { inOrder } from '../lib/person.js';
import { instant } from '../lib/time.js';
import { addressOf } from '../lib/url.js';
import { Cell } from './cell.js';

const SOURCES = { event: 'an event', import: 'an imported file',
	manager: 'a manager', chat: 'a chat' };

/** @param {any} cell */
function toldOf({ source, at }) {
	const from = source ? `From ${SOURCES[source] ?? source}` : '';

	return [from, at && instant(at).short].filter(Boolean).join(', ');
}

function Value({ type, value }) {
	if (type === 'set' && Array.isArray(value) && value.length)
		return html`<span class="tags">${value.map((v) => html`<bdi
			class="tag" key=${v}>${String(v)}</bdi>`)}</span>`;
	if (typeof value === 'string' && /^https?:\/\/\S+$/i.test(value))
		return html`<a href=${value} target="_blank"
			rel="noopener noreferrer"><bdi>${value}</bdi></a>`;
	return html`<${Cell} type=${type} value=${value} />`;
}

function Line({ name, label, type, cell }) {
	const id = useId();
	const told = cell ? toldOf(cell) : '';

	return html`<div class="datum" data-name=${name}>
		<dt><bdi>${label}</bdi></dt>
		<dd>
			<span class="datum-value" tabindex=${told ? 0 : undefined}
				role=${told ? 'group' : undefined}
				aria-label=${told ? label : undefined}
				aria-describedby=${told ? id : undefined}>
				<${Value} type=${type} value=${cell?.value} /></span>
			${told && html`<span class="datum-told" id=${id}>${told}</span>`}
		</dd>
	</div>`;
}

const lines = (list, cells) => list.map((a) => html`<${Line} key=${a.name}
	name=${a.name} label=${a.label} type=${a.type}
	cell=${cells[a.name]} />`);

/** @param {{user: any}} props */
export function UserData({ user }) {
	const [more, setMore] = useState(false);
	const { first, rest } = inOrder([...table.value.values()]);

	return html`<section class="card" aria-labelledby="user-data">
		<h2 id="user-data">User data</h2>
		<dl class="data">
			${lines(first, user.attributes)}
			${more && lines(rest, user.attributes)}
		</dl>
		${rest.length > 0 && html`<button type="button" class="link"
			aria-expanded=${String(more)} onClick=${() => setMore(!more)}>
			${more ? 'See less' : `See more (${rest.length})`}</button>`}
	</section>`;
}

/** @param {{user: any}} props */
export function SessionData({ user }) {
	const list = Object.entries(user.session).map(([name, cell]) =>
		({ name, label: cell.label, type: cell.type }));

	return html`<section class="card" aria-labelledby="session-data">
		<h2 id="session-data">Last session data</h2>
		${list.length ? html`<dl class="data">${lines(list, user.session)}</dl>`
		: html`<p class="hint">The latest chat brought none.</p>`}
	</section>`;
}

const members = (name) => addressOf('/users', { f: JSON.stringify(
	{ all: [['segment', 'hasAny', name]] }) });

/** @param {{user: any}} props */
export function Segments({ user }) {
	const names = user.attributes.segment?.value ?? [];

	return html`<section class="card" aria-labelledby="user-segments">
		<h2 id="user-segments">Segments</h2>
		${names.length ? html`<ul class="tags segments">
			${names.map((name) => html`<li key=${name}><a class="tag"
				href=${members(name)} title="Everybody in this segment">
				<bdi>${name}</bdi></a></li>`)}</ul>`
		: html`<p class="hint">In no segment.</p>`}
	</section>`;
}
