// SPDX-License-Identifier: AGPL-3.0-or-later
// Spans of time as people read them: the two largest units that say anything.

const UNITS = [['d', 86400000], ['h', 3600000], ['min', 60000], ['s', 1000]];

/** @param {number} ms @returns {string} `1 h 5 min`; `0 s` */
export function duration(ms) {
	const at = UNITS.findIndex(([, size]) => ms >= Number(size));

	if (at < 0)
		return '0 s';
	const [[big, one], [small, two] = ['', 1]] = UNITS.slice(at, at + 2);
	const n = Math.floor(ms / Number(one));
	const rest = Math.floor((ms - n * Number(one)) / Number(two));

	return rest && small ? `${n} ${big} ${rest} ${small}` : `${n} ${big}`;
}
