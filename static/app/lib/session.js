// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is logged in.  `undefined` while we ask, `null` for nobody.  When the
// server ends a session midway, `ended` turns true, a dialog asks for the
// password over whatever is on screen, and the calls that wait go on.
import { signal } from '@preact/signals';

/**
 * @typedef {{id: any, name: string, email: string, role: string,
 *   permissions: string[]}} Manager
 * @typedef {{manager: Manager, csrf: string}} Session
 */

/** @type {import('@preact/signals').Signal<Session|null|undefined>} */
export const session = signal(undefined);
export const ended = signal(false);

/** @type {Set<() => void>} */
const waiting = new Set();

/** Resolves when somebody has logged in again or has left. */
export function askForLogin() {
	ended.value = true;
	return new Promise((resolve) => waiting.add(() => resolve(undefined)));
}

/**
 * A log-in succeeded, or (null) nobody is there any more.
 * @param {Session|null} next
 */
export function setSession(next) {
	session.value = next;
	ended.value = false;
	for (const go of waiting)
		go();
	waiting.clear();
}

/** @param {string} permission */
export function may(permission) {
	return !!session.value?.manager.permissions.includes(permission);
}
