// SPDX-License-Identifier: AGPL-3.0-or-later
// The way of every export: what is to go out, what for, a password; then the
// bytes as they come; then what to do with the file.  The request is an
// ordinary call, so that the server's refusals are read here and an ended
// session loses nothing; lib/save.js keeps big files out of memory.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import * as downloads from '../lib/downloads.js';
import { html } from '../lib/html.js';
import { count, counted, size } from '../lib/number.js';
import { choosePlace, leavePlace, save } from '../lib/save.js';
import { addressOf } from '../lib/url.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { PasswordPair, pairTroubles } from './password-pair.js';

const PURPOSE = { least: 10, most: 500 };
const LEAST = 8;
const PAUSE = 700;

const pause = () => new Promise((go) => setTimeout(go, PAUSE));
const length = (text) => [...text.trim()].length;

/** What is missing, by field. */
function troublesOf({ purpose, password, again }) {
	const pair = pairTroubles(password, again, LEAST);
	const n = length(purpose);

	return n >= PURPOSE.least && n <= PURPOSE.most ? pair
		: { purpose: `Between ${PURPOSE.least} and ` +
			`${PURPOSE.most} characters, please.`, ...pair };
}

/** What went wrong, in words; nothing, where somebody wanted it to stop. */
function troubleOf(error, wanted) {
	if (wanted || error.name === 'AbortError')
		return null;
	return error.name === 'TypeError' ? new Error('The connection broke off ' +
		'before the end. No file was kept; what you typed is still here.')
		: error;
}

/**
 * @param {number} rows
 * @param {string} file how it would be called
 * @param {string} [path] where it is asked for
 */
function useExport(rows, file, path) {
	const [state, setState] = useState(/** @type {any} */ ({ at: 'form' }));
	const stop = useRef(new AbortController());
	const wanted = useRef(false);
	const run = async (body) => {
		const { signal } = stop.current = new AbortController();
		let place = null;

		wanted.current = false;
		try {
			place = await choosePlace(rows, file);
			setState({ at: 'running', bytes: 0 });
			const res = await api.startExport(body, signal, path);
			const id = res.headers.get('X-Export-Id');
			const taken = await save(res, place, (bytes) =>
				setState({ at: 'running', bytes, id }), signal);

			setState({ at: 'done', file: taken });
		} catch (error) {
			await leavePlace(place);
			setState({ at: 'form', error: troubleOf(error, wanted.current) });
		}
	};

	/** The server is told, so that the record says it was called off. */
	const cancel = async () => {
		wanted.current = true;
		if (state.id)
			await Promise.race([downloads.cancel(state.id), pause()])
				.catch(() => {});
		stop.current.abort();
	};

	useEffect(() => () => stop.current.abort(), []);
	return { state, run, cancel };
}

/** How many of the rows are in it, as its record says; null until it does. */
function useRows(id) {
	const [record, setRecord] = useState(/** @type {any} */ (null));

	useEffect(() => {
		const stop = new AbortController();
		// what it said last stands until it is heard of again
		const look = () => downloads.record(id, stop.signal)
			.then(setRecord, () => {});
		const timer = id && setInterval(look, PAUSE);

		return () => {
			clearInterval(timer);
			stop.abort();
		};
	}, [id]);
	return record;
}

/**
 * @param {{formats: string[][], value: string,
 *   onFormat: (name: string) => void}} props formats: name, label, about
 */
export function Format({ formats, value, onFormat }) {
	const about = formats.find(([name]) => name === value);

	return html`<label class="labelled">Format
		<select class="field" name="format" aria-describedby="format-hint"
			onChange=${(e) => onFormat(e.target.value)}>
			${formats.map(([name, label]) => html`<option value=${name}
				selected=${name === value}>${label}</option>`)}
		</select>
		<span class="hint" id="format-hint">${about?.[2]}</span>
	</label>`;
}

function Purpose({ value, onText, trouble }) {
	const n = length(value);

	return html`<label class="labelled">What is it for?
		<textarea class="field" name="purpose" rows="2" value=${value}
			aria-invalid=${trouble ? 'true' : undefined}
			aria-describedby="purpose-hint"
			onInput=${(e) => onText(e.target.value)}></textarea>
		<span class="hint" id="purpose-hint">
			<span class=${trouble ? 'trouble' : ''}>${trouble ||
				'Kept in the export record, with your name.'}</span>
			<span class="counter">${n} / ${PURPOSE.most}</span></span>
	</label>`;
}

function Running({ bytes, id, onCancel }) {
	const record = useRows(id);
	const button = useRef(/** @type {any} */ (null));

	useEffect(() => button.current.focus(), []);
	return html`<div class="dialog-body stack">
		<p>Locking and downloading…
			${' '}<span class="amount">${size(bytes)}</span>${record &&
			html`, ${count(record.rows)} of ${counted(record.total, 'row')}`}</p>
		<progress class="wide" aria-label="Download" value=${record?.rows}
			max=${record?.total || 1}></progress>
		<div class="dialog-foot"><button type="button" ref=${button}
			onClick=${onCancel}>Cancel</button></div>
	</div>`;
}

function Done({ file, onClose }) {
	const button = useRef(/** @type {any} */ (null));

	useEffect(() => button.current.focus(), []);
	return html`<div class="dialog-body stack">
		<p class="good" role="status"><${Icon} name="check" />
			<span><b>${file.name}</b> (${size(file.bytes)}) is downloaded.
			</span></p>
		<p>It opens with the password you chose, and with nothing else:
			${' '}<a href="/unlock.html">Unlock a file</a>, or any program
			that reads OpenPGP (RFC 9580). <a href=${addressOf('/downloads')}
				onClick=${onClose}>Downloads</a> keeps the record of it.</p>
		<div class="dialog-foot"><button type="button" class="primary"
			ref=${button} onClick=${onClose}>Close</button></div>
	</div>`;
}

function Form({ word, ready, error, draft, onDraft, onRun, children }) {
	const [tried, setTried] = useState(false);
	const form = useRef(/** @type {any} */ (null));
	const troubles = tried ? troublesOf(draft) : {};
	const put = (name) => (value) => onDraft({ ...draft, [name]: value });
	const submit = (e) => {
		const missing = Object.keys(troublesOf(draft));

		e.preventDefault();
		if (!ready)
			return;
		setTried(true);
		if (missing.length)
			form.current.elements[missing[0]].focus();
		else
			onRun({ purpose: draft.purpose.trim(),
				password: draft.password });
	};

	return html`<form class="dialog-body stack" ref=${form} novalidate
		onSubmit=${submit}>
		${error && html`<p class="trouble" role="alert">${error.message}</p>`}
		${children}
		<${Purpose} value=${draft.purpose} onText=${put('purpose')}
			trouble=${troubles.purpose} />
		<${PasswordPair} first=${draft.password} second=${draft.again}
			least=${LEAST} onFirst=${put('password')} onSecond=${put('again')}
			troubles=${troubles} />
		<p class="hint">Nobody can recover this password, not even the
			server: it is never stored.</p>
		<div class="dialog-foot"><button class="primary"
			aria-disabled=${String(!ready)}>
			<${Icon} name="download" /> Download ${word}</button></div>
	</form>`;
}

/**
 * @param {{what: object, rows: number, word: string, file: string,
 *   ready: boolean, onClose: () => void, children?: any, title?: string,
 *   path?: string}} props
 *   what: the request but purpose and password; word: how much it is, on the
 *   button; children: what can be chosen of it
 */
export function ExportSteps(props) {
	const { what, rows, word, file, ready, onClose, children } = props;
	const { title = 'Export', path } = props;
	const { state, run, cancel } = useExport(rows, file, path);
	const [draft, setDraft] = useState(
		{ purpose: '', password: '', again: '' });

	return html`<${Dialog} title=${title} onClose=${() => {
		cancel();
		onClose();
	}}>
		${state.at === 'form' && html`<${Form} ...${{ word, ready, draft }}
			error=${state.error} onDraft=${setDraft}
			onRun=${(form) => run({ ...what, ...form })}>
			${children}</${Form}>`}
		${state.at === 'running' && html`<${Running} bytes=${state.bytes}
			id=${state.id} onCancel=${cancel} />`}
		${state.at === 'done' && html`<${Done} file=${state.file}
			onClose=${onClose} />`}
	</${Dialog}>`;
}
