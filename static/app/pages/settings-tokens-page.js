// SPDX-License-Identifier: AGPL-3.0-or-later
// The keys of machines: what each is for and may, when it was last used and
// when it ends; a new one; and ending one at once.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { change, listOf, pathOf } from '../lib/settings.js';
import { daysFromNow, instant } from '../lib/time.js';
import { go, route } from '../lib/url.js';
import { ActDialog } from '../parts/act-dialog.js';
import { Icon } from '../parts/icon.js';
import { EmptyNotice } from '../parts/notice.js';
import { Found, Frame, Said } from '../parts/settings-frame.js';
import { TokenForm } from '../parts/token-form.js';

const HERE = pathOf('tokens');

const at = (text) => html`<time datetime=${text} title=${instant(text).long}>
	${instant(text).short}</time>`;

/** @param {any} t @returns {string} why it opens nothing, or nothing */
function deadOf(t) {
	if (t.revokedAt)
		return 'Revoked';
	if (t.expiresAt && t.expiresAt <= daysFromNow(0))
		return 'Expired';
	return t.stopped ? 'Stopped' : '';
}

function Told({ t }) {
	return html`<p class="hint">Made ${at(t.createdAt)}${t.by
		? html` by <bdi>${t.by.name}</bdi>` : ' on the command line'},
		${' '}${t.usedAt ? html`last used ${at(t.usedAt)}` : 'never used'}${
		t.revokedAt ? html`, revoked ${at(t.revokedAt)}`
			: t.expiresAt && html`, ends ${at(t.expiresAt)}`}${
		t.stopped && !t.revokedAt && '; stopped, because whoever made it ' +
			'is disabled'}</p>`;
}

function Row({ t, onRevoke }) {
	const dead = deadOf(t);

	return html`<li class="entry" data-token=${t.id} data-dead=${!!dead}>
		<div class="entry-words">
			<h3><bdi>${t.name}</bdi>${dead && html`${' '}<span
				class="tag tag-bad">${dead}</span>`}</h3>
			<p>${t.role === 'Owner' ? 'Everything, also managers and tokens'
		: t.scopes.map((s) => html`<code class="scope" key=${s}>${s}
			</code>${' '}`)}</p>
			<${Told} t=${t} />
		</div>
		<div class="entry-acts">${!t.revokedAt && html`<button type="button"
			onClick=${() => onRevoke(t)}>Revoke<span class="unseen">
			${t.name}</span></button>`}</div>
	</li>`;
}

function RevokeDialog({ t, onDone, onClose }) {
	return html`<${ActDialog} title="Revoke the token" text="Revoke" bad=${true}
		onClose=${onClose} onDone=${onDone}
		act=${() => change('DELETE', `/tokens/${t.id}`)}>
		<p>Whatever uses <b><bdi>${t.name}</bdi></b> is refused from this moment
			on. This cannot be undone; a new token can be made.</p>
	<//>`;
}

function List({ tokens, onRevoke }) {
	const living = tokens.filter((t) => !deadOf(t)).reverse();
	const dead = tokens.filter(deadOf).reverse();
	const rows = (list) => list.map((t) => html`<${Row} key=${t.id} t=${t}
		onRevoke=${onRevoke} />`);

	if (!tokens.length)
		return html`<${EmptyNotice} level="h3" title="No tokens yet" icon="lock">
			<p>A bot platform or a script sends one with what it asks.</p>
		</${EmptyNotice}>`;
	return html`<ul class="entries">${rows(living)}</ul>
		${dead.length > 0 && html`<details class="entries-more">
			<summary>${dead.length} that ${dead.length === 1 ? 'opens'
		: 'open'} nothing any more</summary>
			<ul class="entries">${rows(dead)}</ul></details>`}`;
}

export function SettingsTokensPage() {
	const [{ turn, said }, setSaid] = useState({ turn: 0, said: '' });
	const [revoking, setRevoking] = useState(/** @type {any} */ (null));
	const found = useLoad(`${turn}`, listOf('/tokens', 'tokens'));
	const rights = useLoad('rights', listOf('/permissions', 'permissions'));
	const tokens = found.data ?? found.last?.data;
	const again = (text) => setSaid((s) => ({ turn: s.turn + 1, said: text }));

	return html`<${Frame} here="tokens" title="API tokens"
		about="Keys for machines. A token never may or sees more than whoever
			made it, and is stopped while they are disabled."
		acts=${html`<button type="button" class="primary" onClick=${() =>
			go(HERE, { add: '1' })}><${Icon} name="plus" /> New token</button>`}>
		<${Said} text=${said} />
		<${Found} found=${{ ...found, data: tokens }} what="The tokens">
			${() => html`<${List} tokens=${tokens}
				onRevoke=${setRevoking} />`}<//>
		${route.value.query.add && rights.data && html`<${TokenForm}
			all=${rights.data} onMade=${() => again('The token is made')}
			onClose=${() => go(HERE)} />`}
		${rights.error && html`<p class="trouble" role="alert">
			${rights.error.message}</p>`}
		${revoking && html`<${RevokeDialog} t=${revoking}
			onClose=${() => setRevoking(null)} onDone=${() => {
				again(`${revoking.name} is revoked`);
				setRevoking(null);
			}} />`}
	<//>`;
}
