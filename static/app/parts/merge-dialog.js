// SPDX-License-Identifier: AGPL-3.0-or-later
// Makes two people one: the other is found by name, address or user ID, then
// it is said which of them stays.  What is merged can be taken back.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { attributeOf } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { addressOfPerson, nameOf, whole } from '../lib/person.js';
import { merge } from '../lib/user-api.js';
import { Combobox } from './combobox.js';
import { Dialog } from './dialog.js';
import { useHurry } from './suggest.js';

const SETTLE = 150;
const NAME = whole('name');
const EMAIL = whole('email');
const LEAVES = [[NAME, 'contains'], [EMAIL, 'contains'], ['userId', 'is']];

/** Whoever may be meant, but for the one that is here; by what may be asked. */
function useSearch(text, user) {
	const leaves = LEAVES.filter(([name]) => attributeOf(name));
	const q = text.trim();
	const query = { f: JSON.stringify({ any: leaves.map(([name, op]) =>
		[name, op, q]) }), columns: leaves.map(([name]) => name).join(','), limit: 9 };
	const found = useLoad(q || null, (signal) => api.users(query, signal),
		SETTLE);
	const shown = q ? found.data ?? found.last?.data : undefined;

	return { error: found.error, data: found.data,
		people: (shown?.users ?? []).filter((u) => u.id !== user.id) };
}

const titleOf = (row) => row[NAME] || row[EMAIL] || row.userId ||
	`User ${row.id}`;

const optionOf = (row) => ({ key: String(row.id), text: String(titleOf(row)),
	note: String(row[EMAIL] ?? row.userId ?? ''), row });

function Find({ user, onPick }) {
	const [text, setText] = useState('');
	const found = useSearch(text, user);
	const ref = useRef(/** @type {any} */ (null));
	const options = found.people.map(optionOf);
	const pick = (o) => onPick(o.row);
	const soon = useHurry(!!found.data, options, pick);

	useEffect(() => ref.current.querySelector('input').focus(), []);
	return html`<div ref=${ref}><${Combobox} label="Who else" text=${text}
		placeholder="Name, e-mail or user ID" first=${!!found.data}
		onText=${setText} options=${options} onPick=${pick}
		onEmpty=${() => text.trim() && soon()}
		status=${found.error ? found.error.message
		: found.data && !found.people.length ? 'Nobody fits.' : ''} /></div>`;
}

const selfOf = (user) => ({ id: user.id, title: nameOf(user) ||
	addressOfPerson(user) || `User ${user.id}` });

function Sides({ here, other, into, onInto }) {
	const ref = useRef(/** @type {any} */ (null));
	const side = (p) => html`<label class="tick"><input type="radio"
		name="into" checked=${into === p.id} onChange=${() => onInto(p.id)} />
		<bdi>${p.title}</bdi>${p.id === here.id && ' (this page)'}</label>`;

	useEffect(() => ref.current.querySelector('input').focus(), []);
	return html`<fieldset class="choice" ref=${ref}><legend>Who stays</legend>
		${side(here)}${side(other)}</fieldset>
		<p>The chats, identities and segments of both become theirs. Of each
			value the later one is shown, and what a manager typed above all.
			It can be undone on their page.</p>`;
}

/** @param {{user: any, onClose: () => void, onDone: (into: number) => void}} p */
export function MergeDialog({ user, onClose, onDone }) {
	const here = selfOf(user);
	const [other, setOther] = useState(/** @type {any} */ (null));
	const [into, setInto] = useState(here.id);
	const [state, setState] = useState(/** @type {any} */ ({}));
	const button = useRef(/** @type {any} */ (null));
	const run = async (e) => {
		e.preventDefault();
		setState({ busy: true });
		try {
			await merge(into === here.id ? other.id : here.id, into);
			onDone(into);
		} catch (error) {
			setState({ error });
			button.current?.focus();
		}
	};

	return html`<${Dialog} title="Merge with somebody" onClose=${onClose}>
		<form class="dialog-body stack" onSubmit=${run}>
			${other ? html`<${Sides} here=${here} other=${other} into=${into}
				onInto=${setInto} />`
		: html`<${Find} user=${user} onPick=${(row) =>
			setOther({ id: row.id, title: String(titleOf(row)) })} />`}
			${state.error && html`<p class="trouble" role="alert">
				${state.error.message}</p>`}
			${other && html`<div class="dialog-foot">
				<button type="button" onClick=${() => setOther(null)}>
					Somebody else</button>
				<button class="primary" ref=${button}
					disabled=${state.busy}>Merge the two</button></div>`}
		</form></${Dialog}>`;
}
