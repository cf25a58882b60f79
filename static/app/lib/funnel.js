// SPDX-License-Identifier: AGPL-3.0-or-later
// A funnel as a list of steps, each what a filter would ask: what somebody
// did, said, or became.  And cohorts, by when somebody first wrote.  What is
// asked of the server is worked out here from the address.
import { acts, attributeOf, originOf, table } from './attributes.js';
import { beside, leafOf, maySee } from './counted.js';
import { nodeText } from './describe.js';
import { count } from './number.js';
import { questionOf } from './stats.js';

/**
 * @typedef {any[]} Step `["event:signup", "did"]`, `["plan", "changedTo", "pro"]`
 * @typedef {import('./stats.js').State} State
 * @typedef {import('./stats.js').Answer} Answer
 */

export const MOST = 10;
export const LEAST = 2;

/** How long after the first step the last may come: what is offered. */
const WINDOWS = /** @type {const} */ ([['1h', '1 hour'], ['6h', '6 hours'],
	['1d', '1 day'], ['3d', '3 days'], ['7d', '7 days'], ['14d', '14 days'],
	['30d', '30 days'], ['90d', '90 days']]);

/** @param {string} chosen that of the address is among them */
export const windowsFor = (chosen) => WINDOWS.some(([w]) => w === chosen)
	? WINDOWS : [...WINDOWS, /** @type {const} */ ([chosen, chosen])];

const CHANGES = { changed: () => 'changed', changedTo: (v) => `changed to ${v}` };

/** @param {Step} step in words, until the server has said its own */
export function stepText(step) {
	const [name, operator, value] = step;

	return operator in CHANGES
		? `${attributeOf(name)?.label ?? name} ${CHANGES[operator](value)}`
		: nodeText(step);
}

const DID = 'What they did';

/**
 * What can be a step: what people really did, said, and the attributes that
 * may change.  @param {string} text what is typed of it
 */
export function choices(text) {
	const asked = text.trim().toLowerCase();
	const all = [...acts.value.filter((a) => !a.kept),
		...table.value.values()];

	return all.filter((a) => `${a.label} ${a.name}`.toLowerCase()
		.includes(asked)).map((a) => {
		const did = a.group === DID;
		const group = did ? DID : a.group ?? 'What changed of them';

		return { key: `${group} ${a.name}`, text: a.label, group,
			note: did ? '' : originOf(a), subject: { ...a, did },
			detail: a.count === undefined ? '' : count(a.count) };
	});
}

/** @param {Step[]} steps @param {number} i @param {number} by */
export function moved(steps, i, by) {
	const next = steps.slice();

	next.splice(i + by, 0, ...next.splice(i, 1));
	return next;
}

/** @param {State} s */
export const funnelQuestion = (s) => ({ ...questionOf(s, ''),
	steps: JSON.stringify(s.steps), window: s.window });

/** @param {State} s */
export const retentionQuestion = (s) => ({ ...questionOf(s, s.every),
	compare: '' });

/**
 * The filter of those who took a step, or went no further from it.
 * @param {State} s @param {{from: string, to: string, tz: string}} when
 * @param {'users'|'dropped'} column @param {any} row
 */
export const stepFilter = (s, when, column, row) => maySee() &&
	row?.[column] > 0 ? beside(s.filter, leafOf('funnel', column, when,
		{ steps: s.steps, window: s.window, step: row.step })) : '';

/**
 * The filter of a cohort, or of those of it who wrote again k periods on.
 * @param {State} s @param {string} tz @param {any} row
 * @param {number} [k]
 */
export function cohortFilter(s, tz, row, k) {
	const n = k === undefined ? row.size : row.cells[k];
	const when = { from: row.start, to: row.end, tz };

	return n > 0 && maySee() ? beside(s.filter, leafOf('retention',
		k === undefined ? 'size' : 'cells', when, k === undefined
			? { by: s.every } : { by: s.every, cell: k })) : '';
}
