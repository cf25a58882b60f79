// SPDX-License-Identifier: AGPL-3.0-or-later
// A text cut where the server marked it: ranges of UTF-16 units, in order.

/**
 * @param {string} text
 * @param {[number, number][]} [marks]
 * @returns {{text: string, marked: boolean}[]} together they are the text
 */
export function pieces(text, marks = []) {
	const out = [];
	let at = 0;
	const cut = (to, marked) => {
		if (to > at)
			out.push({ text: text.slice(at, to), marked });
		at = Math.max(at, to);
	};

	for (const [from, to] of marks) {
		cut(from, false);
		cut(Math.min(to, text.length), true);
	}
	cut(text.length, false);
	return out;
}
