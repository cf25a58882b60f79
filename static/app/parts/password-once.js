// SPDX-License-Identifier: AGPL-3.0-or-later
// A one-time password, told this once to whoever passes it on.
import { html } from '../lib/html.js';
import { CopyField } from './copy-field.js';
import { Dialog } from './dialog.js';

/**
 * @param {{name: string, login: string, password: string,
 *   onClose: () => void}} props
 */
export function PasswordOnce({ name, login, password, onClose }) {
	return html`<${Dialog} title="The one-time password" kind="narrow">
		<div class="dialog-body stack">
			<p>Give <b><bdi>${name}</bdi></b> this password. It is shown this
				once; they log in as <bdi>${login}</bdi> and choose their own.
			</p>
			<${CopyField} label="Password" text=${password} />
			<div class="dialog-foot"><button type="button" class="primary"
				onClick=${onClose}>I have it</button></div>
		</div>
	</${Dialog}>`;
}
