// SPDX-License-Identifier: AGPL-3.0-or-later
// Export records: who took what out, and how it ended, in words.
import { json } from './api.js';
import { addDays, isDay } from './days.js';
import { duration } from './duration.js';
import { count, counted, size } from './number.js';
import { addressOf } from './url.js';

/**
 * @typedef {{id: number, state: string, by: string, from: string,
 *   what: string, sentence: string, columns: string, format: string,
 *   locked: boolean, purpose: string, begunAt: string, finishedAt?: string,
 *   rows: number, total: number, bytes: number, ids?: number[], f?: string,
 *   sheets?: string[], search?: any}} Record
 *   rows: people, or the rows of all sheets; sheets, search: of chats
 */

export const PAGE = 50;

/** @param {string} after @param {AbortSignal} [signal] */
export const records = (after, signal) => json('GET', '/exports',
	{ query: { after, limit: PAGE }, signal });

/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<Record>} */
export const record = (id, signal) => json('GET', `/exports/${id}`, { signal });

/** Asks it to stop; the record says when it has. @param {any} id */
export const cancel = (id) => json('POST', `/exports/${id}/cancel`,
	{ body: {} });

/** How much there is of it. @param {Record} r */
const rows = (r) => counted(r.rows, r.what === 'users' ? 'user' : 'row');

const OUTCOMES = {
	running: (r) => `${count(r.rows)} of ${count(r.total)} so far`,
	done: (r) => `${rows(r)}, ${size(r.bytes)}`,
	cancelled: (r) => `Cancelled after ${rows(r)}`,
	failed: (r) => `Failed after ${rows(r)}`,
	'client-gone': (r) => `Broken off by the browser after ${rows(r)}`,
};

export const STATES = { running: 'Running', done: 'Done',
	cancelled: 'Cancelled', failed: 'Failed', 'client-gone': 'Broken off' };

/** @param {Record} r */
export const outcome = (r) => (OUTCOMES[r.state] ?? (() => r.state))(r);

/** Which of them; of chats the sentence says so itself. @param {Record} r */
export const whom = ({ what, sentence }) => what === 'users'
	? `Users: ${sentence}` : sentence;

const columnsOf = (r) => r.columns ? r.columns.split(',') : [];

/** In what shape. @param {Record} r */
export const shape = (r) => [r.format.toUpperCase(),
	r.locked ? 'locked' : 'not locked',
	columnsOf(r).length > 0 && counted(columnsOf(r).length, 'column'),
	r.sheets && counted(r.sheets.length, 'sheet')].filter(Boolean).join(', ');

/** @param {Record} r */
function tookOf({ begunAt, finishedAt }) {
	const ms = Date.parse(finishedAt ?? '') - Date.parse(begunAt);

	return ms < 1000 ? 'less than a second' : finishedAt && duration(ms);
}

/**
 * The rest that is known of it.
 * @param {Record} r
 * @returns {[string, string][]} label, value
 */
export const more = (r) => /** @type {[string, string][]} */ ([
	['Sheets', r.sheets?.join(', ')],
	['Columns', r.sheets ? '' : columnsOf(r).join(', ') || 'all'],
	['Took', tookOf(r)],
	['From', r.from],
	['Record', String(r.id)],
].filter(([, value]) => value));

/**
 * Chats as the archives show them.  They know no instants, not one chat alone
 * and not somebody, whoever it is, who looks after one.
 */
function archiveOf({ chatId, assigned, from = '', to = '', f, tagsMatch,
	q, ...lists }) {
	const { tags = [], state = [], assignee = [], source = [] } = lists;

	if (chatId || assigned || ![from, to].every((d) => !d || isDay(d)))
		return '';
	return addressOf('/archives', { q, tags: tags.join(','), match: tagsMatch,
		state: state.join(','), assignee: assignee.join(','),
		assigned: assigned === false ? 'false' : '',
		source: source.join(','), from, to: to && addDays(to, -1),
		f: f && JSON.stringify(f) });
}

/**
 * The address that shows whom or what it was of, as it is now, if there is one.
 * @param {Record} r
 */
export function addressOfAll(r) {
	if (r.ids?.length)
		return '';
	return r.what === 'chats' ? archiveOf(r.search ?? {})
		: addressOf('/users', { f: r.f });
}
