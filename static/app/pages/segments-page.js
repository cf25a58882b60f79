// SPDX-License-Identifier: AGPL-3.0-or-later
// The segments: what each is, how many are in it right now, and all that can
// be done with one.  To open one is to list its people.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { count, people } from '../lib/number.js';
import { addressOfMembers, list } from '../lib/segments.js';
import { may } from '../lib/session.js';
import { instant } from '../lib/time.js';
import { go, route } from '../lib/url.js';
import { Icon } from '../parts/icon.js';
import { later } from '../parts/later.js';
import { EmptyNotice, ErrorNotice } from '../parts/notice.js';
import { CombineDialog, DeleteDialog, FreezeDialog }
	from '../parts/segment-acts.js';
import { SegmentExport } from '../parts/segment-export.js';
import { SegmentForm } from '../parts/segment-form.js';

/** @typedef {import('../lib/segments.js').Segment} Segment */

const ImportDialog = later(() =>
	import('../parts/segment-import.js').then((m) => m.SegmentImport));

const PAGE = 100;
const SETTLE = 150;

const DIALOGS = { create: SegmentForm, edit: SegmentForm,
	combine: CombineDialog, freeze: FreezeDialog, delete: DeleteDialog,
	export: SegmentExport, csv: ImportDialog };

/**
 * What can be done with one, by whom: act, word, and when.
 * @type {[string, string, (s: Segment) => boolean][]}
 */
const ACTS = [
	['edit', 'Edit', () => may('segments.edit')],
	['csv', 'Import file', (s) => s.kind === 'static' &&
		may('segments.edit') && may('users.edit')],
	['freeze', 'Freeze', (s) => s.kind === 'dynamic' && may('segments.edit')],
	['export', 'Export', (s) => !!s.size && may('download')],
	['delete', 'Delete', () => may('segments.edit')],
];

function Size({ segment }) {
	if (segment.size === null)
		return html`<span class="segment-size trouble">?</span>`;
	return html`<span class="segment-size" title=${people(segment.size)}>
		${count(segment.size)}<span class="unseen"> ${segment.size === 1
			? 'person' : 'people'}</span></span>`;
}

function Told({ segment }) {
	const { kind, createdBy, createdAt, neededBy } = segment;

	return html`<p class="hint segment-told">
		<span class="tag">${kind}</span>
		<span>${createdBy ? html`by <bdi>${createdBy.name}</bdi>, ` : ''}
			${instant(createdAt).short}</span>
		${neededBy.length > 0 && html`<span>needed by
			${' '}${neededBy.map((n, i) => html`${i > 0 && ', '}<bdi
				key=${n.id}>${n.name}</bdi>`)}</span>`}
	</p>`;
}

/** @param {{segment: Segment, onAct: (act: string, s: Segment) => void}} p */
function Row({ segment, onAct }) {
	return html`<li class="segment" data-segment=${segment.id}>
		<div class="segment-words">
			<h2><a href=${addressOfMembers(segment)}><bdi>${segment.name}</bdi>
				</a></h2>
			${segment.description && html`<p class="segment-about"><bdi>
				${segment.description}</bdi></p>`}
			${segment.sentence && html`<p class="segment-about"><bdi>
				${segment.sentence}</bdi></p>`}
			${segment.error && html`<p class="trouble">${segment.error}</p>`}
			<${Told} segment=${segment} />
		</div>
		<${Size} segment=${segment} />
		<div class="segment-acts">${ACTS.filter(([, , can]) => can(segment))
			.map(([act, text]) => html`<button key=${act} type="button"
				class="ghost" data-act=${act} onClick=${() =>
					onAct(act, segment)}>${text}
				<span class="unseen"> ${segment.name}</span></button>`)}</div>
	</li>`;
}

const Ghosts = () => html`<p class="unseen" role="status">Loading</p>
	<ul aria-hidden="true">${[0, 1, 2, 3].map((i) => html`<li key=${i}
		class="segment"><span class="bar"></span></li>`)}</ul>`;

function Nothing({ q, onCreate }) {
	if (q)
		return html`<${EmptyNotice} title="No segment is called that">
			<p>The name is looked for as it is written, in any case.</p>
		</${EmptyNotice}>`;
	return html`<${EmptyNotice} title="No segments yet" icon="filter">
		<p>A segment is a named list of people: kept by hand, or by a filter
			that is always current.</p>
		${may('segments.edit') && html`<button type="button"
			onClick=${onCreate}>Create one</button>`}</${EmptyNotice}>`;
}

/** One answer of the list, and what comes behind it when asked for. */
function Part({ q, after, turn, onAct, onTotal }) {
	const [more, setMore] = useState(false);
	const found = useLoad(JSON.stringify([q, after, turn]), (signal) =>
		list({ q, after, limit: PAGE }, signal), after ? 0 : SETTLE);
	const data = found.data ?? (found.loading &&
		JSON.parse(found.last?.key ?? '[]')[0] === q
		? found.last?.data : undefined);

	useEffect(() => {
		if (!after)
			onTotal(found.error ? undefined : data?.total);
	}, [data, found.error]);
	if (found.error)
		return html`<${ErrorNotice} title="The segments could not be loaded"
			error=${found.error} onRetry=${found.reload} />`;
	if (!data)
		return html`<${Ghosts} />`;
	if (!data.segments.length && !after)
		return html`<${Nothing} q=${q} onCreate=${() => onAct('create')} />`;
	return html`<ul aria-busy=${String(found.loading)}>
		${data.segments.map((s) => html`<${Row} key=${s.id} segment=${s}
			onAct=${onAct} />`)}</ul>
		${data.next && (more ? html`<${Part} key=${data.next} q=${q}
			after=${data.next} turn=${turn} onAct=${onAct} />`
		: html`<button type="button" class="segments-more" onClick=${() =>
			setMore(true)}>Show more</button>`)}`;
}

function Heading({ total, onAct }) {
	return html`<header class="page-head segments-head">
		<div class="page-title"><h1>Segments</h1>
			<output class="total" role="status">
				${total === undefined ? '' : count(total)}</output></div>
		${may('segments.edit') && html`<div class="segments-do">
			<button type="button" disabled=${!(total > 1)} onClick=${() =>
				onAct('combine')}>Combine</button>
			<button type="button" class="primary" onClick=${() =>
				onAct('create')}><${Icon} name="plus" /> Create</button>
		</div>`}
		<p class="sentence">Named lists of people, with exact sizes</p>
	</header>`;
}

/**
 * A filter in the address begins a new segment with it.
 * @param {Record<string, string>} query
 */
const begun = ({ f }) => f && may('segments.edit')
	? { act: 'create', f } : null;

export function SegmentsPage() {
	const main = useRef(/** @type {any} */ (null));
	const { query } = route.value;
	const q = query.q ?? '';
	const [total, setTotal] = useState(/** @type {any} */ (undefined));
	const [doing, setDoing] = useState(() => /** @type {any} */ (begun(query)));
	const [turn, setTurn] = useState(0);
	const [said, setSaid] = useState('');
	const Doing = doing && DIALOGS[doing.act];
	const act = (name, segment) => {
		setSaid('');
		setDoing({ act: name, segment });
	};

	useLayoutEffect(() => main.current.focus(), []);
	useEffect(() => {
		document.title = 'Segments – Rapport';
	}, []);
	return html`<main class="page segments-page" id="main" tabindex="-1"
		ref=${main}>
		<${Heading} total=${total} onAct=${act} />
		<div class="segments-find"><input type="search" class="field"
			aria-label="Find a segment" placeholder="Find a segment"
			value=${q} onInput=${(e) => go('/segments',
				{ q: e.target.value }, { replace: true })} /></div>
		<p class=${said ? 'good' : 'unseen'} role="status">${said}</p>
		<div class="segments"><${Part} key=${q} q=${q} after="" turn=${turn}
			onAct=${act} onTotal=${setTotal} /></div>
		${Doing && html`<${Doing} ...${doing} onClose=${() => setDoing(null)}
			onDone=${(text) => {
				setDoing(null);
				setSaid(text);
				setTurn(turn + 1);
			}} onChanged=${() => setTurn((n) => n + 1)} />`}
	</main>`;
}
