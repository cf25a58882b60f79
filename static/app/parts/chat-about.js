// SPDX-License-Identifier: AGPL-3.0-or-later
// What is known of a chat beside what was said, and what may be changed of it:
// tags, who looks after it, its state.  What was typed stays when it cannot be
// saved.
import { useRef, useState } from 'preact/hooks';
import { duration } from '../lib/duration.js';
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';
import { may } from '../lib/session.js';
import { instant } from '../lib/time.js';
import { addressOf } from '../lib/url.js';
import { KnownTokens } from './known-tokens.js';

function useSave(save) {
	const [error, setError] = useState(/** @type {any} */ (null));
	const [busy, setBusy] = useState(false);

	return { error, busy, clear: () => setError(null),
		run: async (body) => {
			setBusy(true);
			setError(null);
			try {
				return await save(body);
			} catch (e) {
				setError(e);
				return null;
			} finally {
				setBusy(false);
			}
		} };
}

/** Texts that are shown, and chosen anew when one may. */
function Texts({ label, of, texts, none, known, max, bodyOf, save }) {
	const [draft, setDraft] = useState(/** @type {string[]|null} */ (null));
	const saving = useSave(save);
	const button = useRef(/** @type {any} */ (null));
	const close = () => {
		setDraft(null);
		saving.clear();
		setTimeout(() => button.current?.focus());
	};
	const put = async () => !saving.busy &&
		await saving.run(bodyOf(draft)) && close();

	if (!draft)
		return html`<div class="about-line"><dt>${label}</dt><dd>
			${texts.length ? html`<span class="tags">${texts.map((t) => html`
				<bdi class="tag" key=${t}>${t}</bdi>`)}</span>`
		: html`<span class="hint">${none}</span>`}
			${may('chats.edit') && html`<button type="button" class="link"
				ref=${button} onClick=${() => setDraft(texts)}>
				Change<span class="unseen"> ${label}</span></button>`}
		</dd></div>`;
	return html`<div class="about-line"><dt>${label}</dt>
		<dd class="about-form" onKeyDown=${(e) => {
			if (e.key === 'Escape') {
				e.preventDefault();
				close();
			}
		}}>
			<${KnownTokens} of=${of} label=${label} known=${known} chosen=${draft}
				max=${max} commas=${true} focus=${true} onChosen=${setDraft}
				onEmpty=${put} />
			${saving.error && html`<p class="trouble" role="alert">
				${saving.error.message}</p>`}
			<div class="about-acts">
				<button type="button" class="primary" onClick=${put}
					aria-disabled=${String(saving.busy)}>Save</button>
				<button type="button" onClick=${close}>Cancel</button></div>
		</dd></div>`;
}

const ACTS = { opened: 'Open again', snoozed: 'Snooze', closed: 'Close' };

/** The state, and the buttons that change it. */
function State({ chat, save, onState }) {
	const saving = useSave(save);
	const line = useRef(/** @type {any} */ (null));
	const put = async (state) => {
		const next = await saving.run({ state });

		if (next)
			onState(next.states[next.states.length - 1]);
		// the button that was pressed is gone
		if (next && line.current)
			line.current.querySelector('button')?.focus();
	};

	return html`<div class="about-line"><dt>State</dt><dd ref=${line}>
		<span class="tag" data-state=${chat.state}>${chat.state}</span>
		${may('chats.edit') && html`<span class="about-acts">
			${Object.entries(ACTS).filter(([s]) =>
		s !== chat.state.toLowerCase()).map(([s, word]) => html`
				<button type="button" key=${s} disabled=${saving.busy}
					onClick=${() => put(s)}>${word}</button>`)}</span>`}
		${saving.error && html`<p class="trouble" role="alert">
			${saving.error.message}</p>`}
	</dd></div>`;
}

const TIMES = [['waitingTime', 'operationWaitingTime', 'First wait'],
	['avgReplyTime', 'operationAvgReplyTime', 'Average reply'],
	['resolutionTime', 'operationResolutionTime', 'Resolution'],
	['holdTime', '', 'On hold']];

function Times({ chat }) {
	const told = (ms) => ms === null || ms === undefined ? 'not known'
		: duration(ms);

	return html`<section class="card" aria-labelledby="chat-times">
		<h2 id="chat-times">Times</h2>
		<dl class="about">${TIMES.map(([name, within, label]) => html`
			<div class="about-line" key=${name}><dt>${label}</dt>
				<dd><span>${told(chat[name])}</span>${within &&
				typeof chat[within] === 'number' && html`<span class="hint">
				${duration(chat[within])} of it in operating hours</span>`}
				</dd></div>`)}
			<div class="about-line"><dt>Replies</dt>
				<dd>${count(chat.replyCount ?? 0)}</dd></div></dl>
	</section>`;
}

function Session({ chat }) {
	const all = Object.entries(chat.sessionAttributes ?? {});

	return all.length > 0 && html`<section class="card"
		aria-labelledby="chat-session"><h2 id="chat-session">Session data</h2>
		<dl class="about">${all.map(([name, value]) => html`
			<div class="about-line" key=${name}><dt><bdi>${name}</bdi></dt>
				<dd><bdi>${typeof value === 'string' ? value
		: JSON.stringify(value)}</bdi></dd></div>`)}</dl></section>`;
}

const line = (label, value) => value && html`<div class="about-line">
	<dt>${label}</dt><dd>${value}</dd></div>`;
const text = (value) => value && html`<bdi>${value}</bdi>`;
const when = (at) => at && html`<time datetime=${at}
	title=${instant(at).long}>${instant(at).short}</time>`;

function Person({ user }) {
	const name = user.default_name || user.userId || 'No name';

	return may('users.read') ? html`<a href=${addressOf(`/users/${user.id}`)}>
		<bdi>${name}</bdi></a>` : html`<bdi>${name}</bdi>`;
}

/**
 * @param {{chat: any, save: (body: object) => Promise<any>,
 *   speakers: string[], onState: (item: any) => void}} props
 *   speakers: managers that are known by what they said
 */
export function About({ chat, save, speakers, onState }) {
	const known = [...new Set([chat.assigneeId, ...chat.managerIds,
		...speakers])].filter(Boolean);

	return html`<section class="card" aria-labelledby="chat-about">
		<h2 id="chat-about">About</h2>
		<dl class="about">
			${chat.user && line('User', html`<${Person} user=${chat.user} />`)}
			<${State} chat=${chat} save=${save} onState=${onState} />
			<${Texts} label="Tags" of="tags" texts=${chat.tags} none="none"
				known=${chat.tags} save=${save}
				bodyOf=${(tags) => ({ tags })} />
			<${Texts} label="Assignee" of="assignees" none="nobody" known=${known} max=${1}
				texts=${chat.assigneeId ? [chat.assigneeId] : []} save=${save}
				bodyOf=${([id]) => ({ assigneeId: id ?? null })} />
			${line('Integration', text(chat.source))}
			${line('Messenger', text(chat.contactMediumType))}
			${line('About', text(chat.description))}
			${line('Opened', when(chat.openedAt))}
			${line('Closed', when(chat.closedAt))}
			${line('Chat', html`<code>${chat.chatId}</code>`)}
		</dl></section>
	<${Times} chat=${chat} /><${Session} chat=${chat} />`;
}
