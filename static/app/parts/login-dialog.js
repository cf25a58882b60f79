// SPDX-License-Identifier: AGPL-3.0-or-later
// The session ended while somebody worked.  Whatever is on screen stays as it
// is underneath; after the log-in the calls that were refused go on.
import { html } from '../lib/html.js';
import { ended, ownLogin, session, setSession } from '../lib/session.js';
import { startOver } from '../lib/url.js';
import { Dialog } from './dialog.js';
import { LoginForm } from './login-form.js';

function resume(next) {
	if (next.manager.id !== session.value?.manager.id)
		startOver();
	else
		setSession(next);
}

export function LoginDialog() {
	if (!ended.value || !session.value)
		return null;
	return html`<${Dialog} title="Your session has ended" kind="narrow">
		<div class="dialog-body stack">
			<p>Log in again to go on. Nothing you typed is lost.</p>
			<${LoginForm} login=${ownLogin()}
				action="Log in and go on" onDone=${resume} />
			<button type="button" class="link"
				onClick=${() => setSession(null)}>Leave instead</button>
		</div>
	</${Dialog}>`;
}
