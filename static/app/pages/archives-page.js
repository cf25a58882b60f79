// SPDX-License-Identifier: AGPL-3.0-or-later
// The archives: chats, the latest opening first, found by what was said in
// them and what they are.  The whole state is the address, as with the users.
import { useCallback, useEffect, useLayoutEffect, useRef, useState }
	from 'preact/hooks';
import * as archive from '../lib/archive.js';
import { html } from '../lib/html.js';
import { useKey } from '../lib/keys.js';
import { firstPage, nextPage, pageBefore } from '../lib/listing.js';
import { useLoad } from '../lib/load.js';
import { count, counted } from '../lib/number.js';
import { picking } from '../lib/picked.js';
import { may } from '../lib/session.js';
import { go, keep, route } from '../lib/url.js';
import { ArchiveFilters } from '../parts/archive-filters.js';
import { ArchiveRow, SearchForm } from '../parts/archive-row.js';
import { Icon } from '../parts/icon.js';
import { later } from '../parts/later.js';
import { EmptyNotice, ErrorNotice } from '../parts/notice.js';
import { Pager } from '../parts/pager.js';
import { PickPage, Selected } from '../parts/pick.js';

const ChatExport = later(() =>
	import('../parts/chat-export.js').then((m) => m.ChatExport),
'/css/later/export.css');

const PATH = '/archives';

/** Which chats are selected. */
const usePicked = picking();

/** @param {any} a */
const show = (a) => go(PATH, archive.queryOf(a), { kept: { trail: a.trail } });

const plain = (e) => !e.ctrlKey && !e.metaKey && !e.shiftKey && !e.altKey &&
	e.button === 0;

/** Opens a chat in this tab, so that Back finds its row again. */
const opening = (q) => (e, id, at) => {
	if (!plain(e))
		return;
	e.preventDefault();
	keep({ row: id });
	go(`${PATH}/${id}`, { q, at }, { kept: { came: true } });
};

const all = (chats, of) => [...new Set(chats.flatMap(of))].filter(Boolean)
	.sort((a, b) => a.localeCompare(b));

/** What can be chosen without asking: what is on screen. */
const knownOf = (chats) => ({ tags: all(chats, (c) => c.tags),
	assignees: all(chats, (c) => [c.assigneeId, ...c.managerIds]),
	sources: all(chats, (c) => c.source) });

const Ghosts = () => html`<p class="unseen" role="status">Loading</p>
	<ul aria-hidden="true" class="chat-list">${[0, 1, 2, 3, 4].map((i) => html`
		<li key=${i} class="chat-row"><span class="bar"></span></li>`)}</ul>`;

function Nothing({ a, total }) {
	if (total > 0)
		return html`<${EmptyNotice} title="This page is empty now">
			<button type="button" onClick=${() => show(firstPage(a))}>
				First page</button></${EmptyNotice}>`;
	if (!archive.isWide(a))
		return html`<${EmptyNotice} title="No chat matches">
			<p>${a.q ? 'Words are found whole; word* finds those that begin ' +
		'with it, "two words" finds them side by side.'
		: 'No chat fits all of this together.'}</p>
			<button type="button" onClick=${() => show(archive.wide(a))}>
				Show all chats</button></${EmptyNotice}>`;
	return html`<${EmptyNotice} title="No chats yet" icon="chat">
		<p>Chats appear as soon as their events arrive at
			${' '}<code>/api/v1/events</code>.</p></${EmptyNotice}>`;
}

/** Arrows go from chat to chat. */
function byArrows(e) {
	const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
	const links = [...e.currentTarget.querySelectorAll('.chat-link')];
	const here = links.findIndex((l) => l.closest('.chat-row')
		.contains(e.target));

	if (!step || e.altKey || e.ctrlKey || e.metaKey)
		return;
	e.preventDefault();
	links[here + step]?.focus();
}

function List({ chats, a, busy, picked, onPick }) {
	const list = useRef(/** @type {any} */ (null));
	const { row } = route.value.kept;

	useLayoutEffect(() => {
		list.current.querySelector(`[data-chat="${Number(row)}"] .chat-link`)
			?.focus();
	}, []);
	return html`<label class="chat-page-pick"><${PickPage}
			ids=${chats.map((c) => c.id)} ...${{ picked, onPick }} />
			<span class="hint" aria-hidden="true">This page</span></label>
		<ul class="chat-list" ref=${list} aria-busy=${String(busy)}
			aria-label="Chats" onKeyDown=${byArrows}>
			${chats.map((c) => html`<${ArchiveRow} key=${c.id} chat=${c}
				q=${a.q} onOpen=${opening(a.q)} picked=${picked.has(c.id)}
				onPick=${(on) => onPick([c.id], on)} />`)}</ul>`;
}

function Body({ found, a, error, ...picks }) {
	const { data, loading } = found;

	if (error)
		return html`<${ErrorNotice} title="The chats could not be loaded"
			error=${error} onRetry=${a.broken ? undefined : found.reload}>
			<button type="button" onClick=${() => show(archive.wide(a))}>
				Show all chats</button></${ErrorNotice}>`;
	if (!data)
		return html`<${Ghosts} />`;
	if (!data.chats.length)
		return html`<${Nothing} a=${a} total=${data.total} />`;
	return html`<${List} chats=${data.chats} busy=${loading}
		...${{ a, ...picks }} />`;
}

function Heading({ total, a, n, onClear, onExport }) {
	return html`<header class="page-head">
		<div class="page-title"><h1>Archives</h1>
			<output class="total" role="status">
				<span class="total-number" aria-hidden="true">
					${total === undefined ? '' : count(total)}</span>
				<span class="unseen">${total === undefined ? 'Counting'
		: counted(total, 'chat') + (a.page > 1 ? `, page ${a.page}` : '')}</span>
			</output></div>
		${may('download') && html`<div class="page-acts"><button type="button"
			onClick=${onExport} disabled=${!total}>
			<${Icon} name="download" /> ${n ? 'Export selected'
		: 'Export what was found'}</button></div>`}
		${n ? html`<${Selected} what=${counted(n, 'chat')}
			...${{ total, onClear }} />`
		: html`<p class="sentence">What was said, the latest first</p>`}
	</header>`;
}

/** The chats of an address, which of them are selected, or what is wrong. */
function useArchive() {
	const a = archive.readArchive(route.value);
	const asked = archive.askedOf(a);
	const found = useLoad(a.broken ? null : JSON.stringify(asked), (signal) =>
		archive.chats(asked, signal));

	return { a, found, error: a.broken ? { message: a.broken } : found.error,
		...usePicked(JSON.stringify(archive.queryOf(
			/** @type {any} */ (firstPage(a))))) };
}

/** The words as they are typed; the address may say others meanwhile. */
function useDraft(q) {
	const [draft, setDraft] = useState(q);

	useEffect(() => setDraft(q), [q]);
	return [draft, setDraft];
}

export function ArchivesPage() {
	const { a, found, error, picked, onPick, clear } = useArchive();
	const [draft, setDraft] = useDraft(a.q);
	const field = useRef(/** @type {any} */ (null));
	const { data } = found;
	const [exporting, setExporting] = useState(false);
	const change = (what) => show(firstPage({ ...a, ...what }));

	useKey('/', useCallback(() => {
		field.current.focus();
		field.current.select();
	}, []));
	useEffect(() => {
		document.title = 'Archives – Rapport';
	}, []);
	return html`<main class="page archives-page" id="main" tabindex="-1">
		<${Heading} total=${error ? undefined : data?.total} a=${a}
			n=${error ? 0 : picked.size} onClear=${clear}
			onExport=${() => setExporting(true)} />
		<${SearchForm} field=${field} draft=${draft} onDraft=${setDraft}
			label=${'Words, "a phrase" or begin*'}
			onSearch=${(q) => change({ q })} />
		<${ArchiveFilters} of=${a} change=${change} error=${error}
			known=${knownOf((data ?? found.last?.data)?.chats ?? [])} />
		<div class="archive-body"><${Body}
			...${{ found, a, error, picked, onPick }} /></div>
		<${Pager} page=${a.page} rows=${error ? 0 : data?.chats.length ?? 0}
			total=${data?.total}
			onBefore=${a.after ? () => show(pageBefore(a)) : null}
			onNext=${data?.next ? () => show(nextPage(a, data.next)) : null} />
		${exporting && html`<${ChatExport} asked=${picked.size
		? { ids: [...picked] } : archive.exportOf(a)}
			onClose=${() => setExporting(false)} />`}
	</main>`;
}
