// SPDX-License-Identifier: AGPL-3.0-or-later
// Where things stand in a chart: pure arithmetic, from values to pixels.

/** Round steps that give at most `many` intervals up to what is highest. */
function stepOf(top, many, whole) {
	const rough = top / many;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 5, 10].map((n) => n * power)
		.find((n) => n >= rough * 0.999999) ?? 10 * power;

	return whole ? Math.max(1, step) : step;
}

/**
 * Marks of an axis from 0 to at least `top`.
 * @param {number} top @param {number} [many] @returns {number[]}
 */
export function marks(top, many = 4) {
	const step = stepOf(top > 0 ? top : 1, many, Number.isInteger(top));
	const n = Math.max(1, Math.ceil(top / step - 0.000001));

	return Array.from({ length: n + 1 }, (_, i) =>
		Number((i * step).toPrecision(12)));
}

/**
 * The area that is left for drawing between the labels of the axes.
 * @param {{width: number, height: number, labels: string[], n: number}} of
 */
export function frame({ width, height, labels, n }) {
	const left = 12 + 7 * Math.max(...labels.map((l) => l.length));
	const right = 8;
	const top = 10;
	const bottom = 24;

	return { left, top, width: Math.max(1, width - left - right),
		height: height - top - bottom,
		slot: Math.max(1, width - left - right) / Math.max(1, n) };
}

/** @typedef {ReturnType<typeof frame>} Frame */

/** @param {Frame} f @param {number} i the middle of a slot */
export const middle = (f, i) => f.left + (i + 0.5) * f.slot;

/** @param {Frame} f @param {number} v @param {number} top */
export const level = (f, v, top) => f.top + f.height * (1 - v / top);

/** @param {Frame} f @param {number} x which slot is there, of n */
export const slotAt = (f, x, n) =>
	Math.max(0, Math.min(n - 1, Math.floor((x - f.left) / f.slot)));

/** Every how many slots a label fits. @param {Frame} f @param {number} wide */
export const everyOf = (f, wide) => Math.max(1, Math.ceil(wide / f.slot));

const px = (n) => Number(n.toFixed(2));

/**
 * A line as a path; where there is no data there is a gap.
 * @param {(number|null|undefined)[]} values @param {Frame} f
 * @param {number} top
 */
export function linePath(values, f, top) {
	let open = false;

	return values.map((v, i) => {
		if (v === null || v === undefined) {
			open = false;
			return '';
		}
		const at = `${px(middle(f, i))} ${px(level(f, v, top))}`;
		const piece = open ? `L${at}` : `M${at}h0`;

		open = true;
		return piece;
	}).join('');
}

/**
 * Bars as one path.  Each begins where `from` says, beside or on others.
 * @param {(number|null|undefined)[]} values
 * @param {{f: Frame, top: number, base?: (number|null)[], part?: number,
 *   parts?: number}} where base: what it stands on; part of parts: beside
 */
export function barsPath(values, { f, top, base, part = 0, parts = 1 }) {
	const gap = f.slot > 5 ? Math.min(f.slot * 0.3, 16) : 0;
	const wide = Math.min((f.slot - gap) / parts, 48);
	const inset = (f.slot - wide * parts) / 2;

	return values.map((v, i) => {
		if (!v)
			return '';
		const foot = base?.[i] ?? 0;
		const y = level(f, foot + v, top);
		const x = f.left + i * f.slot + inset + part * wide;

		return `M${px(x)} ${px(y)}h${px(wide)}V${px(level(f, foot, top))}` +
			`h${px(-wide)}z`;
	}).join('');
}

/**
 * Which value of a row is nearest to a height: of a stack the one whose part
 * is there, of bars beside each other the one below, of lines the closest.
 * @param {string} kind @param {(number|null|undefined)[]} values
 * @param {{f: Frame, top: number, x: number, y: number, row: number}} where
 */
export function seriesAt(kind, values, { f, top, x, y, row }) {
	const value = top * (1 - (y - f.top) / f.height);
	let sum = 0;

	if (kind === 'bars')
		return Math.max(0, Math.min(values.length - 1, Math.floor(
			(x - f.left - row * f.slot) / f.slot * values.length)));
	if (kind === 'stack') {
		const heights = values.map((v) => sum += v ?? 0);
		const inside = heights.findIndex((h, i) => values[i] && value <= h);

		return inside < 0 ? values.findLastIndex((v) => v) : inside;
	}
	const far = values.map((v) => v === null || v === undefined ? Infinity
		: Math.abs(v - value));

	return far.indexOf(Math.min(...far));
}
