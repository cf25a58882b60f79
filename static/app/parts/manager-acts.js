// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be done about a manager's password, sessions and way in; each says
// first what it does.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { loginOf } from '../lib/manager.js';
import { change, make, managerPath, newKey } from '../lib/settings.js';
import { instant } from '../lib/time.js';
import { ActDialog } from './act-dialog.js';
import { PasswordOnce } from './password-once.js';
import { Said } from './settings-frame.js';

const at = (m, rest = '') => managerPath(m.id) + rest;

function PasswordAct({ m, onDone, onClose }) {
	const [key] = useState(newKey);
	const [made, setMade] = useState(/** @type {any} */ (null));

	return made ? html`<${PasswordOnce} name=${m.name} login=${loginOf(m)}
		password=${made.password}
		onClose=${() => onDone(`${m.name} has a new one-time password`)} />`
		: html`<${ActDialog} title="New one-time password" text="Make it"
			onClose=${onClose} onDone=${setMade}
			act=${() => make(at(m, '/reset'), undefined, key)}>
			<p>The password of <b><bdi>${m.name}</bdi></b> holds no more and
				they are logged out everywhere. You get one that works once, to
				pass on.</p><//>`;
}

function LogoutAct({ m, onDone, onClose }) {
	return html`<${ActDialog} title="Log out everywhere" text="Log out"
		onClose=${onClose} act=${() => change('DELETE', at(m, '/sessions'))}
		onDone=${() => onDone(`${m.name} is logged out everywhere`)}>
		<p><b><bdi>${m.name}</bdi></b> is logged out at once of
			${' '}${m.sessions.length === 1 ? 'one place'
		: `${m.sessions.length} places`} and can log in again.</p><//>`;
}

function DisableAct({ m, onDone, onClose }) {
	const off = !m.disabled;

	return html`<${ActDialog} title=${off ? 'Disable' : 'Let in again'}
		text=${off ? 'Disable' : 'Let in'} bad=${off} onClose=${onClose}
		act=${() => change('PATCH', at(m), { disabled: off })}
		onDone=${() => onDone(off ? `${m.name} is disabled`
		: `${m.name} may log in again`)}>
		<p>${off ? html`<b><bdi>${m.name}</bdi></b> is logged out everywhere at
			once and cannot log in any more, until somebody lets them in again.
			What they made stays; their API tokens and the links they shared
			are stopped at once, too, so whatever uses one of them is refused.`
		: html`<b><bdi>${m.name}</bdi></b> can log in again, with the password
			they had, and sees what they saw. Their API tokens that were not
			revoked work again, too.`}</p><//>`;
}

const DIALOGS = { password: PasswordAct, logout: LogoutAct,
	disable: DisableAct };

function Sessions({ sessions }) {
	return sessions.length ? html`<ul class="places-in">${sessions.map((s, i) =>
		html`<li key=${i}>From <bdi>${s.from}</bdi>, last used
			${' '}<time datetime=${s.used} title=${instant(s.used).long}>${
		instant(s.used).short}</time></li>`)}</ul>`
		: html`<p class="hint">Logged in nowhere.</p>`;
}

/** @param {{m: any, onChanged: () => void}} props */
export function ManagerActs({ m, onChanged }) {
	const [doing, setDoing] = useState('');
	const [said, setSaid] = useState('');
	const Doing = DIALOGS[doing];
	const button = (act, text, off = false) => html`<button type="button"
		disabled=${off} onClick=${() => setDoing(act)}>${text}</button>`;

	return html`<aside class="card manager-acts" aria-label="Access">
		<h3>Password</h3>
		<p class="hint">${m.passwordIsOneTime
		? 'A one-time password that was not changed yet.'
		: 'One of their own.'}</p>
		${button('password', 'New one-time password')}
		<h3>Sessions</h3>
		<${Sessions} sessions=${m.sessions} />
		${button('logout', 'Log out everywhere', !m.sessions.length)}
		<h3>Access</h3>
		<p class="hint">${m.disabled ? 'Disabled: cannot log in.'
		: 'May log in.'}</p>
		${button('disable', m.disabled ? 'Let in again' : 'Disable')}
		<${Said} text=${said} />
		${Doing && html`<${Doing} m=${m} onClose=${() => setDoing('')}
			onDone=${(text) => {
				setDoing('');
				setSaid(text);
				onChanged();
			}} />`}
	</aside>`;
}
