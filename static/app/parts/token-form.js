// SPDX-License-Identifier: AGPL-3.0-or-later
// A key for a machine: what it is for, may and when it ends; then the key
// itself, which is told this once.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { make, newKey } from '../lib/settings.js';
import { daysFromNow, typedInstant } from '../lib/time.js';
import { CopyField } from './copy-field.js';
import { Dialog } from './dialog.js';
import { Rights } from './rights.js';
import { fieldOf, TextField } from './settings-field.js';
import { Unsaved } from './unsaved.js';

const ENDS = [['30', 'After 30 days'], ['90', 'After 90 days'],
	['365', 'After a year'],
	['at', 'At a moment'], ['', 'Never']];

const WORDS = { role: 'What it may', rights: 'Scopes', MemberName: 'Scopes',
	Member: 'what is ticked below and no more', OwnerName: 'Everything',
	Owner: 'also managers and tokens' };

const EMPTY = { name: '', role: 'Member', scopes: [], ends: '90', at: '' };

function bodyOf({ name, role, scopes, ends, at }) {
	const expiresAt = ends === 'at' ? at && typedInstant(at)
		: ends && daysFromNow(Number(ends));

	return { name, role, ...role === 'Member' ? { scopes } : {},
		...expiresAt ? { expiresAt } : {} };
}

/** A draft of something that is not there yet. */
function useMaking(path, onMade) {
	const [state, setState] = useState(/** @type {any} */ ({ now: EMPTY,
		key: newKey() }));
	const { now, error, busy, key } = state;

	return {
		now, error, busy, theirs: {},
		put: (field, value) => setState((s) => ({ ...s, key: newKey(),
			now: { ...s.now, [field]: value } })),
		run: async () => {
			if (busy)
				return;
			setState((s) => ({ ...s, busy: true, error: null }));
			try {
				onMade(await make(path, bodyOf(now), key));
			} catch (e) {
				setState((s) => ({ ...s, busy: false, error: e }));
			}
		},
	};
}

function Ends({ draft }) {
	const { now, error } = draft;
	const wrong = fieldOf(error) === 'expiresAt';

	return html`<div class="pair">
		<label class="labelled">Ends
			<select class="field" name="ends" value=${now.ends}
				aria-invalid=${wrong ? 'true' : undefined}
				onChange=${(e) => draft.put('ends', e.target.value)}>
				${ENDS.map(([value, text]) => html`<option key=${value}
					value=${value}>${text}</option>`)}</select></label>
		${now.ends === 'at' && html`<label class="labelled">Moment
			<input class="field" type="datetime-local" name="at"
				value=${now.at} onInput=${(e) =>
	draft.put('at', e.target.value)} /></label>`}
	</div>
	${wrong && html`<p class="trouble" role="alert">${error.message}</p>`}`;
}

function Made({ token, onClose }) {
	return html`<div class="dialog-body stack">
		<p>Copy it now: it is shown this once and kept nowhere.</p>
		<${CopyField} label="Token" text=${token} />
		<p class="hint">Machines send it with every request:
			${' '}<code>Authorization: Bearer ${token.slice(0, 8)}…</code></p>
		<div class="dialog-foot"><button type="button" class="primary"
			onClick=${onClose}>I have it</button></div>
	</div>`;
}

function Form({ draft, all, onClose }) {
	const { now, error, busy } = draft;
	const ready = now.name.trim() && (now.role === 'Owner' ||
		now.scopes.length);

	return html`<form class="dialog-body stack" novalidate onSubmit=${(e) => {
		e.preventDefault();
		draft.run();
	}}>
		<${TextField} draft=${draft} name="name" label="What it is for"
			maxlength="200" autofocus=${true} />
		<${Rights} role=${now.role} onRole=${(v) => draft.put('role', v)}
			all=${all} chosen=${now.scopes} words=${WORDS}
			onChosen=${(v) => draft.put('scopes', v)} />
		<${Ends} draft=${draft} />
		${error && !['name', 'expiresAt'].includes(fieldOf(error)) &&
			html`<p class="trouble" role="alert">${error.message}</p>`}
		<div class="dialog-foot">
			<button type="button" onClick=${onClose}>Cancel</button>
			<button class="primary" disabled=${!ready}
				aria-disabled=${String(!!busy)}>Make the token</button>
		</div>
	</form>`;
}

/** @param {{all: any[], onMade: () => void, onClose: () => void}} props */
export function TokenForm({ all, onMade, onClose }) {
	const [made, setMade] = useState(/** @type {any} */ (null));
	const [had, setHad] = useState(false);
	const draft = useMaking('/tokens', (token) => {
		setMade(token);
		onMade();
	});

	useEffect(() => {
		if (had)
			onClose(); // nothing holds it back any more
	}, [had]);
	const typed = JSON.stringify(draft.now) !== JSON.stringify(EMPTY);

	return html`<${Dialog} title=${made ? 'The token' : 'New token'}
		onClose=${onClose}>
		${made ? html`<${Made} token=${made.token}
			onClose=${() => setHad(true)} />`
		: html`<${Form} ...${{ draft, all, onClose }} />`}
		<${Unsaved} dirty=${made ? !had : typed} title=${made &&
		'Close without the token?'} text=${made &&
		'It is shown this once and cannot be had again.'} />
	</${Dialog}>`;
}
