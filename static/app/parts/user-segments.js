// SPDX-License-Identifier: AGPL-3.0-or-later
// The segments a person is in.  One kept by hand can be left with ×, and
// another be added by its name; who is in a dynamic one its filter says.
import { useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { count } from '../lib/number.js';
import { may } from '../lib/session.js';
import { addressOf } from '../lib/url.js';
import * as api from '../lib/user-api.js';
import { Combobox } from './combobox.js';
import { Icon } from './icon.js';
import { Popover } from './popover.js';
import { useHurry } from './suggest.js';

const SETTLE = 120;
const NEW = 'new';

const everybodyIn = (name) => addressOf('/users', { f: JSON.stringify(
	{ all: [['segment', 'hasAny', name]] }) });

/** What can be chosen: those that fit, then one to be made. */
function optionsOf(found, text, mine) {
	const name = text.trim();
	const listed = found.map((s) => ({ key: String(s.id), text: s.name,
		detail: count(s.size), chosen: mine.includes(s.id) }));
	const known = found.some((s) => s.name === name);

	return name && !known
		? [...listed, { key: NEW, text: name, note: 'new segment' }] : listed;
}

function Choose({ mine, onPick, trouble }) {
	const [text, setText] = useState('');
	const found = useLoad(text.trim(), (signal) =>
		api.segments(text.trim(), signal), text ? SETTLE : 0);
	const shown = found.data ?? found.last?.data;
	const status = trouble || (found.error ? found.error.message
		: found.data && !found.data.segments.length && !text
			? 'There is none yet. Type a name to make one.' : '');

	const options = found.error ? []
		: optionsOf(shown?.segments ?? [], text, mine);
	const soon = useHurry(!!found.data, options, onPick);

	return html`<${Combobox} label="Segment" placeholder="Name" focus=${true}
		text=${text} onText=${setText} first=${!!text.trim() && !!found.data}
		options=${options} onPick=${onPick} status=${status}
		onEmpty=${() => text.trim() && soon()} />`;
}

function Add({ user, onChanged }) {
	const [open, setOpen] = useState(false);
	const [trouble, setTrouble] = useState('');
	const anchor = useRef(/** @type {any} */ (null));
	const close = () => {
		setOpen(false);
		setTrouble('');
		anchor.current.focus();
	};
	const pick = async ({ key, text }) => {
		try {
			const id = key === NEW ? (await api.makeSegment(text)).id
				: Number(key);

			await api.members(id, { add: [user.id] });
			await onChanged();
			close();
		} catch (error) {
			setTrouble(error.message);
		}
	};

	return html`<button type="button" class="ghost" ref=${anchor}
		aria-haspopup="dialog" aria-expanded=${String(open)}
		onClick=${() => open ? close() : setOpen(true)}>
		<${Icon} name="plus" /> Add to a segment</button>
	${open && html`<${Popover} label="Add to a segment" anchor=${anchor}
		onClose=${close}><div class="popover-body"><${Choose} onPick=${pick}
			trouble=${trouble}
			mine=${user.segments.map((s) => s.id)} /></div></${Popover}>`}`;
}

function Tag({ segment, onRemove }) {
	const { name, kind } = segment;
	const title = kind === 'dynamic' ? 'By its filter; ' : '';

	return html`<li class="tag segment"><a href=${everybodyIn(name)}
		title=${`${title}everybody in this segment`}><bdi>${name}</bdi></a>
		${onRemove && html`<button type="button" class="ghost"
			aria-label=${`Take out of ${name}`} onClick=${onRemove}>
			<${Icon} name="cross" /></button>`}</li>`;
}

/** @param {{user: any, onChanged: () => Promise<any>}} props */
export function Segments({ user, onChanged }) {
	const [trouble, setTrouble] = useState('');
	const card = useRef(/** @type {any} */ (null));
	const editor = may('segments.edit');
	const remove = async (segment) => {
		setTrouble('');
		try {
			await api.members(segment.id, { remove: [user.id] });
			await onChanged();
			card.current?.querySelector('a, button')?.focus();
		} catch (error) {
			setTrouble(error.message);
		}
	};

	return html`<section class="card" aria-labelledby="user-segments"
		ref=${card}>
		<h2 id="user-segments">Segments</h2>
		${user.segments.length ? html`<ul class="tags segments">
			${user.segments.map((s) => html`<${Tag} key=${s.id} segment=${s}
				onRemove=${editor && s.kind === 'static'
		? () => remove(s) : undefined} />`)}</ul>`
		: html`<p class="hint">In no segment.</p>`}
		${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
		${editor && html`<${Add} user=${user} onChanged=${onChanged} />`}
	</section>`;
}
