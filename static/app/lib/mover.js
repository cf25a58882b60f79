// SPDX-License-Identifier: AGPL-3.0-or-later
// Who or what moved a person between segments, in words, and where more of it
// can be seen.
import { pathOf, places } from './settings.js';
import { addressOf } from './url.js';

/** How a sentence on it begins. */
const BY = { manager: 'By hand', bulk: 'By a bulk action',
	import: 'From an imported file', event: 'From an event' };

const settings = (id, of) => places().some((p) => p.id === id)
	? addressOf(pathOf(id, of)) : '';

/**
 * @param {{source?: string, by?: any, token?: any}} moved
 * @returns {{how: string, who: string, href: string}} who: empty where nobody
 *   has a name; href: empty where there is nothing that one may open
 */
export function moverOf({ source = 'manager', by, token }) {
	const how = BY[source] ?? source;

	if (by)
		return { how: `${how}, `, who: by.name ?? `manager ${by.id}`,
			href: settings('managers', String(by.id)) };
	if (token)
		return { how: source === 'manager' ? 'With the API token '
			: `${how}, with the API token `,
			who: token.name ?? String(token.id), href: settings('tokens') };
	return { how, who: '', href: '' };
}
