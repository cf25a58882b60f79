// SPDX-License-Identifier: AGPL-3.0-or-later
// Which day the workspace's week begins with.
import { json } from './api.js';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday',
	'saturday', 'sunday'];

/** @type {Promise<number>|null} */
let asked = null;

async function ask() {
	const settings = await json('GET', '/settings');

	return Math.max(0, DAYS.indexOf(settings['workspace.weekStart'])) + 1;
}

/** @returns {Promise<number>} 1 Monday to 7 Sunday */
export const weekStart = () => asked ??= ask().catch((e) => {
	asked = null;
	throw e;
});
