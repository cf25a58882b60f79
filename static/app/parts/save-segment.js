// SPDX-License-Identifier: AGPL-3.0-or-later
// People behind a number, kept as a segment: whoever is counted in it, then
// and from then on.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { may } from '../lib/session.js';
import { Icon } from './icon.js';
import { later } from './later.js';

const SegmentForm = later(() =>
	import('./segment-form.js').then((m) => m.SegmentForm),
'/css/later/segments.css');

/** The form of it, of a filter `f`; it stands outside of tables. */
export const SegmentOf = ({ f, onClose, onDone }) => html`<${SegmentForm}
	f=${f} onClose=${onClose} onDone=${(said) => {
		onClose();
		onDone(said);
	}} />`;

/** What opens it. @param {any} props f: the filter; of: whom, in words */
export const SegmentButton = ({ f, of, text, onOpen }) => f &&
	may('segments.edit') && html`<button type="button" class="ghost segment-of"
		title="Save as segment" aria-label=${`${text}: save ${of}`}
		onClick=${() => onOpen(f)}><${Icon} name="plus" />${text}</button>`;

/**
 * Both. @param {{f: string, of: string, text: string,
 *   onDone: (text: string) => void}} props f: the filter; of: whom, in words
 */
export function SaveSegment({ onDone, ...button }) {
	const [f, setF] = useState('');

	return html`<${SegmentButton} ...${button} onOpen=${setF} />
		${f && html`<${SegmentOf} f=${f} onDone=${onDone}
			onClose=${() => setF('')} />`}`;
}
