// SPDX-License-Identifier: AGPL-3.0-or-later
// Which days, cut how, of whose clock, beside the period before or not.
import { useState } from 'preact/hooks';
import { addDays, isDay, zones } from '../lib/days.js';
import { html } from '../lib/html.js';
import { CUSTOM, cutOf, cutsOf, PERIODS } from '../lib/stats.js';
import { ZONE } from '../lib/time.js';

/**
 * @typedef {import('../lib/stats.js').State} State
 * @typedef {(next: Partial<State>) => void} Change
 */

const Labelled = ({ text, children }) => html`<label class="labelled">${text}
	${children}</label>`;

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
		<${Labelled} text="First day"><input class="field" type="date"
			value=${from} onInput=${(e) => setFrom(e.target.value)} />
		</${Labelled}>
		<${Labelled} text="Last day"><input class="field" type="date"
			value=${last} onInput=${(e) => setLast(e.target.value)} />
		</${Labelled}>
		<button type="submit">Show</button>
		${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
	</form>`;
}

/** @param {{state: State, onChange: Change}} props */
export function StatControls({ state, onChange }) {
	const [asked, setAsked] = useState(state.period === CUSTOM);
	const dates = asked || state.period === CUSTOM;
	const cuts = cutsOf(state);
	const cut = cutOf(state);

	return html`<div class="stat-controls" role="group" aria-label="Period">
		<${Labelled} text="Period"><select class="field"
			value=${dates ? CUSTOM : state.period} onChange=${(e) => {
		setAsked(e.target.value === CUSTOM);
		if (e.target.value !== CUSTOM)
			onChange({ period: e.target.value });
	}}>${PERIODS.map(([name, text]) => html`<option key=${name}
			value=${name}>${text}</option>`)}
			<option value=${CUSTOM}>Dates …</option></select></${Labelled}>
		${dates && html`<${Dates} key=${`${state.from} ${state.to}`}
			state=${state} onChange=${onChange} />`}
		<${Labelled} text="By"><select class="field" value=${cut}
			onChange=${(e) => onChange({ by: e.target.value })}>
			${cuts.map(({ by, text }) => html`<option key=${by} value=${by}>
				${text}</option>`)}
			${!cuts.some((c) => c.by === cut) && html`<option value=${cut}>
				${cut}</option>`}</select></${Labelled}>
		<${Labelled} text="Zone"><select class="field" value=${state.tz}
			onChange=${(e) => onChange({ tz: e.target.value })}>
			${zones(state.tz, ZONE).map((zone) => html`<option key=${zone}
				value=${zone}>${zone}</option>`)}</select></${Labelled}>
		<label class="tick"><input type="checkbox" checked=${state.compare}
			onChange=${(e) => onChange({ compare: e.target.checked })} />
			Compare with the period before</label>
	</div>`;
}
