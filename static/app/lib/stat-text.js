// SPDX-License-Identifier: AGPL-3.0-or-later
// The numbers of analytics as people read them: times, shares, counts, and no
// data, which is not 0.

const rounded = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(undefined,
	{ style: 'percent', maximumFractionDigits: 1 });

const SPANS = /** @type {const} */ ([[86400000, 'd'], [3600000, 'h'],
	[60000, 'min'], [1000, 's']]);

/** Whether a column holds a time, which is in milliseconds, or a share. */
const isTime = (column) => /Time(Median|P90)?$/.test(column);
export const isRate = (column) => /^rate|Rate$/.test(column);

/** What the marks of its axis are counted in. */
export const unitOf = (column, top) => isTime(column)
	? (SPANS.find(([ms]) => top >= 2 * ms) ?? SPANS[3])[0]
	: isRate(column) ? 0.01 : 1;

/** The two biggest parts: `2 d 3 h`, `45 s`. */
function timeText(ms) {
	const i = SPANS.findIndex(([unit]) => ms >= unit);

	if (i < 0)
		return `${rounded.format(ms / 1000)} s`;
	const [unit, name] = SPANS[i];
	const rest = SPANS[i + 1] && Math.floor(ms % unit / SPANS[i + 1][0]);

	return `${rounded.format(Math.floor(ms / unit))} ${name}` +
		(rest ? ` ${rest} ${SPANS[i + 1][1]}` : '');
}

/** @param {number} v */
export const shareText = (v) => percent.format(v);

/** @param {number|null|undefined} v @param {string} [column] */
export function valueText(v, column = '') {
	if (v === null || v === undefined)
		return 'no data';
	return isTime(column) ? timeText(v) : isRate(column) ? percent.format(v)
		: rounded.format(v);
}

/** @param {Record<string, any>} row @param {string[]} columns what is nothing but no data */
export const isKnown = (row, columns) =>
	columns.some((c) => row[c] !== null && row[c] !== undefined);
