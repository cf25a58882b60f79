// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is logged in.  `undefined` while we ask, `null` for nobody.  When the
// server ends a session midway, `ended` turns true, a dialog asks for the
// password over whatever is on screen, and the calls that wait go on.
import { signal } from '@preact/signals';

/**
 * @typedef {{id: any, name: string, email: string, role: string,
 *   permissions: string[], passwordIsOneTime?: boolean}} Manager
 * @typedef {{manager: Manager, csrf: string, login?: string}} Session
 *   login: what was typed to get in, where that is known
 */

/** @type {import('@preact/signals').Signal<Session|null|undefined>} */
export const session = signal(undefined);
export const ended = signal(false);

const STORED = 'rapport.in';

/** @type {Set<() => void>} */
const waiting = new Set();

function remember(isIn) {
	try {
		if (isIn)
			localStorage.setItem(STORED, 'yes');
		else
			localStorage.removeItem(STORED);
	} catch {
		// where nothing can be kept, mayBeIn says so
	}
}

/**
 * Whether it is worth asking the server who one is: this browser has logged
 * in and not left.  The cookie itself is out of a script's sight.
 */
export function mayBeIn() {
	try {
		return localStorage.getItem(STORED) === 'yes';
	} catch {
		return true;
	}
}

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
	remember(!!next);
	session.value = next;
	ended.value = false;
	for (const go of waiting)
		go();
	waiting.clear();
}

/** What this person logs in with, or nothing. */
export const ownLogin = () => session.value?.login ||
	session.value?.manager.email || '';

/** @param {string} permission */
export function may(permission) {
	return !!session.value?.manager.permissions.includes(permission);
}
