// SPDX-License-Identifier: AGPL-3.0-or-later
// How one walks along a drawing: with the pointer, or with the arrow keys on a
// slider that lies over it unseen and reads out what is there.  A click, or
// Enter, opens what is pointed at; a finger points first and opens then.
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

/**
 * @typedef {{row: number, series?: number}} Place a row, and which of its
 *   values
 * @typedef {{at: number|null, onAt: (place: Place) => void,
 *   onPick?: (place: Place) => void}} Walk
 */

/** What a pointer does. @param {any} o */
function pointing({ box, slider, find, at, onAt, onPick, began, pointed }) {
	const place = (e) => {
		const { left, top } = box.current.getBoundingClientRect();

		return find(e.clientX - left, e.clientY - top);
	};

	return {
		onPointerMove: (e) => onAt(place(e)),
		onPointerDown: (e) => {
			began.current = e.pointerType === 'touch' &&
				place(e).row !== at;
			onAt(place(e));
			e.preventDefault();
			pointed.current = true;
			slider.current.focus({ preventScroll: true });
			pointed.current = false;
		},
		onClick: (e) => !began.current && onPick?.(place(e)),
	};
}

/**
 * @param {Walk & {box: any, n: number, label: string, text: string,
 *   find: (x: number, y: number) => Place, onKey?: (e: any) => boolean,
 *   children?: any}} props
 *   find: what is at these pixels; text: what is there, in words; onKey: of
 *   other keys, whether it was one
 */
export function PlotCursor({ box, n, at, label, text, find, onAt, onPick,
	onKey, children }) {
	const slider = useRef(/** @type {any} */ (null));
	const began = useRef(false); // with a finger, elsewhere than where it was
	const pointed = useRef(false); // focus that came of it

	return html`<div class=${`plot ${onPick ? 'plot-open' : ''}`} ref=${box}
		...${pointing({ box, slider, find, at, onAt, onPick, began, pointed })}>
		${children}
		<input type="range" class="plot-cursor" ref=${slider} min="0"
			max=${n - 1} step="1" value=${at ?? 0} aria-label=${label}
			aria-valuetext=${text} disabled=${n < 1}
			onFocus=${() => at === null && !pointed.current &&
		onAt({ row: 0 })}
			onInput=${(e) => onAt({ row: Number(e.target.value) })}
			onKeyDown=${(e) => {
				if (e.key === 'Enter')
					onPick?.({ row: at ?? 0 });
				else if (onKey?.(e))
					e.preventDefault();
			}} />
	</div>`;
}
