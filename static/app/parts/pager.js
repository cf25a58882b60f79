// SPDX-License-Identifier: AGPL-3.0-or-later
// Which rows are shown, of how many, and the pages beside this one.
import { html } from '../lib/html.js';
import { PAGE } from '../lib/listing.js';
import { count } from '../lib/number.js';
import { ZONE } from '../lib/time.js';
import { Icon } from './icon.js';

function Range({ page, rows, total }) {
	const from = (page - 1) * PAGE + 1;

	return rows > 0 && html`<span class="range">
		${count(from)}–${count(from + rows - 1)} of ${count(total)}</span>`;
}

/**
 * @param {{page: number, rows: number, total: number|undefined,
 *   onBefore: (() => void)|null, onNext: (() => void)|null}} props
 */
export function Pager({ page, rows, total, onBefore, onNext }) {
	const turn = (act, icon, text) => html`<button type="button"
		aria-disabled=${String(!act)} onClick=${() => act?.()}>
		${icon === 'left' && html`<${Icon} name="left" />`} ${text}
		${icon === 'right' && html`<${Icon} name="right" />`}</button>`;

	return html`<footer class="pager">
		<${Range} page=${page} rows=${rows} total=${total} />
		<span class="hint zone">Times in ${ZONE.replace(/_/g, ' ')}</span>
		<nav class="pager-turn" aria-label="Pages">
			${turn(onBefore, 'left', 'Previous')}
			${turn(onNext, 'right', 'Next')}
		</nav>
	</footer>`;
}
