// SPDX-License-Identifier: AGPL-3.0-or-later
// Operating hours being made or changed: from when, in which zone, the week
// and the holidays.  What is wrong is said at the line it is in.
import { useEffect, useState } from 'preact/hooks';
import { offTheWall, onTheWall, zones } from '../lib/days.js';
import { useDraft } from '../lib/draft.js';
import * as hours from '../lib/hours.js';
import { html } from '../lib/html.js';
import { change } from '../lib/settings.js';
import { route } from '../lib/url.js';
import { Holidays } from './hours-holidays.js';
import { Week } from './hours-week.js';
import { EmptyNotice } from './notice.js';
import { Conflict, Field, FormFoot } from './settings-field.js';
import { Unsaved } from './unsaved.js';

const nameOf = (s) => s.from ?? 'always';
const named = (list, name) => list.find((s) => nameOf(s) === name);

/** From when: undefined is now, null always. */
function fromOf({ start, moment, timezone }) {
	return start === 'now' ? undefined : start === 'always' ? null
		: offTheWall(timezone, moment);
}

const begun = (from) => from === undefined ? 'now' : from ?? 'always';

function Starts({ draft, always }) {
	const { now, put } = draft;
	const radio = (value, text) => html`<label class="tick"><input type="radio"
		name="start" checked=${now.start === value}
		onChange=${() => put('start', value)} />${text}</label>`;
	const wrong = draft.error?.path === `from` && draft.error.message;

	return html`<fieldset class="choice"><legend>They hold</legend>
		${radio('now', 'From now on')}
		${radio('moment', 'From a moment on')}
		${now.start === 'moment' && html`<label class="labelled">Moment, in the
			zone below<input class="field" type="datetime-local" name="moment"
				value=${now.moment} onInput=${(e) =>
	put('moment', e.target.value)} /></label>`}
		${always && radio('always', 'Always, also before today')}
		${wrong && html`<p class="trouble" role="alert">${wrong}</p>`}
	</fieldset>`;
}

function Fixed({ list, s }) {
	const i = list.indexOf(s);
	const past = i <= hours.nowOf(list);

	return html`<p><b>${hours.when(list, i)}</b></p>
		${past && html`<p class="hint">These have been in force: a change of them
			changes the times of chats since they began. To leave those as they
			are, make new hours from now on instead.</p>`}`;
}

/** What the form begins with, and how it is sent. */
function planOf({ found, isNew, zone }) {
	const list = found.data.schedules;
	const { from, copy } = route.value.query;
	const old = isNew ? null : named(list, from);
	const like = isNew ? named(list, copy) ?? list[hours.nowOf(list)] ??
		list[list.length - 1] : old;
	const base = like ? hours.editedOf(like) : hours.usual(zone);
	const start = list.length ? 'now' : 'always';
	const data = isNew ? { ...base, start, moment: onTheWall(base.timezone),
		made: false } : base;

	return { list, old, taken: { data, tag: found.tag,
		now: isNew ? { ...data, made: true } : data } };
}

/** What is there now, where this is to be sent. */
async function freshOf(plan, isNew, now) {
	const { data, tag } = await hours.all();
	const at = isNew ? begun(fromOf(now)) : nameOf(plan.old);
	const there = named(data.schedules, at);
	const { base } = now;

	if (!there && !isNew)
		throw new Error('Somebody took these hours out meanwhile.');
	return { tag, data: there ? { ...base, ...hours.editedOf(there) } : base };
}

const week = (w) => hours.weekLines({ week: w }, hours.DAYS)
	.map(([d, t]) => `${d} ${t}`).join('; ');
const holidays = (list) => list.length ? list.map((h) =>
	`${h.date} ${h.name} ${hours.spoken(h.open)}`).join('; ') : 'none';

function Fields({ draft, days, plan, isNew }) {
	const { now, put, error } = draft;
	const wrongOf = (path) => error?.path === path ? error.message : '';

	return html`${isNew ? html`<${Starts} draft=${draft}
			always=${!named(plan.list, 'always')} />`
		: html`<${Fixed} list=${plan.list} s=${plan.old} />`}
		<${Field} draft=${draft} name="timezone" label="Zone">
			${(props) => html`<select ...${props} value=${now.timezone}
				onChange=${(e) => put('timezone', e.target.value)}>
				${zones(now.timezone).map((z) => html`<option key=${z}
					value=${z}>${z}</option>`)}</select>`}<//>
		<${Week} week=${now.week} days=${days} wrongOf=${wrongOf}
			onWeek=${(w) => put('week', w)} />
		<${Conflict} draft=${draft} name="week" say=${week} />
		<${Holidays} list=${now.holidays} wrongOf=${wrongOf}
			onList=${(h) => put('holidays', h)} />
		<${Conflict} draft=${draft} name="holidays" say=${holidays} />`;
}

/** @param {any} props */
function Form({ plan, days, isNew, onDone }) {
	const [done, setDone] = useState(false);
	const draft = useDraft(plan.taken, {
		put: async (_, tag, now) => {
			const from = isNew ? fromOf(now) : plan.old.from;

			if (isNew && named(plan.list, begun(from)))
				throw Object.assign(new Error('There are hours from that ' +
					'moment already: change those.'), { path: `from` });
			await change('PUT', hours.PATH, hours.bodyOf(now, from), tag);
		},
		fresh: () => freshOf(plan, isNew, { ...draft.now, base: draft.base }),
	});
	const dirty = draft.changed.some((k) => k !== 'made');

	useEffect(() => {
		if (done)
			onDone(); // nothing holds it back any more
	}, [done]);
	return html`<form class="stack settings-form" novalidate
		onSubmit=${async (e) => {
		e.preventDefault();
		if (await draft.save())
			setDone(true);
	}}>
		<${Fields} ...${{ draft, days, plan, isNew }} />
		<${FormFoot} draft=${draft} text=${isNew ? 'Save the hours' : 'Save'}
			fields=${draft.error && /^(week|holidays|from|timezone)/.test(
		draft.error.path ?? '') ? [draft.error.path] : []} />
		<${Unsaved} dirty=${dirty && !done} />
	</form>`;
}

/**
 * @param {{found: any, days: string[], isNew: boolean, zone: string,
 *   onDone: () => void}} props
 */
export function HoursForm(props) {
	const [plan] = useState(() => planOf(props));

	if (!props.isNew && !plan.old)
		return html`<${EmptyNotice} level="h3"
			title="There are no hours that begin then" />`;
	return html`<${Form} ...${props} plan=${plan} />`;
}
