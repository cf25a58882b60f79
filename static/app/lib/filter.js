// SPDX-License-Identifier: AGPL-3.0-or-later
// The filter as the panel edits it: a root that matches all or any of its
// nodes.  A node is a leaf or a whole tree that came with the address; trees
// are kept and shown as they are.  Pure functions, no copy of any table.

/**
 * @typedef {any[]} Leaf `["attribute", "operator", value…]`
 * @typedef {Leaf|{all: any[]}|{any: any[]}|{not: any}} Node
 * @typedef {{match: 'all'|'any', nodes: Node[]}} Filter
 */

/** @type {Filter} */
export const EVERYBODY = { match: 'all', nodes: [] };

/**
 * @param {string|undefined} text JSON of a tree, or nothing for everybody
 * @returns {Filter}
 * @throws {SyntaxError} when it is not JSON
 */
export function parse(text) {
	if (!text)
		return EVERYBODY;
	const tree = JSON.parse(text);

	for (const match of /** @type {const} */ (['all', 'any']))
		if (onlyKey(tree) === match && Array.isArray(tree[match]))
			return { match, nodes: tree[match] };
	return { match: 'all', nodes: [tree] };
}

function onlyKey(tree) {
	const keys = tree && typeof tree === 'object' ? Object.keys(tree) : [];

	return keys.length === 1 ? keys[0] : '';
}

/** @param {Filter} filter */
export const treeOf = ({ match, nodes }) => ({ [match]: nodes });

/** @param {Filter} filter what goes into the address and to the server */
export const write = (filter) => filter.nodes.length
	? JSON.stringify(treeOf(filter)) : '';

/** @param {Filter} filter @param {number} i @param {Node} node */
export function put(filter, i, node) {
	const nodes = filter.nodes.slice();

	nodes[i] = node;
	return { ...filter, nodes };
}

/** @param {Filter} filter @param {number} i */
export const drop = (filter, i) => ({
	...filter, nodes: filter.nodes.filter((_, at) => at !== i),
});

/**
 * Which node an error's path (`/all/1/any/0`) speaks of, or -1.
 * @param {string} path
 */
export function nodeAt(path) {
	const m = /^\/?(?:f\/)?(?:all|any)\/(\d+)/.exec(path || '');

	return m ? Number(m[1]) : -1;
}

/**
 * Where each node of the root stands when a tree is walked in pre-order.
 * @param {Filter} filter
 * @returns {number[]}
 */
export function preorder(filter) {
	let at = 1;

	return filter.nodes.map((node) => {
		const here = at;

		at += sizeOf(node);
		return here;
	});
}

function sizeOf(node) {
	if (Array.isArray(node) || !node || typeof node !== 'object')
		return 1;
	const [inside] = Object.values(node);
	const children = 'not' in node ? [inside] : inside;

	return 1 + (Array.isArray(children) ? children : [])
		.reduce((sum, child) => sum + sizeOf(child), 0);
}
