// SPDX-License-Identifier: AGPL-3.0-or-later
// The value side of a filter: one field a kind of operator.  A field reports
// the values when they are complete, else null.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { valueText } from '../lib/describe.js';
import { html } from '../lib/html.js';
import { spanParts, UNITS } from '../lib/time.js';
import { DeedInput } from './deed-input.js';
import { ManySuggested, OneSuggested } from './suggest.js';

/** @param {boolean} wanted */
function useFocus(wanted) {
	const ref = useRef(/** @type {any} */ (null));

	useLayoutEffect(() => {
		if (wanted)
			ref.current?.focus();
	}, []);
	return ref;
}

const isDay = (v) => v === undefined || /^\d{4}-\d{2}-\d{2}$/.test(v);

/** How a value of a type is typed, and read back. */
const INPUTS = {
	number: { props: { type: 'text', inputMode: 'decimal' },
		read: (text) => text.trim() && Number.isFinite(Number(text))
			? Number(text) : undefined,
		wrong: 'Not a number' },
	day: { props: { type: 'date', max: '9999-12-31' },
		read: (text) => text || undefined, wrong: '' },
	plain: { props: { type: 'text' },
		read: (text) => text.trim() || undefined, wrong: '' },
};

function inputOf(attribute, value) {
	if (attribute.type === 'number')
		return INPUTS.number;
	return /instant|date/.test(attribute.type) && isDay(value)
		? INPUTS.day : INPUTS.plain;
}

function Typed({ label, input, value, onValue, field, placeholder }) {
	const [text, setText] = useState(String(value ?? ''));
	const wrong = text.trim() && input.read(text) === undefined
		? input.wrong : '';

	return html`<label class="labelled">${label}
		<input class="field" ref=${field} autocomplete="off"
			spellcheck=${false} placeholder=${placeholder}
			aria-invalid=${wrong ? 'true' : undefined}
			...${input.props} value=${text} onInput=${(e) => {
		setText(e.target.value);
		onValue(input.read(e.target.value));
	}} />
		${wrong && html`<span class="trouble">${wrong}</span>`}
	</label>`;
}

function OneTyped({ attribute, values, onValues, focus, placeholder, label }) {
	const [input] = useState(() => inputOf(attribute, values?.[0]));

	return html`<${Typed} label=${label ?? (input === INPUTS.day ? 'Day' : 'Value')}
		input=${input} value=${values?.[0]} field=${useFocus(focus)}
		placeholder=${placeholder} onValue=${(v) =>
		onValues(v === undefined ? null : [v])} />`;
}

function TwoTyped({ attribute, values, onValues, focus }) {
	const [input] = useState(() => inputOf(attribute, values?.[0]));
	const [pair, setPair] = useState(values ?? [undefined, undefined]);
	const put = (i, v) => {
		const next = i ? [pair[0], v] : [v, pair[1]];

		setPair(next);
		onValues(next.includes(undefined) ? null : next);
	};
	const until = attribute.type === 'number' ? 'To' : 'Before';

	return html`<div class="pair">
		<${Typed} label="From" input=${input} value=${pair[0]}
			field=${useFocus(focus)} onValue=${(v) => put(0, v)} />
		<${Typed} label=${until} input=${input} value=${pair[1]}
			onValue=${(v) => put(1, v)} />
	</div>`;
}

function Span({ values, onValues, focus }) {
	const [{ n, unit }, setParts] = useState(
		spanParts(values?.[0]) ?? { n: '', unit: 'd' });
	const put = (parts) => {
		const whole = /^[1-9]\d{0,5}$/.test(parts.n);

		setParts(parts);
		onValues(whole ? [parts.n + parts.unit] : null);
	};

	return html`<div class="pair">
		<label class="labelled">How many
			<input class="field" ref=${useFocus(focus)} inputmode="numeric"
				autocomplete="off" placeholder="30" value=${n}
				onInput=${(e) => put({ n: e.target.value.trim(), unit })} />
		</label>
		<label class="labelled">Of what
			<select class="field" value=${unit}
				onChange=${(e) => put({ n, unit: e.target.value })}>
				${UNITS.map((u) => html`<option key=${u.unit}
					value=${u.unit}>${u.many}</option>`)}
			</select>
		</label>
	</div>`;
}

function One(props) {
	return /text|set|ip/.test(props.attribute.type)
		? html`<${OneSuggested} ...${props} />`
		: html`<${OneTyped} ...${props} />`;
}

function None({ focus }) {
	const ref = useRef(/** @type {any} */ (null));

	useLayoutEffect(() => {
		if (focus)
			ref.current.closest('form').querySelector('select').focus();
	}, []);
	return html`<span ref=${ref} hidden></span>`;
}

/** What analytics counted is chosen there, and only read here. */
const Numbered = ({ values, focus }) => html`<${None} focus=${focus} />
	<p><bdi>${valueText(values?.[0], undefined, 'number')}</bdi></p>
	<p class="hint">Click another number of Analytics for others.</p>`;

const KINDS = {
	none: None, one: One, two: TwoTyped, many: ManySuggested, span: Span,
	network: (props) => html`<${OneTyped} ...${props}
		placeholder="192.0.2.0/24" />`,
	deed: DeedInput, number: Numbered,
	words: (props) => html`<${OneTyped} ...${props} label="Words"
		placeholder='refund "my order" deliver*' />`,
};

/**
 * @param {{attribute: import('../lib/attributes.js').Attribute,
 *   operator: import('../lib/attributes.js').Operator, values: any[]|null,
 *   onValues: (values: any[]|null) => void,
 *   onDone: (values?: any[]) => void, onBack: () => void, focus: boolean,
 *   others: string}} props others: JSON of the filters beside this one
 */
export function ValueInput(props) {
	const Kind = KINDS[props.operator.values] || KINDS.one;

	return html`<${Kind} ...${props} />`;
}
