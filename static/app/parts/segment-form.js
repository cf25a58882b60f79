// SPDX-License-Identifier: AGPL-3.0-or-later
// A segment's name, what it is for and, of a dynamic one, its filter: made
// new or changed.  What is typed stays when the server refuses it.
import { useId, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { useAttributes } from '../lib/attributes.js';
import * as filters from '../lib/filter.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { people } from '../lib/number.js';
import * as segments from '../lib/segments.js';
import { ZONE } from '../lib/time.js';
import { Dialog } from './dialog.js';
import { FilterBar } from './filter-bar.js';

/** @param {any} tree */
const parsed = (tree) => {
	try {
		return filters.parse(typeof tree === 'string' ? tree
			: tree ? JSON.stringify(tree) : '');
	} catch {
		return filters.EVERYBODY;
	}
};

function Rule({ filter, wrong, onChange }) {
	const table = useAttributes();
	const tree = filters.treeOf(filter);
	const found = useLoad(JSON.stringify(tree), (signal) =>
		api.count([tree], ZONE, signal));
	const counted = found.data?.counts[0];

	if (table.error)
		return html`<p class="trouble" role="alert">
			${table.error.message}</p>`;
	return table.data && html`<div class="segment-rule">
		<${FilterBar} filter=${filter} nodes=${counted?.nodes}
			wrong=${wrong} onChange=${onChange} />
		<p class="hint" role="status">${found.error ? found.error.message
			: counted ? `${people(counted.count)} now` : '…'}</p>
	</div>`;
}

const Kind = ({ dynamic, onDynamic }) => html`<fieldset class="choice">
	<legend>Who is in it</legend>
	<label class="tick"><input type="radio" name="kind" checked=${!dynamic}
		onChange=${() => onDynamic(false)} />Whoever is put into it</label>
	<label class="tick"><input type="radio" name="kind" checked=${dynamic}
		onChange=${() => onDynamic(true)} />Whoever matches a filter</label>
</fieldset>`;

/** The field an error speaks of, and the node of the filter. */
const fieldOf = (error) => (error?.path ?? '').replace(/^\//, '')
	.split('/')[0];
const nodeOf = (error) => fieldOf(error) === 'filter'
	? filters.nodeAt(error.path.replace(/^\/?filter/, '')) : -1;

function Text({ name, label, value, error, onText, area = false }) {
	const wrong = fieldOf(error) === name;
	const id = useId();

	return html`<div class="labelled"><label for=${id}>${label}</label>
		<${area ? 'textarea' : 'input'} class="field" name=${name} id=${id}
			rows=${area ? 2 : undefined} value=${value} autocomplete="off"
			aria-invalid=${wrong ? 'true' : undefined}
			aria-describedby=${wrong ? `${id}-wrong` : undefined}
			onInput=${(e) => onText(e.target.value)} />
		${wrong && html`<span class="trouble" role="alert"
			id=${`${id}-wrong`}>${error.message}</span>`}
	</div>`;
}

/** What is sent: of a change, only what is another. */
function bodyOf(draft, segment) {
	const tree = filters.treeOf(draft.filter);
	const rule = draft.dynamic ? { filter: tree } : {};

	if (!segment)
		return { name: draft.name, description: draft.description, ...rule };
	const body = /** @type {any} */ ({ name: draft.name,
		description: draft.description });
	const same = JSON.stringify(filters.treeOf(parsed(segment.filter))) ===
		JSON.stringify(tree);

	return draft.dynamic && !same ? { ...body, ...rule } : body;
}

function useForm(segment, f, onDone) {
	const [draft, setDraft] = useState(() => ({ name: segment?.name ?? '',
		description: segment?.description ?? '',
		dynamic: segment ? segment.kind === 'dynamic' : !!f,
		filter: parsed(segment?.filter ?? f) }));
	const [error, setError] = useState(/** @type {any} */ (null));
	const [busy, setBusy] = useState(false);
	const run = async () => {
		setBusy(true);
		setError(null);
		try {
			const made = await (segment
				? segments.change(segment.id, bodyOf(draft, segment))
				: segments.create(bodyOf(draft)));

			onDone(segment ? `${made.name} is changed`
				: `${made.name} is made`);
		} catch (e) {
			setBusy(false);
			setError(e);
		}
	};

	return { draft, error, busy, run,
		put: (name, value) => setDraft({ ...draft, [name]: value }) };
}

/**
 * @param {{segment?: segments.Segment, f?: string, onClose: () => void,
 *   onDone: (text: string) => void}} props f: JSON of a filter to begin with
 */
export function SegmentForm({ segment, f, onClose, onDone }) {
	const { draft, error, busy, run, put } = useForm(segment, f, onDone);
	const form = useRef(/** @type {any} */ (null));
	const known = ['name', 'description'].includes(fieldOf(error));

	return html`<${Dialog} title=${segment ? 'Edit segment' : 'New segment'}
		kind="broad" onClose=${onClose}>
		<form class="dialog-body stack" ref=${form} novalidate
			onSubmit=${(e) => {
				e.preventDefault();
				// the editor of a condition is a form of its own inside
				if (!busy && e.target === form.current)
					run();
			}}>
			${error && !known && html`<p class="trouble" role="alert">
				${error.message}</p>`}
			<${Text} name="name" label="Name" value=${draft.name}
				error=${error} onText=${(v) => put('name', v)} />
			<${Text} name="description" label="What it is for"
				value=${draft.description} error=${error} area=${true}
				onText=${(v) => put('description', v)} />
			${!segment && html`<${Kind} dynamic=${draft.dynamic}
				onDynamic=${(v) => put('dynamic', v)} />`}
			${draft.dynamic && html`<${Rule} filter=${draft.filter}
				wrong=${nodeOf(error)}
				onChange=${(v) => put('filter', v)} />`}
			<div class="dialog-foot">
				<button type="button" onClick=${onClose}>Cancel</button>
				<button class="primary" aria-disabled=${String(busy)}>
					${segment ? 'Save' : 'Create segment'}</button>
			</div>
		</form>
	</${Dialog}>`;
}
