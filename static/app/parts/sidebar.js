// SPDX-License-Identifier: AGPL-3.0-or-later
// Where one can go, and who one is.
import { useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { html } from '../lib/html.js';
import { may, session, setSession } from '../lib/session.js';
import { addressOf, go, leaveFor, route } from '../lib/url.js';
import { Brand } from './brand.js';
import { Icon } from './icon.js';
import { later } from './later.js';

const PasswordDialog = later(() =>
	import('./password-dialog.js').then((m) => m.PasswordDialog));

/** @type {{path: string, text: string, icon: any, need: string}[]} */
const PLACES = [
	{ path: '/users', text: 'Users', icon: 'people', need: 'users.read' },
	{ path: '/segments', text: 'Segments', icon: 'filter', need: 'users.read' },
	{ path: '/archives', text: 'Archives', icon: 'chat', need: 'chats.read' },
	{ path: '/analytics', text: 'Analytics', icon: 'chart',
		need: 'analytics.read' },
	{ path: '/downloads', text: 'Downloads', icon: 'download',
		need: 'download' },
	{ path: '/settings', text: 'Settings', icon: 'gear', need: '' },
];

async function leave() {
	await api.logOut();
	go('/users', {}, { replace: true });
	setSession(null);
}

function Place({ path, text, icon }) {
	return html`<li><a class="place" href=${addressOf(path)}
		aria-current=${route.value.path === path ? 'page'
		: route.value.path.startsWith(`${path}/`) ? 'true' : undefined}>
		<${Icon} name=${icon} /> ${text}</a></li>`;
}

function Me({ onPassword }) {
	const { name, email, role, passwordIsOneTime } =
		/** @type {any} */ (session.value).manager;
	const [error, setError] = useState('');

	return html`<div class="me">
		<div class="me-name">
			<bdi>${name}</bdi>
			<bdi class="hint">${email || role}</bdi>
		</div>
		<button type="button" onClick=${onPassword}
			class=${passwordIsOneTime ? 'nudge' : 'ghost'}>
			<${Icon} name="lock" />
			${passwordIsOneTime ? 'Choose a password' : 'Password'}</button>
		<button type="button" class="ghost" onClick=${() =>
			leaveFor(() => leave().catch((e) => setError(e.message)))}>
			<${Icon} name="exit" /> Log out</button>
		${error && html`<p class="trouble" role="alert">${error}</p>`}
	</div>`;
}

/** @param {{onHelp: () => void}} props */
export function Sidebar({ onHelp }) {
	const [changing, setChanging] = useState(false);

	return html`<header class="sidebar">
		<${Brand} />
		<nav aria-label="Main">
			<ul class="places">
				${PLACES.map((p) => (!p.need || may(p.need)) &&
					html`<${Place} key=${p.path} ...${p} />`)}
				<li><a class="place" href="/unlock.html">
					<${Icon} name="unlock" /> Unlock a file</a></li>
			</ul>
		</nav>
		<button type="button" class="ghost keys" onClick=${onHelp}>
			<${Icon} name="keys" /> Keyboard</button>
		<${Me} onPassword=${() => setChanging(true)} />
	</header>
	${changing && html`<${PasswordDialog}
		onClose=${() => setChanging(false)} />`}`;
}
