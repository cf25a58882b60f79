// SPDX-License-Identifier: AGPL-3.0-or-later
// The one question of a shared view: a page of it, with a password where the
// link asks for one; from then on a cookie for this address stands for it.
import { request } from './api.js';

/**
 * @param {string} token
 * @param {object} query
 * @param {{password?: string, signal?: AbortSignal}} how
 * @returns {Promise<any>}
 */
export async function shared(token, query, { password, signal }) {
	const path = `/shared/${encodeURIComponent(token)}/users`;
	const res = await (password === undefined
		? request('GET', path, { query, signal })
		: request('POST', path, { query, signal, body: { password } }));

	return res.json();
}
