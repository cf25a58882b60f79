// SPDX-License-Identifier: AGPL-3.0-or-later
// One chat: its transcript, read from the beginning or around a hit, and what
// is known of it.  Words and place are in the address; `n` and `p` go from hit
// to hit.
import { useCallback, useEffect, useLayoutEffect, useRef, useState }
	from 'preact/hooks';
import { html } from '../lib/html.js';
import { useKey } from '../lib/keys.js';
import { useChat, useTranscript } from '../lib/one-chat.js';
import { count } from '../lib/number.js';
import { ZONE } from '../lib/time.js';
import { addressOf, back, go, route } from '../lib/url.js';
import { SearchForm, titleOf } from '../parts/archive-row.js';
import { About } from '../parts/chat-about.js';
import { Icon } from '../parts/icon.js';
import { ErrorNotice } from '../parts/notice.js';
import { Hits, Transcript } from '../parts/transcript.js';

const LIST = '/archives';

function BackLink() {
	return html`<a class="back" href=${addressOf(LIST)} onClick=${(e) => {
		e.preventDefault();
		back(LIST);
	}}><${Icon} name="left" /> Archives</a>`;
}

function Head({ chat, total }) {
	const title = titleOf(chat);
	const more = [chat.user?.default_name && chat.name,
		total !== undefined && `${count(total)} ${total === 1
			? 'message' : 'messages'}`].filter(Boolean);

	useEffect(() => {
		document.title = `${title} – Rapport`;
	}, [title]);
	return html`<header class="chat-head">
		<h1><bdi>${title}</bdi></h1>
		<p class="hint">${more.map((m, i) => html`${i > 0 && ' · '}<bdi
			key=${i}>${m}</bdi>`)}</p></header>`;
}

const Ghosts = () => html`<p class="unseen" role="status">Loading</p>
	<div class="user-ghosts" aria-hidden="true">${[0, 1, 2, 3, 4].map((i) =>
	html`<span class="bar" key=${i}></span>`)}</div>`;

/** The next hit or the one before, round and round. */
function hitFrom({ hits }, at, by) {
	const here = hits.indexOf(at);

	return here < 0 ? hits[by > 0 ? 0 : hits.length - 1]
		: hits[(here + by + hits.length) % hits.length];
}

/** Words and place in the address: words are a step, places are not. */
function usePlace(id) {
	const { q = '', at = '' } = route.value.query;
	const to = (query, replace) => go(`${LIST}/${id}`, query,
		{ replace, kept: route.value.kept });

	return { q, at, look: (words) => to({ q: words }, false),
		stand: (key) => to({ q, at: key }, true) };
}

function Find({ place, script }) {
	const [draft, setDraft] = useState(place.q);
	const field = useRef(/** @type {any} */ (null));
	const step = (by) => {
		const key = script.list && hitFrom(script, place.at, by);

		if (key)
			place.stand(key);
	};

	useEffect(() => setDraft(place.q), [place.q]);
	useEffect(() => {
		if (place.q && !place.at && script.list)
			step(1);
	}, [place.q, place.at, script.list]);
	useKey('/', useCallback(() => {
		field.current.focus();
		field.current.select();
	}, []));
	useKey('n', () => step(1));
	useKey('p', () => step(-1));
	return html`<div class="chat-find">
		<${SearchForm} field=${field} draft=${draft} onDraft=${setDraft}
			label="Find in this chat" onSearch=${place.look} />
		${place.q && script.list && html`<${Hits} script=${script}
			at=${place.at} onGo=${step} />`}
	</div>`;
}

function Said({ script, chat, place }) {
	const bad = script.error && !script.list;

	return html`<section class="card said-card"
		aria-labelledby="chat-transcript">
		<h2 id="chat-transcript">Transcript</h2>
		<${Find} place=${place} script=${script} />
		${bad ? html`<${ErrorNotice} error=${script.error}
			title="The transcript could not be loaded" onRetry=${script.again}>
			${place.q && html`<button type="button" onClick=${() =>
			place.look('')}>Show it without words</button>`}</${ErrorNotice}>`
		: script.list ? html`<${Transcript} script=${script} chat=${chat}
			at=${place.at} />` : html`<${Ghosts} />`}
	</section>`;
}

const speakersOf = ({ list }) => (list ?? []).filter((m) =>
	m.personType === 'Manager').map((m) => m.personId);

function Chat({ chat, script, place, save }) {
	return html`<${Head} chat=${chat} total=${script.list
		? script.total : undefined} />
		<div class="user-cards">
			<div class="user-side"><${Said} ...${{ script, chat, place }} />
			</div>
			<div class="user-side chat-side" role="region" tabindex="0"
				aria-label="About the chat"><${About} chat=${chat} save=${save}
				speakers=${speakersOf(script)} onState=${(item) =>
		script.append({ kind: 'state', ...item })} /></div>
		</div>
		<p class="hint user-foot">Times in ${ZONE.replace(/_/g, ' ')}</p>`;
}

/** @param {{id: string}} props */
export function ChatPage({ id }) {
	const main = useRef(/** @type {any} */ (null));
	const place = usePlace(id);
	const found = useChat(id);
	const script = useTranscript(id, place.q, place.at);
	const { error } = found;

	useLayoutEffect(() => main.current.focus(), []);
	return html`<main class="page user-page chat-page" id="main" tabindex="-1"
		ref=${main}>
		<${BackLink} />
		${error ? html`<${ErrorNotice} level="h1" error=${error}
			title=${error.status === 404 ? 'There is no such chat'
		: 'This chat could not be loaded'}
			onRetry=${error.status === 404 ? undefined : found.reload} />`
		: found.chat ? html`<${Chat} chat=${found.chat} script=${script}
			place=${place} save=${found.save} />` : html`<${Ghosts} />`}
	</main>`;
}
