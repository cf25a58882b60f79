// SPDX-License-Identifier: AGPL-3.0-or-later
// The links to other dashboards under the hand: a line a link, which Enter
// saves and Esc puts back; moved by keys; one taken out can be put back.  What
// somebody else changed meanwhile is said, not overwritten.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as bookmarks from '../lib/bookmarks.js';
import { html } from '../lib/html.js';
import { Icon } from './icon.js';

/**
 * @typedef {import('../lib/bookmarks.js').Bookmark} Bookmark
 * @typedef {(act: () => Promise<any>, said: string) => Promise<boolean>} Run
 */

const STALE = 412;
const NOTHING = { name: '', url: '' };

function Field({ label, name, value, wrong, onText, ...rest }) {
	return html`<input class="field" aria-label=${label} name=${name}
		value=${value} autocomplete="off" spellcheck=${false}
		aria-invalid=${wrong ? 'true' : undefined}
		onInput=${(e) => onText(e.target.value)} ...${rest} />`;
}

function Trouble({ error, onReload }) {
	return html`<p class="trouble" role="alert">${error.status === STALE
		? 'Somebody else changed this link meanwhile. ' : error.message}
		${error.status === STALE && html`<button type="button" class="link"
			onClick=${onReload}>Show theirs</button>`}</p>`;
}

/** What is typed until it is saved or let go. */
function useDraft(begin, save) {
	const [draft, setDraft] = useState(/** @type {any} */ (null));
	const [error, setError] = useState(/** @type {any} */ (null));
	const now = draft ?? begin;
	const back = () => {
		setDraft(null);
		setError(null);
	};

	return { draft, error, now, back,
		put: (name) => (text) => setDraft({ ...now, [name]: text }),
		submit: async (e) => {
			e.preventDefault();
			try {
				await (draft && save(draft));
				back();
			} catch (e) {
				setError(e);
			}
		} };
}

/**
 * Name and address of a link, kept or new.
 * @param {{of: string, begin: {name: string, url: string},
 *   save: (draft: any) => Promise<any>, onReload?: () => void, word: string,
 *   children?: any}} props of: which one, for its labels
 */
function Line({ of, begin, save, onReload, word, children }) {
	const { draft, error, now, back, put, submit } = useDraft(begin, save);

	return html`<form class="bookmark-line" noValidate onSubmit=${submit}
		onKeyDown=${(e) => {
			if (e.key === 'Escape' && draft) {
				e.stopPropagation();
				back();
			}
		}}>
		<${Field} label=${`Name of ${of}`} name="name" value=${now.name}
			placeholder="Name" onText=${put('name')}
			wrong=${error?.path === 'name'} />
		<${Field} label=${`Address of ${of}`} name="url" value=${now.url}
			placeholder="https://" inputMode="url" onText=${put('url')}
			wrong=${error?.path === 'url'} dir="ltr" />
		<button type="submit" aria-disabled=${String(!draft)}>${word}
			<span class="unseen"> ${of}</span></button>
		${children}
		${error && html`<${Trouble} error=${error} onReload=${() => {
			back();
			onReload?.();
		}} />`}
	</form>`;
}

const Act = ({ icon, label, ...rest }) => html`<button type="button"
	class="ghost square" aria-label=${label} title=${label} ...${rest}>
	<${Icon} name=${icon} /></button>`;

/**
 * Earlier, later, out.
 * @param {{mark: Bookmark, n: number, run: Run, onOut: () => void}} props
 */
function Acts({ mark, n, run, onOut }) {
	const move = (position, word) => run(() => bookmarks.change(
		{ ...mark, version: '' }, { position }), `${mark.name} is moved ${word}`);

	return html`<span class="bookmark-acts">
		<${Act} icon="up" label=${`Move ${mark.name} earlier`}
			aria-disabled=${String(mark.position === 0)}
			onClick=${() => mark.position > 0 &&
				move(mark.position - 1, 'earlier')} />
		<${Act} icon="down" label=${`Move ${mark.name} later`}
			aria-disabled=${String(mark.position === n - 1)}
			onClick=${() => mark.position < n - 1 &&
				move(mark.position + 1, 'later')} />
		<${Act} icon="cross" label=${`Take out ${mark.name}`}
			onClick=${onOut} />
	</span>`;
}

/** What was done last, and how to undo a removal. */
function Told({ told, error, onUndo }) {
	return html`<p class="hint" role="status">${told.text}
		${told.gone && html` <button type="button" class="link"
			onClick=${onUndo}>Put it back</button>`}</p>
		${error && html`<p class="trouble" role="alert">${error.message}</p>`}`;
}

/** Acts that answer in the status line, after which all is loaded again. */
function useActs(onChanged) {
	const [told, setTold] = useState(/** @type {any} */ ({ text: '' }));
	const [error, setError] = useState(/** @type {any} */ (null));

	return { told, error,
		/** @type {(act: () => Promise<any>, text: string, gone?: any) =>
		 *   Promise<boolean>} */
		run: async (act, text, gone) => {
			setError(null);
			try {
				await act();
				await bookmarks.load();
				setTold({ text, gone });
				return true;
			} catch (e) {
				setError(e);
				onChanged();
				return false;
			}
		} };
}

/**
 * @param {{list: Bookmark[], onChanged: () => void, onDone: () => void}} props
 */
export function BookmarksEditor({ list, onChanged, onDone }) {
	const box = useRef(/** @type {any} */ (null));
	const { told, error, run } = useActs(onChanged);
	const take = async (mark) => {
		if (await run(() => bookmarks.remove(mark), `${mark.name} is taken out.`,
			mark))
			box.current?.querySelector('[role=status] button')?.focus();
	};
	const kept = async (act) => {
		await act();
		await bookmarks.load();
	};
	const undo = ({ name, url, position }) => run(() => bookmarks.add(
		{ name, url, position }), `${name} is back.`);

	useEffect(() => box.current.querySelector('input').focus(), []);
	return html`<section class="bookmarks-editor" aria-label="Edit links"
		ref=${box} onKeyDown=${(e) => e.key === 'Escape' && onDone()}>
		${list.map((mark) => html`<${Line} key=${mark.id} of=${mark.name}
			begin=${mark} word="Save" onReload=${onChanged}
			save=${({ name, url }) => kept(() => bookmarks.change(mark,
		{ name, url }))}>
			<${Acts} mark=${mark} n=${list.length} run=${run}
				onOut=${() => take(mark)} /></${Line}>`)}
		<${Line} of="a new link" begin=${NOTHING} word="Add"
			save=${(draft) => kept(() => bookmarks.add(draft))} />
		<div class="bookmarks-foot">
			<${Told} told=${told} error=${error}
				onUndo=${() => undo(told.gone)} />
			<button type="button" onClick=${onDone}>Done</button>
		</div>
	</section>`;
}
