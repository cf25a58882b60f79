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

/**
 * @param {{f: string, of: string, text: string,
 *   onDone: (text: string) => void}} props f: the filter; of: whom, in words
 */
export function SaveSegment({ f, of, text, onDone }) {
	const [open, setOpen] = useState(false);

	if (!f || !may('segments.edit'))
		return null;
	return html`<button type="button" class="ghost segment-of"
		title="Save as segment" aria-label=${`${text}: save ${of}`}
		onClick=${() => setOpen(true)}><${Icon} name="plus" />${text}</button>
	${open && html`<${SegmentForm} f=${f} onClose=${() => setOpen(false)}
		onDone=${(said) => {
			setOpen(false);
			onDone(said);
		}} />`}`;
}
