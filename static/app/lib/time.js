// SPDX-License-Identifier: AGPL-3.0-or-later
// Instants as people read them, in the viewer's own zone and language.  The
// server gets the same zone with every question about days.

/** The viewer's IANA zone. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const short = new Intl.DateTimeFormat(undefined,
	{ dateStyle: 'medium', timeStyle: 'short' });
const long = new Intl.DateTimeFormat(undefined,
	{ dateStyle: 'full', timeStyle: 'long' });
const day = new Intl.DateTimeFormat(undefined,
	{ dateStyle: 'medium', timeZone: 'UTC' });

/**
 * @param {unknown} text an RFC 3339 instant, as the server writes it
 * @returns {{short: string, long: string}} itself where it does not parse
 */
export function instant(text) {
	const at = new Date(String(text));

	return Number.isNaN(at.getTime())
		? { short: String(text), long: String(text) }
		: { short: short.format(at), long: long.format(at) };
}

/**
 * A calendar day, which belongs to no zone.
 * @param {unknown} text `2026-11-01`
 */
export function date(text) {
	const at = /^\d{4}-\d{2}-\d{2}$/.test(String(text))
		? new Date(`${text}T00:00:00Z`) : new Date(NaN);

	return Number.isNaN(at.getTime()) ? String(text) : day.format(at);
}

/**
 * A half-open period in words: whole days by their last, else by instants.
 * @param {string} from @param {string} to @param {string} [zone] of instants
 */
export function period(from, to, zone) {
	const last = Date.parse(to) - 1;

	if (!/T/.test(from + to) && !Number.isNaN(last)) {
		const texts = [date(from), day.format(last)];

		return [...new Set(texts)].join(' – ');
	}
	try {
		return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium',
			timeStyle: 'short', timeZone: zone })
			.formatRange(new Date(from), new Date(to));
	} catch {
		return `${from} – ${to}`;
	}
}

/** @param {any} text an instant @returns {string} as a field takes it, local */
export function toLocal(text) {
	const at = new Date(text);

	return Number.isNaN(at.getTime()) ? '' : new Date(at.getTime() -
		at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

/** @param {string} text what toLocal wrote @returns {string} or nothing */
export function fromLocal(text) {
	const at = new Date(text);

	return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

/** The units of a span such as `30d`, longest name first in lists. */
export const UNITS = [
	{ unit: 'm', one: 'minute', many: 'minutes' },
	{ unit: 'h', one: 'hour', many: 'hours' },
	{ unit: 'd', one: 'day', many: 'days' },
	{ unit: 'w', one: 'week', many: 'weeks' },
	{ unit: 'mo', one: 'month', many: 'months' },
	{ unit: 'y', one: 'year', many: 'years' },
];

/**
 * @param {unknown} text `30d`
 * @returns {{n: string, unit: string}|null}
 */
export function spanParts(text) {
	const m = /^(\d+)(m|h|d|w|mo|y)$/.exec(String(text));

	return m && { n: m[1], unit: m[2] };
}

/** @param {unknown} text `30d` → `30 days` */
export function span(text) {
	const parts = spanParts(text);
	const unit = parts && UNITS.find((u) => u.unit === parts.unit);

	return unit ? `${parts.n} ${parts.n === '1' ? unit.one : unit.many}`
		: String(text);
}

/** @param {number} n @returns {string} the instant so many days from now */
export const daysFromNow = (n) =>
	new Date(Date.now() + n * 86400000).toISOString();

/** What a field for date and time holds, as an instant. @param {string} text */
export const typedInstant = (text) => new Date(text).toISOString();

/** @param {string} day `2026-11-30` @returns {string} the one that follows */
export function dayAfter(day) {
	const at = new Date(Date.parse(day) + 86400000);

	return Number.isNaN(at.getTime()) ? day : at.toISOString().slice(0, 10);
}
