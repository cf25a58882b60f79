// SPDX-License-Identifier: AGPL-3.0-or-later
// Which days, cut how, of whose clock, beside the period before or not.
import { useEffect, useId, useState } from 'preact/hooks';
import { addDays, isDay, zones } from '../lib/days.js';
import { html } from '../lib/html.js';
import { CUSTOM, cutOf, cutsOf, PERIODS } from '../lib/stats.js';
import { ZONE } from '../lib/time.js';

/**
 * @typedef {import('../lib/stats.js').State} State
 * @typedef {(next: Partial<State>) => void} Change
 */

/** @param {{text: string, field: (id: string) => any}} props */
function Labelled({ text, field }) {
	const id = useId();

	return html`<div class="labelled"><label for=${id}>${text}</label>
		${field(id)}</div>`;
}

function Day({ text, value, onValue }) {
	return html`<${Labelled} text=${text} field=${(id) => html`<input id=${id}
		class="field" type="date" value=${value}
		onInput=${(e) => onValue(e.target.value)} />`} />`;
}

/**
 * @param {{text: string, value: string, options: [string, string][],
 *   onValue: (value: string) => void}} props
 */
function Choice({ text, value, options, onValue }) {
	return html`<${Labelled} text=${text} field=${(id) => html`<select id=${id}
		class="field" value=${value} onChange=${(e) => onValue(e.target.value)}>
		${options.map(([name, label]) => html`<option key=${name}
			value=${name}>${label}</option>`)}</select>`} />`;
}

/** Both days are meant to be in it; the period ends where the next begins. */
function Dates({ state, onChange }) {
	const [from, setFrom] = useState(isDay(state.from) ? state.from : '');
	const [last, setLast] = useState(isDay(state.to)
		? addDays(state.to, -1) : '');
	const [trouble, setTrouble] = useState('');
	const submit = (e) => {
		e.preventDefault();
		if (!isDay(from) || !isDay(last))
			setTrouble('Choose a first and a last day');
		else if (last < from)
			setTrouble('The last day is before the first');
		else
			onChange({ period: CUSTOM, from, to: addDays(last, 1) });
	};

	return html`<form class="stat-dates" onSubmit=${submit} noValidate>
		<${Day} text="First day" value=${from} onValue=${setFrom} />
		<${Day} text="Last day" value=${last} onValue=${setLast} />
		<button type="submit">Show</button>
		${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
	</form>`;
}

/** @param {{state: State, onChange: Change}} props */
export function StatControls({ state, onChange }) {
	const [asked, setAsked] = useState(false);
	const dates = asked || state.period === CUSTOM;
	const cut = cutOf(state);
	const cuts = cutsOf(state).map(({ by, text }) => [by, text]);
	const periods = [...PERIODS.map(([name, text]) => [name, text]),
		[CUSTOM, 'Dates …']];

	if (!cuts.some(([by]) => by === cut))
		cuts.push([cut, cut]);

	useEffect(() => setAsked(false), [state.period, state.from, state.to]);
	return html`<div class="stat-controls" role="group"
		aria-label="What is shown">
		<${Choice} text="Period" value=${dates ? CUSTOM : state.period}
			options=${periods} onValue=${(period) => {
		setAsked(period === CUSTOM);
		if (period !== CUSTOM)
			onChange({ period });
	}} />
		${dates && html`<${Dates} key=${`${state.from} ${state.to}`}
			state=${state} onChange=${onChange} />`}
		<${Choice} text="By" value=${cut} options=${cuts}
			onValue=${(by) => onChange({ by })} />
		<${Choice} text="Zone" value=${state.tz} options=${zones(state.tz, ZONE)
		.map((zone) => [zone, zone])} onValue=${(tz) => onChange({ tz })} />
		<label class="tick"><input type="checkbox" checked=${state.compare}
			onChange=${(e) => onChange({ compare: e.target.checked })} />
			Compare with the period before</label>
	</div>`;
}
