// SPDX-License-Identifier: AGPL-3.0-or-later
// Who may log in: all of them, one of them, or a new one.
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { editedOf, loginOf, sees } from '../lib/manager.js';
import { listOf, pathOf } from '../lib/settings.js';
import { addressOf, go } from '../lib/url.js';
import { Icon } from '../parts/icon.js';
import { ManagerNew } from '../parts/manager-new.js';
import { ManagerOne } from '../parts/manager-one.js';
import { EmptyNotice } from '../parts/notice.js';
import { Found, Frame } from '../parts/settings-frame.js';

const HERE = pathOf('managers');

function Row({ m }) {
	return html`<li class="entry" data-manager=${m.id}
		data-disabled=${m.disabled}>
		<div class="entry-words">
			<h3><a href=${addressOf(pathOf('managers', m.id))}><bdi>${m.name}
				</bdi></a>
				${' '}<span class="tag">${m.role}</span>
				${m.disabled && html`${' '}<span class="tag tag-bad">Disabled
				</span>`}
				${m.passwordIsOneTime && !m.disabled && html`${' '}<span
					class="tag tag-off">One-time password</span>`}</h3>
			<p><bdi>${loginOf(m)}</bdi></p>
			<p class="hint"><bdi>${sees(editedOf(m))}</bdi>${m.role === 'Member' &&
				(m.permissions.length ? html`. May: ${m.permissions.join(', ')}`
		: '. May do nothing yet')}</p>
		</div>
		<div class="entry-acts"><button type="button" onClick=${() =>
			go(pathOf('managers', m.id))}>Edit<span class="unseen">
			${m.name}</span></button></div>
	</li>`;
}

function List() {
	const found = useLoad('managers', listOf('/managers', 'managers'));

	return html`<${Frame} here="managers" title="Managers"
		about="Who may log in. An Owner may and sees everything; a Member what
			you choose."
		acts=${html`<button type="button" class="primary" onClick=${() =>
			go(pathOf('managers', 'new'))}><${Icon} name="plus" /> Add a manager
		</button>`}>
		<${Found} found=${found} what="The managers">
			${(all) => html`<ul class="entries">${all.map((m) => html`<${Row}
				key=${m.id} m=${m} />`)}</ul>`}<//>
	<//>`;
}

const Back = () => html`<a class="back" href=${addressOf(HERE)}>
	<${Icon} name="left" /> All managers</a>`;

function Nobody() {
	return html`<${Frame} here="managers" title="Managers">
		<${EmptyNotice} level="h3" title="There is no such manager"
			icon="person"><p><${Back} /></p></${EmptyNotice}><//>`;
}

/** @param {{id?: string}} props */
export function SettingsManagersPage({ id }) {
	if (!id)
		return html`<${List} />`;
	if (id === 'new')
		return html`<${Frame} here="managers" title="A new manager"
			acts=${html`<${Back} />`}><${ManagerNew} /><//>`;
	return /^[1-9]\d{0,9}$/.test(id) ? html`<${ManagerOne} id=${id}
		back=${html`<${Back} />`} />` : html`<${Nobody} />`;
}
