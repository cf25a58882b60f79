// SPDX-License-Identifier: AGPL-3.0-or-later
// One thing that happened to a person, in words, by its kind.
import { html } from '../lib/html.js';
import { moverOf } from '../lib/mover.js';
import { instant } from '../lib/time.js';
import { sourceOf } from '../lib/told.js';
import { spoken } from '../lib/typed.js';
import { addressOf } from '../lib/url.js';

const said = (value) => typeof value === 'object'
	? JSON.stringify(value) : String(value);

function Message({ m }) {
	const failed = m.status.includes('failed');

	return html`<p><b>${m.personType}</b>${m.note && ' (note)'}${
		m.template && ' (template)'}${failed && html`${' '}
			<span class="tag tag-bad">not delivered</span>`}</p>
		<p class="moment-said"><bdi>${m.text}</bdi></p>`;
}

/** What one source said at one moment, together. */
function Changes({ m }) {
	return html`<p><b>${m.all.length > 1 ? `${m.all.length} values` : 'A value'}
			</b>${` ${sourceOf(m).replace(/^./, (c) => c.toLowerCase())}`}</p>
		<ul class="moment-changes">${m.all.map((c) => html`<li
			key=${c.attribute}><bdi>${c.label}</bdi>: ${'old' in c &&
			html`<del><bdi>${spoken(c.type, c.old)}</bdi></del> → `}
			<bdi>${spoken(c.type, c.value)}</bdi>${!c.shown &&
			html`${' '}<span class="hint">not shown: a manager said otherwise
			</span>`}</li>`)}</ul>`;
}

function Happening({ m }) {
	const all = Object.entries(m.properties ?? {});

	return html`<p><b><bdi>${m.name}</bdi></b></p>
		${all.length > 0 && html`<ul class="moment-changes">${all.map(([k, v]) =>
			html`<li key=${k}><bdi>${k}</bdi>: <bdi>${said(v)}</bdi></li>`)}
		</ul>`}`;
}

const Line = ({ what, of, more }) => html`<p><b>${what}</b>${of !== undefined &&
	html`${' '}<bdi>${said(of)}</bdi>`}${more &&
	html`${' '}<span class="hint">(<bdi>${said(more)}</bdi>)</span>`}</p>`;

/** The segment, as long as it is there, opens; so does who moved them. */
function Moved({ m }) {
	const name = html`<bdi>${m.name}</bdi>`;
	const { how, who, href } = moverOf(m);

	return html`<p><b>${m.in ? 'Into the segment' : 'Out of the segment'}</b>
			${' '}${m.gone ? name
			: html`<a href=${addressOf('/users', { f: JSON.stringify({ all: [
				['segment', 'hasAny', m.name]] }) })}>${name}</a>`}</p>
		<p class="hint">${how}${who && (href
			? html`<a href=${href}><bdi>${who}</bdi></a>`
			: html`<bdi>${who}</bdi>`)}</p>`;
}

const KINDS = {
	message: Message, change: Changes, event: Happening,
	segment: Moved,
	consent: ({ m }) => html`<${Line} more=${m.channel}
		what=${m.state === 'in' ? 'Opted in' : 'Opted out'} />`,
	validity: ({ m }) => html`<${Line} more=${m.reason} what=${m.valid
		? 'Can be reached' : 'Cannot be reached'} />`,
	flow: ({ m }) => html`<${Line} what="Flow" of=${m.flow}
		more=${[m.event, m.cause].filter(Boolean).join(', ')} />`,
	merge: ({ m }) => html`<${Line} of=${m.fromUserId ?? m.from}
		what=${m.undo ? 'No longer merged with' : 'Merged with'} />`,
};

/** Changes of one source and instant are one moment. @param {any[]} list */
export function together(list) {
	const out = [];

	for (const m of list) {
		const last = out[out.length - 1];

		if (m.kind !== 'change')
			out.push(m);
		else if (last?.kind === 'change' && last.at === m.at &&
			last.source === m.source && last.by?.id === m.by?.id)
			last.all.unshift(m);
		else
			out.push({ ...m, all: [m] });
	}
	return out;
}

/** @param {{m: any}} props */
export function Moment({ m }) {
	const Kind = KINDS[m.kind];
	const { short, long } = instant(m.at);

	return html`<li class="moment" data-kind=${m.kind}>
		<time datetime=${m.at} title=${long}>${short}</time>
		<div class="moment-what"><${Kind} m=${m} /></div>
	</li>`;
}
