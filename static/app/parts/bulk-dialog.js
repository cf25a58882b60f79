// SPDX-License-Identifier: AGPL-3.0-or-later
// Does something to everybody who is selected or matches.  It says how many
// that is, counted by the server, before there is a button that does it, and
// the server refuses when it is others by then.  What was started goes on
// without this dialog and without this page.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as bulk from '../lib/bulk.js';
import { html } from '../lib/html.js';
import { putAway, started } from '../lib/jobs.js';
import { useLoad } from '../lib/load.js';
import { people } from '../lib/number.js';
import { ZONE } from '../lib/time.js';
import { Action, Attribute, Count, NEW, Segment, valueOf }
	from './bulk-fields.js';
import { Dialog } from './dialog.js';
import { JobView } from './job-view.js';

const FIELDS = { segment: Segment, attribute: Attribute, count: Count };

const EMPTY = { segment: '', name: '', attribute: '', value: '',
	clear: false, typed: '' };

/** Of the request, what is said in the form; null while some of it is not. */
function askedBy(draft) {
	const { action } = draft;

	switch (bulk.ACTIONS[action].wants) {
	case 'segment':
		return !draft.segment || draft.segment === NEW ? null
			: { action, segment: draft.segment.slice(1) };
	case 'attribute':
		return !draft.attribute || (!draft.value && !draft.clear) ? null
			: { action, attribute: draft.attribute, value: valueOf(draft) };
	case 'file':
		return null; // another dialog asks
	default:
		return { action };
	}
}

/** Whether everything is said, but for the count that is typed. */
const whole = (draft) => draft.segment === NEW &&
	draft.action === 'addToSegment' ? !!draft.name.trim()
	: draft.action === 'export' || !!askedBy(draft);

function useStart(whom, onStarted) {
	const [state, setState] = useState(/** @type {any} */ ({}));
	const once = useRef(/** @type {any} */ ({}));
	/** The same request keeps its key, so that sent again it is done once. */
	const keyOf = (what) => {
		const text = JSON.stringify(what);

		once.current[text] ??= bulk.newKey();
		return once.current[text];
	};
	const run = async (draft, n) => {
		let asked = askedBy(draft);

		setState({ busy: true });
		try {
			if (!asked) {
				const name = draft.name.trim();
				const { id } = await bulk.makeSegment(name, keyOf(name));

				asked = { action: draft.action, segment: String(id) };
			}
			const body = { ...whom, ...asked, expect: n };
			const job = await bulk.start(body, keyOf(body));

			started(job);
			setState({ job });
			onStarted(job);
		} catch (error) {
			once.current = {};
			setState({ error });
		}
	};

	return { ...state, run };
}

/** How many, as the server counts them now. */
function useCount(whom, draft, turn) {
	const asked = askedBy(draft);
	const key = asked && JSON.stringify([whom, asked, turn]);

	return useLoad(key, (signal) => bulk.dryRun({ ...whom, ...asked }, signal),
		150);
}

function Whom({ n, sentence, counted }) {
	return html`<p role="status">${n === undefined
		? (counted.loading ? 'Counting…' : '')
		: html`This is about <b>${people(n)}</b>${sentence
			&& html`: <bdi>${sentence}</bdi>`}.`}</p>`;
}

function Form({ whom, total, sentence, act, onExport }) {
	const names = bulk.mine();
	const [draft, setDraft] = useState({ ...EMPTY, action: names[0] });
	const counted = useCount(whom, draft, act.error);
	const n = counted.data?.count ?? (askedBy(draft) ? undefined : total);
	const { wants, does } = bulk.ACTIONS[draft.action];
	const Field = wants && FIELDS[wants];
	const ready = !act.busy && n > 0 && whole(draft) &&
		(wants !== 'count' || draft.typed.trim() === String(n));
	const put = (some) => setDraft((old) => ({ ...old, ...some }));
	const error = act.error ?? counted.error;

	return html`<form class="dialog-body stack" novalidate
		onSubmit=${(e) => {
			e.preventDefault();
			if (ready)
				wants === 'file' ? onExport() : act.run(draft, n);
		}}>
		${error && html`<p class="trouble" role="alert">${error.message}</p>`}
		<${Action} action=${draft.action} names=${names}
			onAction=${(action) => setDraft({ ...EMPTY, action })} />
		${Field && html`<${Field} key=${draft.action}
			...${{ draft, put, n }} />`}
		<${Whom} ...${{ n, sentence, counted }} />
		<div class="dialog-foot"><button disabled=${!ready}
			class=${wants === 'count' ? 'primary danger' : 'primary'}>
			${does} ${n === undefined ? '' : people(n)}</button></div>
	</form>`;
}

function Started({ job, onClose }) {
	const button = useRef(/** @type {any} */ (null));

	useEffect(() => {
		button.current?.focus();
		return () => putAway(job.id);
	}, []);
	return html`<div class="dialog-body stack">
		<${JobView} id=${job.id} />
		<p class="hint">It goes on when you close this or leave the page.</p>
		<div class="dialog-foot"><button type="button" class="primary"
			ref=${button} onClick=${onClose}>Close</button></div>
	</div>`;
}

/**
 * @param {{ids?: number[], f?: any, total: number, sentence: string,
 *   onStarted: (job: any) => void, onExport: () => void,
 *   onClose: () => void}} props
 */
export function BulkDialog({ ids, f, total, sentence, ...on }) {
	const { onStarted, onExport, onClose } = on;
	const whom = ids ? { ids } : { f: f ?? {}, tz: ZONE };
	const act = useStart(whom, onStarted);

	return html`<${Dialog} title="More" onClose=${onClose}>
		${act.job ? html`<${Started} job=${act.job} onClose=${onClose} />`
		: html`<${Form} ...${{ whom, total, sentence, act, onExport }} />`}
	</${Dialog}>`;
}
