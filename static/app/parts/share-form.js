// SPDX-License-Identifier: AGPL-3.0-or-later
// Makes a share link: which of the view's columns, until when, and with what
// password.
import { useState } from 'preact/hooks';
import { attributeOf, defaultColumns } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { strength } from '../lib/strength.js';
import { daysFromNow } from '../lib/time.js';
import { share } from '../lib/views.js';
import { Icon } from './icon.js';
import { Refused, useAct } from './view-forms.js';

const LEAST = 8;
const LIVES = [[1, '1 day'], [7, '7 days'], [30, '30 days'], [90, '90 days'],
	[365, '1 year']];

function Columns({ all, chosen, onChosen }) {
	const flip = (name, on) => onChosen(all.filter((c) =>
		c === name ? on : chosen.includes(c)));

	return html`<fieldset class="choice"><legend>Columns they see</legend>
		${all.map((name) => html`<label class="tick" key=${name}>
			<input type="checkbox" name="column" value=${name}
				checked=${chosen.includes(name)}
				onChange=${(e) => flip(name, e.target.checked)} />
			<bdi>${attributeOf(name)?.label ?? name}</bdi></label>`)}
	</fieldset>`;
}

function Password({ value, onText, trouble }) {
	const [seen, setSeen] = useState(false);
	const { level, text } = strength(value, LEAST);

	return html`<div class="labelled">
		<label for="link-password">Password, if you like</label>
		<span class="with-button">
			<input class="field" id="link-password" name="password"
				type=${seen ? 'text' : 'password'} value=${value}
				autocomplete="new-password" autocapitalize="off"
				spellcheck=${false} aria-describedby="link-strength"
				aria-invalid=${trouble ? 'true' : undefined}
				onInput=${(e) => onText(e.target.value)} />
			<button type="button" class="ghost square"
				aria-pressed=${String(seen)} aria-label="Show the password"
				onClick=${() => setSeen(!seen)}><${Icon} name="eye" /></button>
		</span>
		<span class="strength" id="link-strength">${value
		? html`<meter min="0" max="4" low="2" high="3" optimum="4"
				value=${level} aria-label="Strength"></meter>
				<span>${text}</span>`
		: 'Tell it to them by another way than the link.'}</span>
	</div>`;
}

/**
 * @param {{view: import('../lib/views.js').View,
 *   onMade: (link: any) => void}} props
 */
export function ShareForm({ view, onMade }) {
	const all = view.columns ?? defaultColumns();
	const [columns, setColumns] = useState(all);
	const [days, setDays] = useState('30');
	const [password, setPassword] = useState('');
	const { busy, error, run } = useAct(async () => {
		if (!columns.length)
			throw new Error('Choose at least one column.');
		onMade(await share(view, { columns, password: password || null,
			expiresAt: daysFromNow(Number(days)) }));
	});

	return html`<form class="stack" onSubmit=${run} novalidate>
		<${Columns} all=${all} chosen=${columns} onChosen=${setColumns} />
		<div class="pair">
			<label class="labelled">It ends after
				<select class="field" name="days" value=${days}
					onChange=${(e) => setDays(e.target.value)}>
					${LIVES.map(([n, text]) => html`<option key=${n}
						value=${String(n)}>${text}</option>`)}
				</select></label>
			<${Password} value=${password} onText=${setPassword}
				trouble=${error?.path === 'password'} />
		</div>
		<${Refused} error=${error} />
		<div class="dialog-foot"><button class="primary"
			aria-disabled=${String(!!busy)}>Make a link</button></div>
	</form>`;
}
