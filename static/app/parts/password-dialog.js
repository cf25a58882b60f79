// SPDX-License-Identifier: AGPL-3.0-or-later
// One's own password: the old one, and a new one twice.  The server ends every
// session of that person; this one goes on with the new password.
import { useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { html } from '../lib/html.js';
import { ownLogin, setSession } from '../lib/session.js';
import { Dialog } from './dialog.js';
import { PasswordPair, pairTroubles } from './password-pair.js';

const LEAST = 12;

/** Where the server's paths are on this form. */
const FIELDS = { password: 'old', newPassword: 'password' };

async function change({ old, password }) {
	const login = ownLogin();

	await api.changePassword(old, password);
	setSession(login
		? { ...await api.logIn(login, password), login } : null);
}

function troublesOf({ old, password, again }) {
	const pair = pairTroubles(password, again, LEAST);

	return old ? pair : { old: 'The one you have now is needed, too.', ...pair };
}

function usePassword(draft, onDone) {
	const [state, setState] = useState(/** @type {any} */ ({ troubles: {} }));
	const form = useRef(/** @type {any} */ (null));
	const tell = (troubles, other = '') => {
		setState({ troubles, other });
		form.current.elements[Object.keys(troubles)[0]]?.focus();
	};
	const submit = async (e) => {
		const troubles = troublesOf(draft);

		e.preventDefault();
		if (Object.keys(troubles).length)
			return tell(troubles);
		setState({ troubles, busy: true });
		try {
			await change(draft);
			return onDone();
		} catch (error) {
			const at = FIELDS[error.path];

			return tell(at ? { [at]: error.message } : {},
				at ? '' : error.message);
		}
	};

	return { ...state, form, submit };
}

/** @param {{onClose: () => void}} props */
export function PasswordDialog({ onClose }) {
	const [draft, setDraft] = useState({ old: '', password: '', again: '' });
	const { troubles, other, busy, form, submit } =
		usePassword(draft, onClose);
	const put = (name) => (text) => setDraft({ ...draft, [name]: text });

	return html`<${Dialog} title="Change password" onClose=${onClose}>
		<form class="dialog-body stack" ref=${form} novalidate
			onSubmit=${submit}>
			${other && html`<p class="trouble" role="alert">${other}</p>`}
			<label class="labelled">Password until now
				<input class="field" name="old" type="password"
					autocomplete="current-password" value=${draft.old}
					aria-invalid=${troubles.old ? 'true' : undefined}
					onInput=${(e) => put('old')(e.target.value)} />
				<span class="trouble">${troubles.old}</span>
			</label>
			<${PasswordPair} label="New password" least=${LEAST}
				first=${draft.password} second=${draft.again}
				onFirst=${put('password')} onSecond=${put('again')}
				troubles=${troubles} />
			<p class="hint">You are logged out everywhere else.</p>
			<div class="dialog-foot"><button class="primary"
				disabled=${busy}>Change password</button></div>
		</form>
	</${Dialog}>`;
}
