// SPDX-License-Identifier: AGPL-3.0-or-later
// A filter as a tree under the hand: every node has an id of its own, so that
// counts, focus and moves can speak of it.  A group matches all or any of
// what is in it, or (`not`) just the others.  Pure functions: a tree is never
// changed, a new one is made.  Empty groups are not part of the filter yet.

/**
 * @typedef {{id: number, leaf: any}} Condition
 * @typedef {{id: number, match: 'all'|'any', not: boolean,
 *   nodes: Branch[]}} Group
 * @typedef {Condition|Group} Branch
 */

/** What the server takes: levels of groups, and conditions in all. */
export const DEPTH = 8;
export const LEAVES = 200;

let last = 0;

/** @param {any} leaf @returns {Condition} */
export const condition = (leaf) => ({ id: ++last, leaf });

/** @param {'all'|'any'} match @param {Branch[]} nodes @returns {Group} */
export const group = (match, nodes = [], not = false) =>
	({ id: ++last, match, not, nodes });

/** @param {Branch} b @returns {b is Group} */
export const isGroup = (b) => 'nodes' in b;

/** @param {any} json a node as it is sent @returns {Branch} */
export function grow(json) {
	for (const match of /** @type {const} */ (['all', 'any']))
		if (Array.isArray(json?.[match]))
			return group(match, json[match].map(grow));
	if (!json || Array.isArray(json) || !('not' in json))
		return condition(json);
	const inner = grow(json.not);

	return isGroup(inner) && !inner.not ? { ...inner, not: true }
		: group('any', [inner], true);
}

const alive = (b) => !isGroup(b) || b.nodes.some(alive);

/** @param {Branch} b @returns {any} the node as it is sent */
export function cut(b) {
	if (!isGroup(b))
		return b.leaf;
	const nodes = b.nodes.filter(alive).map(cut);

	if (!b.not)
		return nodes.length ? { [b.match]: nodes } : { all: [] };
	return { not: nodes.length === 1 ? nodes[0] : { [b.match]: nodes } };
}

/** @param {Branch} b @returns {number[]} ids as `cut` walks; 0 for nobody's */
export function idsOf(b) {
	const nodes = isGroup(b) ? b.nodes.filter(alive) : [];
	const between = isGroup(b) && b.not && nodes.length !== 1 ? [0] : [];

	return [b.id, ...between, ...nodes.flatMap(idsOf)];
}

/** @param {Branch} b @returns {number} levels of groups */
export function depthOf(b) {
	if (!isGroup(b))
		return 0;
	return (b.not && b.nodes.length !== 1 ? 2 : 1) +
		Math.max(0, ...b.nodes.map(depthOf));
}

/** @param {Branch} b @returns {number} */
export const leavesOf = (b) => isGroup(b)
	? b.nodes.reduce((sum, n) => sum + leavesOf(n), 0) : 1;

/** @param {Branch} b @returns {Branch[]} from the root to it, or nothing */
export function pathTo(b, id) {
	if (b.id === id)
		return [b];
	for (const n of isGroup(b) ? b.nodes : []) {
		const found = pathTo(n, id);

		if (found.length)
			return [b, ...found];
	}
	return [];
}

/**
 * A tree in which what `make` answers stands in a node's place.
 * @param {Group} root
 * @param {number} id of any node but the root
 * @param {(node: any) => Branch[]} make
 * @returns {Group}
 */
export const replace = (root, id, make) => ({ ...root,
	nodes: root.nodes.flatMap((n) => n.id === id ? make(n)
		: isGroup(n) ? [replace(n, id, make)] : [n]) });

/**
 * @param {Group} root
 * @param {number} id of a group, which may be the root
 * @param {(g: Group) => Group} change
 * @returns {Group}
 */
export const inGroup = (root, id, change) => root.id === id ? change(root)
	: replace(root, id, (g) => [change(g)]);

/** @param {Group} root @param {number} id */
export const without = (root, id) => replace(root, id, () => []);

/** @param {Group} root @param {number} id what is in it takes its place */
export const dissolve = (root, id) => replace(root, id, (g) => g.nodes);

/** @param {Group} root @param {number} id its place among its siblings */
function placeOf(root, id) {
	const path = pathTo(root, id);
	const parent = /** @type {Group|undefined} */ (path[path.length - 2]);

	return { parent, above: /** @type {any} */ (path[path.length - 3]),
		node: path[path.length - 1],
		at: parent ? parent.nodes.findIndex((n) => n.id === id) : -1 };
}

/** @param {Group} root @param {number} id @param {number} by */
export function shift(root, id, by) {
	const { parent, node, at } = placeOf(root, id);

	if (!parent || !parent.nodes[at + by])
		return root;
	return inGroup(root, parent.id, (g) => {
		const nodes = g.nodes.filter((n) => n !== node);

		nodes.splice(at + by, 0, node);
		return { ...g, nodes };
	});
}

/** Out of its group, to behind it; a group left empty goes. */
export function outOf(root, id) {
	const { parent, above, node } = placeOf(root, id);

	if (!parent || !above)
		return root;
	const nodes = parent.nodes.filter((n) => n !== node);

	return replace(root, parent.id, () =>
		nodes.length ? [{ ...parent, nodes }, node] : [node]);
}

/** Into the group before it, or behind it, or else one made around it. */
export function into(root, id) {
	const { parent, node, at } = placeOf(root, id);
	const [before, after] = [parent?.nodes[at - 1], parent?.nodes[at + 1]];

	if (!parent)
		return root;
	if (before && isGroup(before))
		return inGroup(without(root, id), before.id, (g) =>
			({ ...g, nodes: [...g.nodes, node] }));
	if (after && isGroup(after))
		return inGroup(without(root, id), after.id, (g) =>
			({ ...g, nodes: [node, ...g.nodes] }));
	return replace(root, id, (n) =>
		[group(parent.match === 'all' ? 'any' : 'all', [n])]);
}

/**
 * To another place: into a group, or before or behind another node.
 * @param {Group} root
 * @param {number} id
 * @param {number} target not in what moves
 * @param {'into'|'before'|'behind'} where
 */
export function moveTo(root, id, target, where) {
	const { node } = placeOf(root, id);

	if (id === root.id || !node || pathTo(node, target).length)
		return root;
	const rest = without(root, id);

	return where === 'into'
		? inGroup(rest, target, (g) => ({ ...g, nodes: [...g.nodes, node] }))
		: replace(rest, target, (n) => where === 'before'
			? [node, n] : [n, node]);
}

/**
 * What else whoever meets a condition must meet: its siblings wherever all
 * are wanted, on the way up.  For suggestions that leave somebody.
 * @param {Group} root
 * @param {number} id of a condition or of the group it goes into
 */
export function besides(root, id) {
	const path = pathTo(root, id);
	const others = path.flatMap((g, i) =>
		isGroup(g) && g.match === 'all' && !g.not
			? g.nodes.filter((n) => n !== path[i + 1] && alive(n)) : []);

	return others.length ? JSON.stringify({ all: others.map(cut) }) : '';
}
