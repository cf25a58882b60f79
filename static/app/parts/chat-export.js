// SPDX-License-Identifier: AGPL-3.0-or-later
// Takes chats away as a locked file: which sheets, in which form.  What each
// will hold is counted by the server before anything leaves.
import { useState } from 'preact/hooks';
import { preview } from '../lib/archive.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { count, counted, people } from '../lib/number.js';
import { ExportSteps, Format } from './export-steps.js';

/** What a file may be, with what to say of it. */
const FORMATS = [
	['xlsx', 'Excel workbook (XLSX)', 'A page for each sheet, with real ' +
		'dates and numbers, and one that says where it comes from.'],
	['json', 'JSON', 'One object with a list for each sheet, for programs.'],
	['csv', 'CSV in a ZIP', 'A file for each sheet, for any program.'],
];
const FILES = { csv: 'zip' };
const SAID = 'Message data';
/** Of one page of a workbook, beside its header. */
const PAGE_ROWS = 1048575;

function Sheet({ sheet, chosen, onToggle }) {
	return html`<label class="tick sheet-tick"><input type="checkbox"
		checked=${chosen} onChange=${onToggle} />
		<span class="sheet-name">${sheet.name}${sheet.name === SAID &&
			html`${' '}<span class="hint">what was said</span>`}</span>
		<span class="amount">${counted(sheet.rows, 'row')}</span></label>`;
}

/** Those that do not fit one page of a workbook go on on the next. */
const Long = ({ sheets, format }) => format === 'xlsx' &&
	sheets.filter((s) => s.rows > PAGE_ROWS).map((s) => html`<p class="hint"
		key=${s.name}>${s.name} goes on as ${s.name} (2), because a page
		holds ${count(PAGE_ROWS)} rows.</p>`);

/** @param {{sheets: any[], left: string[], format: string,
 *   onLeft: (names: string[]) => void}} props left: those left out */
function Sheets({ sheets, left, format, onLeft }) {
	const toggle = (name) => onLeft(left.includes(name)
		? left.filter((l) => l !== name) : [...left, name]);
	const chosen = sheets.filter((s) => !left.includes(s.name));

	return html`<fieldset class="choice sheets"><legend>Sheets</legend>
		${sheets.map((s) => html`<${Sheet} key=${s.name} sheet=${s}
			chosen=${!left.includes(s.name)}
			onToggle=${() => toggle(s.name)} />`)}
		<p class="hint" role="status">${chosen.length
			? `${counted(chosen.reduce((n, s) => n + s.rows, 0), 'row')} in ${
				counted(chosen.length, 'sheet')}`
			: html`<span class="trouble">Choose at least one sheet.</span>`}
		</p>
		<${Long} sheets=${chosen} format=${format} />
	</fieldset>`;
}

const Ghosts = () => html`<p role="status">Counting what the file will hold…</p>
	<progress class="wide" aria-label="Counting"></progress>`;

/** What it will hold, or why that is not known. */
function Holds({ found, ...choosing }) {
	const { data, error, reload } = found;

	if (error)
		return html`<p class="trouble" role="alert">What the file would hold
			could not be counted: <bdi>${error.message}</bdi>${' '}
			<button type="button" class="link" onClick=${reload}>Try again
			</button></p>`;
	if (!data)
		return html`<${Ghosts} />`;
	if (!data.total)
		return html`<div><p class="trouble" role="status">There are no chats to
			take out.</p>
			<p class="hint"><bdi>${data.sentence}</bdi></p></div>`;
	return html`<div><p>${counted(data.total, 'chat')} with ${
			people(data.users)} and ${counted(data.messages, 'message')}.
			A file locked with a password.</p>
			<p class="hint"><bdi>${data.sentence}</bdi></p></div>
		<${Sheets} sheets=${data.sheets} ...${choosing} />`;
}

/**
 * @param {{asked: object, onClose: () => void}} props asked: which chats, as
 *   the archives are asked for them
 */
export function ChatExport({ asked, onClose }) {
	const which = { what: 'chats', ...asked };
	const found = useLoad(JSON.stringify(which), (signal) =>
		preview(which, signal));
	const [left, setLeft] = useState(/** @type {string[]} */ ([]));
	const [format, setFormat] = useState('xlsx');
	const { total = 0, sheets = [] } = found.data ?? {};
	const chosen = sheets.filter((s) => !left.includes(s.name));
	const names = chosen.map((s) => s.name);

	return html`<${ExportSteps} onClose=${onClose}
		what=${{ ...which, format, sheets: names,
		messages: names.includes(SAID) }}
		rows=${chosen.reduce((n, s) => n + s.rows, 0)}
		word=${total ? counted(total, 'chat') : ''}
		file=${`chats.${FILES[format] ?? format}.pgp`}
		ready=${total > 0 && names.length > 0}>
		<${Holds} found=${found} ...${{ left, format }} onLeft=${setLeft} />
		<${Format} formats=${FORMATS} value=${format} onFormat=${setFormat} />
	</${ExportSteps}>`;
}
