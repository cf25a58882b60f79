// SPDX-License-Identifier: AGPL-3.0-or-later
// The short address of a saved view: it leads on to the list the view shows,
// and leaves no trace of itself in the history.
import { useEffect } from 'preact/hooks';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { go } from '../lib/url.js';
import { queryOf, viewAt } from '../lib/views.js';
import { ErrorNotice } from '../parts/notice.js';

/** @param {{id: string}} props the slug */
export function ViewPage({ id }) {
	const found = useLoad(id, (signal) => viewAt(id, signal));

	useEffect(() => {
		if (found.data)
			go('/users', queryOf(found.data), { replace: true });
	}, [found.data]);
	return html`<main class="page" id="main" tabindex="-1">
		${found.error && html`<div class="table-frame"><${ErrorNotice}
			level="h1" title="There is no such view" error=${found.error}
			onRetry=${found.error.status === 404 ? undefined : found.reload}>
			<a href="#/users">Go to the users</a></${ErrorNotice}></div>`}
	</main>`;
}
