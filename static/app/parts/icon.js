// SPDX-License-Identifier: AGPL-3.0-or-later
// The few pictograms, drawn on a 16 × 16 grid with the text's own colour.
// They never carry meaning alone: the text or label beside them does.
import { html } from '../lib/html.js';

const PATHS = {
	people: 'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M1.5 13.500c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 2.800a2.3 2.3 0 0 1 0 4.500M12 9.800c1.6.5 2.5 1.8 2.5 3.7',
	bot: 'M3 5.500h10v8H3zM8 5.500V2.500M6 9h.1M10 9h.1',
	person: 'M8 7.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M3 13.500c0-2.5 2.200-4 5-4s5 1.5 5 4',
	chat: 'M2 3h12v8H7.5L4 13.800V11H2z',
	unlock: 'M3.5 7.500h9v6h-9zM5.5 7.500V5A2.5 2.5 0 0 1 10.3 4.2',
	lock: 'M3.5 7.500h9v6h-9zM5.5 7.500V5a2.5 2.5 0 0 1 5 0v2.5',
	plus: 'M8 3v10M3 8h10',
	cross: 'M4 4l8 8M12 4l-8 8',
	check: 'M3 8.500l3.3 3.300L13 5',
	up: 'M8 13V3.500M4 7l4-4 4 4',
	down: 'M8 3v9.500M4 9l4 4 4-4',
	left: 'M10 3.500L5.5 8l4.5 4.5',
	right: 'M6 3.500L10.5 8 6 12.5',
	filter: 'M2 4h12M4.5 8h7M6.5 12h3',
	chart: 'M2.5 13.500h11M4.5 11V8M8 11V3M11.500 11V6',
	download: 'M8 2.500v7.500M4.8 7L8 10.2 11.2 7M3 13.500h10',
	search: 'M7 11.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M10.5 10.500l3 3',
	warning: 'M8 2.500l6 11H2zM8 6.500v3.500M8 11.800v.2',
	away: 'M6.500 3.500h-3v9h9v-3M9 3h4v4M13 3L7.500 8.500',
	pen: 'M3 13l.7-3L10.800 2.900l2.300 2.300L6 12.300zM9.500 4.200l2.300 2.300',
	grip: 'M6 4h.1M6 8h.1M6 12h.1M10 4h.1M10 8h.1M10 12h.1',
	exit: 'M6.5 2.500h-4v11h4M6.5 8h7M11 5.200L13.8 8 11 10.8',
	keys: 'M1.5 4h13v8.500h-13zM4 6.500h.1M6.7 6.500h.1M9.3 6.500h.1M12 6.500h.1M5 10h6',
	more: 'M3.500 8h.1M8 8h.1M12.500 8h.1',
	gear: 'M2 4.500h7M13 4.500h1M11 6.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4M2 11.500h1M7 11.500h7M5 13.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
	eye: 'M1.5 8s2.5-4.5 6.5-4.500S14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
};

/** @param {{name: keyof typeof PATHS}} props */
export function Icon({ name }) {
	return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16"
		fill="none" stroke="currentColor" stroke-width="1.5"
		stroke-linecap="round" stroke-linejoin="round"
		aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
