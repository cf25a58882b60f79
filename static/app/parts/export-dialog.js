// SPDX-License-Identifier: AGPL-3.0-or-later
// Takes the list away as a locked file: says what and how many, asks what for
// and for a password, shows the bytes as they come.  The request is an
// ordinary call, so that the server's refusals are read here and an ended
// session loses nothing; lib/save.js keeps big files out of memory.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { html } from '../lib/html.js';
import { people, size } from '../lib/number.js';
import { choosePlace, leavePlace, save } from '../lib/save.js';
import { ZONE } from '../lib/time.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { PasswordPair, pairTroubles } from './password-pair.js';

const PURPOSE = { least: 10, most: 500 };
const LEAST = 8;

/** What a file may be, with what to say of it. */
const FORMATS = [
	['csv', 'CSV', 'Opens in any spreadsheet and most other programs.'],
	['xlsx', 'Excel workbook (XLSX)', 'Real dates and numbers, in your ' +
		'time zone, and a page that says where it comes from.'],
	['json', 'JSON', 'One array, for programs.'],
	['ndjson', 'NDJSON', 'An object a line, for programs and very long lists.'],
];

const length = (text) => [...text.trim()].length;

/** What is missing, by field. */
function troublesOf({ purpose, password, again }) {
	const pair = pairTroubles(password, again, LEAST);
	const n = length(purpose);

	return n >= PURPOSE.least && n <= PURPOSE.most ? pair
		: { purpose: `Between ${PURPOSE.least} and ` +
			`${PURPOSE.most} characters, please.`, ...pair };
}

function useExport(what, total) {
	const [state, setState] = useState(/** @type {any} */ ({ at: 'form' }));
	const stop = useRef(/** @type {any} */ (null));
	const run = async (form) => {
		const name = `users.${form.format}.pgp`;
		let place = null;

		stop.current = new AbortController();
		try {
			place = await choosePlace(total, name);
			setState({ at: 'running', bytes: 0 });
			const res = await api.startExport({ ...what, ...form },
				stop.current.signal);
			const file = await save(res, place, (bytes) =>
				setState({ at: 'running', bytes }), stop.current.signal);

			setState({ at: 'done', file });
		} catch (error) {
			await leavePlace(place);
			setState({ at: 'form', error: error.name === 'AbortError'
				? null : error });
		}
	};

	useEffect(() => () => stop.current?.abort(), []);
	return { state, run, cancel: () => stop.current?.abort() };
}

function Columns({ shown, all, chosen, onChosen }) {
	const one = (value, text) => html`<label class="tick"><input type="radio"
		name="columns" checked=${chosen === value}
		onChange=${() => onChosen(value)} />${text}</label>`;

	return html`<fieldset class="choice"><legend>Columns</legend>
		${one('shown', `The ${shown} on screen, in that order`)}
		${one('all', `All ${all} attributes`)}
	</fieldset>`;
}

function Format({ value, onFormat }) {
	const about = FORMATS.find(([name]) => name === value);

	return html`<label class="labelled">Format
		<select class="field" name="format" aria-describedby="format-hint"
			onChange=${(e) => onFormat(e.target.value)}>
			${FORMATS.map(([name, label]) => html`<option value=${name}
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

function Running({ bytes, onCancel }) {
	return html`<div class="dialog-body stack">
		<p>Locking and downloading…
			${' '}<span class="amount">${size(bytes)}</span></p>
		<progress class="wide" aria-label="Download"></progress>
		<div class="dialog-foot"><button type="button"
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
			that reads OpenPGP (RFC 9580).</p>
		<div class="dialog-foot"><button type="button" class="primary"
			ref=${button} onClick=${onClose}>Close</button></div>
	</div>`;
}

function Form({ what, total, columns, all, error, onRun, draft, onDraft }) {
	const [tried, setTried] = useState(false);
	const form = useRef(/** @type {any} */ (null));
	const troubles = tried ? troublesOf(draft) : {};
	const put = (name) => (value) => onDraft({ ...draft, [name]: value });
	const submit = (e) => {
		const missing = Object.keys(troublesOf(draft));

		e.preventDefault();
		setTried(true);
		if (missing.length)
			form.current.elements[missing[0]].focus();
		else
			onRun({ purpose: draft.purpose.trim(),
				password: draft.password, format: draft.format,
				columns: draft.which === 'all' ? all : columns });
	};

	return html`<form class="dialog-body stack" ref=${form} novalidate
		onSubmit=${submit}>
		${error && html`<p class="trouble" role="alert">${error.message}</p>`}
		<p>${people(total)}${what ? html`: <bdi>${what}</bdi>` : ''}.
			A file locked with a password.</p>
		<${Format} value=${draft.format} onFormat=${put('format')} />
		<${Columns} shown=${columns.length} all=${all.length}
			chosen=${draft.which} onChosen=${put('which')} />
		<${Purpose} value=${draft.purpose} onText=${put('purpose')}
			trouble=${troubles.purpose} />
		<${PasswordPair} first=${draft.password} second=${draft.again}
			least=${LEAST} onFirst=${put('password')} onSecond=${put('again')}
			troubles=${troubles} />
		<p class="hint">Nobody can recover this password, not even the
			server: it is never stored.</p>
		<div class="dialog-foot"><button class="primary">
			<${Icon} name="download" /> Download ${people(total)}</button></div>
	</form>`;
}

/**
 * @param {{f: any, ids?: number[], sort: string, columns: string[], all: string[],
 *   total: number, sentence: string, onClose: () => void}} props
 */
export function ExportDialog(props) {
	const { f, ids, sort, total, onClose } = props;
	const { state, run, cancel } = useExport(
		{ what: 'users', f, ids, sort, tz: ZONE }, total);
	const [draft, setDraft] = useState(
		{ which: 'shown', format: 'csv', purpose: '', password: '', again: '' });

	return html`<${Dialog} title="Export" onClose=${() => {
		cancel();
		onClose();
	}}>
		${state.at === 'form' && html`<${Form} what=${props.sentence}
			total=${total} columns=${props.columns} all=${props.all}
			error=${state.error} onRun=${run} draft=${draft}
			onDraft=${setDraft} />`}
		${state.at === 'running' && html`<${Running} bytes=${state.bytes}
			onCancel=${cancel} />`}
		${state.at === 'done' && html`<${Done} file=${state.file}
			onClose=${onClose} />`}
	</${Dialog}>`;
}
