// SPDX-License-Identifier: AGPL-3.0-or-later
// Who said something of a person, and when, in words.
import { instant } from './time.js';

const SOURCES = { event: 'an event', import: 'an imported file',
	manager: 'a manager', chat: 'a chat' };

/** @param {any} word what has source, by and at @returns {string} */
export function sourceOf({ source, by }) {
	if (by?.name)
		return `By ${by.name}`;
	return source ? `From ${SOURCES[source] ?? source}` : '';
}

/** @param {any} word @returns {string} */
export const toldOf = (word) => [sourceOf(word),
	word.at && instant(word.at).short].filter(Boolean).join(', ');
