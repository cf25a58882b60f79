// SPDX-License-Identifier: AGPL-3.0-or-later
// How one walks along a drawing: with the pointer, or with the arrow keys on a
// slider that lies over it unseen and reads out what is there.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';

/** The width of an element as it changes. @returns {[any, number]} */
export function useWidth() {
	const ref = useRef(/** @type {any} */ (null));
	const [width, setWidth] = useState(0);

	useLayoutEffect(() => {
		const tell = () => setWidth(ref.current?.clientWidth ?? 0);
		const watch = new ResizeObserver(tell);

		tell();
		watch.observe(ref.current);
		return () => watch.disconnect();
	}, []);
	return [ref, width];
}

/** What other keys do: by how many places, in a drawing of several rows. */
const keyed = (keys, at, n, onAt) => (e) => {
	const by = keys?.[e.key];

	if (!by)
		return;
	e.preventDefault();
	onAt(Math.max(0, Math.min(n - 1, at + by)));
};

/**
 * @param {{box: any, n: number, at: number|null, label: string, text: string,
 *   find: (x: number, y: number) => number, onAt: (at: number|null) => void,
 *   onPick?: () => void, keys?: Record<string, number>, children?: any}} props
 *   find: what is at these pixels; text: what is there, in words
 */
export function PlotCursor({ box, n, at, label, text, find, onAt, onPick,
	keys, children }) {
	const slider = useRef(/** @type {any} */ (null));
	const point = (e) => {
		const { left, top } = box.current.getBoundingClientRect();

		onAt(find(e.clientX - left, e.clientY - top));
	};

	return html`<div class="plot" ref=${box} onPointerMove=${point}
		onPointerDown=${(e) => {
			point(e);
			e.preventDefault();
			slider.current.focus({ preventScroll: true });
		}}>
		${children}
		<input type="range" class="plot-cursor" ref=${slider} min="0"
			max=${n - 1} step="1" value=${at ?? 0} aria-label=${label}
			aria-valuetext=${text} disabled=${n < 1}
			onFocus=${() => at === null && onAt(0)}
			onInput=${(e) => onAt(Number(e.target.value))}
			onKeyDown=${(e) => e.key === 'Enter' ? onPick?.()
		: keyed(keys, at ?? 0, n, onAt)(e)} />
	</div>`;
}
