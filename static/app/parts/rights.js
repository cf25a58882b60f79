// SPDX-License-Identifier: AGPL-3.0-or-later
// What a Member or a token may: a box for each permission of the server's own
// list, or everything.
import { html } from '../lib/html.js';

/**
 * @param {{role: string, onRole: (role: string) => void, all: any[],
 *   chosen: string[], onChosen: (chosen: string[]) => void, words: any}} props
 *   words: the two roles told, the legend of the boxes
 */
export function Rights({ role, onRole, all, chosen, onChosen, words }) {
	const pick = (name, on) => onChosen(all.map((p) => p.name).filter((n) =>
		n === name ? on : chosen.includes(n)));

	return html`<fieldset class="choice"><legend>${words.role}</legend>
		${['Member', 'Owner'].map((r) => html`<label class="tick" key=${r}>
			<input type="radio" name="role" checked=${role === r}
				onChange=${() => onRole(r)} />
			<span><b>${words[`${r}Name`] ?? r}</b> – ${words[r]}</span></label>`)}
	</fieldset>
	${role === 'Member' && html`<fieldset class="choice rights">
		<legend>${words.rights}</legend>
		${all.map((p) => html`<label class="tick" key=${p.name}>
			<input type="checkbox" checked=${chosen.includes(p.name)}
				onChange=${(e) => pick(p.name, e.target.checked)} />
			<span>${p.about} <code>${p.name}</code></span></label>`)}
		<p class="rights-all">
			<button type="button" class="link" onClick=${() =>
				onChosen(all.map((p) => p.name))}>All</button>
			<button type="button" class="link" onClick=${() => onChosen([])}>
				None</button></p>
	</fieldset>`}`;
}
