// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be done to many people at once, and in which words it is told.
import * as api from './api.js';
import { count, people } from './number.js';
import { may } from './session.js';

/**
 * What it is called, what it does to n people, and having done it; what else
 * it wants to know.
 * @type {Record<string, {label: string, may: string, does: string,
 *   did: string, wants?: string}>}
 */
export const ACTIONS = {
	addToSegment: { label: 'Save to segment', may: 'segments.edit',
		does: 'Save', did: 'saved', wants: 'segment' },
	removeFromSegment: { label: 'Remove from segment',
		may: 'segments.edit', does: 'Remove', did: 'removed',
		wants: 'segment' },
	setAttribute: { label: 'Set attribute', may: 'users.edit',
		does: 'Change', did: 'changed', wants: 'attribute' },
	ban: { label: 'Ban', may: 'users.edit', does: 'Ban', did: 'banned' },
	unban: { label: 'Lift the ban', may: 'users.edit', does: 'Let in',
		did: 'let in again' },
	export: { label: 'Export', may: 'download', does: 'Export', did: '',
		wants: 'file' },
	delete: { label: 'Delete', may: 'users.delete', does: 'Delete',
		did: 'deleted', wants: 'count' },
};

export const mine = () => Object.keys(ACTIONS)
	.filter((name) => may(ACTIONS[name].may));

const answer = async (promise) => (await promise).json();

/**
 * How many it would be, and in which words.
 * @param {object} body @param {AbortSignal} signal
 */
export const dryRun = (body, signal) => answer(api.request('POST', '/bulk',
	{ body: { ...body, dryRun: true }, signal }));

/** Sent twice under one key it is done once. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))]
	.map((n) => n.toString(16).padStart(2, '0')).join('');

/** @param {object} body @param {string} once */
export const start = (body, once) => answer(api.request('POST', '/bulk',
	{ body, once }));

/** @param {string} name @param {string} once */
export const makeSegment = (name, once) => answer(api.request('POST',
	'/segments', { body: { name }, once }));

/** The static ones, all of them. @param {AbortSignal} signal */
export async function segments(signal) {
	const all = [];

	for (let after = ''; after !== null;) {
		const page = await answer(api.request('GET', '/segments',
			{ query: { kind: 'static', limit: 500, after }, signal }));

		all.push(...page.segments);
		after = page.next;
	}
	return all;
}

/** @param {import('./jobs.js').Job} job what it does, for a heading */
export function tells(job) {
	if (!ACTIONS[job.action])
		return job.sentence;
	const { does } = ACTIONS[job.action];
	const where = { addToSegment: ' to segment ',
		removeFromSegment: ' from segment ' };

	return `${does} ${people(job.total)}` +
		(job.segment ? `${where[job.action]}${job.segment}` : '') +
		(job.attribute ? `: ${job.attribute}` : '');
}

/** @param {import('./jobs.js').Job} job how it ended */
export function outcome(job) {
	if (!ACTIONS[job.action])
		return job.state === 'done' ? `Done: ${job.sentence}`
			: `${job.state === 'failed' ? `It failed: ${job.reason}`
				: 'Cancelled'}. Everything is as it was`;
	const { did } = ACTIONS[job.action];
	const left = job.refused
		? `, ${count(job.refused)} could not be` : '';

	if (job.state === 'failed')
		return `It failed after ${people(job.changed)}: ${job.reason}`;
	if (job.state === 'cancelled')
		return `Cancelled: ${people(job.changed)} ${did}, ` +
			`the others are as they were`;
	return `${people(job.changed)} ${did}${left}`;
}
