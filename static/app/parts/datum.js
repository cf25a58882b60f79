// SPDX-License-Identifier: AGPL-3.0-or-later
// One value of a person on a line of its own.  Where it came from, and what
// was there before, is told beside it for whoever points at it or comes by
// with Tab.  A double click or Enter edits it in place.
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { toldOf } from '../lib/told.js';
import { spoken } from '../lib/typed.js';
import { Cell } from './cell.js';
import { DatumEditor } from './datum-editor.js';

function Value({ type, value }) {
	if (type === 'set' && Array.isArray(value) && value.length)
		return html`<span class="tags">${value.map((v) => html`<bdi
			class="tag" key=${v}>${String(v)}</bdi>`)}</span>`;
	if (typeof value === 'string' && /^https?:\/\/\S+$/i.test(value))
		return html`<a href=${value} target="_blank"
			rel="noopener noreferrer"><bdi>${value}</bdi></a>`;
	return html`<${Cell} type=${type} value=${value} />`;
}

/** What was there before, or what is said beneath a manager's word. */
function Earlier({ word, type, what }) {
	const told = toldOf(word);

	return html`<span class="datum-was">${what} <bdi>${spoken(type,
		word.value)}</bdi>${told && ` (${told[0].toLowerCase()}${told.slice(1)})`}
	</span>`;
}

function Told({ id, type, cell }) {
	return html`<span class="datum-told" id=${id}>
		${toldOf(cell)}${' '}
		${cell.previous && html`<${Earlier} type=${type} what="Before:"
			word=${cell.previous} />`}${' '}
		${cell.shadow && html`<${Earlier} type=${type} what="Events say:"
			word=${cell.shadow} />`}
	</span>`;
}

function Shown({ label, type, cell, onEdit, focus }) {
	const id = useId();
	const ref = useRef(/** @type {any} */ (null));
	const told = cell && (cell.source || cell.previous);
	const stop = told || onEdit;
	const keys = (e) => {
		if (onEdit && e.key === 'Enter' && e.target === e.currentTarget) {
			e.preventDefault();
			onEdit();
		}
	};

	useLayoutEffect(() => {
		if (focus)
			ref.current.focus();
	}, []);
	return html`
		<span class="datum-value" tabindex=${stop ? 0 : undefined} ref=${ref}
			role=${stop ? 'group' : undefined}
			aria-label=${stop ? label : undefined}
			aria-describedby=${told ? id : undefined}
			aria-keyshortcuts=${onEdit ? 'Enter' : undefined}
			title=${onEdit ? 'Double-click or Enter to edit' : undefined}
			onDblClick=${onEdit} onKeyDown=${keys}>
			<${Value} type=${type} value=${cell?.value} /></span>
		${onEdit && html`<button type="button" class="ghost datum-edit"
			tabindex="-1" aria-label=${`Edit ${label}`}
			onClick=${onEdit}>Edit</button>`}
		${told && html`<${Told} id=${id} type=${type} cell=${cell} />`}`;
}

/**
 * @param {{name: string, label: string, type: string, cell: any,
 *   onSave?: (name: string, value: any, base: any) => Promise<any>}} props
 *   onSave: it can be edited; answers what is there meanwhile where that is
 *   another value than `base`
 */
export function Datum({ name, label, type, cell, onSave }) {
	const [editing, setEditing] = useState(false);
	const [back, setBack] = useState(false);
	const leave = () => {
		setBack(true);
		setEditing(false);
	};

	return html`<div class="datum" data-name=${name}>
		<dt><bdi>${label}</bdi></dt>
		<dd>${editing ? html`<${DatumEditor} ...${{ name, label, type, cell }}
			onSave=${onSave} onLeave=${leave} />`
		: html`<${Shown} ...${{ label, type, cell }} focus=${back}
			onEdit=${onSave && (() => setEditing(true))} />`}</dd>
	</div>`;
}
