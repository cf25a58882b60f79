// SPDX-License-Identifier: AGPL-3.0-or-later
// One node of the filter with groups: a condition that reads as a sentence,
// or a group with what is in it.  By mouse it is carried by its grip, by keys
// with Alt and an arrow; the small buttons do the same for both.
import { useState } from 'preact/hooks';
import { nodeText } from '../lib/describe.js';
import { html } from '../lib/html.js';
import { count, people } from '../lib/number.js';
import { condition, group, isGroup } from '../lib/tree.js';
import { Words } from './filter-chip.js';
import { FilterEditor } from './filter-editor.js';
import { Icon } from './icon.js';

/** @type {[string, string][]} */
const KINDS = [
	['all', 'All of these'], ['any', 'Any of these'],
	['none', 'None of these'], ['notAll', 'Not all of these'],
];
const TOLD = {
	all: { match: 'all', not: false }, any: { match: 'any', not: false },
	none: { match: 'any', not: true }, notAll: { match: 'all', not: true },
};
const ARROWS = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'out',
	ArrowRight: 'in' };

const kindOf = ({ match, not }) => !not ? match
	: match === 'any' ? 'none' : 'notAll';
const textOf = (node) => isGroup(node)
	? `group, ${new Map(KINDS).get(kindOf(node))?.toLowerCase()}`
	: nodeText(node.leaf);

/** Alt and an arrow, Delete: for the innermost node that has the focus. */
const nodeKeys = (node, act, isRoot) => (e) => {
	const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);
	const move = e.altKey && ARROWS[e.key];

	if (e.defaultPrevented || (!move && e.key !== 'Delete') ||
		(typing && !(move && e.target.dataset.act)))
		return;
	e.preventDefault();
	if (!isRoot)
		(move ? act[move] : act.drop)(node.id);
};

/** Carrying by mouse: what one is above, and in which part of it. */
function useCarrying(node, act, carried) {
	const [over, setOver] = useState('');
	const whereOf = (e) => {
		const box = e.currentTarget.getBoundingClientRect();

		return isGroup(node) ? 'into'
			: e.clientY < box.top + box.height / 2 ? 'before' : 'behind';
	};

	return {
		over,
		grip: {
			draggable: true,
			onDragStart: (e) => {
				carried.current = node.id;
				e.dataTransfer.setData('text/plain', '');
				e.dataTransfer.setDragImage(
					e.currentTarget.parentElement, 0, 0);
			},
		},
		row: {
			onDragOver: (e) => {
				e.preventDefault();
				setOver(whereOf(e));
			},
			onDragLeave: () => setOver(''),
			onDrop: (e) => {
				e.preventDefault();
				setOver('');
				act.carry(carried.current, node.id, whereOf(e));
			},
		},
	};
}

function Tools({ node, level, act }) {
	const text = textOf(node);
	const tool = (name, icon, label, off = false) => html`<button
		type="button" class="ghost square" data-act=${name}
		aria-label=${`${label}: ${text}`} title=${label}
		aria-disabled=${String(off)} onClick=${() => off ||
		act[name](node.id)}><${Icon} name=${icon} /></button>`;

	return html`<span class="branch-tools">
		${tool('out', 'left', 'Move out of its group', level < 3)}
		${tool('in', 'right', 'Move into a group')}
		${tool('drop', 'cross', 'Take out')}
	</span>`;
}

const Count = ({ n }) => html`<span class="branch-count">
	${n !== undefined && html`<span aria-hidden="true">${count(n)}</span>
		<span class="unseen">, ${people(n)}</span>`}</span>`;

/** Esc leaves the condition, not the dialog. */
function Editor({ id, act, leaf, back }) {
	return html`<div class="branch-editor" onKeyDown=${(e) => {
		if (e.key !== 'Escape')
			return;
		e.preventDefault();
		e.stopPropagation();
		act.leave(id, back);
	}}><${FilterEditor} before=${leaf} word="Done" others=${act.others(id)}
		treeWith=${(next) => act.with(id, next, !leaf)}
		onApply=${(next) => leaf ? act.set(id, next)
		: act.add(id, condition(next), 'words')} /></div>`;
}

function Leaf({ node, level, joint, counts, editing, carried, act }) {
	const { over, grip, row } = useCarrying(node, act, carried);

	return html`<li class="branch" data-node=${node.id}
		onKeyDown=${nodeKeys(node, act, false)}>
		<div class=${`branch-row over-${over}`} ...${row}>
			<span class="grip" ...${grip}><${Icon} name="grip" /></span>
			<span class="branch-joint">${joint}</span>
			<button type="button" class="branch-words" data-act="words"
				aria-expanded=${String(editing === node.id)} onClick=${() =>
		act.edit(editing === node.id ? null : node.id)}>
				<${Words} node=${node.leaf} />
				<${Count} n=${counts.get(node.id)} /></button>
			<${Tools} ...${{ node, level, act }} />
		</div>
		${editing === node.id && html`<${Editor} id=${node.id} act=${act}
			leaf=${node.leaf} back="words" />`}
	</li>`;
}

function GroupHead({ node, level, joint, count: n, act, carrying }) {
	const isRoot = level === 1;
	const kinds = isRoot ? KINDS.slice(0, 2) : KINDS;

	return html`<div class=${`branch-row over-${carrying.over}`}
		...${carrying.row}>
		${!isRoot && html`<span class="grip" ...${carrying.grip}>
			<${Icon} name="grip" /></span>`}
		<span class="branch-joint">${joint}</span>
		<select class="field branch-match" data-act="match"
			aria-label=${isRoot ? 'Match' : 'Match, in this group'}
			value=${kindOf(node)} onChange=${(e) =>
		act.match(node.id, TOLD[e.target.value])}>
			${kinds.map(([kind, text]) => html`<option key=${kind}
				value=${kind}>${text}</option>`)}</select>
		<${Count} n=${n} />
		${!isRoot && html`<button type="button" class="ghost"
			onClick=${() => act.dissolve(node.id)}>Dissolve</button>
			<${Tools} ...${{ node, level, act }} />`}
	</div>`;
}

const jointOf = ({ match }) => match === 'all' ? 'and' : 'or';

/** @param {any} props node, level, counts by id, editing, carried, act */
export function GroupNode(props) {
	const { node, level, counts, editing, carried, act } = props;
	const carrying = useCarrying(node, act, carried);
	const adding = editing === node.id;

	return html`<li><div class="branch-group" data-node=${node.id}
		role="group" aria-label=${textOf(node)}
		onKeyDown=${nodeKeys(node, act, level === 1)}>
		<${GroupHead} ...${{ node, level, act, carrying }}
			joint=${props.joint} count=${counts.get(node.id)} />
		${node.nodes.length > 0 && html`<ul class="branches">
			${node.nodes.map((n, i) => html`<${isGroup(n) ? GroupNode : Leaf}
				key=${n.id} node=${n} level=${level + 1}
				joint=${i ? jointOf(node) : ''}
				...${{ counts, editing, carried, act }} />`)}</ul>`}
		${adding ? html`<${Editor} id=${node.id} act=${act} back="add" />`
		: html`<div class="branch-add branch-row">
			<button type="button" class="add" data-act="add" onClick=${() =>
		act.edit(node.id)}><${Icon} name="plus" /> Condition</button>
			<button type="button" class="add" data-act="group"
				onClick=${() => act.add(node.id, group(node.match === 'all'
		? 'any' : 'all'), 'match')}><${Icon} name="plus" /> Group</button>
			${!node.nodes.length && level > 1 && html`<span class="hint">
				Empty: left out</span>`}
		</div>`}
	</div></li>`;
}
