// SPDX-License-Identifier: AGPL-3.0-or-later
// The fields of a manager: who it is, what they may, and whom and what they
// see, which is said in a sentence as it is chosen.
import { html } from '../lib/html.js';
import { sees } from '../lib/manager.js';
import { PickField } from './pick-field.js';
import { Rights } from './rights.js';
import { Conflict, TextField, wrongOf } from './settings-field.js';

const WORDS = { role: 'Role', rights: 'What they may',
	Member: 'may and sees what you choose here',
	Owner: 'may and sees everything, these settings too' };

/** @param {any[]} attributes @returns {(name: string) => string} */
export const labelsOf = (attributes) => (name) =>
	attributes.find((a) => a.name === name)?.label ?? name;

const said = (v) => v === null ? 'everybody' : Array.isArray(v)
	? v.join(', ') || 'none' : String(v) || 'nothing';

function Trouble({ draft, path }) {
	const text = draft.error?.path.startsWith(path) ? draft.error.message : '';

	return text && html`<p class="trouble" role="alert">${text}</p>`;
}

function Rows({ draft, segments }) {
	const { now, put } = draft;
	const all = segments.map((s) => ({ key: s.name, text: s.name }));

	return html`<fieldset class="choice picks"><legend>Whom they see</legend>
		<label class="tick"><input type="radio" name="rows"
			checked=${now.segments === null}
			onChange=${() => put('segments', null)} />Everybody</label>
		<label class="tick"><input type="radio" name="rows"
			checked=${now.segments !== null}
			onChange=${() => put('segments', now.segments ?? [])} />
			The people of some segments alone</label>
		${now.segments !== null && html`<${PickField} label="Segments"
			add="Add a segment" options=${all} chosen=${now.segments}
			onChosen=${(v) => put('segments', v)} />`}
		<${Trouble} draft=${draft} path="limits/segments" />
		<${Conflict} draft=${draft} name="segments" say=${said} />
	</fieldset>`;
}

function Columns({ draft, attributes }) {
	const { now, put } = draft;
	const label = labelsOf(attributes);
	const all = attributes.map((a) => ({ key: a.name, text: a.label,
		note: a.name }));

	return html`<fieldset class="choice picks">
		<legend>What is kept from them</legend>
		<p class="hint">These attributes are not there for them: not shown, not
			found, not sorted by, not exported.</p>
		<${PickField} label="Attributes" add="Add an attribute" options=${all}
			chosen=${now.masked} onChosen=${(v) => put('masked', v)} />
		<${Trouble} draft=${draft} path="limits/masked" />
		<${Conflict} draft=${draft} name="masked"
			say=${(v) => said(v.map(label))} />
	</fieldset>`;
}

function Sentence({ now, choices }) {
	const may = choices.permissions.filter((p) =>
		now.permissions.includes(p.name)).map((p) => p.about);

	return html`<div class="explained" role="status">
		<p><b><bdi>${now.name || 'This manager'}</bdi></b>
			${' '}<bdi>${sees(now, labelsOf(choices.attributes))
		.replace(/^S/, 's')}</bdi>. ${now.role === 'Owner'
		? 'May do everything.' : may.length ? 'May:' : 'May do nothing yet.'}
		</p>
		${now.role === 'Member' && may.length > 0 && html`<ul>${may.map((t) =>
			html`<li key=${t}>${t}</li>`)}</ul>`}
		${now.role === 'Member' && (now.segments || now.masked.length > 0) &&
			html`<p class="hint">Lists, counts, suggestions, pages, links,
				analytics and exports are held to that, also those of the tokens
				they make. Who has limits does not change attributes and does
				not read the audit log.</p>`}
	</div>`;
}

/** @param {{draft: any, choices: any}} props */
export function ManagerFields({ draft, choices }) {
	const { now, put } = draft;
	const wrong = wrongOf(draft, 'permissions') || wrongOf(draft, 'role');

	return html`<div class="pair">
			<${TextField} draft=${draft} name="name" label="Name"
				maxlength="200" />
			<${TextField} draft=${draft} name="email" label="E-mail"
				type="email" maxlength="254" />
			<${TextField} draft=${draft} name="phone" label="Phone" type="tel"
				hint="With its country code: +49 … One logs in with either." />
		</div>
		<${Rights} role=${now.role} onRole=${(v) => put('role', v)}
			all=${choices.permissions} chosen=${now.permissions}
			onChosen=${(v) => put('permissions', v)} words=${WORDS} />
		${wrong && html`<p class="trouble" role="alert">${wrong}</p>`}
		<${Conflict} draft=${draft} name="role" />
		<${Conflict} draft=${draft} name="permissions" say=${said} />
		${now.role === 'Member' && html`
			<${Rows} draft=${draft} segments=${choices.segments} />
			<${Columns} draft=${draft} attributes=${choices.attributes} />`}
		<${Sentence} now=${now} choices=${choices} />`;
}

/** The fields that say themselves what is wrong with them. */
export const FIELDS = ['name', 'email', 'phone', 'permissions', 'role',
	'limits'];
