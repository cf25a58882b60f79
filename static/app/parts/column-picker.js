// SPDX-License-Identifier: AGPL-3.0-or-later
// "+": which attributes are columns, and in what order.  Every change shows
// at once behind the panel and is in the address.
import { useEffect, useRef, useState } from 'preact/hooks';
import { attributeOf, defaultColumns, originOf, table }
	from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';
import { Icon } from './icon.js';
import { Popover } from './popover.js';

const label = (name) => attributeOf(name)?.label ?? name;

function swapped(list, i, by) {
	const next = list.slice();

	[next[i], next[i + by]] = [next[i + by], next[i]];
	return next;
}

function Shown({ name, at, last, onMove, onHide }) {
	const onKeyDown = (e) => {
		const by = { ArrowUp: -1, ArrowDown: 1 }[e.key];

		if (e.altKey && by) {
			e.preventDefault();
			onMove(at, by);
		}
	};
	const mover = (by, icon, word, off) => html`<button type="button"
		class="ghost square" aria-disabled=${String(off)}
		aria-label=${`Move ${label(name)} ${word}`}
		onClick=${() => off || onMove(at, by)}><${Icon} name=${icon} /></button>`;

	return html`<li class="column" data-column=${name} onKeyDown=${onKeyDown}>
		<label class="tick"><input type="checkbox" checked
			disabled=${at === 0 && last}
			onChange=${() => onHide(name)} /><bdi>${label(name)}</bdi></label>
		${mover(-1, 'up', 'up', at === 0)}
		${mover(1, 'down', 'down', last)}
	</li>`;
}

function Hidden({ attribute, onShow }) {
	const origin = originOf(attribute);

	return html`<li class="column" data-column=${attribute.name}>
		<label class="tick"><input type="checkbox" checked=${false}
			onChange=${() => onShow(attribute.name)} />
			<bdi>${attribute.label}</bdi>
			${origin && html`<span class="option-note">${origin}</span>`}
		</label>
		<span class="option-detail" title="How many people have it">
			${count(attribute.count)}</span>
	</li>`;
}

/** Moving a row in the document takes the focus away; this brings it back. */
function useKeptFocus(list, columns) {
	const wanted = useRef(/** @type {any} */ (null));

	useEffect(() => {
		const { name, control } = wanted.current || {};
		const row = name && list.current?.querySelector(
			`[data-column="${CSS.escape(name)}"]`);

		row?.querySelectorAll('input, button')[control]?.focus();
		wanted.current = null;
	}, [columns]);
	return (name) => {
		const row = document.activeElement?.closest('[data-column]');
		const controls = row ? [...row.querySelectorAll('input, button')] : [];

		wanted.current = { name, control: Math.max(0, controls.indexOf(
			/** @type {any} */ (document.activeElement))) };
	};
}

function Lists({ columns, wanted, change }) {
	const hidden = [...table.value.values()].filter((a) =>
		!columns.includes(a.name) && wanted(a.name));
	const move = (i, by) => columns[i + by] &&
		change(columns[i], swapped(columns, i, by));
	const hide = (name) => change(name, columns.filter((c) => c !== name));

	return html`<div class="columns-lists">
		<h2>Shown</h2>
		<ul>${columns.map((name, i) => wanted(name) && html`<${Shown}
			key=${name} name=${name} at=${i}
			last=${i === columns.length - 1} onMove=${move}
			onHide=${hide} />`)}</ul>
		<h2>Hidden</h2>
		<ul>${hidden.map((a) => html`<${Hidden} key=${a.name} attribute=${a}
			onShow=${(name) => change(name, [...columns, name])} />`)}</ul>
	</div>`;
}

function Columns({ columns, onColumns }) {
	const [text, setText] = useState('');
	const [said, setSaid] = useState('');
	const list = useRef(/** @type {any} */ (null));
	const keepFocus = useKeptFocus(list, columns);
	const wanted = (name) => `${label(name)} ${name}`.toLowerCase()
		.includes(text.trim().toLowerCase());
	const change = (name, next) => {
		const at = next.indexOf(name);

		keepFocus(name);
		setSaid(at < 0 ? `${label(name)} is hidden`
			: `${label(name)} is column ${at + 1} of ${next.length}`);
		onColumns(next);
	};

	return html`<div class="columns" ref=${list}>
		<input class="field" type="search" placeholder="Find an attribute"
			aria-label="Find an attribute" value=${text}
			onInput=${(e) => setText(e.target.value)} />
		<${Lists} ...${{ columns, wanted, change }} />
		<button type="button" class="link" onClick=${() => onColumns(null)}>
			Back to the usual ${defaultColumns().length} columns</button>
		<p class="unseen" role="status">${said}</p>
	</div>`;
}

/**
 * @param {{columns: string[], anchor: {current: any}, onClose: () => void,
 *   onColumns: (columns: string[]|null) => void}} props
 */
export function ColumnPicker({ columns, anchor, onClose, onColumns }) {
	return html`<${Popover} label="Columns" anchor=${anchor}
		onClose=${onClose}><${Columns} columns=${columns}
		onColumns=${onColumns} /></${Popover}>`;
}
