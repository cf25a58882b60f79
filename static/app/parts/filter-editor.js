// SPDX-License-Identifier: AGPL-3.0-or-later
// Makes or changes one leaf: attribute, then operator and value(s), with a
// live count of the people the whole filter would match.  Everything it
// offers comes from the attribute table.
import { useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { acts, operatorOf, originOf, subjectOf, table }
	from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { count, people } from '../lib/number.js';
import { ZONE } from '../lib/time.js';
import { Combobox } from './combobox.js';
import { Icon } from './icon.js';
import { ValueInput } from './value-input.js';

const SETTLE = 150;

const groupOf = (a) => a.group ?? 'What they are';

/** A group stands as high as its best; what fits equally, in its order. */
function choices(text) {
	const asked = text.trim().toLowerCase();
	const score = (a) => {
		const label = a.label.toLowerCase();
		const name = a.name.toLowerCase();

		return label.startsWith(asked) ||
			(a.group && name.split(':').pop().startsWith(asked)) ? 2
			: `${label} ${name}`.includes(asked) ? 1 : 0;
	};
	const best = new Map();
	const found = [...table.value.values(), ...acts.value]
		.filter((a) => a.operators.length > 0 && !a.kept && score(a));

	for (const a of found)
		best.set(groupOf(a), Math.max(best.get(groupOf(a)) ?? 0, score(a)));
	const groups = [...best.keys()].sort((a, b) => best.get(b) - best.get(a));

	return groups.flatMap((group) => found.filter((a) => groupOf(a) === group)
		.sort((a, b) => score(b) - score(a))
		.map((a) => ({ key: `${group} ${a.name}`, text: a.label,
			note: originOf(a), group, subject: a,
			detail: a.count === undefined ? '' : count(a.count) })));
}

function PickAttribute({ gone, onPick }) {
	const [text, setText] = useState('');
	const options = choices(text);

	return html`${gone && html`<p class="trouble">
			Nothing here is called <bdi>${gone}</bdi>. Choose another:</p>`}
		<${Combobox} label="Attribute" focus first
			placeholder="Filter by…" text=${text} onText=${setText}
			options=${options} onPick=${(o) => onPick(o.subject)}
			status=${options.length ? '' : 'Nothing is called that.'} />`;
}

function PickOperator({ attribute, operator, onOperator }) {
	return html`<select class="field" aria-label="Operator"
		value=${operator.name} onChange=${(e) =>
		onOperator(operatorOf(attribute, e.target.value))}>
		${attribute.operators.map((op) => html`<option key=${op.name}
			value=${op.name}>${op.says ?? op.label}</option>`)}
	</select>`;
}

const NOTHING_WILL_DO = ['none', 'deed'];

/** What a change of operator leaves of the values. */
function carried(values, from, to) {
	if (NOTHING_WILL_DO.includes(to) && from !== to)
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
			: NOTHING_WILL_DO.includes(operator.values) ? [] : null));
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
			${!operator.says && html`<bdi class="leaf-name">
				${attribute.label}</bdi>`}
			<${PickOperator} attribute=${attribute} operator=${operator}
				onOperator=${change} />
		</div>
		<${ValueInput} key=${operator.values} attribute=${attribute}
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
	const old = before && subjectOf(before);
	const [subject, setSubject] = useState(old);

	if (!subject)
		return html`<${PickAttribute} onPick=${setSubject}
			gone=${old ? '' : before?.[0]} />`;
	return html`<${Leaf} key=${`${subject.group} ${subject.name}`}
		...${props} word=${word} attribute=${subject}
		onBack=${() => setSubject(undefined)}
		initial=${subject === old ? before : null} />`;
}
