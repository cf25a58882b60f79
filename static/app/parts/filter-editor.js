// SPDX-License-Identifier: AGPL-3.0-or-later
// Makes or changes one leaf: attribute, then operator and value(s), with a
// live count of the people the whole filter would match.  Everything it
// offers comes from the attribute table.
import { useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { attributeOf, operatorOf, originOf, table }
	from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { count, people } from '../lib/number.js';
import { ZONE } from '../lib/time.js';
import { Combobox } from './combobox.js';
import { Icon } from './icon.js';
import { ValueInput } from './value-input.js';

const SETTLE = 150;

function choices(text) {
	const asked = text.trim().toLowerCase();
	const score = (a) => {
		const label = a.label.toLowerCase();

		return label.startsWith(asked) ? 2
			: `${label} ${a.name.toLowerCase()}`.includes(asked) ? 1 : 0;
	};

	return [...table.value.values()]
		.filter((a) => a.operators.length > 0 && score(a))
		.sort((a, b) => score(b) - score(a) || a.position - b.position)
		.map((a) => ({ key: a.name, text: a.label, note: originOf(a),
			detail: count(a.count) }));
}

function PickAttribute({ onPick }) {
	const [text, setText] = useState('');
	const options = choices(text);

	return html`<${Combobox} label="Attribute" focus first
		placeholder="Filter by…" text=${text} onText=${setText}
		options=${options} onPick=${(o) => onPick(o.key)}
		status=${options.length ? '' : 'No attribute is called that.'} />`;
}

function PickOperator({ attribute, operator, onOperator }) {
	return html`<select class="field" aria-label="Operator"
		value=${operator.name} onChange=${(e) =>
		onOperator(operatorOf(attribute, e.target.value))}>
		${attribute.operators.map((op) => html`<option key=${op.name}
			value=${op.name}>${op.label}</option>`)}
	</select>`;
}

/** What a change of operator leaves of the values. */
function carried(values, from, to) {
	if (to === 'none')
		return [];
	if (from === to)
		return values;
	if (!values?.length)
		return null;
	return from === 'one' && to === 'many' ? values
		: from === 'many' && to === 'one' ? values.slice(0, 1) : null;
}

function Outcome({ tree }) {
	const asked = tree && JSON.stringify(tree);
	const found = useLoad(asked, (signal) =>
		api.count([tree], ZONE, signal), SETTLE);

	if (found.error)
		return html`<p class="trouble outcome" role="alert">
			${found.error.message}</p>`;
	return html`<p class="outcome" role="status">${found.data
		? people(found.data.counts[0].count) : asked ? '…' : ''}</p>`;
}

/** A leaf in the making; values are null until they are complete. */
function useLeaf(attribute, initial) {
	const [operator, setOperator] = useState(
		operatorOf(attribute, initial?.[1]) ?? attribute.operators[0]);
	const [values, setValues] = useState(
		/** @type {any[]|null} */ (initial ? initial.slice(2)
			: operator.values === 'none' ? [] : null));
	// choosing an operator by arrow keys must not throw one out of its list
	const still = useRef(true);

	return {
		operator, values, setValues, still: still.current,
		leafOf: (told) => [attribute.name, operator.name, ...told],
		change: (next) => {
			still.current = false;
			setValues(carried(values, operator.values, next.values));
			setOperator(next);
		},
	};
}

function Leaf({ attribute, initial, treeWith, others, word, onApply, onBack }) {
	const { operator, values, setValues, still, leafOf, change } =
		useLeaf(attribute, initial);
	const apply = (told = values) => told && onApply(leafOf(told));

	return html`<form class="leaf" onSubmit=${(e) => {
		e.preventDefault();
		apply();
	}}>
		<div class="leaf-head">
			<button type="button" class="ghost square" onClick=${onBack}
				aria-label="Choose another attribute">
				<${Icon} name="left" /></button>
			<bdi class="leaf-name">${attribute.label}</bdi>
			<${PickOperator} attribute=${attribute} operator=${operator}
				onOperator=${change} />
		</div>
		<${ValueInput} key=${operator.name} attribute=${attribute}
			operator=${operator} values=${values} onValues=${setValues}
			focus=${still} onDone=${apply} onBack=${onBack}
			others=${others} />
		<div class="leaf-foot">
			<${Outcome} tree=${values && treeWith(leafOf(values))} />
			<button class="primary" aria-disabled=${String(!values)}>
				${word}</button>
		</div>
	</form>`;
}

/**
 * @param {{before?: any[], treeWith: (leaf: any[]) => any, others: string,
 *   word?: string, onApply: (leaf: any[]) => void}} props before: the leaf
 *   to change; treeWith: the whole filter with one; others: the filters
 *   beside it, for suggestions that leave somebody to be found
 */
export function FilterEditor(props) {
	const { before, word = 'Apply' } = props;
	const [name, setName] = useState(before?.[0]);
	const attribute = attributeOf(name);

	if (!attribute)
		return html`<${PickAttribute} onPick=${setName} />`;
	return html`<${Leaf} key=${name} ...${props} word=${word}
		attribute=${attribute} onBack=${() => setName(undefined)}
		initial=${before?.[0] === name ? before : null} />`;
}
