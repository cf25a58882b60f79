// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages other than the first: addresses, and what is fetched for each when
// somebody goes there.
import { html } from './lib/html.js';
import { later } from './parts/later.js';
import { EmptyNotice } from './parts/notice.js';

const AnalyticsPage = later(() =>
	import('./pages/analytics-page.js').then((m) => m.AnalyticsPage),
'/css/later/analytics.css', '/css/later/analytics-more.css',
'/css/later/analytics-people.css', '/css/later/bookmarks.css');

const ArchivesPage = later(() =>
	import('./pages/archives-page.js').then((m) => m.ArchivesPage),
'/css/later/archives.css');

const ChatPage = later(() =>
	import('./pages/chat-page.js').then((m) => m.ChatPage),
'/css/later/user.css', '/css/later/chat.css');

const DownloadsPage = later(() =>
	import('./pages/downloads-page.js').then((m) => m.DownloadsPage),
'/css/later/downloads.css');

const SegmentsPage = later(() =>
	import('./pages/segments-page.js').then((m) => m.SegmentsPage),
'/css/later/segments.css');

const SettingsPage = later(() =>
	import('./settings.js').then((m) => m.SettingsPage),
'/css/later/settings.css', '/css/later/settings-more.css');

const UserPage = later(() =>
	import('./pages/user-page.js').then((m) => m.UserPage),
'/css/later/user.css', '/css/later/user-acts.css');

const ViewPage = later(() =>
	import('./pages/view-page.js').then((m) => m.ViewPage));

/**
 * Addresses, and the page of each; what is in brackets is its id.
 * @type {[RegExp, any][]}
 */
const PAGES = [
	[/^\/users\/(\d{1,10})$/, UserPage],
	[/^\/v\/(\w+)$/, ViewPage],
	[/^\/segments$/, SegmentsPage],
	[/^\/archives$/, ArchivesPage],
	[/^\/archives\/(\d{1,10})$/, ChatPage],
	[/^\/analytics(?:\/(customers|messaging|support|flows))?$/, AnalyticsPage],
	[/^\/downloads$/, DownloadsPage],
	[/^\/settings(?:\/(\w+(?:\/\w+)?))?$/, SettingsPage],
];

/** @param {string} path @returns {[any, string?]} */
function pageOf(path) {
	for (const [pattern, Page] of PAGES) {
		const m = pattern.exec(path);

		if (m)
			return [Page, m[1]];
	}
	return [NoPage];
}

function NoPage() {
	return html`<main class="page" id="main"><${EmptyNotice}
		level="h1" title="There is no such page">
		<p><a href="#/users">Go to the users</a></p></${EmptyNotice}></main>`;
}

/** @param {{path: string, onClose: () => void}} props */
export function OtherPage({ path, onClose }) {
	const [Page, id] = pageOf(path);

	return html`<${Page} id=${id} onClose=${onClose} />`;
}
