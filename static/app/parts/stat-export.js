// SPDX-License-Identifier: AGPL-3.0-or-later
// From analytics to the chats of the period, with its zone and its filters.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { may } from '../lib/session.js';
import { chatsOf } from '../lib/stats.js';
import { Icon } from './icon.js';
import { later } from './later.js';

const ChatExport = later(() =>
	import('./chat-export.js').then((m) => m.ChatExport),
'/css/later/export.css');

/** @param {{state: import('../lib/stats.js').State}} props */
export function StatExport({ state }) {
	const [open, setOpen] = useState(false);

	return may('download') && may('chats.read') && html`
		<div class="page-acts"><button type="button" disabled=${!!state.broken}
			onClick=${() => setOpen(true)}><${Icon} name="download" />
			Export chats of this period</button></div>
		${open && html`<${ChatExport} asked=${chatsOf(state)}
			onClose=${() => setOpen(false)} />`}`;
}
