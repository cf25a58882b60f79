// SPDX-License-Identifier: AGPL-3.0-or-later
// Links to other dashboards, above analytics.  Whoever may change settings
// edits them where they stand.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as bookmarks from '../lib/bookmarks.js';
import { html } from '../lib/html.js';
import { may } from '../lib/session.js';
import { BookmarksEditor } from './bookmarks-editor.js';
import { Icon } from './icon.js';

/** @typedef {import('../lib/bookmarks.js').Bookmark} Bookmark */

/** @param {{mark: Bookmark}} props */
function Mark({ mark }) {
	const text = html`<bdi>${mark.name}</bdi>`;

	if (!bookmarks.isWeb(mark.url))
		return text;
	return html`<a href=${mark.url} target="_blank"
		rel="noopener noreferrer" title=${mark.url}>${text}
		<${Icon} name="away" /><span class="unseen"> (opens in a new tab)
		</span></a>`;
}

function Trouble({ error, onRetry }) {
	return html`<p class="trouble" role="alert">The links could not be loaded:
		<bdi> ${error.message}</bdi> <button type="button" class="link"
			onClick=${onRetry}>Try again</button></p>`;
}

/** Asks when the page is shown, and again when told to. */
function useBookmarks() {
	const [error, setError] = useState(/** @type {any} */ (null));
	const [turn, setTurn] = useState(0);

	useEffect(() => {
		const stop = new AbortController();

		setError(null);
		bookmarks.load(stop.signal).catch((e) =>
			stop.signal.aborted || setError(e));
		return () => stop.abort();
	}, [turn]);
	return { list: bookmarks.known(), error,
		reload: () => setTurn((n) => n + 1) };
}

export function BookmarksBar() {
	const { list, error, reload } = useBookmarks();
	const [editing, setEditing] = useState(false);
	const button = useRef(/** @type {any} */ (null));
	const can = may('settings') && list;

	const done = () => {
		setEditing(false);
		button.current?.focus();
	};

	return html`<nav class="bookmarks" aria-label="Other dashboards">
		${error ? html`<${Trouble} error=${error} onRetry=${reload} />`
		: html`<ul>${(list ?? []).map((mark) => html`<li key=${mark.id}>
			<${Mark} mark=${mark} /></li>`)}</ul>
		${can ? html`<button type="button" class="ghost" ref=${button}
			aria-expanded=${String(editing)} onClick=${() =>
				setEditing(!editing)}><${Icon} name=${list.length ? 'pen'
				: 'plus'} /> ${list.length ? 'Edit links'
			: 'Link another dashboard'}</button>`
			: list && !list.length && html`<span class="hint">No links to
				other dashboards</span>`}`}
	</nav>
	${editing && list && html`<${BookmarksEditor} list=${list}
		onChanged=${reload} onDone=${done} />`}`;
}
