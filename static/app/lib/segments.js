// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be asked about segments, and how one is told of.
import { json } from './api.js';
import { ZONE } from './time.js';
import { addressOf } from './url.js';

/**
 * @typedef {{id: number, name: string, description: string,
 *   kind: 'static'|'dynamic', size: number|null, error?: string,
 *   createdBy: {id: number, name: string}|null, createdAt: string,
 *   filter?: any, sentence?: string|null,
 *   neededBy: {id: number, name: string}[]}} Segment
 */

const at = (id, what = '') => `/segments/${id}${what}`;
const query = { tz: ZONE };

/** @param {any} asked @param {AbortSignal} signal */
export const list = (asked, signal) => json('GET', '/segments',
	{ query: { ...asked, ...query }, signal });

/** All of them, for choosing among. @param {AbortSignal} signal */
export async function listAll(signal) {
	const all = [];

	for (let after = ''; after !== null;) {
		const page = await list({ limit: 500, after }, signal);

		all.push(...page.segments);
		after = page.next;
	}
	return all;
}

/** @param {any} body */
export const create = (body) => json('POST', '/segments', { body, query });

/** @param {number} id @param {any} body */
export const change = (id, body) => json('PATCH', at(id), { body, query });

/** @param {number} id */
export const remove = (id) => json('DELETE', at(id));

/** @param {number} id */
export const freeze = (id) => json('POST', at(id, '/freeze'), { query });

/** @param {any} body */
export const combine = (body) => json('POST', '/segments/combine',
	{ body, query });

const WORKBOOK =
	'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** What can be imported, for a file field. */
export const TABLES = `.csv,.tsv,.txt,.xlsx,.xlsm,text/csv,${WORKBOOK}`;

/**
 * A CSV or a workbook; the moments in one are by the clock of this browser.
 * @param {number} id @param {File} file @param {any} asked
 * @param {AbortSignal} signal
 */
export const importTable = (id, file, asked, signal) =>
	json('POST', `${at(id)}/import`, { query: { ...asked, ...query }, signal,
		body: new Blob([file], { type: /\.xls[xm]$/i.test(file.name)
			? WORKBOOK : 'text/csv' }) });

/** The filter that is everybody in it. @param {Segment} s */
export const filterOf = (s) => ({ all: [['segment', 'hasAny', s.name]] });

/** Where they are listed. @param {Segment} s */
export const addressOfMembers = (s) => addressOf('/users',
	{ f: JSON.stringify(filterOf(s)) });
