// SPDX-License-Identifier: AGPL-3.0-or-later
// What the numbers of analytics are called, as the server tells it; asked for
// once, when a filter speaks of one.
import { signal } from '@preact/signals';
import { json } from './api.js';
import { span } from './time.js';

/**
 * @typedef {{name: string, about: string, by: string[],
 *   columns: Record<string, string>, labels?: Record<string, string>,
 *   people?: string[]}} Metric people: the columns that have some behind them
 */

/** @type {import('@preact/signals').Signal<Map<string, Metric>>} */
const known = signal(new Map());
let asked = false;

/** @param {AbortSignal} [stop] @returns {Promise<Map<string, Metric>>} */
export async function load(stop) {
	const { metrics } = await json('GET', '/stats', { signal: stop });

	known.value = new Map(metrics.map((m) => [m.name, m]));
	return known.value;
}

/** @param {string} name `inPerHour` → `In per hour` */
export const columnText = (name) => name[0].toUpperCase() + name.slice(1)
	.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

/** @param {string} metric @param {string} column as it reads in a sentence */
export function nameOf(metric, column) {
	if (!known.value.size && !asked) {
		asked = true;
		load().catch(() => {});
	}
	return known.value.get(metric)?.labels?.[column] ??
		`${columnText(metric)}: ${columnText(column).toLowerCase()}`;
}

const DAYS = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays',
	'Saturdays', 'Sundays'];

/**
 * What else tells one number of a metric from others.
 * @type {Record<string, (v: any, all: any) => any>}
 */
const MORE = {
	flow: (v) => `flow ${v}`,
	code: (v) => v ? `code ${v}` : 'without a code',
	tag: (v) => v ? `tag ${v}` : 'without a tag',
	manager: (v) => v ? `manager ${v}` : 'without a manager',
	source: (v) => v ? `integration ${v}` : 'without an integration',
	step: (v, { steps }) => `step ${v} of ${steps?.length ?? '?'}`,
	window: (v) => `within ${span(v)}`,
	cell: (v, { by }) => `${v} ${by}${v === 1 ? '' : 's'} on`,
	weekday: (v) => DAYS[v - 1] ?? v,
	hour: (v) => `${v}:00`,
};

/**
 * The value of a leaf `counted` in words.
 * @param {any} v @param {(from: string, to: string, tz: string) => string} days
 */
export const numberText = (v, days) => [nameOf(v.metric, v.column),
	...Object.entries(MORE).filter(([key]) => key in v)
		.map(([key, say]) => say(v[key], v)), days(v.from, v.to, v.tz),
].join(', ') + (v.tz ? ` (${v.tz})` : '');
