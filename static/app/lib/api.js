// SPDX-License-Identifier: AGPL-3.0-or-later
// The only file that talks to the server.  Errors come back as one class that
// carries the server's own sentence; an ended session is not an error for the
// caller: the call waits for a new log-in and then goes on.
import { session, askForLogin } from './session.js';

const BASE = '/api/v1';

/** What the server (or the network) said when it could not do it. */
export class ApiError extends Error {
	/**
	 * @param {number} status 0 when no answer came at all
	 * @param {{title?: string, detail?: string, path?: string,
	 *   requestId?: string}} problem
	 */
	constructor(status, problem) {
		super(problem.detail || problem.title || 'The server refused.');
		this.name = 'ApiError';
		this.status = status;
		this.title = problem.title || '';
		this.path = problem.path || '';
		this.requestId = problem.requestId || '';
	}
}

/** @typedef {{query?: Record<string, any>, body?: any,
 *   signal?: AbortSignal, version?: string, once?: string}} Ask
 *   version: of what is changed, as its ETag said
 *   once: a key under which it is done once, however often it is sent */

function address(path, query) {
	const asked = Object.entries(query || {})
		.filter(([, v]) => v !== undefined && v !== null && v !== '');

	return BASE + path +
		(asked.length ? `?${new URLSearchParams(asked)}` : '');
}

async function problemOf(res) {
	try {
		return await res.json();
	} catch {
		return { title: `The server answered ${res.status}.` };
	}
}

/** @param {string} method @param {string} path @param {Ask} ask */
async function send(method, path, ask) {
	const { query, body, signal, version, once } = ask;
	/** @type {Record<string, string>} */
	const headers = { Accept: 'application/json' };

	const file = body instanceof Blob;

	if (body !== undefined)
		headers['Content-Type'] = file ? body.type : 'application/json';
	if (version)
		headers['If-Match'] = version;
	if (once)
		headers['Idempotency-Key'] = once;
	if (method !== 'GET' && session.value)
		headers['X-Rapport-CSRF'] = session.value.csrf;
	try {
		return await fetch(address(path, query), {
			method, headers, signal, credentials: 'same-origin',
			body: body === undefined || file
				? body : JSON.stringify(body),
		});
	} catch (e) {
		if (signal?.aborted)
			throw e;
		throw new ApiError(0, {
			title: 'No connection',
			detail: 'The server could not be reached.',
		});
	}
}

/**
 * One request whose answer is taken as it is.  A 401 asks for a log-in and
 * repeats the request, as often as it takes.
 * @param {string} method
 * @param {string} path
 * @param {Ask} [ask]
 * @returns {Promise<Response>}
 */
export async function request(method, path, ask = {}) {
	for (;;) {
		const used = session.value;
		const res = await send(method, path, ask);

		if (res.ok)
			return res;
		const error = new ApiError(res.status, await problemOf(res));

		if (res.status !== 401 || !used)
			throw error;
		if (session.value === used)
			await askForLogin();
		if (!session.value || ask.signal?.aborted)
			throw error;
	}
}

/**
 * The same as JSON, for parts that are fetched later and name their own calls.
 * @param {string} method @param {string} path @param {Ask} [ask]
 */
export async function json(method, path, ask) {
	const res = await request(method, path, ask);

	if (res.status === 204)
		return null;
	const text = await res.text();

	return text ? JSON.parse(text) : null;
}

/** @param {string} login @param {string} password */
export async function logIn(login, password) {
	const res = await send('POST', '/login', { body: { login, password } });

	if (!res.ok)
		throw new ApiError(res.status, await problemOf(res));
	return res.json();
}

/** Who is logged in, or null. */
export async function whoAmI() {
	const res = await send('GET', '/me', {});

	if (res.status === 401)
		return null;
	if (!res.ok)
		throw new ApiError(res.status, await problemOf(res));
	return res.json();
}

/** Ends the session here and at the server; an ended one is ended already. */
export async function logOut() {
	const res = await send('POST', '/logout', {});

	if (!res.ok && res.status !== 401)
		throw new ApiError(res.status, await problemOf(res));
}

/** Ends every session of one's own. @param {string} now @param {string} next */
export const changePassword = (now, next) => request('POST', '/me/password',
	{ body: { password: now, newPassword: next } });

/** @param {AbortSignal} signal */
export const attributes = (signal) => json('GET', '/attributes', { signal });

/** @param {string} name @param {object} query @param {AbortSignal} signal */
export const values = (name, query, signal) => json('GET',
	`/attributes/${encodeURIComponent(name)}/values`, { query, signal });

/** @param {object} query @param {AbortSignal} signal */
export const users = (query, signal) => json('GET', '/users',
	{ query, signal });

/** @param {object[]} filters @param {string} tz @param {AbortSignal} signal */
export const count = (filters, tz, signal) => json('POST', '/users/count',
	{ body: { filters, tz }, signal });

/** @param {object} body @param {AbortSignal} signal @param {string} [path] */
export const startExport = (body, signal, path = '/exports') =>
	request('POST', path, { body, signal });
