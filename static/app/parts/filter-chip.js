// SPDX-License-Identifier: AGPL-3.0-or-later
// One filter as a piece of a sentence: "Country is United States".
import { leafWords, nodeText } from '../lib/describe.js';
import { html } from '../lib/html.js';
import { count } from '../lib/number.js';
import { Icon } from './icon.js';

/** @param {{node: any}} props a leaf as a sentence, or a tree in one line */
export function Words({ node }) {
	if (!Array.isArray(node))
		return html`<bdi>${nodeText(node)}</bdi>`;
	const { label, operator, value } = leafWords(node);

	return html`<bdi>${label}</bdi>${' '}
		${operator && html`<span class="chip-operator">${operator}</span>`}${' '}
		${value && html`<bdi class="chip-value">${value}</bdi>`}`;
}

/**
 * @param {{node: any, wrong: boolean, matching: number|undefined,
 *   open: boolean, anchor: any, onEdit: () => void,
 *   onRemove: () => void}} props
 */
export function FilterChip(props) {
	const { node, wrong, matching } = props;

	return html`<span class=${`chip ${wrong ? 'chip-wrong' : ''}`}>
		<button type="button" class="chip-body" ref=${props.anchor}
			aria-haspopup="dialog" aria-expanded=${String(props.open)}
			onClick=${props.onEdit}>
			<${Words} node=${node} />
			${matching !== undefined && html`<span class="chip-count"
				title="People who match this filter alone">
				<span class="unseen">, </span>${count(matching)}</span>`}
		</button>
		<button type="button" class="chip-cross" onClick=${props.onRemove}
			aria-label=${`Remove filter: ${nodeText(node)}`}>
			<${Icon} name="cross" /></button>
	</span>`;
}
