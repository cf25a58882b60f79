// SPDX-License-Identifier: AGPL-3.0-or-later
// The filters of a list, read from left to right as a sentence, and the way
// to add, change and take them out.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import * as filters from '../lib/filter.js';
import { html } from '../lib/html.js';
import { useKey } from '../lib/keys.js';
import { FilterChip } from './filter-chip.js';
import { Icon } from './icon.js';
import { later } from './later.js';

const FilterGroups = later(() =>
	import('./filter-groups.js').then((m) => m.FilterGroups),
'/css/later/groups.css');

const loadEditor = () =>
	import('./leaf-popover.js').then((m) => m.LeafPopover);
const LeafPopover = later(loadEditor);

/** Once all is quiet, so that no key pressed after `/` comes too early. */
const WARM = 1000;

function warm() {
	const timer = setTimeout(() => loadEditor().catch(() => {}), WARM);

	return () => clearTimeout(timer);
}

const NEW = -1;
const GROUPS = -2;

/** The other filters, where all are wanted. */
const othersOf = (filter, at) => filter.match === 'all'
	? filters.write(filters.drop(filter, at)) : '';

function Match({ match, onMatch }) {
	return html`<select class="field match" aria-label="Match"
		value=${match} onChange=${(e) => onMatch(e.target.value)}>
		<option value="all">Match all filters</option>
		<option value="any">Match any filter</option>
	</select>`;
}

function Chips({ filter, nodes, wrong, editing, anchors, onEdit, onRemove }) {
	const word = filter.match === 'all' ? 'and' : 'or';
	const many = filter.nodes.length > 1;
	const places = filters.preorder(filter);

	return filter.nodes.map((node, i) => html`<li key=${i}>
		${i > 0 && html`<span class="chip-joint">${word}</span>`}
		<${FilterChip} node=${node} wrong=${wrong === i}
			matching=${many ? nodes?.[places[i]] : undefined}
			open=${editing === i}
			anchor=${(el) => {
		anchors.current[i] = el;
	}} onEdit=${() => onEdit(i)} onRemove=${() => onRemove(i)} />
	</li>`);
}

function Editing({ at, anchor, filter, onClose, onChange }) {
	const place = at === NEW ? filter.nodes.length : at;

	if (at === GROUPS)
		return html`<${FilterGroups} filter=${filter} onClose=${onClose}
			onApply=${onChange} />`;
	return html`<${LeafPopover} anchor=${anchor} onClose=${onClose}
		label=${at === NEW ? 'Add filter' : 'Change filter'}
		others=${othersOf(filter, place)} before=${filter.nodes[place]}
		treeWith=${(leaf) => filters.treeOf(filters.put(filter, place, leaf))}
		onApply=${(leaf) => onChange(filters.put(filter, place, leaf))} />`;
}

const Clear = ({ onClear }) => html`<li><button type="button" class="ghost"
	onClick=${onClear}>Clear</button></li>`;

/**
 * @param {{filter: filters.Filter, nodes: number[]|undefined, wrong: number,
 *   onChange: (filter: filters.Filter) => void, addKey?: string}} props
 *   nodes: how many match each node of the tree; wrong: the one the server
 *   refused, or -1; addKey: the key that adds one
 */
export function FilterBar({ filter, nodes, wrong, onChange, addKey = '/' }) {
	const [editing, setEditing] = useState(/** @type {number|null} */ (null));
	const anchors = useRef(/** @type {any} */ ({}));
	const add = useRef(/** @type {any} */ (null));
	const close = useCallback(() => setEditing(null), []);
	const toggle = (at) => setEditing(editing === at ? null : at);
	const change = (next) => {
		close();
		add.current.focus();
		onChange(next);
	};

	useEffect(close, [filters.write(filter)]);
	useEffect(warm, []);
	useKey(addKey, useCallback(() => setEditing(NEW), []));
	useKey('g', useCallback(() => setEditing(GROUPS), []));
	return html`<div class="filter-bar" role="group" aria-label="Filters">
		${filter.nodes.length > 1 && html`<${Match} match=${filter.match}
			onMatch=${(match) => onChange({ ...filter, match })} />`}
		<ul class="chips">
			<${Chips} ...${{ filter, nodes, wrong, editing, anchors }}
				onEdit=${(i) => Array.isArray(filter.nodes[i])
		? toggle(i) : setEditing(GROUPS)}
				onRemove=${(i) => change(filters.drop(filter, i))} />
			<li><button type="button" class="add" ref=${add}
				aria-expanded=${String(editing === NEW)}
				onClick=${() => toggle(NEW)}>
				<${Icon} name="plus" /> Add filter</button></li>
			<li><button type="button" class="ghost" onClick=${() =>
		setEditing(GROUPS)}><${Icon} name="filter" /> Groups</button></li>
			${filter.nodes.length > 0 && html`<${Clear} onClear=${() =>
		change(filters.EVERYBODY)} />`}
		</ul>
		${editing !== null && html`<${Editing} key=${editing} at=${editing}
			anchor=${editing === NEW ? add
		: { current: anchors.current[editing] }}
			filter=${filter} onClose=${close} onChange=${change} />`}
	</div>`;
}
