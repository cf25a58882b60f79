// SPDX-License-Identifier: AGPL-3.0-or-later
// A value as it is typed, and read back, by its type.  An instant is typed in
// the viewer's own zone, a set a line an item.
import { number } from './number.js';
import * as time from './time.js';

function readNumber(text) {
	const n = Number(text);

	return Number.isFinite(n) ? { value: n } : { wrong: 'Not a number' };
}

function readInstant(text) {
	const value = time.fromLocal(text);

	return value ? { value } : { wrong: 'Not a date and time' };
}

const plain = (text) => ({ value: text });

/** How a type is written in a field, and read. */
const TYPES = {
	number: { props: { inputMode: 'decimal' }, write: String,
		read: readNumber },
	boolean: { write: String, read: (t) => ({ value: t === 'true' }) },
	instant: { props: { type: 'datetime-local', step: 1 }, write: time.toLocal,
		read: readInstant },
	date: { props: { type: 'date', max: '9999-12-31' }, write: String,
		read: plain },
	set: { write: (v) => (Array.isArray(v) ? v : [v]).join('\n'),
		read: (t) => ({ value: t.split('\n').map((i) => i.trim())
			.filter(Boolean) }) },
};

const TEXT = { props: {}, write: String, read: plain };
const typeOf = (type) => TYPES[type] ?? TEXT;

/** Attributes of the field. @param {string} type */
export const fieldProps = (type) => ({ type: 'text', ...typeOf(type).props });

/** @param {string} type @param {any} value @returns {string} to be edited */
export const written = (type, value) => value === undefined || value === null
	? '' : typeOf(type).write(value);

/**
 * @param {string} type
 * @param {string} text
 * @returns {{value?: any, wrong?: string}} nothing typed is no value: null
 */
export const readBack = (type, text) => text.trim() === ''
	? { value: null } : typeOf(type).read(text);

/** Long texts and sets have several lines. */
export const isLong = (type, text) => type === 'set' || type === 'text' &&
	(text.length > 60 || text.includes('\n'));

/** @param {string} type @param {any} value @returns {string} to be read */
export function spoken(type, value) {
	if (value === undefined || value === null)
		return 'nothing';
	if (Array.isArray(value))
		return value.join(', ');
	if (typeof value === 'boolean')
		return value ? 'Yes' : 'No';
	if (typeof value === 'number')
		return number(value);
	return type === 'instant' ? time.instant(value).short
		: type === 'date' ? time.date(value) : String(value);
}

/** Whether two values are the same. @param {any} a @param {any} b */
export const same = (a, b) => JSON.stringify(a ?? null) ===
	JSON.stringify(b ?? null);
