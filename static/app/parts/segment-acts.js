// SPDX-License-Identifier: AGPL-3.0-or-later
// Combining, freezing and deleting segments: each says first what it will do.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { count, people } from '../lib/number.js';
import * as segments from '../lib/segments.js';
import { Dialog } from './dialog.js';

/** Runs an act; what it refuses is shown, and it can be tried again. */
function useAct(act, onDone) {
	const [error, setError] = useState(/** @type {any} */ (null));
	const [busy, setBusy] = useState(false);
	const run = async () => {
		if (busy)
			return;
		setBusy(true);
		setError(null);
		try {
			onDone(await act());
		} catch (e) {
			setBusy(false);
			setError(e);
		}
	};

	return { error, busy, run };
}

function Foot({ busy, text, kind = 'primary', onClose }) {
	return html`<div class="dialog-foot">
		<button type="button" onClick=${onClose}>Cancel</button>
		<button class=${kind} aria-disabled=${String(busy)}>${text}</button>
	</div>`;
}

function Act({ title, kind = 'narrow', act, text, onClose, onDone, children }) {
	const { error, busy, run } = useAct(act, onDone);

	return html`<${Dialog} title=${title} kind=${kind} onClose=${onClose}>
		<form class="dialog-body stack" novalidate onSubmit=${(e) => {
			e.preventDefault();
			run();
		}}>
			${error && html`<p class="trouble" role="alert">
				${error.message}</p>`}
			${children}
			<${Foot} busy=${busy} text=${text} onClose=${onClose} />
		</form>
	</${Dialog}>`;
}

/** @param {any} props */
export function FreezeDialog({ segment, onClose, onDone }) {
	return html`<${Act} title="Freeze segment" text="Freeze"
		act=${async () => {
			const s = await segments.freeze(segment.id);

			return `${s.name} is static now, of ${people(s.size)}`;
		}} onDone=${onDone} onClose=${onClose}>
		<p><bdi>${segment.name}</bdi> will stay as it is now, with
			${' '}<b>${people(segment.size ?? 0)}</b>: its filter is given up,
			and from then on people are put in and taken out by hand.</p>
	</${Act}>`;
}

/** @param {any} props */
export function DeleteDialog({ segment, onClose, onDone }) {
	const { neededBy } = segment;

	if (neededBy.length)
		return html`<${Dialog} title="Delete segment" kind="narrow"
			onClose=${onClose}><div class="dialog-body stack">
			<p><bdi>${segment.name}</bdi> cannot be deleted while these name it
				in their filters:</p>
			<ul class="segment-needers">${neededBy.map((n) => html`<li
				key=${n.id}><bdi>${n.name}</bdi></li>`)}</ul>
			<div class="dialog-foot"><button type="button"
				onClick=${onClose}>Close</button></div>
		</div></${Dialog}>`;
	return html`<${Act} title="Delete segment" text="Delete"
		act=${async () => {
			await segments.remove(segment.id);
			return `${segment.name} is deleted`;
		}} onDone=${onDone} onClose=${onClose}>
		<p>Delete <bdi><b>${segment.name}</b></bdi>? Its
			${' '}${people(segment.size ?? 0)} stay; only the list goes.</p>
	</${Act}>`;
}

const WAYS = [
	['union', 'Everybody in any of them'],
	['intersection', 'Who is in all of them'],
	['difference', 'Who is in the first and none of the others'],
];
const MOST = 20;

function Pick({ i, value, all, onPick }) {
	return html`<select class="field" value=${value}
		aria-label=${`Segment ${i + 1}`}
		onChange=${(e) => onPick(e.target.value)}>
		<option value="">Choose a segment</option>
		${all.map((s) => html`<option key=${s.id} value=${String(s.id)}>
			${s.name} (${s.size === null ? '?' : count(s.size)})</option>`)}
	</select>`;
}

function Picks({ picks, onPicks }) {
	const found = useLoad('all', segments.listAll);

	if (found.error)
		return html`<p class="trouble" role="alert">${found.error.message}
			${' '}<button type="button" class="link" onClick=${found.reload}>
				Try again</button></p>`;
	return html`<fieldset class="choice stack"><legend>Segments</legend>
		${picks.map((value, i) => html`<${Pick} key=${i} i=${i} value=${value}
			all=${found.data ?? []} onPick=${(v) => onPicks(
				picks.map((p, k) => k === i ? v : p))} />`)}
		${picks.length < MOST && html`<button type="button" class="ghost"
			onClick=${() => onPicks([...picks, ''])}>Add another</button>`}
	</fieldset>`;
}

/** @param {any} props */
export function CombineDialog({ onClose, onDone }) {
	const [name, setName] = useState('');
	const [how, setHow] = useState('union');
	const [picks, setPicks] = useState(['', '']);

	return html`<${Act} title="Combine segments" kind="" text="Combine"
		act=${async () => {
			const s = await segments.combine({ name, how, segments: picks
				.filter(Boolean).map(Number) });

			return `${s.name} is made, of ${people(s.size)}`;
		}} onDone=${onDone} onClose=${onClose}>
		<${Picks} picks=${picks} onPicks=${setPicks} />
		<fieldset class="choice"><legend>Who is in the new one</legend>
			${WAYS.map(([value, text]) => html`<label class="tick" key=${value}>
				<input type="radio" name="how" checked=${how === value}
					onChange=${() => setHow(value)} />${text}</label>`)}
		</fieldset>
		<label class="labelled">Name of the new segment
			<input class="field" name="name" value=${name} autocomplete="off"
				onInput=${(e) => setName(e.target.value)} /></label>
		<p class="hint">It is static: it stays as it is when the others
			change.</p>
	</${Act}>`;
}
