// SPDX-License-Identifier: AGPL-3.0-or-later
// A filter's nodes in words, from the labels the server gave: what the chips
// say.  Whatever is not understood is shown as it stands, never hidden.
import { operatorOf, subjectOf } from './attributes.js';
import { numberText } from './metrics.js';
import { number } from './number.js';
import * as time from './time.js';

/** How often and since when: `{"atLeast": 3, "inLast": "30d"}`. */
const isOften = (v) => v && typeof v === 'object' && Object.entries(v).every(
	([key, x]) => key === 'inLast' ? typeof x === 'string'
		: key === 'atLeast' && typeof x === 'number');
const oftenText = ({ atLeast = 1, inLast }) => [
	atLeast !== 1 && `at least ${number(atLeast)} times`,
	inLast && `in the last ${time.span(inLast)}`,
].filter(Boolean).join(' ');

/**
 * @param {unknown} value
 * @param {{type: string}|undefined} attribute
 * @param {string|undefined} kind what the operator takes
 */
export function valueText(value, attribute, kind) {
	if (isOften(value))
		return oftenText(/** @type {any} */ (value));
	if (kind === 'span')
		return time.span(value);
	if (kind === 'number' && value && typeof value === 'object')
		return numberText(value, time.period);
	if (typeof value === 'number')
		return number(value);
	if (attribute?.type === 'date' || attribute?.type === 'instant')
		return /T/.test(String(value))
			? time.instant(value).short : time.date(value);
	return typeof value === 'string' ? value : JSON.stringify(value);
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/**
 * A leaf in three parts, so that they can be set apart in type.
 * @param {any[]} leaf
 * @returns {{label: string, operator: string, value: string}}
 */
export function leafWords(leaf) {
	const [name, operator, ...values] = leaf;
	const attribute = subjectOf(leaf);
	const op = operatorOf(attribute, operator);
	const texts = values.map((v) => valueText(v, attribute, op?.values));
	const joint = op?.values === 'two' ? ' and ' : ' or ';

	if (op?.values === 'number')
		return { label: '', operator: capital(op.label), value: texts[0] };
	return {
		label: op?.says ?? attribute?.label ?? String(name),
		operator: op?.says ? '' : op?.label ?? String(operator),
		value: texts.join(op?.name === 'hasAll' ? ' and ' : joint),
	};
}

/**
 * Any node as one line of text.
 * @param {any} node
 * @returns {string}
 */
export function nodeText(node) {
	if (Array.isArray(node)) {
		const { label, operator, value } = leafWords(
			/** @type {any} */ (node));

		return [label, operator, value].filter(Boolean).join(' ');
	}
	for (const [key, word] of [['all', ' and '], ['any', ' or ']])
		if (Array.isArray(node?.[key]))
			return `(${node[key].map(nodeText).join(word)})`;
	if (node && typeof node === 'object' && 'not' in node)
		return `not ${nodeText(node.not)}`;
	return JSON.stringify(node);
}
