// SPDX-License-Identifier: AGPL-3.0-or-later
// Export records: who took what out, and how it ended, in words.
import { json } from './api.js';
import { count, size } from './number.js';

/**
 * @typedef {{id: number, state: string, by: string, from: string,
 *   what: string, sentence: string, columns: string, format: string,
 *   locked: boolean, purpose: string, begunAt: string, finishedAt?: string,
 *   rows: number, total: number, bytes: number, ids?: number[]}} Record
 */

export const PAGE = 50;

/** @param {string} after @param {AbortSignal} [signal] */
export const records = (after, signal) => json('GET', '/exports',
	{ query: { after, limit: PAGE }, signal });

/** Asks it to stop; the record says when it has. @param {number} id */
export const cancel = (id) => json('POST', `/exports/${id}/cancel`,
	{ body: {} });

/** @param {number} n @param {string} what */
const things = (n, what) => `${count(n)} ${n === 1
	? what.replace(/s$/, '') : what}`;

const OUTCOMES = {
	running: (r) => `${count(r.rows)} of ${count(r.total)} so far`,
	done: (r) => `${things(r.rows, r.what)}, ${size(r.bytes)}`,
	cancelled: (r) => `Cancelled after ${things(r.rows, r.what)}`,
	failed: (r) => `Failed after ${things(r.rows, r.what)}`,
	'client-gone': (r) => `Broken off by the browser after ${
		things(r.rows, r.what)}`,
};

export const STATES = { running: 'Running', done: 'Done',
	cancelled: 'Cancelled', failed: 'Failed', 'client-gone': 'Broken off' };

/** @param {Record} r */
export const outcome = (r) => (OUTCOMES[r.state] ?? (() => r.state))(r);

/** Which of them, in words. @param {Record} r */
export const whom = ({ what, sentence }) =>
	`${what.replace(/^./, (c) => c.toUpperCase())}: ${sentence}`;

/** In what shape. @param {Record} r */
export const shape = (r) => [r.format.toUpperCase(),
	r.locked ? 'locked' : 'not locked',
	r.columns && things(r.columns.split(',').length, 'columns')]
	.filter(Boolean).join(', ');
