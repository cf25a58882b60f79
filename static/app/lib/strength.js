// SPDX-License-Identifier: AGPL-3.0-or-later
// A rough guess at how hard a password is to guess: the bits of its distinct
// steps.  Runs, repeats and keyboard rows count for little.  The server has
// the last word and knows the commonest ones.

const KINDS = [[/\p{Ll}/u, 26], [/\p{Lu}/u, 26], [/\p{Nd}/u, 10],
	[/[^\p{L}\p{N}]/u, 32], [/[^\x00-\x7f]/u, 100]];
const ROWS = 'qwertyuiop asdfghjkl zxcvbnm 1234567890 abcdefghijklmnopqrstuvwxyz';
const more = (n) => `${n} more character${n === 1 ? '' : 's'} needed`;
const WORDS = ['', 'weak', 'fair', 'good', 'strong'];

function expected(before, char) {
	const pair = (before + char).toLowerCase();

	return before === char || ROWS.includes(pair) ||
		ROWS.includes([...pair].reverse().join(''));
}

function bits(chars) {
	const pool = KINDS.reduce((n, [kind, size]) =>
		/** @type {RegExp} */ (kind).test(chars.join(''))
			? n + /** @type {number} */ (size) : n, 0);
	const fresh = new Set(chars).size;
	const steps = chars.reduce((n, char, i) =>
		n + (i && expected(chars[i - 1], char) ? 0.25 : 1), 0);

	return Math.min(steps, fresh * 2) * Math.log2(pool || 1);
}

/**
 * @param {string} password
 * @param {number} least characters there must be
 * @returns {{level: number, text: string}} level 0 (too short) to 4
 */
export function strength(password, least) {
	const chars = [...password];

	if (chars.length < least)
		return { level: 0, text: chars.length
			? more(least - chars.length)
			: `At least ${least} characters` };
	const n = bits(chars);
	const level = n < 40 ? 1 : n < 60 ? 2 : n < 80 ? 3 : 4;

	return { level, text: WORDS[level] };
}
