// SPDX-License-Identifier: AGPL-3.0-or-later
// The chats of a person, the latest opened first, a few at a time; each leads
// to its transcript.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { count, counted } from '../lib/number.js';
import { instant } from '../lib/time.js';
import { addressOf } from '../lib/url.js';
import * as api from '../lib/user-api.js';

const FEW = 5;
const MANY = 50;

/** Called by its name, or else by when it began. */
function Chat({ chat }) {
	const { short, long } = instant(chat.openedAt);
	const time = html`<time datetime=${chat.openedAt} title=${long}>${short}
		</time>`;
	const n = (chat.messagesIn ?? NaN) + (chat.messagesOut ?? NaN);
	const told = [chat.name && time, n >= 0 && counted(n, 'message'),
		chat.source, chat.tags.join(', '), chat.chatId].filter(Boolean);

	return html`<li class="chat">
		<p><a href=${addressOf(`/archives/${chat.id}`)}><bdi>
			${chat.name || time}</bdi></a>
			${' '}<span class="tag">${chat.state}</span></p>
		<p class="hint">${told.map((t, i) => html`${i > 0 && ', '}<bdi>${t}
			</bdi>`)}</p></li>`;
}

/** @param {{id: any, turn: number}} props */
export function Chats({ id, turn }) {
	const [{ list, total, next, error }, setState] = useState(
		/** @type {any} */ ({ list: [] }));
	const load = (before, after, limit) => api.chats(id, { after, limit }).then(
		(page) => setState({ list: [...before, ...page.chats],
			total: page.total, next: page.next }),
		(e) => setState((s) => ({ ...s, error: e })));

	useEffect(() => {
		load([], '', FEW);
	}, [id, turn]);
	return html`<section class="card" aria-labelledby="user-chats">
		<h2 id="user-chats">User chats${total > 0 && ` (${count(total)})`}</h2>
		<ul class="chats">${list.map((c) => html`<${Chat} key=${c.id}
			chat=${c} />`)}</ul>
		${total === 0 && html`<p class="hint">None yet.</p>`}
		${error && html`<p class="trouble" role="alert">${error.message}</p>`}
		${(next || error) && html`<button type="button" class="link"
			onClick=${() => load(list, next, MANY)}>
			${error ? 'Try again' : 'Earlier chats'}</button>`}
	</section>`;
}
