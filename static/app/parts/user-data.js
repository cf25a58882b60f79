// SPDX-License-Identifier: AGPL-3.0-or-later
// What is known of one person, a line a value: what was said of them, and what
// their latest chat brought.
import { useState } from 'preact/hooks';
import { table } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { inOrder } from '../lib/person.js';
import { may } from '../lib/session.js';
import { Datum } from './datum.js';

const lines = (list, cells, onSave) => list.map((a) => html`<${Datum}
	key=${a.name} name=${a.name} label=${a.label} type=${a.type}
	cell=${cells[a.name]}
	onSave=${a.editable && may('users.edit') ? onSave : undefined} />`);

/** @param {{user: any, onSave: any}} props */
export function UserData({ user, onSave }) {
	const [more, setMore] = useState(false);
	const { first, rest } = inOrder([...table.value.values()]);

	return html`<section class="card" aria-labelledby="user-data">
		<h2 id="user-data">User data</h2>
		<dl class="data">
			${lines(first, user.attributes, onSave)}
			${more && lines(rest, user.attributes, onSave)}
		</dl>
		${rest.length > 0 && html`<button type="button" class="link"
			aria-expanded=${String(more)} onClick=${() => setMore(!more)}>
			${more ? 'See less' : `See more (${rest.length})`}</button>`}
	</section>`;
}

/** @param {{user: any, onSave: any}} props */
export function SessionData({ user, onSave }) {
	const list = Object.entries(user.session).map(([name, cell]) =>
		({ name, label: cell.label, type: cell.type,
			editable: cell.editable }));

	return html`<section class="card" aria-labelledby="session-data">
		<h2 id="session-data">Last session data</h2>
		${list.length ? html`<dl class="data">
			${lines(list, user.session, onSave)}</dl>`
		: html`<p class="hint">The latest chat brought none.</p>`}
	</section>`;
}
