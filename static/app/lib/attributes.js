// SPDX-License-Identifier: AGPL-3.0-or-later
// The attribute table as the server tells it.  The panel knows none of its
// own: labels, types, operators and defaults all come from here.
import { signal } from '@preact/signals';
import * as api from './api.js';
import { useLoad } from './load.js';

/**
 * @typedef {{name: string, label: string, values: string, says?: string}}
 *   Operator says: how the sentence begins, instead of both labels
 * @typedef {{name: string, label: string, type: string,
 *   operators: Operator[], sortable: boolean, editable: boolean,
 *   default: boolean, custom: boolean, session: boolean, count: number,
 *   position: number}} Attribute
 */

/** @type {import('@preact/signals').Signal<Map<string, Attribute>>} */
export const table = signal(new Map());

/**
 * What people did and said, and are counted in: asked for like attributes, but
 * no columns.  What is `kept` comes from elsewhere: it is changed, not made.
 */
export const acts = signal(/** @type {any[]} */ ([]));

function setTable({ attributes, behaviours, said, counted }) {
	const inOrder = attributes.sort((a, b) => a.position - b.position);

	table.value = new Map(inOrder.map((a) => [a.name, a]));
	acts.value = [
		...behaviours.map((a) => ({ ...a, group: 'What they did' })),
		...said ? [{ ...said, group: 'What they said' }] : [],
		...counted ? [{ ...counted, kept: true,
			group: 'What they are counted in' }] : [],
	];
}

/** Loads the table, anew for each page that stands on it. */
export const useAttributes = () => useLoad('attributes', async (stop) => {
	setTable(await api.attributes(stop));
	return true;
});

/** @param {any} name @returns {Attribute|undefined} */
export const attributeOf = (name) => table.value.get(name);

/**
 * @param {Attribute|undefined} attribute
 * @param {any} name
 * @returns {Operator|undefined}
 */
export const operatorOf = (attribute, name) =>
	attribute?.operators.find((op) => op.name === name);

/**
 * What a leaf speaks of.  The operator decides: an attribute may be called
 * as something people do is.
 * @param {any[]} leaf
 * @returns {any} an attribute, or one of the acts, or nothing
 */
export const subjectOf = ([name, operator]) => acts.value.find((a) =>
	a.name === name && operatorOf(a, operator)) ?? attributeOf(name);

/** The columns shown unless somebody chose others. */
export const defaultColumns = () =>
	[...table.value.values()].filter((a) => a.default).map((a) => a.name);

/** @param {Attribute} a where it comes from, in a word, or nothing */
export const originOf = (a) => a.session ? 'last session'
	: a.custom ? 'custom' : '';
