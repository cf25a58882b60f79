// SPDX-License-Identifier: AGPL-3.0-or-later
// What stands before a shared view that has a password.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Brand } from './brand.js';

/** @param {{onPassword: (password: string) => Promise<any>}} props */
export function SharedLock({ onPassword }) {
	const [password, setPassword] = useState('');
	const [error, setError] = useState('');
	const [busy, setBusy] = useState(false);
	const field = useRef(/** @type {any} */ (null));
	const submit = async (e) => {
		e.preventDefault();
		if (busy || !password)
			return;
		setBusy(true);
		try {
			await onPassword(password);
		} catch (problem) {
			setError(problem.message);
			setBusy(false);
			field.current?.select();
		}
	};

	useEffect(() => field.current.focus(), []);
	return html`<main class="login" id="main">
		<form class="login-form stack" onSubmit=${submit}>
			<${Brand} />
			<h1>This view has a password</h1>
			<label class="labelled">Password
				<input class="field" type="password" name="password" ref=${field}
					autocomplete="off" value=${password}
					aria-invalid=${error ? 'true' : undefined}
					aria-describedby="lock-trouble"
					onInput=${(e) => setPassword(e.target.value)} /></label>
			<p class="trouble" id="lock-trouble" role="alert">${error}</p>
			<button class="primary wide" aria-disabled=${String(busy)}>
				Open</button>
		</form>
	</main>`;
}
