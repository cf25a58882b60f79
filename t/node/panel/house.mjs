// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings pages for their tests: going there, asking the API beside the
// panel, logging in as somebody else.
import { open, settled, URL0 } from './tap.mjs';

const HEADERS = { Authorization: `Bearer ${process.env.RAPPORT_TOKEN}` };

/** What the API answers beside the panel; it throws where that is an error. */
export async function api(method, path, body) {
	const res = await fetch(`${URL0}/api/v1${path}`, { method,
		headers: body ? { ...HEADERS, 'Content-Type': 'application/json' }
			: HEADERS, body: body && JSON.stringify(body) });
	const text = await res.text();

	if (!res.ok)
		throw new Error(`${method} ${path}: ${res.status} ${text}`);
	return text ? JSON.parse(text) : null;
}

/** Until a page of Settings has loaded what it shows. */
export const there = (page) => page.waitForFunction(() =>
	document.querySelector('.settings-page') &&
	!document.querySelector('.settings-ghosts'));

/** @param {string} at workspace, managers/2, attributes?q=x */
export async function goTo(page, at) {
	await page.goto(`${URL0}/#/settings/${at}`);
	await there(page);
}

export async function fillIn(page, login, password) {
	await page.getByLabel('E-mail or phone').fill(login);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: /^Log in/ }).click();
}

/** A browser of their own. */
export async function openAs(login, password, options) {
	const page = await open(options);

	await page.goto(`${URL0}/`);
	await fillIn(page, login, password);
	await settled(page);
	return page;
}

export const button = (where, name) =>
	where.getByRole('button', { name, exact: typeof name === 'string' });

export const dialog = (page, name) => page.getByRole('dialog', { name });

/** What stands in it, in one line. */
export const words = async (what) => (await what.innerText())
	.replace(/\s+/g, ' ').trim();
