// SPDX-License-Identifier: AGPL-3.0-or-later
// Analytics as an address: which days, of whose clock, cut how, of whom, and
// beside what.  What is asked of the server follows from the address alone, so
// that a chart, its table and its file are always the same rows.
import { json, request } from './api.js';
import { addDays, dayNumber, daysBetween, firstOfMonth, isDay, today }
	from './days.js';
import * as filters from './filter.js';
import { save } from './save.js';
import { ZONE } from './time.js';

/**
 * @typedef {{filter: filters.Filter, broken: string, period: string,
 *   from: string, to: string, by: string, tz: string, compare: boolean,
 *   tables: string[], show: string, steps: any[], window: string,
 *   every: string, flow: string}} State  to: the day after the last; by: as
 *   chosen; steps and window: of the funnel; every: how long a cohort is; flow:
 *   of which alone
 * @typedef {import('./metrics.js').Metric} Metric
 * @typedef {Record<string, any>} Row
 * @typedef {{metric: string, tz: string, by: string, asOf: string,
 *   sentence: string, weekStart?: string, previous?: Cut} & Cut} Answer
 * @typedef {{from: string, to: string, totals: Row, rows: Row[],
 *   mostActiveIn?: number[], mostActiveOut?: number[]}} Cut
 */

/**
 * The periods that go on with the calendar: name, label, and its days.
 * @type {[string, string, (today: string) => [string, string]][]}
 */
export const PERIODS = [
	['today', 'Today', (d) => [d, addDays(d, 1)]],
	['yesterday', 'Yesterday', (d) => [addDays(d, -1), d]],
	['7d', 'Last 7 days', (d) => [addDays(d, -6), addDays(d, 1)]],
	['30d', 'Last 30 days', (d) => [addDays(d, -29), addDays(d, 1)]],
	['90d', 'Last 90 days', (d) => [addDays(d, -89), addDays(d, 1)]],
	['month', 'This month', (d) => [firstOfMonth(d), addDays(d, 1)]],
	['lastMonth', 'Last month', (d) => [firstOfMonth(d, -1), firstOfMonth(d)]],
	['year', 'This year', (d) => [`${d.slice(0, 4)}-01-01`, addDays(d, 1)]],
];
const USUAL = '30d';
export const CUSTOM = 'custom';
export const WINDOW = '7d';

/** The steps of a funnel from an address. @throws {SyntaxError} */
function stepsFrom(text) {
	const steps = text ? JSON.parse(text) : [];

	if (!Array.isArray(steps) || !steps.every((s) => Array.isArray(s)))
		throw new SyntaxError('Steps are a list of lists.');
	return steps;
}

/** How time is cut, finest first; and into how many days at most. */
export const CUTS = [
	{ by: 'hour', text: 'Hours', upTo: 2, allows: 16 },
	{ by: 'day', text: 'Days', upTo: 92, allows: 400 },
	{ by: 'week', text: 'Weeks', upTo: 400, allows: 2800 },
	{ by: 'month', text: 'Months', upTo: Infinity, allows: Infinity },
];

/** Days of the period; of instants it is as long as whole days need. */
const lengthOf = ({ from, to }) =>
	isDay(from) && isDay(to) ? daysBetween(from, to) : 1;

/** @param {{from: string, to: string}} s which cuts are not too fine */
export const cutsOf = (s) => CUTS.filter((c) => lengthOf(s) <= c.allows);

/** @param {State} s the cut: as chosen, or what fits the length */
export const cutOf = (s) => s.by ||
	(CUTS.find((c) => lengthOf(s) <= c.upTo) ?? CUTS[1]).by;

/** @param {import('./url.js').Route} route @returns {State} */
export function readState({ query }) {
	const tz = query.tz || ZONE;
	const preset = PERIODS.find(([name]) => name === query.period);
	const custom = !preset && (query.from || query.to);
	const [, , days] = preset ?? /** @type {any} */ (
		PERIODS.find(([name]) => name === USUAL));
	const [from, to] = custom ? [query.from ?? '', query.to ?? '']
		: days(today(tz));
	let filter = filters.EVERYBODY;
	let steps = [];
	let broken = '';

	try {
		filter = filters.parse(query.f);
		steps = stepsFrom(query.steps);
	} catch {
		broken = 'The filter or the funnel in this address is not complete; ' +
			'perhaps the link was cut.';
	}
	return {
		filter, broken, tz, from, to, steps,
		period: custom ? CUSTOM : preset ? preset[0] : USUAL,
		by: query.by ?? '',
		compare: query.compare === 'previous',
		tables: query.tables ? query.tables.split(',') : [],
		show: query.show ?? '',
		window: query.window || WINDOW,
		every: query.every === 'month' ? 'month' : 'week',
		flow: query.flow ?? '',
	};
}

/** @param {State} s the zone always: whoever gets the link sees the same */
export const addressQuery = (s) => ({
	period: s.period === CUSTOM || s.period === USUAL ? '' : s.period,
	from: s.period === CUSTOM ? s.from : '',
	to: s.period === CUSTOM ? s.to : '',
	by: s.by,
	tz: s.tz,
	f: filters.write(s.filter),
	compare: s.compare ? 'previous' : '',
	tables: s.tables.join(','),
	show: s.show,
	steps: s.steps.length ? JSON.stringify(s.steps) : '',
	window: s.window === WINDOW ? '' : s.window,
	every: s.every === 'week' ? '' : s.every,
	flow: s.flow,
});

/** @param {State} s what another page takes over: when, whose, of whom */
export const elsewhere = (s) => ({ ...s, tables: [], show: '', steps: [],
	window: WINDOW, every: 'week', flow: '' });

/** @param {State} s @param {Partial<State>} next a cut too fine is let go */
export function change(s, next) {
	const all = { ...s, ...next };

	if (next.period && next.period !== CUSTOM) {
		const found = PERIODS.find(([name]) => name === next.period);

		if (found)
			[all.from, all.to] = found[2](today(all.tz));
	}
	if (all.by && !cutsOf(all).some((c) => c.by === all.by))
		all.by = '';
	return all;
}

/** @param {State} s @param {string} by what is asked for a chart */
export const questionOf = (s, by) => ({
	from: s.from, to: s.to, tz: s.tz, by, f: filters.write(s.filter),
	compare: s.compare ? 'previous' : '',
});

/** The row of a day that is not over: what is counted is not all there is. */
export const isPartial = (row, asOf) =>
	Date.parse(row.start) <= Date.parse(asOf) &&
	Date.parse(asOf) < Date.parse(row.end);

/** Slots of a week from the day on that the workspace's week begins with. */
const fromDay = (first, rows) => rows.slice().sort((a, b) =>
	(a.weekday - first + 7) % 7 - (b.weekday - first + 7) % 7 ||
	a.hour - b.hour);

/** @param {State} s the chats of the period, as an export is asked for them */
export const chatsOf = (s) => ({ from: s.from, to: s.to, tz: s.tz,
	f: filters.write(s.filter) || undefined });

/**
 * @param {string} metric @param {any} query @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function ask(metric, query, signal) {
	const answer = await json('GET', `/stats/${metric}`, { query, signal });
	const cuts = [answer, answer.previous].filter(Boolean);

	if (query.by === 'hourOfWeek')
		for (const cut of cuts)
			cut.rows = fromDay(dayNumber(answer.weekStart), cut.rows);
	return answer;
}

/** Puts the rows of a chart on disk. @param {string} metric @param {any} query */
export async function saveRows(metric, { compare: _, ...query }) {
	const res = await request('GET', `/stats/${metric}.csv`, { query });
	const name = `${metric}-by-${query.by}-${query.from}-${query.to}.csv`
		.replace(/[^\w.-]+/g, '');

	await save(res, null, () => {}, new AbortController().signal, name);
}
