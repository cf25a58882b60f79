// SPDX-License-Identifier: AGPL-3.0-or-later
// Who can see a view: colleagues by its short address, others by share links.
// Each link says what it shows, until when, and how often it was opened.
import { useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { attributeOf } from '../lib/attributes.js';
import { useLoad } from '../lib/load.js';
import { count } from '../lib/number.js';
import { instant } from '../lib/time.js';
import { links, openings, revoke, whole } from '../lib/views.js';
import { CopyField } from './copy-field.js';
import { ErrorNotice } from './notice.js';
import { ShareForm } from './share-form.js';
import { Refused, useAct } from './view-forms.js';

const STATES = { open: 'Open', revoked: 'Revoked', expired: 'Expired' };
const times = (n) => n === 1 ? 'once' : `${count(n)} times`;

function Log({ view, link }) {
	const log = useLoad(`${link.id} ${link.openings}`, (signal) =>
		openings(view, link, signal));

	if (log.error)
		return html`<p class="trouble" role="alert">
			<bdi>${log.error.message}</bdi></p>`;
	return html`<ol class="openings" aria-busy=${String(log.loading)}>
		${log.data?.openings.map((o) => html`<li key=${o.id}>
			<time datetime=${o.at}>${instant(o.at).long}</time>
			${' '}<code>${o.from}</code></li>`)}</ol>`;
}

function Opened({ view, link }) {
	const [open, setOpen] = useState(false);

	if (!link.openings)
		return html`<p class="hint">Never opened</p>`;
	return html`<details onToggle=${(e) => setOpen(e.target.open)}>
		<summary>Opened ${times(link.openings)}, last
			${' '}${instant(link.openedAt).short}</summary>
		${open && html`<${Log} view=${view} link=${link} />`}
	</details>`;
}

const labels = (names) => names.map((n) => attributeOf(n)?.label ?? n)
	.join(', ');

function Link({ view, link, onDone }) {
	const { busy, error, run } = useAct(async () => {
		await revoke(view, link);
		onDone();
	});

	return html`<li class="view">
		<p><span class=${`tag ${link.state === 'open' ? 'tag-good' : ''}`}>
			${STATES[link.state] ?? link.state}</span>
			${' '}until <time datetime=${link.expiresAt}>
				${instant(link.expiresAt).short}</time>${link.password
		? ', with a password' : ''}</p>
		<p class="hint"><bdi>${labels(link.columns)}</bdi></p>
		<p class="hint">Made by <bdi>${link.createdBy.name ||
			'the command line'}</bdi></p>
		<${Opened} view=${view} link=${link} />
		${link.state === 'open' && html`<button type="button"
			aria-disabled=${String(!!busy)} onClick=${run}
			aria-label=${`Revoke the link until ${
				instant(link.expiresAt).short}`}>Revoke</button>`}
		<${Refused} error=${error} />
	</li>`;
}

function Made({ made }) {
	return html`<div class="made stack">
		<${CopyField} label="The new link" text=${whole(made.url)} />
		<p class="hint">Copy it now: it is shown this once. Whoever has it
			${made.password ? ' and the password' : ''} sees the view.</p>
	</div>`;
}

/** @param {{view: import('../lib/views.js').View}} props */
export function SharePanel({ view }) {
	const found = useLoad(`links ${view.id}`, (signal) => links(view, signal));
	const [made, setMade] = useState(/** @type {any} */ (null));
	const kept = useRef(/** @type {any} */ (null));

	kept.current = found.data ?? kept.current;

	return html`<${CopyField} label="For colleagues, who log in"
			text=${whole(view.url)} />
		<h3>For others, without a log-in</h3>
		${made ? html`<${Made} made=${made} />
			<button type="button" onClick=${() => setMade(null)}>
				Another link</button>`
		: html`<${ShareForm} view=${view} onMade=${(link) => {
			setMade(link);
			found.reload();
		}} />`}
		${found.error && html`<${ErrorNotice} error=${found.error}
			title="The links could not be loaded" onRetry=${found.reload} />`}
		<ul class="views" aria-label="Share links">
			${kept.current?.links.slice().reverse().map((l) => html`<${Link}
				key=${l.id} view=${view} link=${l} onDone=${() => {
				setMade(null);
				found.reload();
			}} />`)}
		</ul>`;
}
