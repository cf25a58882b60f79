// SPDX-License-Identifier: AGPL-3.0-or-later
// One attribute: its label and whether it is offered, saved together, and its
// type, which is changed by an act of its own.
import { useEffect, useState } from 'preact/hooks';
import { useDraft } from '../lib/draft.js';
import { html } from '../lib/html.js';
import { changes } from '../lib/jobs.js';
import { useLoad } from '../lib/load.js';
import { attributePath, change, taken } from '../lib/settings.js';
import { AttributeType } from './attribute-type.js';
import { Dialog } from './dialog.js';
import { Conflict, FormFoot, TextField } from './settings-field.js';
import { Found } from './settings-frame.js';
import { Unsaved } from './unsaved.js';

const edited = ({ data, tag }) => ({ tag,
	data: { label: data.label, hidden: data.hidden } });

function Hidden({ draft }) {
	return html`<div class="labelled"><label class="tick">
		<input type="checkbox" name="hidden" checked=${draft.now.hidden}
			onChange=${(e) => draft.put('hidden', e.target.checked)} />
		<span>Hidden: offered in no filter, column or export of all
			columns</span></label>
		<${Conflict} draft=${draft} name="hidden"
			say=${(v) => v ? 'hidden' : 'offered'} /></div>`;
}

function Form({ found, name, onDone, onDirty }) {
	const path = attributePath(name);
	const draft = useDraft(edited(found), {
		put: (body, tag) => change('PATCH', path, body, tag),
		fresh: async () => edited(await taken(path)),
	});
	const dirty = draft.changed.length > 0;

	useEffect(() => onDirty(dirty), [dirty]);
	return html`<form class="stack" novalidate onSubmit=${async (e) => {
		e.preventDefault();
		if (await draft.save())
			onDone(`${draft.now.label || name} is saved`);
	}}>
		<${TextField} draft=${draft} name="label" label="Label" maxlength="200"
			hint=${html`Left empty it is called as it came:
				${' '}<code>${name}</code>`} />
		<${Hidden} draft=${draft} />
		<${FormFoot} draft=${draft} fields=${['label']} />
	</form>`;
}

/**
 * @param {{name: string, onSaved: (text: string) => void,
 *   onClose: () => void}} props
 */
export function AttributeDialog({ name, onSaved, onClose }) {
	const [dirty, setDirty] = useState(false);
	const [done, setDone] = useState(false);
	const found = useLoad(`${changes.value}`, (signal) =>
		taken(attributePath(name), signal));
	const data = /** @type {any} */ (found.data ?? found.last?.data);

	useEffect(() => {
		if (done && !dirty)
			onClose(); // nothing holds it back any more
	}, [done, dirty]);
	return html`<${Dialog} title=${data?.data.label ?? name} onClose=${onClose}>
		<div class="dialog-body stack">
			<${Found} found=${{ ...found, data }} what="The attribute">
				${() => html`<${Form} found=${data} name=${name}
						onDirty=${setDirty} onDone=${(text) => {
		onSaved(text);
		setDone(true);
	}} />
					<${AttributeType} a=${data.data} />`}<//>
		</div>
		<${Unsaved} dirty=${dirty} />
	</${Dialog}>`;
}
