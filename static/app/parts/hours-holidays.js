// SPDX-License-Identifier: AGPL-3.0-or-later
// Days that are not as the week says: closed, or open at other hours.
import { useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Spans } from './hours-week.js';
import { Icon } from './icon.js';

function Holiday({ h, i, wrong, put, onRemove }) {
	const name = h.name || h.date || `holiday ${i + 1}`;

	return html`<li class="holiday">
		<input class="field" type="date" value=${h.date}
			aria-label=${`Date of ${name}`} max="9999-12-31"
			aria-invalid=${wrong ? 'true' : undefined}
			onInput=${(e) => put({ ...h, date: e.target.value })} />
		<input class="field" value=${h.name} placeholder="Name"
			aria-label=${`Name of ${name}`} maxlength="100" autocomplete="off"
			onInput=${(e) => put({ ...h, name: e.target.value })} />
		<${Spans} spans=${h.open} of=${name}
			onSpans=${(open) => put({ ...h, open })} />
		<button type="button" class="ghost square" onClick=${onRemove}
			aria-label=${`Remove ${name}`}><${Icon} name="cross" /></button>
		${wrong && html`<p class="trouble" role="alert">${wrong}</p>`}
	</li>`;
}

/**
 * @param {{list: any[], wrongOf: (path: string) => string,
 *   onList: (list: any[]) => void}} props
 */
export function Holidays({ list, wrongOf, onList }) {
	const box = useRef(/** @type {any} */ (null));

	return html`<fieldset class="choice stack" ref=${box}>
		<legend>Holidays</legend>
		<p class="hint">On these days the week does not hold: closed, or open at
			the hours given here.</p>
		${list.length > 0 && html`<ul class="holiday-list">${list.map((h, i) =>
		html`<${Holiday} key=${i} h=${h} i=${i}
			wrong=${wrongOf(`holidays.${i}`)}
			put=${(next) => onList(list.map((o, k) => k === i ? next : o))}
			onRemove=${() => {
				onList(list.filter((_, k) => k !== i));
				box.current.querySelector('.holiday-add').focus();
			}} />`)}</ul>`}
		${wrongOf('holidays') && html`<p class="trouble" role="alert">
			${wrongOf('holidays')}</p>`}
		<p><button type="button" class="holiday-add" onClick=${() =>
			onList([...list, { date: '', name: '', open: [] }])}>
			<${Icon} name="plus" /> Add a holiday</button></p>
	</fieldset>`;
}
