// SPDX-License-Identifier: AGPL-3.0-or-later
// A small town whose facts are plain arithmetic on a number, so that every
// expected count can be had by counting on the array, beside the server.
export const N = 130;

const COUNTRIES = ['United States', 'Germany', 'Brazil', undefined];
const LANGUAGES = ['English', 'Spanish', 'German'];
const START = Date.UTC(2026, 0, 1);
const HOUR = 3600000;

export const town = Array.from({ length: N }, (_, i) => ({
	i,
	userId: `u-${i}`,
	name: `Person ${String(i).padStart(3, '0')}`,
	email: i % 2 ? undefined : `p${i}@example.com`,
	country: COUNTRIES[i % 4],
	language: LANGUAGES[i % 3],
	plan: i % 5 ? 'free' : 'pro',
	score: i,
	vip: i % 10 === 0,
	segments: i % 2 ? ['Leads'] : ['Leads', 'Insiders'],
	seen: new Date(START + i * HOUR).toISOString(),
}));

const known = (fields) => Object.fromEntries(Object.entries(fields)
	.filter(([, v]) => v !== undefined));

export const events = town.map((p) => ({
	type: 'user', userId: p.userId, at: p.seen, lastSeen: p.seen,
	segments: p.segments,
	attributes: known({ name: p.name, email: p.email, country: p.country,
		language: p.language, plan: p.plan, score: p.score, vip: p.vip }),
}));

/** How many of the town fit. */
export const those = (fits) => town.filter(fits).length;
