// SPDX-License-Identifier: AGPL-3.0-or-later
// Takes a list of people away as a locked file: whom, which of their
// attributes, in which form.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { people } from '../lib/number.js';
import { ZONE } from '../lib/time.js';
import { ExportSteps, Format } from './export-steps.js';

/** What a file may be, with what to say of it. */
const FORMATS = [
	['csv', 'CSV', 'Opens in any spreadsheet and most other programs.'],
	['xlsx', 'Excel workbook (XLSX)', 'Real dates and numbers, in your ' +
		'time zone, and a page that says where it comes from.'],
	['json', 'JSON', 'One array, for programs.'],
	['ndjson', 'NDJSON', 'An object a line, for programs and very long lists.'],
];

function Columns({ shown, all, chosen, onChosen }) {
	const one = (value, text) => html`<label class="tick"><input type="radio"
		name="columns" checked=${chosen === value}
		onChange=${() => onChosen(value)} />${text}</label>`;

	return html`<fieldset class="choice"><legend>Columns</legend>
		${one('shown', `The ${shown} on screen, in that order`)}
		${one('all', `All ${all} attributes`)}
	</fieldset>`;
}

/**
 * @param {{f: any, ids?: number[], sort: string, columns: string[], all: string[],
 *   total: number, sentence: string, onClose: () => void}} props
 */
export function ExportDialog(props) {
	const { f, ids, sort, total, sentence, columns, all, onClose } = props;
	const [which, setWhich] = useState('shown');
	const [format, setFormat] = useState('csv');

	return html`<${ExportSteps} rows=${total} word=${people(total)}
		file=${`users.${format}.pgp`} ready=${true} onClose=${onClose}
		what=${{ what: 'users', f, ids, sort, tz: ZONE, format,
		columns: which === 'all' ? all : columns }}>
		<p>${people(total)}${sentence ? html`: <bdi>${sentence}</bdi>` : ''}.
			A file locked with a password.</p>
		<${Format} formats=${FORMATS} value=${format} onFormat=${setFormat} />
		<${Columns} shown=${columns.length} all=${all.length}
			chosen=${which} onChosen=${setWhich} />
	</${ExportSteps}>`;
}
