// SPDX-License-Identifier: AGPL-3.0-or-later
// Where the columns of a table go: one line a column, with what is in it; of a
// workbook with more than one sheet, which one it is.
import { attributeOf, table, useAttributes } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { TYPES, WHO } from '../lib/mapping.js';
import { count } from '../lib/number.js';

const settable = () => [...table.value.values()]
	.filter((a) => a.editable && !a.session);

function Choice({ column, place, onPlace }) {
	return html`<select class="field" value=${place.to}
		aria-label=${`${column.column} goes to`}
		onChange=${(e) => onPlace({ ...place, to: e.target.value,
			name: place.name || column.column })}>
		<option value="">Nowhere: leave it out</option>
		<option value="new">A new attribute</option>
		<optgroup label="The user">${WHO.map(([to, text]) => html`<option
			key=${to} value=${to}>${text}</option>`)}</optgroup>
		<optgroup label="Attributes">${settable().map((a) => html`<option
			key=${a.name} value=${a.name}>${a.label}</option>`)}</optgroup>
	</select>`;
}

function Field({ label, name, place, onPlace }) {
	return html`<input class="field" aria-label=${label} placeholder=${label}
		value=${place[name]} autocomplete="off" onInput=${(e) =>
			onPlace({ ...place, [name]: e.target.value })} />`;
}

function Details({ column, place, onPlace }) {
	const of = `of ${column.column}`;

	if (place.to === 'new')
		return html`<div class="pair">
			<${Field} label=${`Name ${of}`} name="name" ...${{ place, onPlace }} />
			<select class="field" aria-label=${`Type ${of}`} value=${place.type}
				onChange=${(e) => onPlace({ ...place, type: e.target.value })}>
				${TYPES.map((t) => html`<option key=${t} value=${t}>${t}</option>`)}
			</select></div>`;
	return place.to === 'identity' && html`<div class="pair">
		<${Field} label=${`Channel ${of}`} name="channel"
			...${{ place, onPlace }} />
		<${Field} label=${`Kind ${of}`} name="kind" ...${{ place, onPlace }} />
	</div>`;
}

function Column({ column, place, onPlace }) {
	const { samples, filled } = column;

	return html`<li class="csv-column">
		<div class="csv-told">
			<bdi class="csv-name">${column.column}</bdi>
			<span class="hint">${count(filled)} filled</span>
			${samples.length > 0 && html`<bdi class="hint csv-samples">
				${samples.join(' · ')}</bdi>`}
		</div>
		<div class="csv-place">
			<${Choice} ...${{ column, place, onPlace }} />
			<${Details} ...${{ column, place, onPlace }} />
		</div>
	</li>`;
}

/** Attributes by which somebody can be found: texts that a column goes to. */
const findable = (places) => Object.values(places)
	.flatMap((p) => attributeOf(p.to) ?? []).filter((a) => a.type === 'text');

function Match({ places, match, onMatch }) {
	return html`<label class="labelled">Users are found by
		<select class="field" value=${match}
			onChange=${(e) => onMatch(e.target.value)}>
			<option value="">User ID or identity: new ones are made</option>
			${findable(places).map((a) => html`<option key=${a.name}
				value=${a.name}>${a.label}: exactly one must have it</option>`)}
		</select></label>`;
}

function Sheet({ sheets, onSheet }) {
	const read = sheets.filter((s) => s.read);

	return html`<label class="labelled">Sheet
		<select class="field" value=${read[0].name}
			onChange=${(e) => onSheet(e.target.value)}>
			${sheets.map((s) => html`<option key=${s.name} value=${s.name}>
				${s.name}</option>`)}
		</select></label>
		${read.length > 1 && html`<p class="hint">It goes on in
			${read.slice(1).map((s) => html` <bdi key=${s.name}>
				${s.name}</bdi>`)}.</p>`}`;
}

/** @param {any} props */
export function Columns({ look, places, match, onSheet, onPlaces, onMatch }) {
	const attributes = useAttributes();

	if (attributes.error)
		return html`<p class="trouble" role="alert">
			${attributes.error.message}</p>`;
	return attributes.data && html`
		${look.sheets?.length > 1 && html`<${Sheet} sheets=${look.sheets}
			onSheet=${onSheet} />`}
		<p>${count(look.rows)} ${look.rows === 1 ? 'row' : 'rows'},
			${' '}${count(look.columns.length)} columns. Empty cells change
			nothing.</p>
		<ul class="csv-columns">${look.columns.map((column) => html`<${Column}
			key=${column.column} column=${column} place=${places[column.column]}
			onPlace=${(p) => onPlaces({ ...places, [column.column]: p })} />`)}
		</ul>
		<${Match} ...${{ places, match, onMatch }} />`;
}
