// SPDX-License-Identifier: AGPL-3.0-or-later
// Spans of opening, a day a line: as many as there are, none is closed.
import { useRef } from 'preact/hooks';
import { clock, dayName, DAYS } from '../lib/hours.js';
import { html } from '../lib/html.js';
import { Icon } from './icon.js';

function Time({ value, label, bad, onValue }) {
	return html`<input class="field time" value=${value} aria-label=${label}
		inputmode="numeric" autocomplete="off" placeholder="09:00"
		aria-invalid=${bad ? 'true' : undefined} maxlength="5"
		onInput=${(e) => onValue(e.target.value)}
		onBlur=${(e) => e.target.value && onValue(clock(e.target.value))} />`;
}

function Span({ span, of, bad, onSpan, onRemove }) {
	return html`<span class="span">
		<${Time} value=${span[0]} label=${`${of}, from`} bad=${bad}
			onValue=${(v) => onSpan([v, span[1]])} />–
		<${Time} value=${span[1]} label=${`${of}, until`} bad=${bad}
			onValue=${(v) => onSpan([span[0], v])} />
		<button type="button" class="ghost square" onClick=${onRemove}
			aria-label=${`Take out ${of}, ${span[0]} to ${span[1]}`}>
			<${Icon} name="cross" /></button></span>`;
}

/** What comes after the last span of a day. */
const following = (spans) => spans.length ? ['', ''] : ['09:00', '17:00'];

/**
 * @param {{spans: any[], of: string, wrong?: string,
 *   onSpans: (spans: any[]) => void}} props of: the day, for who hears it
 */
export function Spans({ spans, of, wrong, onSpans }) {
	const box = useRef(/** @type {any} */ (null));

	return html`<div class="spans" ref=${box}>
		${!spans.length && html`<span class="hint">Closed</span>`}
		${spans.map((span, i) => html`<${Span} key=${i} span=${span}
			of=${spans.length > 1 ? `${of} ${i + 1}` : of} bad=${!!wrong}
			onSpan=${(s) => onSpans(spans.map((o, k) => k === i ? s : o))}
			onRemove=${() => {
		onSpans(spans.filter((_, k) => k !== i));
		box.current.querySelector('.span-add').focus();
	}} />`)}
		<button type="button" class="ghost span-add" onClick=${() =>
			onSpans([...spans, following(spans)])}><${Icon} name="plus" />
			${spans.length ? 'More' : 'Open'}<span class="unseen">
			${' '}on ${of}</span></button>
		${wrong && html`<p class="trouble" role="alert">${wrong}</p>`}
	</div>`;
}

/**
 * @param {{week: Record<string, any[]>, days: string[],
 *   wrongOf: (path: string) => string, onWeek: (week: any) => void}} props
 */
export function Week({ week, days, wrongOf, onWeek }) {
	return html`<fieldset class="choice week-form"><legend>The week</legend>
		${days.map((day) => html`<div class="week-day" key=${day}
			data-day=${day}><span class="week-name">${dayName(day)}</span>
			<${Spans} spans=${week[day]} of=${dayName(day)}
				wrong=${wrongOf(`week.${day}`)}
				onSpans=${(spans) => onWeek({ ...week, [day]: spans })} />
		</div>`)}
		<button type="button" class="link" onClick=${() => onWeek({ ...week,
		...Object.fromEntries(DAYS.slice(1, 5).map((d) =>
			[d, week.monday])) })}>Make ${dayName('tuesday')} to
			${' '}${dayName('friday')} like ${dayName('monday')}</button>
	</fieldset>`;
}
