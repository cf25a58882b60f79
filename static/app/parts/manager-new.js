// SPDX-License-Identifier: AGPL-3.0-or-later
// Somebody new: the fields, and then the password they log in with first.
import { useEffect, useState } from 'preact/hooks';
import { same } from '../lib/draft.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { bodyOf, choices, EMPTY, loginOf } from '../lib/manager.js';
import { make, newKey, pathOf } from '../lib/settings.js';
import { go } from '../lib/url.js';
import { FIELDS, ManagerFields } from './manager-fields.js';
import { PasswordOnce } from './password-once.js';
import { FormFoot } from './settings-field.js';
import { Found } from './settings-frame.js';
import { Unsaved } from './unsaved.js';

/** A draft of somebody who is not there yet. */
function useMaking(segments) {
	const [state, setState] = useState(/** @type {any} */ ({ now: EMPTY,
		key: newKey() }));
	const { now, error, busy, key, made } = state;

	return {
		now, error, busy: !!busy, made, theirs: {},
		changed: same(now, EMPTY) ? [] : ['name'],
		put: (field, value) => setState((s) => ({ ...s, key: newKey(),
			now: { ...s.now, [field]: value } })),
		run: async () => {
			setState((s) => ({ ...s, busy: true, error: null }));
			try {
				const one = await make('/managers',
					bodyOf(now, now, segments), key);

				setState((s) => ({ ...s, busy: false, made: one }));
			} catch (e) {
				setState((s) => ({ ...s, busy: false, error: e }));
			}
		},
	};
}

function Form({ found }) {
	const [had, setHad] = useState(false);
	const draft = useMaking(found.segments);
	const { now, made, busy } = draft;

	useEffect(() => {
		if (had)
			go(pathOf('managers', String(made.id)), {}, { replace: true });
	}, [had]);
	return html`<form class="stack settings-form" novalidate onSubmit=${(e) => {
		e.preventDefault();
		if (!busy && !made && draft.changed.length)
			draft.run();
	}}>
		<${ManagerFields} draft=${draft} choices=${found} />
		<${FormFoot} draft=${draft} fields=${FIELDS} text="Add the manager" />
		<${Unsaved} dirty=${draft.changed.length > 0 && !had} />
		${made && html`<${PasswordOnce} name=${now.name} login=${loginOf(now)}
			password=${made.password} onClose=${() => setHad(true)} />`}
	</form>`;
}

export function ManagerNew() {
	const found = useLoad('choices', choices);

	return html`<${Found} found=${found} what="What there is to choose from">
		${(data) => html`<${Form} found=${data} />`}<//>`;
}
