// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings of the workspace, by the rows of the server's own table: what
// each is, takes and does is written there and nowhere else.
import { useState } from 'preact/hooks';
import { zones } from '../lib/days.js';
import { useDraft } from '../lib/draft.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { change, listOf, taken } from '../lib/settings.js';
import { Field, FormFoot } from '../parts/settings-field.js';
import { Found, Frame, Said } from '../parts/settings-frame.js';
import { Unsaved } from '../parts/unsaved.js';

const PATH = '/settings';

const word = (text) => text.replace(/^./, (c) => c.toUpperCase());

/** The powers of two from one number to another. */
function powers(least, most) {
	const all = [];

	for (let n = least; n <= most; n *= 2)
		all.push(n);
	return all;
}

const Choice = ({ props, value, of, onValue }) => html`<select ...${props}
	value=${String(value)} onChange=${(e) => onValue(e.target.value)}>
	${of.map((v) => html`<option key=${v} value=${String(v)}>${v}</option>`)}</select>`;

function Control({ row, props, value, onValue }) {
	if (row.type === 'choice')
		return html`<${Choice} ...${{ props, value, onValue }}
			of=${row.choices} />`;
	if (row.type === 'zone')
		return html`<${Choice} ...${{ props, value, onValue }}
			of=${zones(value)} />`;
	if (row.powerOfTwo)
		return html`<${Choice} ...${{ props, value }}
			of=${powers(row.least, row.most)}
			onValue=${(v) => onValue(Number(v))} />`;
	if (row.type === 'number')
		return html`<input type="number" ...${props} min=${row.least}
			max=${row.most} step="1" value=${value} onInput=${(e) =>
	onValue(e.target.value === '' ? '' : Number(e.target.value))} />`;
	return html`<input type="text" autocomplete="off" spellcheck=${false}
		...${props} value=${value}
		onInput=${(e) => onValue(e.target.value.trim())} />`;
}

const Hint = ({ row }) => html`<code>${row.name}</code>${row.type === 'number' &&
	!row.powerOfTwo && ` · ${row.least} to ${row.most}`}${row.default !== '' &&
	` · by default ${row.default}`}`;

/** Those whose names begin alike stand together. */
const groupOf = ({ name }) => name.includes('.') ? name.split('.')[0]
	: 'workspace';

function Group({ name, rows, draft }) {
	return html`<fieldset class="settings-group"><legend>${word(name)}</legend>
		${rows.map((row) => html`<${Field} key=${row.name} name=${row.name}
			draft=${draft} label=${row.about} say=${(v) => String(v) || 'nothing'}
			hint=${html`<${Hint} row=${row} />`}>
			${(props) => html`<${Control} row=${row} props=${props}
				value=${draft.now[row.name]}
				onValue=${(v) => draft.put(row.name, v)} />`}<//>`)}
	</fieldset>`;
}

function Form({ table, values }) {
	const [saved, setSaved] = useState(false);
	const draft = useDraft(values, {
		put: (changes, tag) => change('PUT', PATH, changes, tag),
		fresh: () => taken(PATH),
	});
	const groups = [...new Set(table.map(groupOf))].sort().reverse();

	return html`<form class="stack settings-form" novalidate
		onSubmit=${async (e) => {
		e.preventDefault();
		if (draft.changed.length)
			setSaved(await draft.save());
	}}>
		${groups.map((g) => html`<${Group} key=${g} name=${g} draft=${draft}
			rows=${table.filter((r) => groupOf(r) === g)} />`)}
		<${FormFoot} draft=${draft} fields=${table.map((r) => r.name)} />
		<${Said} text=${saved && !draft.changed.length
		? 'The settings are saved' : ''} />
		<${Unsaved} dirty=${draft.changed.length > 0} />
	</form>`;
}

export function SettingsWorkspacePage() {
	const found = useLoad('settings', async (signal) => ({
		table: await listOf('/settings/table', 'settings')(signal),
		values: await taken(PATH, signal) }));

	return html`<${Frame} here="workspace" title="Workspace"
		about="What holds for everybody who works here.">
		<${Found} found=${found} what="The settings">
			${(data) => html`<${Form} ...${data} />`}<//>
	<//>`;
}
