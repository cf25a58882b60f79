// SPDX-License-Identifier: AGPL-3.0-or-later
// Several texts, chosen from what is known or typed: Enter takes one in,
// × or Backspace takes one out.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';
import { Combobox } from './combobox.js';
import { Icon } from './icon.js';

const LIMIT = 8;
const TYPED = 'typed';

const same = (a, b) => a.toLowerCase() === b.toLowerCase();

/** Those that fit what is typed, then what is typed itself. */
function optionsOf(known, chosen, text, counts) {
	const asked = text.trim().toLowerCase();
	const fit = known.filter((k) => !chosen.includes(k) &&
		k.toLowerCase().includes(asked))
		.slice(0, LIMIT).map((k) => ({ key: `k${k}`, text: k,
			note: counts?.has(k) ? count(counts.get(k)) : '' }));

	return asked && !fit.some((o) => same(o.text, asked))
		? [...fit, { key: TYPED, text: text.trim(), note: 'as typed' }] : fit;
}

function Token({ value, onRemove }) {
	return html`<li class="token"><bdi>${value}</bdi>
		<button type="button" aria-label=${`Take out ${value}`}
			onClick=${(e) => {
		// the button goes with its token: the field takes the focus
		e.currentTarget.closest('.many').querySelector('input').focus();
		onRemove();
	}}><${Icon} name="cross" /></button></li>`;
}

/**
 * @param {{label: string, known: string[], chosen: string[],
 *   onChosen: (chosen: string[]) => void, commas?: boolean, max?: number,
 *   focus?: boolean, onEmpty?: () => void, counts?: Map<string, number>,
 *   onText?: (text: string) => void}} props commas: whether one may hold a
 *   comma; onEmpty: Enter in an empty field; counts: how often one is had
 */
export function TokenField({ label, known, chosen, onChosen, commas, max = 100,
	focus, onEmpty, counts, onText }) {
	const [text, setText] = useState('');
	const type = (next) => {
		setText(next);
		onText?.(next.trim());
	};
	const drop = (value) => onChosen(chosen.filter((c) => c !== value));
	const pick = (o) => {
		const value = commas ? o.text : o.text.replace(/,/g, ' ').trim();

		type('');
		if (value && !chosen.includes(value))
			onChosen([...chosen, value].slice(-max));
	};

	return html`<div class="many">
		${chosen.length > 0 && html`<ul class="tokens" aria-label=${label}>
			${chosen.map((v) => html`<${Token} key=${v} value=${v}
				onRemove=${() => drop(v)} />`)}</ul>`}
		<${Combobox} label=${label} focus=${focus} text=${text} onText=${type}
			placeholder=${chosen.length && max > 1 ? 'Another' : label}
			options=${optionsOf(known, chosen, text, counts)} first=${!!text.trim()}
			onPick=${pick} onEmpty=${onEmpty}
			onBack=${() => chosen.length && onChosen(chosen.slice(0, -1))} />
	</div>`;
}
