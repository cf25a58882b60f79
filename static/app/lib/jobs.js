// SPDX-License-Identifier: AGPL-3.0-or-later
// Bulk actions that are under way, wherever they were started: looked for once
// after the log-in, then watched until the last has ended.
import { effect, signal } from '@preact/signals';
import * as api from './api.js';
import { may, session } from './session.js';

/**
 * @typedef {{id: number, action: string, state: string, sentence: string,
 *   segment?: string, attribute?: string, total: number, done: number,
 *   changed: number, refused: number, reason?: string}} Job
 */

/** @type {import('@preact/signals').Signal<Job[]>} not ended, newest first */
export const running = signal([]);
/** @type {import('@preact/signals').Signal<Job[]>} ended, not put away yet */
export const ended = signal([]);
/** How often people were changed since this page was opened. */
export const changes = signal(0);

const PAUSE = 700;

/** @param {number} id */
const lookAt = (id) => api.request('GET', `/jobs/${id}`)
	.then((res) => res.json());

async function look() {
	const before = running.value;
	const res = await api.request('GET', '/jobs',
		{ query: { state: 'running', limit: 20 } });
	const now = (await res.json()).jobs;
	const gone = before.filter((b) => !now.some((j) => j.id === b.id));
	const since = running.value.filter((j) => !before.includes(j) &&
		!now.some((n) => n.id === j.id));

	ended.value = [...await Promise.all(gone.map((j) => lookAt(j.id))),
		...ended.value];
	running.value = [...since, ...now];
	changes.value += gone.length;
}

let watching = false;

/** Until none is running any more. */
export async function watch() {
	if (watching)
		return;
	watching = true;
	do {
		// a server that is away for a moment is asked again
		await look().catch(() => {});
		if (running.value.length)
			await new Promise((go) => setTimeout(go, PAUSE));
	} while (running.value.length && session.value);
	watching = false;
}

/** One that was just started. @param {Job} job */
export function started(job) {
	running.value = [job, ...running.value];
	watch();
}

/** @param {number} id */
export function putAway(id) {
	ended.value = ended.value.filter((j) => j.id !== id);
}

/** No more people are touched. @param {number} id */
export const callOff = (id) => api.request('POST', `/jobs/${id}/cancel`,
	{ body: {} });

effect(() => {
	if (session.value && may('users.read'))
		setTimeout(watch);
});
