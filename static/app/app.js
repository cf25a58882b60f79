// SPDX-License-Identifier: AGPL-3.0-or-later
// Boot, menu, router: asks who is logged in, then shows the page of the
// address.
import { render } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import '@preact/signals';
import * as api from './lib/api.js';
import { html } from './lib/html.js';
import { ended, running } from './lib/jobs.js';
import { useKey } from './lib/keys.js';
import { mayBeIn, session, setSession } from './lib/session.js';
import { go, route } from './lib/url.js';
import { LoginPage } from './pages/login-page.js';
import { UsersPage } from './pages/users-page.js';
import { later } from './parts/later.js';
import { LoginDialog } from './parts/login-dialog.js';
import { ErrorNotice } from './parts/notice.js';
import { Sidebar } from './parts/sidebar.js';

const HelpDialog = later(() =>
	import('./parts/help-dialog.js').then((m) => m.HelpDialog));

const JobsCorner = later(() =>
	import('./parts/jobs-corner.js').then((m) => m.JobsCorner),
'/css/later/bulk.css');

const OtherPage = later(() =>
	import('./others.js').then((m) => m.OtherPage));

function Inside() {
	const [help, setHelp] = useState(false);
	const { path } = route.value;
	const Page = path === '/users' ? UsersPage : OtherPage;
	const openHelp = useCallback(() => setHelp(true), []);

	useKey('?', openHelp);
	useEffect(() => {
		// somebody may be on the way already
		if (route.value.path === '/')
			go('/users', {}, { replace: true });
	}, [path]);
	return html`<div class="shell">
		<${Sidebar} onHelp=${openHelp} />
		${path !== '/' && html`<${Page} key=${path} path=${path}
			onClose=${() => go('/users')} />`}
		${help && html`<${HelpDialog} onClose=${() => setHelp(false)} />`}
		${!!(running.value.length + ended.value.length) &&
			html`<${JobsCorner} />`}
		<${LoginDialog} />
	</div>`;
}

function App() {
	const [error, setError] = useState(/** @type {any} */ (null));
	const [turn, setTurn] = useState(0);

	useEffect(() => {
		setError(null);
		if (mayBeIn())
			api.whoAmI().then(setSession, setError);
		else
			setSession(null);
	}, [turn]);
	if (error)
		return html`<main class="login"><${ErrorNotice}
			level="h1" title="Rapport is not answering" error=${error}
			onRetry=${() => setTurn(turn + 1)} /></main>`;
	if (session.value === undefined)
		return null;
	return session.value ? html`<${Inside} />` : html`<${LoginPage} />`;
}

render(html`<${App} />`,
	/** @type {HTMLElement} */ (document.getElementById('app')));
