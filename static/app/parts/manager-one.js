// SPDX-License-Identifier: AGPL-3.0-or-later
// One manager: the fields, saved together; and beside them what can be done
// about their password, their sessions and their way in.
import { useState } from 'preact/hooks';
import { useDraft } from '../lib/draft.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { bodyOf, choices, editedOf } from '../lib/manager.js';
import { session } from '../lib/session.js';
import { change, managerPath, taken } from '../lib/settings.js';
import { ManagerActs } from './manager-acts.js';
import { FIELDS, ManagerFields } from './manager-fields.js';
import { FormFoot } from './settings-field.js';
import { Found, Frame, Said } from './settings-frame.js';
import { Unsaved } from './unsaved.js';

const edited = ({ data, tag }) => ({ tag, data: editedOf(data) });

function Form({ found, all, onSaved }) {
	const path = managerPath(found.data.id);
	const [saved, setSaved] = useState(false);
	const draft = useDraft(edited(found), {
		put: (changes, tag, now) => change('PATCH', path,
			bodyOf(changes, now, all.segments), tag),
		fresh: async () => edited(await taken(path)),
	});
	const own = found.data.id === session.value?.manager.id;

	return html`<form class="stack settings-form" novalidate
		onSubmit=${async (e) => {
		e.preventDefault();
		if (!draft.changed.length || !await draft.save())
			return;
		setSaved(true);
		onSaved();
	}}>
		${own && html`<p class="hint">This is you.</p>`}
		<${ManagerFields} draft=${draft} choices=${all} />
		<${FormFoot} draft=${draft} fields=${FIELDS} />
		<${Said} text=${saved && !draft.changed.length
		? `${draft.now.name} is saved; it holds from now on` : ''} />
		<${Unsaved} dirty=${draft.changed.length > 0} />
	</form>`;
}

/** @param {{id: string, back: any}} props */
export function ManagerOne({ id, back }) {
	const [turn, setTurn] = useState(0);
	const all = useLoad('choices', choices);
	const found = useLoad(`${turn}`, (signal) => taken(managerPath(id), signal));
	const data = /** @type {any} */ (found.data ??
		(found.error ? undefined : found.last?.data));
	const [first, setFirst] = useState(/** @type {any} */ (null));

	if (data && !first)
		setFirst(data); // the form goes on while the rest is looked at again
	return html`<${Frame} here="managers" title=${data?.data.name ?? 'Manager'}
		acts=${back}>
		<${Found} found=${{ ...found, error: found.error ?? all.error,
		data: data && all.data, reload: () => {
			found.reload();
			all.reload();
		} }} what="This manager">
			${() => html`<div class="settings-two">
				<${Form} found=${first ?? data} all=${all.data}
					onSaved=${() => setTurn((n) => n + 1)} />
				<${ManagerActs} m=${data.data}
					onChanged=${() => setTurn((n) => n + 1)} /></div>`}<//>
	<//>`;
}
