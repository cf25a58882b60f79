// SPDX-License-Identifier: AGPL-3.0-or-later
// Operating hours: schedules, each in force from a moment until the next
// begins, told in words and made ready to be sent.
import { edge, thisMoment, weekday } from './days.js';
import { taken } from './settings.js';

export const PATH = '/hours';
export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday',
	'saturday', 'sunday'];

/** @typedef {[string, string][]} Spans @typedef {{from: string|null,
 *   timezone: string, week: Record<string, Spans>,
 *   holidays: {date: string, name: string, open: Spans}[]}} Schedule */

/** @param {AbortSignal} [signal] */
export const all = (signal) => taken(PATH, signal);

/** The days in the order of a workspace's week. @param {string} [start] */
export function daysFrom(start = 'monday') {
	const at = Math.max(0, DAYS.indexOf(start));

	return [...DAYS.slice(at), ...DAYS.slice(0, at)];
}

/** @param {string} day @returns {string} in the viewer's language */
export const dayName = (day) => weekday(DAYS.indexOf(day) + 1);

/** What is edited of one. @param {Schedule} s */
export const editedOf = (s) => ({ timezone: s.timezone,
	week: Object.fromEntries(DAYS.map((d) => [d, s.week[d] ?? []])),
	holidays: s.holidays });

/** Hours to begin with, where there are none. @param {string} zone */
export const usual = (zone) => editedOf({ from: null, timezone: zone,
	week: Object.fromEntries(DAYS.slice(0, 5).map((d) =>
		[d, [['09:00', '17:00']]])), holidays: [] });

/** `9`, `930`, `9.30` → `09:30`; what is none stays. @param {string} text */
export function clock(text) {
	const m = /^\s*(\d{1,2})(?:\s*[:.h]?\s*(\d{2}))?\s*$/.exec(text);

	return m ? `${m[1].padStart(2, '0')}:${m[2] ?? '00'}` : text.trim();
}

const tidy = (spans) => spans.filter(([from, to]) => from.trim() || to.trim())
	.map(([from, to]) => [clock(from), clock(to)]);

/** @param {any} draft @param {string|null|undefined} from */
export const bodyOf = (draft, from) => ({
	...from === undefined ? {} : { from }, timezone: draft.timezone,
	week: Object.fromEntries(DAYS.map((d) => [d, tidy(draft.week[d])])),
	holidays: draft.holidays.map((h) => ({ ...h, open: tidy(h.open) })) });

/** @param {Spans} spans */
export const spoken = (spans) => spans.length ? spans.map(([from, to]) =>
	`${from}–${to}`).join(', ') : 'closed';

/**
 * Neighbouring days that are alike, together: [[`Monday – Friday`, …]].
 * @param {{week: Record<string, any>}} s @param {string[]} days
 */
export function weekLines(s, days) {
	/** @type {{first: string, last: string, text: string}[]} */
	const lines = [];

	for (const day of days) {
		const text = spoken(s.week[day] ?? []);
		const last = lines[lines.length - 1];

		if (last?.text === text)
			last.last = day;
		else
			lines.push({ first: day, last: day, text });
	}
	return lines.map(({ first, last, text }) => [first === last
		? dayName(first) : `${dayName(first)} – ${dayName(last)}`, text]);
}

/** Which is in force: the last that has begun; -1 for none. @param {Schedule[]} list */
export function nowOf(list) {
	const now = thisMoment();

	return list.findLastIndex((s) => s.from === null || s.from <= now);
}

/** @param {Schedule[]} list @param {number} i when it holds, in its zone */
export function when(list, i) {
	const { from, timezone } = list[i];
	const next = list[i + 1]?.from;
	const until = next ? ` until ${edge(timezone, next)}` : '';

	if (from === null)
		return until ? `Always before ${edge(timezone, next)}` : 'Always';
	return `From ${edge(timezone, from)}${until || ' on'}`;
}
