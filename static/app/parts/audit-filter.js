// SPDX-License-Identifier: AGPL-3.0-or-later
// What is asked of the audit log: how the act begins, by whom, about what, and
// between which moments.
import { useId, useState } from 'preact/hooks';
import { html } from '../lib/html.js';

/** Beginnings of acts, to choose from; any other can be typed. */
const ACTS = ['login', 'logout', 'session.', 'manager.', 'token.', 'setting',
	'hours.', 'attribute.', 'user.', 'chat.', 'segment.', 'view.', 'bulk.',
	'export.', 'import.'];
const WHO = ['manager', 'token', 'command', 'nobody'];

function Text({ name, label, placeholder, draft, put, list }) {
	return html`<label class="labelled">${label}
		<input class="field" name=${name} value=${draft[name] ?? ''}
			placeholder=${placeholder} autocomplete="off" spellcheck=${false}
			list=${list} onInput=${(e) => put(name, e.target.value)} /></label>`;
}

function Moment({ name, label, draft, put }) {
	return html`<label class="labelled">${label}
		<input class="field" type="datetime-local" name=${name}
			value=${draft[name] ?? ''}
			onInput=${(e) => put(name, e.target.value)} /></label>`;
}

const Choices = ({ id, of }) => html`<datalist id=${id}>${of.map((v) => html`
	<option key=${v} value=${v}></option>`)}</datalist>`;

/**
 * @param {{asked: Record<string, string>,
 *   onAsk: (next: Record<string, string>) => void}} props
 */
export function AuditFilter({ asked, onAsk }) {
	const [draft, setDraft] = useState(asked);
	const id = useId();
	const put = (name, value) => setDraft({ ...draft, [name]: value });

	return html`<form class="audit-filter" role="search" aria-label="Audit log"
		onSubmit=${(e) => {
		e.preventDefault();
		onAsk(Object.fromEntries(Object.entries(draft)
			.map(([k, v]) => [k, v.trim()])));
	}}>
		<${Text} name="act" label="Act" placeholder="manager." list=${`${id}-a`}
			...${{ draft, put }} />
		<${Text} name="by" label="By" placeholder="manager 3"
			list=${`${id}-w`} ...${{ draft, put }} />
		<${Text} name="object" label="About" placeholder="user 12"
			...${{ draft, put }} />
		<${Moment} name="from" label="From" ...${{ draft, put }} />
		<${Moment} name="to" label="Until" ...${{ draft, put }} />
		<${Choices} id=${`${id}-a`} of=${ACTS} />
		<${Choices} id=${`${id}-w`} of=${WHO} />
		<div class="audit-ask"><button class="primary">Show</button>
			${Object.keys(asked).length > 0 && html`<button type="button"
				class="ghost" onClick=${() => onAsk({})}>Clear</button>`}</div>
	</form>`;
}
