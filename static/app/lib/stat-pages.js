// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages of analytics: which questions each asks, and how the answers are
// drawn.  What the server does not list is not shown; what it lists and no
// page has a place for is drawn as it comes.
import { columnText } from './metrics.js';

/**
 * @typedef {import('./metrics.js').Metric} Metric
 * @typedef {import('../parts/stat.js').Part} Part
 */

const HOURS = { metric: 'activity', by: 'hourOfDay',
	plots: [{ kind: 'bars', columns: ['in', 'out'] }] };

/** Of the times that people wait, what stands in a table of managers. */
const MAIN = ['firstReplies', 'waitingTime', 'waitingTimeMedian', 'waiting',
	'unanswered', 'replyCount', 'avgReplyTime', 'replyTimeMedian', 'closed',
	'resolutionTime', 'holdTime'];

/** @type {Record<string, {title: string, parts: Part[]}>} */
export const PAGES = {
	customers: { title: 'Customers', parts: [
		{ id: 'customers', metric: 'customers', title: 'Customers',
			wide: true, tiles: ['users', 'new', 'returning', 'total'], plots: [
				{ kind: 'stack', columns: ['new', 'returning'],
					title: 'New and returning' },
				{ kind: 'line', columns: ['total'],
					title: 'Total customers' }] },
		{ id: 'activity', metric: 'activity', title: 'Activity',
			wide: true, tiles: ['users', 'in', 'out'], plots: [
				{ kind: 'stack', columns: ['users'],
					title: 'People who wrote' },
				{ kind: 'line', columns: ['in', 'out'],
					title: 'Messages' }] },
		{ ...HOURS, id: 'hours', title: 'Hours of the day' },
		{ id: 'week', metric: 'activity', by: 'hourOfWeek',
			title: 'Hours of the week', plots: [{ kind: 'heat',
				title: 'Hours of the week',
				columns: ['inPerHour', 'outPerHour', 'users'] }] },
	] },
	messaging: { title: 'Messaging', parts: [
		{ id: 'contacts', metric: 'contacts', title: 'Contacts',
			tiles: ['contacts'],
			plots: [{ kind: 'stack', columns: ['contacts'] }] },
		{ id: 'conversations', metric: 'conversations',
			title: 'Conversations', tiles: ['conversations'],
			plots: [{ kind: 'stack', columns: ['conversations'] }] },
		{ id: 'messages', metric: 'messages', title: 'Messages', wide: true,
			tiles: ['in', 'out', 'bot', 'human', 'template'], plots: [
				{ kind: 'line', columns: ['in', 'out'], title: 'In and out' },
				{ kind: 'stack', columns: ['bot', 'human', 'template'],
					title: 'To people, by whom' }] },
		{ ...HOURS, id: 'busiest', title: 'Most active hours' },
		{ id: 'templates', metric: 'templates', title: 'HSM (templates)',
			tiles: ['templates', 'delivered', 'read', 'failed', 'unheard'],
			plots: [{ kind: 'line', columns: ['templates', 'delivered', 'read',
				'failed'] }] },
		{ id: 'consent', metric: 'consent', title: 'Consent', wide: true,
			tiles: ['in', 'out', 'none', 'optedIn', 'optedOut'], plots: [
				{ kind: 'line', columns: ['in', 'out', 'none'],
					title: 'Where people stand' },
				{ kind: 'bars', columns: ['optedIn', 'optedOut'],
					title: 'Opted in and out then' }] },
		{ id: 'validity', metric: 'validity', title: 'Valid contacts',
			tiles: ['valid', 'invalid', 'foundValid', 'foundInvalid'],
			plots: [{ kind: 'line', columns: ['valid', 'invalid'] }] },
		{ id: 'errors', metric: 'errors', title: 'Error messages',
			tiles: ['errors', 'people'],
			plots: [{ kind: 'line', columns: ['errors', 'people'] }] },
		{ id: 'codes', metric: 'errors', by: 'code', first: 'Error',
			title: 'Errors by code', plots: [] },
		{ id: 'flowsStarted', metric: 'flows', title: 'Flows', wide: true,
			tiles: ['started', 'keyword', 'business', 'completed', 'inFlow'],
			plots: [{ kind: 'stack', columns: ['keyword', 'business'],
				title: 'Flows started, by cause' },
			{ kind: 'stack', columns: ['completed'],
				title: 'Flows completed' }] },
	] },
	support: { title: 'Support', parts: [
		{ id: 'response', metric: 'response', title: 'Replies of managers',
			wide: true, tiles: ['firstReplies', 'waiting', 'unanswered',
				'replyCount', 'closed', 'waitingTimeMedian',
				'waitingTimeP90', 'replyTimeMedian', 'replyTimeP90',
				'avgReplyTime', 'resolutionTime', 'holdTime'], plots: [
				{ kind: 'bars', columns: ['replyCount', 'closed'],
					title: 'Replies and closed' },
				{ kind: 'stack', columns: ['waiting', 'unanswered'],
					title: 'Without an answer' },
				{ kind: 'line', columns: ['waitingTimeMedian',
					'replyTimeMedian', 'resolutionTime'],
				title: 'Times to the first reply, to a reply, to the end' },
				{ kind: 'line', columns: ['operationWaitingTime',
					'operationAvgReplyTime', 'operationResolutionTime'],
				title: 'The same within operating hours, on average' },
			] },
		...[['manager', 'Manager'], ['tag', 'Tag'],
			['source', 'Integration']].map(([by, first]) => ({
			id: `response-${by}`, metric: 'response', by, first, wide: true,
			title: `By ${first.toLowerCase()}`, plots: [], columns: MAIN })),
	] },
	flows: { title: 'Flows & funnels', parts: [
		{ id: 'flows', metric: 'flows', title: 'Flows', wide: true, one: true,
			tiles: ['started', 'keyword', 'business', 'completed', 'cancelled',
				'inFlow', 'completionRate'], plots: [
				{ kind: 'stack', columns: ['keyword', 'business'],
					title: 'Started, by cause' },
				{ kind: 'bars', columns: ['completed', 'cancelled'],
					title: 'Completed and cancelled' },
				{ kind: 'line', columns: ['completionRate'],
					title: 'Completed, of those started then' },
				{ kind: 'line', columns: ['inFlow'],
					title: 'People in a flow' }] },
		{ id: 'eachFlow', metric: 'flows', by: 'flow', first: 'Flow',
			title: 'Flow by flow', wide: true, plots: [] },
	] },
};

/** These have places of their own on the page of flows. */
const OWN = ['funnel', 'retention'];

/** @param {string} name @param {Map<string, Metric>} known @returns {Part[]} */
export function partsOf(name, known) {
	const placed = new Set([...OWN, ...Object.values(PAGES).flatMap(
		({ parts }) => parts.map((p) => p.metric))]);
	const others = name !== 'messaging' ? [] : [...known.values()].filter((m) =>
		!placed.has(m.name) && m.by.includes('day'));

	return [...PAGES[name].parts.filter((p) => known.has(p.metric) &&
		(!p.by || known.get(p.metric)?.by.includes(p.by))),
		...others.map((m) => ({ id: m.name, metric: m.name,
			title: columnText(m.name), tiles: Object.keys(m.columns),
			plots: [{ kind: 'line', columns: Object.keys(m.columns) }] }))];
}

/** Whether there is anything on it. @param {Map<string, Metric>|undefined} known */
export const hasPage = (name, known) => !known || name !== 'flows' ||
	[...OWN, 'flows'].some((m) => known.has(m));
