// SPDX-License-Identifier: AGPL-3.0-or-later
// A new password, twice, with a rough idea of its strength.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { strength } from '../lib/strength.js';
import { Icon } from './icon.js';

function Strength({ password, least }) {
	const { level, text } = strength(password, least);

	return html`<span class="strength" id="strength">
		<meter min="0" max="4" low="2" high="3" optimum="4" value=${level}
			aria-label="Strength"></meter>
		<span>${text}</span></span>`;
}

/**
 * What is wrong with the two, by the names of the fields.
 * @param {string} first
 * @param {string} second
 * @param {number} least characters there must be
 * @returns {Record<string, string>}
 */
export function pairTroubles(first, second, least) {
	if ([...first].length < least)
		return { password: `At least ${least} characters.` };
	return first === second ? {} : { again: 'The two are not the same.' };
}

/**
 * @param {{first: string, second: string, onFirst: (text: string) => void,
 *   onSecond: (text: string) => void, label?: string, least: number,
 *   troubles: Record<string, string>}} props
 */
export function PasswordPair(props) {
	const { troubles, label = 'Password' } = props;
	const [seen, setSeen] = useState(false);
	const field = (name, value, onText, told) => html`<input class="field"
		id=${`new-${name}`} name=${name} value=${value}
		type=${seen ? 'text' : 'password'} autocomplete="new-password"
		autocapitalize="off" spellcheck=${false}
		aria-invalid=${troubles[name] ? 'true' : undefined}
		aria-describedby=${told} onInput=${(e) => onText(e.target.value)} />`;
	const trouble = (name) => html`<span class="trouble"
		id=${`${name}-trouble`}>${troubles[name]}</span>`;

	return html`<div class="pair">
		<div class="labelled"><label for="new-password">${label}</label>
			<span class="with-button">
				${field('password', props.first, props.onFirst,
		'strength password-trouble')}
				<button type="button" class="ghost square"
					aria-pressed=${String(seen)} aria-label="Show passwords"
					title="Show passwords" onClick=${() => setSeen(!seen)}>
					<${Icon} name="eye" /></button>
			</span>
			${trouble('password')}
			${!troubles.password && html`<${Strength}
				password=${props.first} least=${props.least} />`}
		</div>
		<div class="labelled"><label for="new-again">The same again</label>
			${field('again', props.second, props.onSecond, 'again-trouble')}
			${trouble('again')}
		</div>
	</div>`;
}
