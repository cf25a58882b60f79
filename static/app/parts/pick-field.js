// SPDX-License-Identifier: AGPL-3.0-or-later
// Some of what there is: each chosen one with a × to take it out, and a button
// that opens the rest to choose from.
import { useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Combobox } from './combobox.js';
import { Icon } from './icon.js';
import { Popover } from './popover.js';

const MANY = 50;

function Chosen({ text, onRemove }) {
	return html`<li class="token"><bdi>${text}</bdi>
		<button type="button" aria-label=${`Take out ${text}`}
			onClick=${onRemove}><${Icon} name="cross" /></button></li>`;
}

function Choose({ label, rest, onPick }) {
	const [text, setText] = useState('');
	const asked = text.trim().toLowerCase();
	const fit = rest.filter((o) => o.text.toLowerCase().includes(asked) ||
		(o.note ?? '').toLowerCase().includes(asked));

	return html`<${Combobox} label=${label} placeholder="Name" focus=${true}
		text=${text} onText=${setText} first=${!!asked}
		options=${fit.slice(0, MANY)} onPick=${(o) => {
		setText('');
		onPick(o);
	}} status=${rest.length ? fit.length > MANY
		? `${fit.length - MANY} more: type to narrow`
		: fit.length ? '' : 'None is called that.' : 'There is no other.'} />`;
}

/**
 * @param {{label: string, add: string, chosen: string[],
 *   options: {key: string, text: string, note?: string}[],
 *   onChosen: (keys: string[]) => void}} props
 */
export function PickField({ label, add, options, chosen, onChosen }) {
	const [open, setOpen] = useState(false);
	const button = useRef(/** @type {any} */ (null));
	const textOf = (key) => options.find((o) => o.key === key)?.text ?? key;
	const close = () => {
		setOpen(false);
		button.current.focus();
	};

	return html`<div class="picked">
		${chosen.length > 0 && html`<ul class="tokens" aria-label=${label}>
			${chosen.map((key) => html`<${Chosen} key=${key}
				text=${textOf(key)} onRemove=${() => {
		button.current.focus(); // the × goes with what it takes out
		onChosen(chosen.filter((k) => k !== key));
	}} />`)}</ul>`}
		<button type="button" ref=${button} aria-haspopup="dialog"
			aria-expanded=${String(open)} onClick=${() => open ? close()
		: setOpen(true)}><${Icon} name="plus" /> ${add}</button>
		${open && html`<${Popover} label=${add} anchor=${button}
			onClose=${() => setOpen(false)}><${Choose} label=${label}
			rest=${options.filter((o) => !chosen.includes(o.key))}
			onPick=${(o) => onChosen([...chosen, o.key])} /></${Popover}>`}
	</div>`;
}
