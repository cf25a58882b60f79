// SPDX-License-Identifier: AGPL-3.0-or-later
// Erases one person for good.  It says what goes, wants the word typed, and
// shows the certificate, which names nobody.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';
import { addressOfPerson, nameOf } from '../lib/person.js';
import { instant } from '../lib/time.js';
import { erase } from '../lib/user-api.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';

const WORD = 'erase';

function chatsOf({ chats: { total } }) {
	return total === undefined ? 'all chats'
		: `${count(total)} ${total === 1 ? 'chat' : 'chats'}`;
}

function Mode({ mode, onMode }) {
	const one = (value, text) => html`<label class="tick"><input type="radio"
		name="mode" checked=${mode === value}
		onChange=${() => onMode(value)} />${text}</label>`;

	return html`<fieldset class="choice"><legend>Counts of closed periods</legend>
		${one('keepTotals', 'stay as they were reported')}
		${one('forget', 'forget this person, too')}</fieldset>`;
}

function Form({ user, onErased }) {
	const [{ mode, word, error, busy }, setState] = useState(
		/** @type {any} */ ({ mode: 'keepTotals', word: '' }));
	const put = (what) => setState((s) => ({ ...s, ...what }));
	const right = word.trim().toLowerCase() === WORD;
	const run = async (e) => {
		e.preventDefault();
		if (!right)
			return put({ error: { message: `Type ${WORD} to go on.` } });
		put({ busy: true, error: null });
		try {
			onErased(await erase(user.id, mode));
		} catch (failed) {
			put({ busy: false, error: failed });
		}
		return undefined;
	};

	return html`<form class="dialog-body stack" novalidate onSubmit=${run}>
		<p>Everything kept of <b><bdi>${nameOf(user) || addressOfPerson(user) ||
			`user ${user.id}`}</bdi></b> is erased: all values and their
			history, identities, the timeline and${' '}
			${chatsOf(user)} with all messages. Nobody can bring it back.</p>
		<${Mode} mode=${mode} onMode=${(m) => put({ mode: m })} />
		<label class="labelled"><span>Type <b>${WORD}</b> to confirm</span>
			<input class="field" autocomplete="off" value=${word}
				spellcheck=${false} autocapitalize="off"
				aria-invalid=${error ? 'true' : undefined}
				onInput=${(e) => put({ word: e.target.value })} /></label>
		${error && html`<p class="trouble" role="alert">${error.message}</p>`}
		<div class="dialog-foot"><button class="danger" disabled=${busy}
			aria-disabled=${String(!right)}>Erase this person</button></div>
	</form>`;
}

function Certificate({ certificate, onClose }) {
	const button = useRef(/** @type {any} */ (null));
	const text = JSON.stringify(certificate, null, 2);

	useEffect(() => button.current.focus(), []);
	return html`<div class="dialog-body stack">
		<p class="good" role="status"><${Icon} name="check" />
			<span>Erased, ${instant(certificate.at).short}.</span></p>
		<p>The certificate names nobody: the user ID is in it as its
			SHA-256.</p>
		<pre class="certificate" tabindex="0" role="group"
			aria-label="Certificate">${text}</pre>
		<div class="dialog-foot">
			<a class="button" download="erased.json"
				href=${`data:application/json,${encodeURIComponent(text)}`}>
				<${Icon} name="download" /> Keep it</a>
			<button type="button" class="primary" ref=${button}
				onClick=${onClose}>Close</button></div>
	</div>`;
}

/** @param {{user: any, onClose: () => void, onGone: () => void}} props */
export function EraseDialog({ user, onClose, onGone }) {
	const [certificate, setCertificate] = useState(/** @type {any} */ (null));

	return html`<${Dialog} title="Erase this person"
		onClose=${certificate ? onGone : onClose}>
		${certificate ? html`<${Certificate} certificate=${certificate}
			onClose=${onGone} />`
		: html`<${Form} user=${user} onErased=${setCertificate} />`}
	</${Dialog}>`;
}
