// SPDX-License-Identifier: AGPL-3.0-or-later
// The versions of a view: who changed what and when; an old one is opened as
// it was, from where it can be saved again.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { instant } from '../lib/time.js';
import { addressOfView, versions } from '../lib/views.js';
import { ErrorNotice } from './notice.js';

const WORDS = { name: 'the name', filter: 'the filter', sort: 'the order',
	columns: 'the columns', visibility: 'who finds it' };

const joined = new Intl.ListFormat('en', { type: 'conjunction' });

function what({ version, changed }) {
	if (version === 1)
		return 'saved it';
	return changed.length ? `changed ${joined.format(
		changed.map((c) => WORDS[c] ?? c))}` : 'saved it as it was';
}

function Version({ v, onClose }) {
	const { short, long } = instant(v.at);

	return html`<li class="view">
		<p><b>${v.version}</b>. <bdi>${v.by.name || 'The command line'}</bdi>
			${' '}${what(v)}, <time datetime=${v.at}
				title=${long}>${short}</time></p>
		<p class="hint"><bdi>${v.name}</bdi>: <bdi>${v.sentence ??
			v.error}</bdi></p>
		<a href=${addressOfView(v)} onClick=${onClose}
			aria-label=${`Open version ${v.version}`}>Open</a>
	</li>`;
}

/**
 * @param {{view: import('../lib/views.js').View,
 *   onClose: () => void}} props
 */
export function ViewVersions({ view, onClose }) {
	const [older, setOlder] = useState(/** @type {any[]} */ ([]));
	const after = older.length ? older[older.length - 1].next : null;
	const page = useLoad(String(after), (signal) =>
		versions(view, after, signal));
	const all = [...older, page.data].filter(Boolean)
		.flatMap((p) => p.versions);

	if (page.error)
		return html`<${ErrorNotice} title="The versions could not be loaded"
			error=${page.error} onRetry=${page.reload} />`;
	return html`<ol class="views" reversed aria-busy=${String(page.loading)}>
			${all.map((v) => html`<${Version}
				key=${v.version} v=${v} onClose=${onClose} />`)}
		</ol>
		${page.data?.next && html`<button type="button"
			onClick=${() => setOlder([...older, page.data])}>
			Older versions</button>`}`;
}
