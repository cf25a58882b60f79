// SPDX-License-Identifier: AGPL-3.0-or-later
// What happened to a person, newest first, a page at a time.  A page that does
// not come takes nothing away from those that are there.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { may } from '../lib/session.js';
import * as api from '../lib/user-api.js';
import { Moment, together } from './moment.js';

const PAGE = 30;

const KINDS = [['', 'Everything'], ['message', 'Messages'],
	['change', 'Values'], ['segment', 'Segments'],
	['consent,validity', 'Consent and reach'], ['flow', 'Flows'],
	['event', 'Events'], ['merge', 'Merges']];

const EMPTY = { list: [], next: '', busy: true, error: null };

/** Pages so far; another person, kind or turn begins anew. */
function usePages(id, kinds, turn) {
	const [state, setState] = useState(/** @type {any} */ (EMPTY));
	const stop = useRef(new AbortController());
	const load = async (list, after) => {
		const { signal } = stop.current;

		setState((s) => ({ ...s, busy: true, error: null }));
		try {
			const page = await api.timeline(id, { kinds, after, limit: PAGE },
				signal);

			if (!signal.aborted)
				setState({ list: [...list, ...page.timeline],
					next: page.next, busy: false, error: null });
		} catch (error) {
			if (!signal.aborted)
				setState((s) => ({ ...s, busy: false, error }));
		}
	};

	useEffect(() => {
		stop.current = new AbortController();
		load([], '');
		return () => stop.current.abort();
	}, [id, kinds, turn]);
	return { ...state, more: () => load(state.list, state.next),
		again: () => load(state.next ? state.list : [], state.next) };
}

function List({ pages }) {
	const { list, next, busy, error } = pages;

	return html`
		<ol class="timeline" aria-label="Timeline" aria-busy=${String(busy)}>
			${together(list).map((m, i) => html`<${Moment}
				key=${`${i} ${m.at}`} m=${m} />`)}</ol>
		${!busy && !error && !list.length && html`<p class="hint">Nothing.</p>`}
		${error && html`<p class="trouble" role="alert">${error.message}
			${' '}<button type="button" class="link" onClick=${pages.again}>
			Try again</button></p>`}
		${!error && next && html`<button type="button" disabled=${busy}
			onClick=${pages.more}>Earlier</button>`}
		${busy && html`<p class="hint" role="status">Loading</p>`}`;
}

/** @param {{id: any, turn: number}} props turn: something was changed */
export function Timeline({ id, turn }) {
	const [kinds, setKinds] = useState('');
	const pages = usePages(id, kinds, turn);
	const shown = KINDS.filter(([kind]) => kind !== 'message' ||
		may('chats.read'));

	return html`<section class="card" aria-labelledby="user-timeline">
		<div class="card-head"><h2 id="user-timeline">Timeline</h2>
			<select class="field" aria-label="What of it" value=${kinds}
				onChange=${(e) => setKinds(e.target.value)}>
				${shown.map(([kind, name]) => html`<option key=${kind}
					value=${kind}>${name}</option>`)}</select></div>
		<${List} pages=${pages} />
	</section>`;
}
