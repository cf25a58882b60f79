// SPDX-License-Identifier: AGPL-3.0-or-later
// Nobody is logged in: the one thing to do.
import { useEffect } from 'preact/hooks';
import { html } from '../lib/html.js';
import { setSession } from '../lib/session.js';
import { Brand } from '../parts/brand.js';
import { LoginForm } from '../parts/login-form.js';

export function LoginPage() {
	useEffect(() => {
		document.title = 'Log in – Rapport';
	}, []);
	return html`<main class="login">
		<div class="login-card">
			<${Brand} />
			<h1>Log in</h1>
			<${LoginForm} onDone=${setSession} />
			<p class="login-foot">Got a locked file?
				${' '}<a href="/unlock.html">Unlock it</a>. No account needed.
			</p>
		</div>
	</main>`;
}
