// SPDX-License-Identifier: AGPL-3.0-or-later
// What a bulk action wants to know beside whom it is about.
import { useEffect, useId } from 'preact/hooks';
import { table } from '../lib/attributes.js';
import * as bulk from '../lib/bulk.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { count } from '../lib/number.js';
import { typedInstant } from '../lib/time.js';

/** The choice that makes a new segment. */
export const NEW = 'new';

/** How a value of a type is typed, and what is sent of it. */
const KINDS = {
	number: { type: 'number', step: 'any', of: Number },
	date: { type: 'date', of: (text) => text },
	instant: { type: 'datetime-local', of: typedInstant },
	set: { type: 'text', hint: 'Several, parted by commas',
		of: (text) => text.split(',').map((s) => s.trim()).filter(Boolean) },
	text: { type: 'text', of: (text) => text },
};
const kindOf = (a) => KINDS[a?.type] ?? KINDS.text;

/** @param {any} draft @returns {any} the value as it is sent */
export function valueOf({ attribute, value, clear }) {
	const a = table.value.get(attribute);

	if (clear)
		return null;
	return a?.type === 'boolean' ? value === 'true' : kindOf(a).of(value);
}

export function Action({ action, names, onAction }) {
	return html`<fieldset class="choice bulk-actions"><legend>What to do
		</legend>
		${names.map((name) => html`<label class="tick" key=${name}>
			<input type="radio" name="action" checked=${action === name}
				onChange=${() => onAction(name)} />
			${bulk.ACTIONS[name].label}</label>`)}
	</fieldset>`;
}

export function Segment({ draft, put }) {
	const list = useLoad('segments', bulk.segments);
	const fresh = draft.action === 'addToSegment';
	const id = useId();

	useEffect(() => {
		if (list.data && !draft.segment && fresh && !list.data.length)
			put({ segment: NEW });
	}, [list.data, fresh]);
	return html`
		<div class="labelled"><label for=${id}>Segment</label>
			<select class="field" name="segment" id=${id} value=${draft.segment}
				onChange=${(e) => put({ segment: e.target.value })}>
				<option value="">${list.loading ? 'Loading…'
		: 'Choose one'}</option>
				${fresh && html`<option value=${NEW}>A new one…</option>`}
				${list.data?.map((s) => html`<option key=${s.id}
					value=${`#${s.id}`}>${s.name}
					${s.size === null ? '' : ` (${count(s.size)})`}</option>`)}
			</select>
			${list.error && html`<span class="trouble" role="alert">
				${list.error.message} <button type="button" class="link"
					onClick=${list.reload}>Try again</button></span>`}
		</div>
		${draft.segment === NEW && fresh && html`<label class="labelled">
			Name of the new segment
			<input class="field" name="name" maxlength="200" value=${draft.name}
				onInput=${(e) => put({ name: e.target.value })} /></label>`}`;
}

function Value({ id, a, draft, put }) {
	const kind = kindOf(a);
	const onInput = (e) => put({ value: e.target.value });

	if (a.type === 'boolean')
		return html`<select class="field" name="value" id=${id} value=${draft.value}
			onChange=${onInput} disabled=${draft.clear}>
			<option value="">Choose one</option>
			<option value="true">Yes</option>
			<option value="false">No</option></select>`;
	return html`<input class="field" name="value" id=${id} type=${kind.type}
		step=${kind.step} value=${draft.value} onInput=${onInput}
		disabled=${draft.clear} />
		${kind.hint && html`<span class="hint">${kind.hint}</span>`}`;
}

export function Attribute({ draft, put }) {
	const a = table.value.get(draft.attribute);
	const all = [...table.value.values()].filter((x) => x.editable);
	const id = useId();

	return html`
		<div class="labelled"><label for=${id}>Attribute</label>
			<select class="field" name="attribute" id=${id} value=${draft.attribute}
				onChange=${(e) => put({ attribute: e.target.value, value: '' })}>
				<option value="">Choose one</option>
				${all.map((x) => html`<option key=${x.name} value=${x.name}>
					${x.label}</option>`)}
			</select></div>
		${a && html`<div class="labelled"><label for=${`${id}-v`}>
				New value</label>
			<${Value} id=${`${id}-v`} ...${{ a, draft, put }} /></div>
			<label class="tick"><input type="checkbox" checked=${draft.clear}
				onChange=${(e) => put({ clear: e.target.checked })} />
				No value at all</label>`}`;
}

export function Count({ draft, put, n }) {
	const id = useId();

	return html`<div class="labelled">
		<label for=${id}>Type ${n} to confirm</label>
		<input class="field" name="typed" inputmode="numeric" id=${id}
			autocomplete="off" aria-describedby=${`${id}-h`} value=${draft.typed}
			onInput=${(e) => put({ typed: e.target.value })} />
		<span class="hint" id=${`${id}-h`}>They, their chats and all that is
			known of them are gone for good.</span></div>`;
}
