// SPDX-License-Identifier: AGPL-3.0-or-later
// The people, one a row.  Widths depend on the columns alone, never on what
// is in them, so nothing moves when rows arrive.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { attributeOf } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { orderOf } from '../lib/listing.js';
import { addressOf } from '../lib/url.js';
import { Cell, Person } from './cell.js';
import { Icon } from './icon.js';
import { later } from './later.js';
import { Pick, PickPage } from './pick.js';

const ColumnPicker = later(() =>
	import('./column-picker.js').then((m) => m.ColumnPicker));

const NAME = 'default_name';
const GHOSTS = Array.from({ length: 14 }, (_, i) => i);

/** A column that is not in the table still has a head to be removed by. */
const columnOf = (name) => attributeOf(name) ??
	{ name, label: name, type: 'text', sortable: false };

function Head({ column, listing, onSort, children }) {
	const order = orderOf(listing, column.name);

	if (!column.sortable)
		return html`<th scope="col">${children}
			<bdi>${column.label}</bdi></th>`;
	return html`<th scope="col" aria-sort=${order}
		class=${`is-${column.type}`}>${children}
		<button type="button" class="sort" onClick=${() => onSort(column)}>
			<bdi>${column.label}</bdi>
			<span class="sort-mark"><${Icon}
				name=${order === 'descending' ? 'down' : 'up'} /></span>
		</button></th>`;
}

/** The column heads; the first one selects the page, too. */
function Heads({ columns, listing, onSort, rows, picked, onPick }) {
	const ids = (rows ?? []).map((u) => u.id);

	return columns.map((c, i) => html`<${Head} key=${c.name} column=${c}
		listing=${listing} onSort=${onSort}>
		${!i && html`<${PickPage} ...${{ ids, picked, onPick }} />`}
		</${Head}>`);
}

/** The first cell's value leads to the person. */
function Link({ user, onOpen, children }) {
	return html`<a class="row-link" href=${addressOf(`/users/${user.id}`)}
		onClick=${(e) => {
		if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey)
			return;
		e.preventDefault();
		onOpen(user.id);
	}}>${children}</a>`;
}

/** Up and down from row to row. */
function rowKeys(e) {
	const row = e.currentTarget;
	const next = { ArrowUp: row.previousElementSibling,
		ArrowDown: row.nextElementSibling }[e.key];

	if (next) {
		e.preventDefault();
		next.querySelector('.row-link').focus();
	}
}

function Row({ user, columns, onOpen, picked, onPick }) {
	const value = ({ name, type }) => name === NAME
		? html`<${Person} id=${user.id} name=${user[name]} />`
		: html`<${Cell} type=${type} value=${user[name]} />`;
	const inner = (column, i) => i ? value(column)
		: html`<span class="first"><${Pick} on=${picked.has(user.id)}
			label=${`Select ${user[NAME] ?? `user ${user.id}`}`}
			onPick=${(on) => onPick([user.id], on)} />
			<${Link} ...${{ user, onOpen }}>${value(column)}</${Link}></span>`;

	return html`<tr data-user=${user.id} onKeyDown=${rowKeys}
		onClick=${(e) => e.target.closest('a, button, input, label') ||
		!getSelection()?.isCollapsed || onOpen(user.id)}>
		${columns.map((c, i) => html`<${c.name === NAME ? 'th' : 'td'}
			scope=${c.name === NAME ? 'row' : undefined} key=${c.name}
			class=${c.name === NAME ? '' : `is-${c.type}`}>
			${inner(c, i)}</${c.name === NAME ? 'th' : 'td'}>`)}
		<td></td></tr>`;
}

function Ghost({ columns }) {
	return html`<tr class="ghost-row" aria-hidden="true">${columns.map((c) =>
		html`<td key=${c.name}><span class="bar"></span></td>`)}
		<td></td></tr>`;
}

/**
 * The button for the head of the table, and the panel for beside it: a panel
 * inside a header cell would be read out as part of the header.
 */
function usePicker(columns, onColumns) {
	const [open, setOpen] = useState(false);
	const anchor = useRef(/** @type {any} */ (null));
	const close = useCallback(() => setOpen(false), []);

	return {
		button: html`<button type="button" class="ghost square" ref=${anchor}
			aria-label="Columns" aria-expanded=${String(open)}
			title="Choose columns" onClick=${() => setOpen(!open)}>
			<${Icon} name="plus" /></button>`,
		panel: open && html`<${ColumnPicker} ...${{ columns, anchor }}
			onClose=${close} onColumns=${onColumns} />`,
	};
}

/** The row one has come back from, once. */
function useFocusOn(frame, id, ready) {
	const [wanted] = useState(id);

	useEffect(() => {
		if (ready && wanted)
			frame.current.querySelector(
				`[data-user="${wanted}"] .row-link`)?.focus();
	}, [ready]);
}

function toTop(frame) {
	frame.scrollTop = 0;
	if (frame.getBoundingClientRect().top < 0)
		frame.scrollIntoView();
}

/**
 * @param {{listing: import('../lib/listing.js').Listing, place: string,
 *   columns: string[], rows: any[]|null, busy: boolean, caption: string,
 *   picked: Set<number>, onPick: (ids: number[], on: boolean) => void,
 *   row?: number, onOpen: (id: number) => void,
 *   onSort: (attribute: any) => void,
 *   onColumns: (columns: string[]|null) => void, children?: any}} props
 *   rows null: ghosts; place: another one is read from its top; row: whose
 *   row gets the focus when it comes
 */
export function UsersTable(props) {
	const columns = props.columns.map(columnOf);
	const { rows, busy } = props;
	const frame = useRef(/** @type {any} */ (null));
	const picker = usePicker(props.columns, props.onColumns);

	useEffect(() => toTop(frame.current), [props.place]);
	useFocusOn(frame, props.row, !!rows);
	return html`<div class="table-frame" role="region" tabindex="0"
		ref=${frame}
		aria-label="Users, table">
		<table class="table" aria-busy=${String(busy)}>
			<caption class="unseen">${props.caption}</caption>
			<colgroup>
				${columns.map((c) => html`<col key=${c.name}
					class=${c.name === NAME ? 'col-name'
		: `col-${c.type}`} />`)}
				<col class="col-end" />
			</colgroup>
			<thead><tr>
				<${Heads} ...${props} columns=${columns} />
				<th class="end">${picker.button}</th>
			</tr></thead>
			<tbody>
				${rows
		? rows.map((u) => html`<${Row} key=${u.id} user=${u}
					columns=${columns} onOpen=${props.onOpen}
					picked=${props.picked} onPick=${props.onPick} />`)
		: GHOSTS.map((i) => html`<${Ghost} key=${i}
					columns=${columns} />`)}
			</tbody>
		</table>
		${props.children}
		${picker.panel}
	</div>`;
}
