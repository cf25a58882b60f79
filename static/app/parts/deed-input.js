// SPDX-License-Identifier: AGPL-3.0-or-later
// How often somebody did something, and since when: both may be left out.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { spanParts, UNITS } from '../lib/time.js';

const TIMES_MAX = 1000000;

const isWhole = (text, max) => /^[1-9]\d*$/.test(text) && Number(text) <= max;

/** What is wrong with the fields, by field. */
const troubleOf = ({ times, n }) => ({
	times: times && !isWhole(times, TIMES_MAX)
		? 'Expected a whole number from 1 to 1,000,000' : '',
	n: n && !isWhole(n, 999999) ? 'Expected a whole number' : '',
});

/** The fields as the values of a leaf; null while one of them is wrong. */
function valuesOf(fields) {
	const { times, n, unit } = fields;
	const trouble = troubleOf(fields);
	const told = { ...times && Number(times) !== 1 &&
		{ atLeast: Number(times) }, ...n && { inLast: n + unit } };

	return trouble.times || trouble.n ? null
		: Object.keys(told).length ? [told] : [];
}

const fieldsOf = (told) => ({
	times: told?.atLeast ? String(told.atLeast) : '',
	...spanParts(told?.inLast) ?? { n: '', unit: 'd' },
});

function Whole({ label, value, trouble, field, placeholder, onValue }) {
	return html`<label class="labelled">${label}
		<input class="field" ref=${field} inputmode="numeric"
			autocomplete="off" placeholder=${placeholder} value=${value}
			aria-invalid=${trouble ? 'true' : undefined} onInput=${(e) =>
		onValue(e.target.value.trim())} />
		${trouble && html`<span class="trouble">${trouble}</span>`}
	</label>`;
}

/**
 * @param {{values: any[]|null, onValues: (values: any[]|null) => void,
 *   focus: boolean}} props
 */
export function DeedInput({ values, onValues, focus }) {
	const [fields, setFields] = useState(() => fieldsOf(values?.[0]));
	const first = useRef(/** @type {any} */ (null));
	const trouble = troubleOf(fields);
	const put = (told) => {
		const next = { ...fields, ...told };

		setFields(next);
		onValues(valuesOf(next));
	};

	useLayoutEffect(() => {
		if (focus)
			first.current.focus();
	}, []);
	return html`<${Whole} label="At least how many times" value=${fields.times}
			field=${first} placeholder="1" trouble=${trouble.times}
			onValue=${(times) => put({ times })} />
		<div class="pair">
			<${Whole} label="In the last" value=${fields.n}
				placeholder="ever" trouble=${trouble.n}
				onValue=${(n) => put({ n })} />
			<label class="labelled">Of what
				<select class="field" value=${fields.unit}
					onChange=${(e) => put({ unit: e.target.value })}>
					${UNITS.map((u) => html`<option key=${u.unit}
						value=${u.unit}>${u.many}</option>`)}
				</select>
			</label>
		</div>`;
}
