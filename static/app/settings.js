// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages of Settings: each is fetched when somebody goes there, and is not
// there at all for who may not.
import { useEffect } from 'preact/hooks';
import { html } from './lib/html.js';
import { pathOf, places } from './lib/settings.js';
import { go } from './lib/url.js';
import { later } from './parts/later.js';
import { EmptyNotice } from './parts/notice.js';

const PAGES = {
	workspace: later(() => import('./pages/settings-workspace-page.js')
		.then((m) => m.SettingsWorkspacePage)),
	attributes: later(() => import('./pages/settings-attributes-page.js')
		.then((m) => m.SettingsAttributesPage)),
	hours: later(() => import('./pages/settings-hours-page.js')
		.then((m) => m.SettingsHoursPage), '/css/later/hours.css'),
	managers: later(() => import('./pages/settings-managers-page.js')
		.then((m) => m.SettingsManagersPage)),
	tokens: later(() => import('./pages/settings-tokens-page.js')
		.then((m) => m.SettingsTokensPage)),
	audit: later(() => import('./pages/settings-audit-page.js')
		.then((m) => m.SettingsAuditPage)),
	sessions: later(() => import('./pages/settings-sessions-page.js')
		.then((m) => m.SettingsSessionsPage)),
};

/** @param {{id?: string, onClose: () => void}} props */
export function SettingsPage({ id = '', onClose }) {
	const [name, of] = id.split('/');
	const mine = places();

	useEffect(() => {
		if (!id)
			go(pathOf(mine[0].id), {}, { replace: true });
	}, [id]);
	if (!id)
		return null;
	if (!mine.some((p) => p.id === name))
		return html`<main class="page" id="main"><${EmptyNotice}
			level="h1" title="There is no such page">
			<p><a href="#/settings">Go to the settings</a></p></${EmptyNotice}>
		</main>`;
	return html`<${PAGES[name]} id=${of} onClose=${onClose} />`;
}
