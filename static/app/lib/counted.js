// SPDX-License-Identifier: AGPL-3.0-or-later
// The way from a number of analytics to the very people it counts: a filter
// like any other, beside those that the number was counted with.
import { acts } from './attributes.js';
import { dayIn } from './days.js';
import * as filters from './filter.js';
import { may } from './session.js';
import { addressOf } from './url.js';

/**
 * @typedef {import('./stats.js').State} State
 * @typedef {import('./stats.js').Row} Row
 * @typedef {import('./stats.js').Cut} Cut
 * @typedef {(column: string, row?: Row|null, cut?: Cut) => string} Behind
 *   the filter of whoever is behind a number; '' where there is nobody
 */

/** Whether whoever looks may know who is counted: as the server says. */
export const maySee = () => may('users.read') &&
	acts.value.some((a) => a.kept);

/** Those who an average or a share is of. */
const OF = {
	inPerHour: 'in', outPerHour: 'out',
	waitingTime: 'firstReplies', waitingTimeMedian: 'firstReplies',
	waitingTimeP90: 'firstReplies',
	totalReplyTime: 'replyCount', avgReplyTime: 'replyCount',
	replyTimeMedian: 'replyCount', replyTimeP90: 'replyCount',
	resolutionTime: 'closed', holdTime: 'closed',
	completionRate: 'started',
};

/** What tells a row from others beside its time. */
const MARKS = ['weekday', 'hour', 'flow', 'code', 'tag', 'manager', 'source'];

/**
 * The column whose people stand for a number; nothing if nobody does.
 * @param {import('./metrics.js').Metric|undefined} metric
 */
export const peopleOf = (metric, column) => [column, OF[column]]
	.find((c) => metric?.people?.includes(c));

/**
 * @param {string} metric @param {string} column
 * @param {{from: string, to: string, tz: string}} when
 * @param {Record<string, any>} [more]
 */
export function leafOf(metric, column, { from, to, tz }, more = {}) {
	const days = [from, to].map((at) => dayIn(tz, at));
	const [first, end] = days.every(Boolean) ? days : [from, to];

	return ['counted', 'isIn',
		{ metric, column, from: first, to: end, tz, ...more }];
}

/** @param {filters.Filter} filter @param {any[]} leaf both, as in an address */
export function beside({ match, nodes }, leaf) {
	const whom = match === 'all' || nodes.length < 2 ? nodes
		: [/** @type {filters.Node} */ (filters.treeOf({ match, nodes }))];

	return filters.write({ match: 'all', nodes: [...whom, leaf] });
}

/** @param {string} f where they are listed */
export const listOf = (f) => addressOf('/users', { f });

/**
 * @param {import('./metrics.js').Metric} metric
 * @param {import('./stats.js').Answer} answer @param {State} state
 * @param {Record<string, any>} [only] what all of the answer is of
 * @returns {Behind}
 */
export const behind = (metric, answer, state, only) => (column, row,
	cut = answer) => {
	const of = peopleOf(metric, column);

	if (!of || !((row ?? cut.totals)[of] > 0) || !maySee())
		return '';
	const marks = Object.fromEntries(MARKS.filter((m) => row?.[m] !== undefined)
		.map((m) => [m, row?.[m] ?? '']));

	return beside(state.filter, leafOf(metric.name, of, {
		from: row?.start ?? cut.from, to: row?.end ?? cut.to, tz: answer.tz,
	}, { ...only, ...marks }));
};
