// SPDX-License-Identifier: AGPL-3.0-or-later
// Operating hours with their history: which held when, which hold now and
// which will; new ones from a moment on, so that what is past keeps what held
// then.
import { useState } from 'preact/hooks';
import { json } from '../lib/api.js';
import { same } from '../lib/draft.js';
import * as hours from '../lib/hours.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { pathOf } from '../lib/settings.js';
import { date } from '../lib/time.js';
import { addressOf, go } from '../lib/url.js';
import { ActDialog } from '../parts/act-dialog.js';
import { HoursForm } from '../parts/hours-form.js';
import { Icon } from '../parts/icon.js';
import { EmptyNotice } from '../parts/notice.js';
import { Found, Frame, Said } from '../parts/settings-frame.js';

const HERE = pathOf('hours');
const ABOUT = `Times of answers are also measured within these hours. Each
	holds from a moment on, until the next begins; chats of before keep the
	hours that held then.`;

/** @param {any} s how an address names one */
const nameOf = (s) => s.from ?? 'always';

function Holidays({ list }) {
	if (!list.length)
		return html`<p class="hint">No holidays.</p>`;
	return html`<details><summary>${list.length === 1 ? 'One holiday'
		: `${list.length} holidays`}</summary>
		<ul class="holidays">${list.map((h) => html`<li key=${h.date}>
			<time datetime=${h.date}>${date(h.date)}</time>
			${' '}<bdi>${h.name}</bdi> – ${hours.spoken(h.open)}</li>`)}</ul>
	</details>`;
}

const TAGS = { '-1': ['Past', 'tag-off'], 0: ['In force now', ''],
	1: ['Not yet', 'tag-off'] };

function Schedule({ list, i, now, days, onRemove }) {
	const s = list[i];
	const [word, kind] = TAGS[Math.sign(i - now)];
	const title = hours.when(list, i);
	const button = (act, text) => html`<button type="button" onClick=${act}>
		${text}<span class="unseen">: ${title}</span></button>`;

	return html`<li class="entry schedule" data-from=${nameOf(s)}>
		<div class="entry-words"><h3>${title} <span class=${`tag ${kind}`}>
			${word}</span></h3>
			<p class="hint">${s.timezone.replace(/_/g, ' ')}</p>
			<dl class="week">${hours.weekLines(s, days).map(([day, text]) =>
		html`<div key=${day}><dt>${day}</dt><dd>${text}</dd></div>`)}</dl>
			<${Holidays} list=${s.holidays} /></div>
		<div class="entry-acts">
			${button(() => go(pathOf('hours', 'change'),
		{ from: nameOf(s) }), 'Change')}
			${button(() => go(pathOf('hours', 'new'),
		{ copy: nameOf(s) }), 'Copy')}
			${button(() => onRemove(s), 'Remove')}</div>
	</li>`;
}

/** Takes it out as it was shown, and nothing else. */
async function removeThis(s, tag) {
	const query = { from: s.from ?? '' };

	try {
		await json('DELETE', hours.PATH, { query, version: tag });
	} catch (e) {
		if (e.status !== 412)
			throw e;
		const fresh = await hours.all();

		if (!fresh.data.schedules.some((f) => same(f, s)))
			throw new Error('Somebody changed these hours meanwhile. ' +
				'Close this and look at them again.');
		await removeThis(s, fresh.tag);
	}
}

function RemoveDialog({ s, list, tag, onDone, onClose }) {
	const title = hours.when(list, list.indexOf(s));

	return html`<${ActDialog} title="Remove these hours" text="Remove" bad=${true}
		onClose=${onClose} onDone=${onDone} act=${() => removeThis(s, tag)}>
		<p><b>${title}</b> is taken out, as if it had never held: times of chats
			in it are measured by the hours of before${list.length === 1
		? ', of which there are none, so they are not known' : ''}.</p><//>`;
}

function List({ list, days, onRemove }) {
	const now = hours.nowOf(list);

	if (!list.length)
		return html`<${EmptyNotice} level="h3" icon="search"
			title="No operating hours yet"><p>Until there are some, times within
			operating hours are not known.</p></${EmptyNotice}>`;
	return html`<ul class="entries">${list.map((s, i) => html`<${Schedule}
		key=${nameOf(s)} ...${{ list, i, now, days, onRemove }} />`).reverse()}
	</ul>`;
}

function Lists() {
	const [{ turn, said }, setSaid] = useState({ turn: 0, said: '' });
	const [removing, setRemoving] = useState(/** @type {any} */ (null));
	const found = useLoad(`${turn}`, load);
	const data = /** @type {any} */ (found.data ?? (found.error ? undefined : found.last?.data));

	return html`<${Frame} here="hours" title="Operating hours" about=${ABOUT}
		acts=${html`<button type="button" class="primary" onClick=${() =>
			go(pathOf('hours', 'new'))}><${Icon} name="plus" /> New hours
		</button>`}>
		<${Said} text=${said} />
		<${Found} found=${{ ...found, data }} what="The operating hours">
			${() => html`<${List} list=${data.hours.data.schedules}
				days=${data.days} onRemove=${setRemoving} />`}<//>
		${removing && html`<${RemoveDialog} s=${removing} tag=${data.hours.tag}
			list=${data.hours.data.schedules} onClose=${() => setRemoving(null)}
			onDone=${() => {
				setRemoving(null);
				setSaid({ turn: turn + 1, said: 'The hours are removed' });
			}} />`}
	<//>`;
}

/** The hours, and the week as this workspace begins it. */
async function load(signal) {
	const [found, settings] = await Promise.all([hours.all(signal),
		json('GET', '/settings', { signal })]);

	return { hours: found, settings,
		days: hours.daysFrom(settings['workspace.weekStart']) };
}

function Edit({ id }) {
	const found = useLoad('hours', load);
	const title = id === 'new' ? 'New operating hours' : 'Change operating hours';

	return html`<${Frame} here="hours" title=${title} acts=${html`<a class="back"
		href=${addressOf(HERE)}><${Icon} name="left" /> All hours</a>`}>
		<${Found} found=${found} what="The operating hours">
			${(data) => html`<${HoursForm} found=${data.hours} days=${data.days}
				isNew=${id === 'new'} zone=${data.settings['workspace.timezone']}
				onDone=${() => go(HERE)} />`}<//>
	<//>`;
}

/** @param {{id?: string}} props */
export const SettingsHoursPage = ({ id }) => id === 'new' || id === 'change'
	? html`<${Edit} id=${id} />` : html`<${Lists} />`;
