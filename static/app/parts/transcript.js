// SPDX-License-Identifier: AGPL-3.0-or-later
// What was said, in order: people on one side, bots and managers on the other,
// each named; notes and changes of state between them.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';
import { keyOf } from '../lib/one-chat.js';
import { instant } from '../lib/time.js';
import { Icon } from './icon.js';
import { Marked } from './marked.js';

const ICONS = { User: 'people', Bot: 'bot', Manager: 'person' };

/** The latest that is known of a delivery. */
function Delivery({ d }) {
	const [when, word] = d.read ? [d.read, 'Read']
		: d.delivered ? [d.delivered, 'Delivered'] : [d.sent, 'Sent'];

	if (d.failed)
		return html`<p class="hint"><span class="tag tag-bad">Not delivered
			</span>${d.error && html`${' '}<bdi>${[d.error.title, d.error.code]
	.filter(Boolean).join(', ')}</bdi>`}</p>`;
	return when && html`<p class="hint">${word}, ${instant(when).short}</p>`;
}

function Message({ m, name, here }) {
	const { short, long } = instant(m.at);

	return html`<li class="said" data-who=${m.personType} data-key=${m.key}
		data-note=${m.note ? 'yes' : undefined} tabindex="-1"
		aria-current=${here ? 'true' : undefined}>
		<p class="said-who"><${Icon} name=${ICONS[m.personType]} />
			<b>${m.personType}</b>${name && html`${' '}<bdi>${name}</bdi>`}
			${m.note && html`${' '}<span class="tag">Note</span>`}
			${m.template && html`${' '}<span class="tag">Template</span>`}
			${' '}<time class="hint" datetime=${m.at} title=${long}>${short}
			</time></p>
		<p class="said-text"><${Marked} text=${m.text ?? ''}
			marks=${m.marks} /></p>
		${m.delivery && html`<${Delivery} d=${m.delivery} />`}
	</li>`;
}

function State({ m, again }) {
	const { short, long } = instant(m.at);

	return html`<li class="said-state" data-key=${keyOf(m)} tabindex="-1">
		<b>${m.state}${again && ' again'}</b>${' '}
		<time class="hint" datetime=${m.at} title=${long}>${short}</time></li>`;
}

/** Who speaks: people by their name, others by their id. */
const nameOf = (m, chat) => m.personType === 'User'
	? chat.user?.default_name ?? m.personId : m.personId;

/** Shows what the focus is to go to, when it comes. */
function useFocus(list, focus) {
	useLayoutEffect(() => {
		const item = focus && [...list.current.children].find((li) =>
			li.dataset.key === focus);

		if (!item)
			return;
		item.focus({ preventScroll: true });
		item.scrollIntoView({ block: 'center' });
	}, [focus]);
}

function End({ script, side, word }) {
	const cursor = side === 'before' ? script.previous : script.next;

	return cursor && html`<button type="button" class="said-more"
		disabled=${script.busy} onClick=${script[side]}>${word}</button>`;
}

/** @param {{script: any, chat: any, at: string}} props at: a hit, or nothing */
export function Transcript({ script, chat, at }) {
	const list = useRef(/** @type {any} */ (null));
	let opened = false;
	const again = (m) => {
		const was = opened;

		opened ||= m.state === 'Opened';
		return was && m.state === 'Opened';
	};

	useFocus(list, script.focus);
	return html`<${End} script=${script} side="before"
			word="Earlier messages" />
		<ol class="transcript" ref=${list} aria-label="Transcript"
			aria-busy=${String(script.busy)}>
			${script.list.map((m) => m.kind === 'state'
		? html`<${State} key=${keyOf(m)} m=${m} again=${again(m)} />`
		: html`<${Message} key=${m.key} m=${m} here=${m.key === at}
			name=${nameOf(m, chat)} />`)}</ol>
		${!script.list.length && html`<p class="hint">Nothing was said.</p>`}
		${script.error && html`<p class="trouble" role="alert">
			${script.error.message}${' '}<button type="button" class="link"
				onClick=${script.again}>Try again</button></p>`}
		<${End} script=${script} side="behind" word="Later messages" />`;
}

/**
 * Where one is among the hits, and the ways to the next and the one before.
 * @param {{script: any, at: string, onGo: (by: number) => void}} props
 */
export function Hits({ script, at, onGo }) {
	const { hits, hitsTotal } = script;
	const here = hits.indexOf(at);
	const turn = (by, icon, word) => html`<button type="button"
		disabled=${!hits.length} aria-label=${`${word} hit`}
		title=${by > 0 ? 'n' : 'p'} onClick=${() => onGo(by)}>
		<${Icon} name=${icon} /></button>`;

	return html`<div class="hits">
		<span role="status">${!hitsTotal ? 'Not in this chat'
		: here < 0 ? `${count(hitsTotal)} found`
			: `${count(here + 1)} of ${count(hitsTotal)}`}</span>
		${turn(-1, 'up', 'Previous')}${turn(1, 'down', 'Next')}
	</div>`;
}
