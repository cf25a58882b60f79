// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole filter as groups within groups, in a dialog: a draft, with how
// many people each of its nodes matches, that becomes the list when applied.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { nodeText } from '../lib/describe.js';
import { treeOf } from '../lib/filter.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { people } from '../lib/number.js';
import { ZONE } from '../lib/time.js';
import * as trees from '../lib/tree.js';
import { Dialog } from './dialog.js';
import { GroupNode } from './group-node.js';

const SETTLE = 150;
const ROOM = 'Groups nest at most 8 deep, with at most 200 conditions.';

const named = (b) => trees.isGroup(b) ? 'The group' : nodeText(b.leaf);

/** How many match each node, by its id, once the server has counted. */
function useCounts(root) {
	const tree = trees.cut(root);
	const found = useLoad(JSON.stringify(tree), (signal) =>
		api.count([tree], ZONE, signal), SETTLE);
	const told = found.data?.counts[0];

	return {
		error: found.error, total: told?.count,
		of: new Map(told && trees.idsOf(root).map((id, i) =>
			[id, told.nodes[i]])),
	};
}

/** A node that moves is drawn anew: the focus has to be taken along. */
function useFocusOn(list, root, editing) {
	const wanted = useRef(/** @type {any} */ (null));

	useLayoutEffect(() => {
		const { id, act } = wanted.current || {};
		const row = `[data-node="${id}"] > .branch-row`;
		const control = id && (list.current.querySelector(
			`${row} [data-act="${act}"]`) ?? list.current.querySelector(
			`${row} :is(button, select)`));

		control?.focus();
		wanted.current = null;
	}, [root, editing]);
	return (id, act) => {
		wanted.current = { id, act };
	};
}

const actNow = () => document.activeElement?.getAttribute('data-act') ?? '';

/** Where the focus goes when a node is gone: the next, the last, the group. */
function heirOf(root, id) {
	const path = trees.pathTo(root, id);
	const { nodes } = /** @type {any} */ (path[path.length - 2]);
	const at = nodes.indexOf(path[path.length - 1]);

	return (nodes[at + 1] ?? nodes[at - 1] ?? path[path.length - 2]).id;
}

/** Everything that can be done to the draft, by id. */
function useDraft(filter, list) {
	const [root, setRoot] = useState(() =>
		/** @type {trees.Group} */ (trees.grow(treeOf(filter))));
	const [editing, setEditing] = useState(/** @type {number|null} */ (null));
	const [said, setSaid] = useState('');
	const focusOn = useFocusOn(list, root, editing);
	const change = (next, id, act, text) => {
		const fits = trees.depthOf(next) <= trees.DEPTH &&
			trees.leavesOf(next) <= trees.LEAVES;

		if (next === root || !fits)
			return setSaid(fits ? '' : ROOM);
		focusOn(id, act);
		setSaid(text);
		setEditing(null);
		return setRoot(next);
	};
	const move = (make, text) => (id) => change(make(root, id), id, actNow(),
		`${named(trees.pathTo(root, id).pop())} ${text}`);

	return {
		root, editing, said, focusOn, setEditing, change,
		up: move((r, id) => trees.shift(r, id, -1), 'is one up'),
		down: move((r, id) => trees.shift(r, id, 1), 'is one down'),
		in: move(trees.into, 'is in a group'),
		out: move(trees.outOf, 'is out of its group'),
	};
}

function actionsOf({ root, focusOn, setEditing, change, ...moves }) {
	return {
		...moves,
		edit: (id) => setEditing(id),
		leave: (id, act) => {
			focusOn(id, act);
			setEditing(null);
		},
		set: (id, leaf) => change(trees.replace(root, id, (n) =>
			[{ ...n, leaf }]), id, 'words', ''),
		add: (id, node, act) => change(trees.inGroup(root, id, (g) =>
			({ ...g, nodes: [...g.nodes, node] })), node.id, act, ''),
		match: (id, told) => change(trees.inGroup(root, id, (g) =>
			({ ...g, ...told })), id, 'match', ''),
		drop: (id) => change(trees.without(root, id), heirOf(root, id),
			actNow(), 'Taken out'),
		dissolve: (id) => change(trees.dissolve(root, id), heirOf(root, id),
			'', 'The group is dissolved'),
		carry: (id, to, where) => change(trees.moveTo(root, id, to, where),
			id, 'words', 'Moved'),
		others: (id) => trees.besides(root, id),
		with: (id, leaf, isNew) => trees.cut(isNew
			? trees.inGroup(root, id, (g) => ({ ...g,
				nodes: [...g.nodes, trees.condition(leaf)] }))
			: trees.replace(root, id, (n) => [{ ...n, leaf }])),
	};
}

const filterOf = (root) => {
	const nodes = root.nodes.map(trees.cut).filter((n) =>
		JSON.stringify(n) !== '{"all":[]}');

	return { match: root.match, nodes };
};

/**
 * @param {{filter: import('../lib/filter.js').Filter, onClose: () => void,
 *   onApply: (filter: any) => void}} props
 */
export function FilterGroups({ filter, onClose, onApply }) {
	const list = useRef(/** @type {any} */ (null));
	const draft = useDraft(filter, list);
	const counts = useCounts(draft.root);
	const carried = useRef(0);

	return html`<${Dialog} title="Filter with groups" kind="broad"
		onClose=${onClose}>
		<div class="dialog-body stack">
			<ul class="branches" ref=${list}>
				<${GroupNode} node=${draft.root} level=${1} counts=${counts.of}
					editing=${draft.editing} carried=${carried}
					act=${actionsOf(draft)} />
			</ul>
			<p class="hint">Alt and an arrow key move what has the focus:
				up, down, into a group, out of it.</p>
			<div class="dialog-foot branch-foot">
				${counts.error
		? html`<p class="trouble" role="alert">${counts.error.message}</p>`
		: html`<p class="outcome" role="status">${counts.total === undefined
			? '…' : people(counts.total)}</p>`}
				<button type="button" onClick=${onClose}>Cancel</button>
				<button type="button" class="primary"
					onClick=${() => onApply(filterOf(draft.root))}>
					Apply filter</button>
			</div>
			<p class="unseen" role="status">${draft.said}</p>
		</div>
	</${Dialog}>`;
}
