// SPDX-License-Identifier: AGPL-3.0-or-later
// The rows of a shared view: read only, in any order of its own columns.
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { orderOf, sortBy } from '../lib/listing.js';
import { Cell } from './cell.js';
import { Icon } from './icon.js';
import { EmptyNotice } from './notice.js';

const GHOSTS = Array.from({ length: 10 }, (_, i) => i);
const NONE = [{ name: '', label: '', type: 'text' }];

function Head({ column, listing, onSort }) {
	const order = orderOf(listing, column.name);

	return html`<th scope="col" aria-sort=${order}
		class=${`is-${column.type}`}>
		<button type="button" class="sort"
			onClick=${() => onSort(sortBy(listing, column))}>
			<bdi>${column.label}</bdi>
			<span class="sort-mark"><${Icon}
				name=${order === 'descending' ? 'down' : 'up'} /></span>
		</button></th>`;
}

const Rows = ({ users, columns }) => users.map((user, i) => html`<tr key=${i}>
	${columns.map((c) => html`<td key=${c.name} class=${`is-${c.type}`}>
		<${Cell} type=${c.type} value=${user[c.name]} /></td>`)}</tr>`);

const Ghosts = ({ columns }) => GHOSTS.map((i) => html`<tr key=${i}
	class="ghost-row" aria-hidden="true">${columns.map((c) => html`<td
		key=${c.name}><span class="bar"></span></td>`)}</tr>`);

/**
 * @param {{data: any, columns: any[]|undefined, listing: any,
 *   onSort: (sort: string) => void}} props data: none yet shows ghosts
 */
export function SharedTable({ data, columns = NONE, listing, onSort }) {
	const frame = useRef(/** @type {any} */ (null));

	useEffect(() => {
		frame.current.scrollTop = 0;
	}, [listing.after, listing.sort]);
	return html`<div class="table-frame" role="region" tabindex="0"
		ref=${frame} aria-label="People, table">
		<table class="table" aria-busy=${String(!data)}>
			<caption class="unseen">People, page ${listing.page}</caption>
			<colgroup>${columns.map((c) => html`<col key=${c.name}
				class=${`col-${c.type}`} />`)}</colgroup>
			<thead><tr>${columns === NONE ? html`<td></td>`
		: columns.map((c) => html`<${Head} key=${c.name} column=${c}
				...${{ listing, onSort }} />`)}</tr></thead>
			<tbody>${data
		? html`<${Rows} users=${data.users} columns=${columns} />`
		: html`<${Ghosts} columns=${columns} />`}</tbody>
		</table>
		${data?.total === 0 && html`<${EmptyNotice} title="Nobody is in it">
			<p>The view is there, but no one fits it now.</p>
			</${EmptyNotice}>`}
	</div>`;
}
