// SPDX-License-Identifier: AGPL-3.0-or-later
// One chat of the archives: with whom, when, about what, and where in it is
// what was looked for.
import { addressOfChat } from '../lib/archive.js';
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';
import { instant } from '../lib/time.js';
import { Icon } from './icon.js';
import { Marked } from './marked.js';
import { Pick } from './pick.js';

/** @param {any} chat whom it is with, as far as one may know */
export const titleOf = (chat) => chat.user?.default_name || chat.name ||
	chat.user?.userId || chat.chatId;

const messages = (n) => `${count(n)} ${n === 1 ? 'message' : 'messages'}`;

function Hit({ chat, hit, q, onOpen }) {
	const { short } = instant(hit.at);

	return html`<li><a class="chat-hit" data-key=${hit.key}
		href=${addressOfChat(chat.id, q, hit.key)}
		onClick=${(e) => onOpen(e, chat.id, hit.key)}>
		<span class="chat-hit-who">${hit.personType}${hit.note && ', note'}
			<span class="unseen"> at ${short}: </span></span>
		<span class="chat-hit-text">${hit.cutBefore && '…'}<${Marked}
			text=${hit.text} marks=${hit.marks} />${hit.cutAfter && '…'}</span>
	</a></li>`;
}

function Told({ chat }) {
	const parts = [messages(chat.messagesIn + chat.messagesOut), chat.source,
		chat.assigneeId && `assigned to ${chat.assigneeId}`,
		chat.user?.default_name && chat.name].filter(Boolean);

	return html`<p class="hint chat-told">
		${parts.map((p, i) => html`<bdi key=${i}>${p}</bdi>`)}
		${chat.tags.map((t) => html`<bdi class="tag" key=${`t${t}`}>${t}
			</bdi>`)}</p>`;
}

/**
 * @param {{chat: any, q: string, picked: boolean,
 *   onPick: (on: boolean) => void,
 *   onOpen: (e: any, id: number, at?: string) => void}} props
 */
export function ArchiveRow({ chat, q, picked, onPick, onOpen }) {
	const { short, long } = instant(chat.openedAt);
	const at = chat.hits?.[0]?.key;

	return html`<li class="chat-row" data-chat=${chat.id}>
		<div class="chat-row-head">
			<${Pick} on=${picked} onPick=${onPick}
				label=${`Select ${titleOf(chat)}, ${short}`} />
			<h2><a class="chat-link" href=${addressOfChat(chat.id, q, at)}
				onClick=${(e) => onOpen(e, chat.id, at)}>
				<bdi>${titleOf(chat)}</bdi></a></h2>
			<span class="tag" data-state=${chat.state}>${chat.state}</span>
			<time class="hint" datetime=${chat.openedAt} title=${long}>
				${short}</time>
		</div>
		<${Told} chat=${chat} />
		${chat.hits?.length > 0 && html`<ul class="chat-hits">
			${chat.hits.map((h) => html`<${Hit} key=${h.key} hit=${h}
				...${{ chat, q, onOpen }} />`)}</ul>`}
	</li>`;
}

/** What is typed is looked for when it is complete. */
export function SearchForm({ field, draft, label, onDraft, onSearch }) {
	return html`<form class="archive-search" role="search" onSubmit=${(e) => {
		e.preventDefault();
		onSearch(draft.trim());
	}}>
		<input type="search" class="field" ref=${field} aria-label=${label}
			placeholder=${label} value=${draft} autocomplete="off"
			onInput=${(e) => onDraft(e.target.value)} />
		<button type="submit"><${Icon} name="search" /> Search</button>
	</form>`;
}
