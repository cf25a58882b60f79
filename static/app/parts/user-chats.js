// SPDX-License-Identifier: AGPL-3.0-or-later
// The chats of a person, the latest opened first, a few at a time; each leads
// to its transcript.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';
import { instant } from '../lib/time.js';
import { addressOf } from '../lib/url.js';
import * as api from '../lib/user-api.js';

const FEW = 5;
const MANY = 50;

function Chat({ chat }) {
	const { short, long } = instant(chat.openedAt);
	const n = chat.messagesIn + chat.messagesOut;

	return html`<li class="chat">
		<p><a href=${addressOf(`/archives/${chat.id}`)}><bdi>
			${chat.name || chat.chatId}</bdi></a>
			${' '}<span class="tag">${chat.state}</span></p>
		<p class="hint"><time datetime=${chat.openedAt} title=${long}>${short}
			</time>, ${count(n)} ${n === 1 ? 'message' : 'messages'}${
			chat.source && html`, <bdi>${chat.source}</bdi>`}${
			chat.tags.length > 0 && html`, <bdi>${chat.tags.join(', ')}</bdi>`}
		</p></li>`;
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
