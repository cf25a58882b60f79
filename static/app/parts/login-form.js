// SPDX-License-Identifier: AGPL-3.0-or-later
// E-mail or phone, and a password: on the log-in page, and over the page when
// a session has ended midway.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { html } from '../lib/html.js';

/** Tries what was typed; the password is to be typed again if it fails. */
function useLogin(fields, onDone) {
	const [state, setState] = useState({ busy: false, error: '' });
	const submit = async (e) => {
		const { login, password } = fields.current.elements;
		const typed = login.value.trim();

		e.preventDefault();
		setState({ busy: true, error: '' });
		try {
			onDone({ ...await api.logIn(typed, password.value),
				login: typed });
		} catch (problem) {
			setState({ busy: false, error: problem.message });
			password.select();
			password.focus();
		}
	};

	return { ...state, submit };
}

/**
 * @param {{login?: string, action?: string,
 *   onDone: (session: import('../lib/session.js').Session) => void}} props
 */
export function LoginForm({ login: known = '', action = 'Log in', onDone }) {
	const [login, setLogin] = useState(known);
	const [password, setPassword] = useState('');
	const fields = useRef(/** @type {any} */ (null));
	const { busy, error, submit } = useLogin(fields, onDone);

	useEffect(() => fields.current.elements[known ? 'password' : 'login']
		.focus(), []);
	return html`<form class="stack" ref=${fields} onSubmit=${submit}>
		${error && html`<p class="trouble" role="alert">${error}</p>`}
		<label class="labelled">E-mail or phone
			<input class="field" name="login" type="text" required
				autocomplete="username" autocapitalize="off"
				spellcheck=${false} value=${login}
				onInput=${(e) => setLogin(e.target.value)} />
			<span class="hint">A phone with its country code: +49 …</span>
		</label>
		<label class="labelled">Password
			<input class="field" name="password" type="password" required
				autocomplete="current-password" value=${password}
				onInput=${(e) => setPassword(e.target.value)} />
		</label>
		<button class="primary wide" disabled=${busy}>
			${busy ? 'Logging in…' : action}</button>
	</form>`;
}
