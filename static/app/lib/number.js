// SPDX-License-Identifier: AGPL-3.0-or-later
// Numbers as people read them.

const plain = new Intl.NumberFormat();
const exact = new Intl.NumberFormat(undefined, { maximumFractionDigits: 20 });

/** @param {number} n */
export const count = (n) => plain.format(n);

/** @param {number} n */
export const number = (n) => exact.format(n);

/** @param {number} n → `1 person`, `12,345 people` */
export const people = (n) => `${count(n)} ${n === 1 ? 'person' : 'people'}`;

/** @param {number} n @param {string} one → `1 row`, `2 rows` */
export const counted = (n, one) => `${count(n)} ${one}${n === 1 ? '' : 's'}`;

const SIZES = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** @param {number} n → `1.2 MB` */
export function size(n) {
	const i = n < 1000 ? 0 : Math.min(SIZES.length - 1,
		Math.floor(Math.log10(n) / 3));
	const shown = new Intl.NumberFormat(undefined,
		{ maximumFractionDigits: i ? 1 : 0 });

	return `${shown.format(n / 1000 ** i)} ${SIZES[i]}`;
}
