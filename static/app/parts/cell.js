// SPDX-License-Identifier: AGPL-3.0-or-later
// One value in the list, by its type.  Texts are isolated (<bdi>), so that a
// name written right to left, or made to look so, stays in its own cell.
import { html } from '../lib/html.js';
import { number } from '../lib/number.js';
import * as time from '../lib/time.js';

const TONES = 8;
const SHOWN_TAGS = 3;

function Missing() {
	return html`<span class="missing">
		<span aria-hidden="true">–</span>
		<span class="unseen">not set</span></span>`;
}

function Text({ value }) {
	const text = typeof value === 'string' ? value : JSON.stringify(value);

	return html`<bdi title=${text.length > 24 ? text : undefined}>${text}</bdi>`;
}

function Instant({ value }) {
	const { short, long } = time.instant(value);

	return html`<time datetime=${String(value)} title=${long}>${short}</time>`;
}

function Tags({ value }) {
	const all = Array.isArray(value) ? value : [value];
	const more = all.length - SHOWN_TAGS;

	return html`<span class="tags" title=${all.join(', ')}>
		${all.slice(0, SHOWN_TAGS).map((t) =>
		html`<bdi class="tag" key=${t}>${String(t)}</bdi>`)}
		${more > 0 && html`<span class="hint">+${more}</span>`}</span>`;
}

const BY_TYPE = {
	number: ({ value }) => typeof value === 'number'
		? number(value) : html`<${Text} value=${value} />`,
	boolean: ({ value }) => value === true ? 'Yes'
		: value === false ? 'No' : html`<${Text} value=${value} />`,
	instant: Instant,
	date: ({ value }) => html`<time datetime=${String(value)}>
		${time.date(value)}</time>`,
	set: Tags,
};

/** @param {{type: string, value: any}} props */
export function Cell({ type, value }) {
	if (value === undefined || value === null)
		return html`<${Missing} />`;
	const Shown = BY_TYPE[type] || Text;

	return html`<${Shown} value=${value} />`;
}

function initials(name) {
	const words = name.trim().split(/\s+/).filter(Boolean);
	const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
	const letters = picked.map((w) => (/\p{L}|\p{N}/u.exec(w) || [''])[0]);

	return letters.join('').toUpperCase();
}

function toneOf(text) {
	let n = 0;

	for (const c of text)
		n = (n * 31 + /** @type {number} */ (c.codePointAt(0))) >>> 0;
	return n % TONES;
}

/** A small round mark with the initials. @param {{id: any, name: string}} props */
export const Mark = ({ id, name }) => html`<span aria-hidden="true"
	class=${`mark tone-${toneOf(String(id))}`}>${initials(name)}</span>`;

/** A person's name with the mark. @param {{id: any, name: any}} props */
export function Person({ id, name }) {
	const text = typeof name === 'string' ? name : '';

	return html`<span class="person">
		<${Mark} id=${id} name=${text} />
		${text ? html`<${Text} value=${text} />`
		: html`<span class="missing">No name</span>`}
	</span>`;
}
