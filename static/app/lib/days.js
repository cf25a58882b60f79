// SPDX-License-Identifier: AGPL-3.0-or-later
// Calendar days as text (`2026-11-01`), which belong to no zone, and instants
// as they read on the wall of a zone that is not the viewer's.  A zone that
// the browser does not know is no reason to show nothing: then the instant
// stands as the server wrote it.

const DAY = 86400000;

const utc = (day) => Date.parse(`${day}T00:00:00Z`);
const text = (ms) => new Date(ms).toISOString().slice(0, 10);

/** @param {unknown} day is it one, of the calendar */
export const isDay = (day) => /^\d{4}-\d\d-\d\d$/.test(String(day)) &&
	!Number.isNaN(utc(day)) && text(utc(day)) === day;

/** @param {string} day @param {number} n */
export const addDays = (day, n) => text(utc(day) + n * DAY);

/** @param {string} from @param {string} to how many days between */
export const daysBetween = (from, to) => Math.round((utc(to) - utc(from)) / DAY);

/** @param {string} day @param {number} [n] the first of the nth month after */
export function firstOfMonth(day, n = 0) {
	const [year, month] = day.split('-').map(Number);

	return text(Date.UTC(year, month - 1 + n, 1));
}

/** @type {Map<string, Intl.DateTimeFormat|null>} */
const made = new Map();

/** @param {string} zone @param {Intl.DateTimeFormatOptions} options */
function formatter(zone, options) {
	const key = JSON.stringify([zone, options]);

	if (!made.has(key)) {
		try {
			made.set(key, new Intl.DateTimeFormat(undefined,
				{ ...options, timeZone: zone }));
		} catch {
			made.set(key, null);
		}
	}
	return made.get(key);
}

const FULL = /** @type {const} */ ({ weekday: 'short', day: 'numeric',
	month: 'short', year: 'numeric' });
const SHORT = /** @type {const} */ ({ day: 'numeric', month: 'short' });
const MONTH = /** @type {const} */ ({ month: 'long', year: 'numeric' });
const MONTH_SHORT = /** @type {const} */ ({ month: 'short', year: '2-digit' });
const CLOCK = /** @type {const} */ ({ hour: '2-digit', minute: '2-digit',
	hourCycle: 'h23' });
const OFFSET = /** @type {const} */ ({ ...CLOCK,
	timeZoneName: 'shortOffset' }); // an hour that comes twice is two
const EDGE = /** @type {const} */ ({ day: 'numeric', month: 'short',
	year: 'numeric' });

const said = (zone, options, at) =>
	formatter(zone, options)?.format(new Date(at)) ?? String(at);

const DAY_PARTS = /** @type {const} */ ({ year: 'numeric', month: '2-digit',
	day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
	calendar: 'iso8601', numberingSystem: 'latn' });

/** @param {string} zone @returns {string} the day it is there, now */
export function today(zone) {
	const parts = (formatter(zone, { year: 'numeric', month: '2-digit',
		day: '2-digit', calendar: 'iso8601', numberingSystem: 'latn' }) ??
		/** @type {any} */ (formatter('UTC', FULL))).formatToParts(Date.now());
	const part = (type) => parts.find((p) => p.type === type)?.value ?? '';
	const day = `${part('year')}-${part('month')}-${part('day')}`;

	return isDay(day) ? day : text(Date.now());
}

/** @param {string} zone an edge of a period: the time only if not midnight */
export function edge(zone, at) {
	const clock = said(zone, CLOCK, at);

	return said(zone, EDGE, at) + (clock === '00:00' ? '' : ` ${clock}`);
}

/** The day that begins there at an instant; '' if none does. */
export function dayIn(zone, at) {
	if (isDay(at))
		return at;
	const parts = Object.fromEntries((formatter(zone, DAY_PARTS)
		?.formatToParts(new Date(at)) ?? []).map((p) => [p.type, p.value]));
	const day = `${parts.year}-${parts.month}-${parts.day}`;

	return isDay(day) && /:00(\.0+)?Z$/.test(at) &&
		`${parts.hour}:${parts.minute}` === '00:00' ? day : '';
}

/** An instant with its time. @param {string} zone @param {string} at */
export const moment = (zone, at) =>
	`${said(zone, EDGE, at)} ${said(zone, OFFSET, at)}`;

/**
 * A row of a table in words.
 * @param {{start: string, date: string}} row @param {string} by
 * @param {string} zone
 */
export function rowText(row, by, zone) {
	if (by === 'hour')
		return `${said(zone, FULL, row.start)} ${
			said(zone, OFFSET, row.start)}`;
	if (by === 'month')
		return said('UTC', MONTH, row.date);
	return (by === 'week' ? 'Week of ' : '') + said('UTC', FULL, row.date);
}

/** The same for the axis. */
export function rowTick(row, by, zone) {
	if (by === 'hour') {
		const clock = said(zone, CLOCK, row.start);

		return clock === '00:00' ? said('UTC', SHORT, row.date) : clock;
	}
	return said('UTC', by === 'month' ? MONTH_SHORT : SHORT, row.date);
}

/** @type {string[]} Monday first, as the server counts */
const WEEKDAYS = [5, 6, 7, 8, 9, 10, 11].map((d) =>
	said('UTC', { weekday: 'long' }, Date.UTC(2026, 0, d)));

const NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday',
	'saturday', 'sunday'];

/** @param {string|undefined} name `sunday` → 7; Monday where none is said */
export const dayNumber = (name = '') =>
	Math.max(0, NAMES.indexOf(name.toLowerCase())) + 1;

/** @param {number} n 1 Monday to 7 Sunday */
export const weekday = (n) => WEEKDAYS[n - 1];

/** @param {number} hour → `14:00` */
export const hour = (hour) => `${String(hour).padStart(2, '0')}:00`;

/** Names that browsers still give, and those that people look for. */
const RENAMED = {
	'Africa/Asmera': 'Africa/Asmara',
	'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
	'America/Godthab': 'America/Nuuk',
	'Asia/Calcutta': 'Asia/Kolkata',
	'Asia/Katmandu': 'Asia/Kathmandu',
	'Asia/Rangoon': 'Asia/Yangon',
	'Asia/Saigon': 'Asia/Ho_Chi_Minh',
	'Atlantic/Faeroe': 'Atlantic/Faroe',
	'Europe/Kiev': 'Europe/Kyiv',
};

/** @param {...string} wanted every zone there is, those wanted first */
export function zones(...wanted) {
	const all = Intl.supportedValuesOf('timeZone')
		.map((zone) => RENAMED[zone] ?? zone).sort();

	return [...new Set([...wanted, 'UTC', ...all])];
}

/* Clocks on the walls of other zones ------------------------------------- */

const WALL = /** @type {const} */ ({ year: 'numeric', month: '2-digit',
	day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
	hourCycle: 'h23', calendar: 'iso8601', numberingSystem: 'latn' });

/** What the clock shows there, as if it were UTC. */
function wallOf(zone, ms) {
	const parts = formatter(zone, WALL)?.formatToParts(new Date(ms));
	const part = (type) => Number(parts?.find((p) => p.type === type)?.value);

	return parts ? Date.UTC(part('year'), part('month') - 1, part('day'),
		part('hour'), part('minute'), part('second')) : ms;
}

/**
 * What a field for date and time shows of an instant, in a zone.
 * @param {string} zone @param {string} [at] an instant; now if absent
 */
export const onTheWall = (zone, at) => new Date(wallOf(zone,
	at ? Date.parse(at) : Date.now())).toISOString().slice(0, 16);

/**
 * The instant at which the clock of a zone shows so: the first, where it does
 * twice; where the clocks jump over it, as if they had not yet.
 * @param {string} zone @param {string} local `2026-11-01T09:00`
 * @returns {string} or nothing, where it is no time
 */
export function offTheWall(zone, local) {
	const wall = Date.parse(`${local}Z`);
	const offset = (ms) => wallOf(zone, ms) - ms;

	if (Number.isNaN(wall))
		return '';
	const [before, after] = [wall - DAY, wall + DAY].map((ms) =>
		wall - offset(ms - ms % 1000));
	const fits = [before, after].filter((ms) => wallOf(zone, ms) === wall);

	return new Date(fits.length ? Math.min(...fits) : before).toISOString();
}

/** @returns {string} this moment */
export const thisMoment = () => new Date().toISOString();
