// SPDX-License-Identifier: AGPL-3.0-or-later
// The mark and the name.
import { html } from '../lib/html.js';

export function Brand() {
	return html`<span class="brand">
		<img src="/icon.svg" alt="" width="24" height="24" />
		<span>Rapport</span>
	</span>`;
}
