// SPDX-License-Identifier: AGPL-3.0-or-later
// CSV or a workbook into a segment, in steps: a file, where the columns go,
// what would become of each row, and then the import.  Going back loses nothing; closing
// while it runs does not stop it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { mapOf, placeOf } from '../lib/mapping.js';
import { count, size } from '../lib/number.js';
import { importTable, TABLES } from '../lib/segments.js';
import { Dialog } from './dialog.js';
import { Columns } from './segment-columns.js';

const MOST = 16 * 1024 * 1024;
const SHOWN = 100;

const OUTCOMES = [
	['created', 'Created'], ['updated', 'Updated'],
	['unchanged', 'Unchanged'], ['refusedCount', 'Refused'],
];
const MEMBERS = [['added', 'Added to the segment'],
	['already', 'In it already']];

function Counts({ result, rows }) {
	return html`<dl class="csv-counts">${rows.map(([key, label]) => html`<div
		key=${key}><dt>${label}</dt><dd>${count(result[key])}</dd></div>`)}
	</dl>`;
}

function Refused({ result }) {
	const { refused, refusedCount, sheets } = result;

	return refused.length > 0 && html`<section class="csv-refused">
		<h3 id="refused">Refused rows</h3>
		<div class="csv-frame" role="region" aria-labelledby="refused"
			tabindex="0"><table class="csv-table">
			<thead><tr>${sheets && html`<th scope="col">Sheet</th>`}
				<th scope="col">Row</th><th scope="col">Column</th>
				<th scope="col">Why</th></tr></thead>
			<tbody>${refused.slice(0, SHOWN).map((r) => html`<tr
				key=${`${r.sheet} ${r.row} ${r.column}`}>
				${sheets && html`<td><bdi>${r.sheet}</bdi></td>`}
				<td>${count(r.row)}</td>
				<td><bdi>${r.column}</bdi></td><td>${r.detail}</td></tr>`)}
			</tbody></table></div>
		${refusedCount > SHOWN && html`<p class="hint">The first
			${' '}${count(SHOWN)} of ${count(refusedCount)}.</p>`}
	</section>`;
}

function Outcome({ result }) {
	return html`<p role="status">${count(result.rows)} rows ${result.kept
		? 'were read:' : 'would become:'}</p>
		<${Counts} result=${result} rows=${OUTCOMES} />
		<${Counts} result=${result} rows=${MEMBERS} />
		${result.overruled > 0 && html`<p class="hint">
			${count(result.overruled)} values stay as they are: what is known
			is newer, or a manager said it.</p>`}
		<${Refused} result=${result} />`;
}

function FileStep({ onFile }) {
	return html`<label class="labelled">CSV file or workbook (.xlsx)
		<input type="file" class="field" accept=${TABLES}
			onChange=${(e) => e.target.files[0] &&
				onFile(e.target.files[0])} /></label>
		<p class="hint">The names of its columns in the first row; a CSV in
			UTF-8; up to 16 MB. Bigger ones:
			${' '}<code>rapport segment import</code>.</p>`;
}

/** What is known once a file, or another sheet of it, was looked at. */
const lookedAt = (look, sheet) => ({ at: 'columns', sheet, look, match: '',
	places: Object.fromEntries(look.columns.map((c) =>
		[c.column, placeOf(c)])) });

/** The steps and what is known in each. */
function useSteps(segment, onChanged) {
	const [s, set] = useState(/** @type {any} */ ({ at: 'file', match: '' }));
	const stop = useRef(/** @type {any} */ (null));
	const ask = async (asked, then) => {
		const file = asked.file ?? s.file;

		set({ ...s, busy: true, error: null });
		stop.current = new AbortController();
		try {
			const got = await importTable(segment.id, file, asked.query,
				stop.current.signal);

			set({ ...s, file, busy: false, error: null, ...then(got) });
		} catch (error) {
			if (!stop.current.signal.aborted)
				set({ ...s, busy: false, error });
		}
	};
	const how = () => ({ map: mapOf(s.places), match: s.match,
		...(s.sheet && { sheet: s.sheet }) });
	const look = (file, sheet) => ask({ file, query: { preview: true,
		...(sheet && { sheet }) } }, (found) => lookedAt(found, sheet));

	useEffect(() => () => stop.current?.abort(), []);
	return {
		s, put: (what) => set({ ...s, error: null, ...what }),
		look: (file) => file.size > MOST
			? set({ ...s, error: { message:
				`${file.name} has ${size(file.size)}; 16 MB is the most.` } })
			: look(file, ''),
		turn: (sheet) => look(s.file, sheet),
		dry: () => ask({ query: { ...how(), dryRun: true } }, (result) =>
			({ at: 'outcome', result })),
		run: () => ask({ query: how() }, (result) => {
			onChanged();
			return { at: 'done', result };
		}),
	};
}

const NEXT = { columns: ['Check', 'dry'], outcome: ['Import', 'run'] };
const BACK = { columns: 'file', outcome: 'columns' };

function Foot({ steps, onClose }) {
	const { s, put } = steps;
	const next = NEXT[s.at];

	return html`<div class="dialog-foot csv-foot">
		${s.busy && html`<p role="status" class="hint">
			${s.at === 'outcome' ? 'Importing…' : 'Reading…'}</p>`}
		${BACK[s.at] && html`<button type="button" aria-disabled=${
			String(!!s.busy)} onClick=${() => s.busy || put({ at: BACK[s.at] })}>
			Back</button>`}
		${next ? html`<button type="button" class="primary" key=${s.at}
			aria-disabled=${String(!!s.busy)}
			onClick=${() => s.busy || steps[next[1]]()}>${next[0]}</button>`
		: html`<button type="button" onClick=${onClose}>
			${s.at === 'done' ? 'Close' : 'Cancel'}</button>`}
	</div>`;
}

/** A step that is over takes its focus along: it goes to what is next. */
function useFocusOn(at) {
	const body = useRef(/** @type {any} */ (null));

	useEffect(() => {
		if (at !== 'file')
			body.current.focus();
	}, [at]);
	return body;
}

/** @param {any} props */
export function SegmentImport({ segment, onClose, onChanged }) {
	const steps = useSteps(segment, onChanged);
	const { s } = steps;
	const body = useFocusOn(s.at);

	return html`<${Dialog} title=${`Import into ${segment.name}`} kind="broad"
		onClose=${onClose}>
		<div class="dialog-body stack" tabindex="-1" ref=${body}>
			${s.error && html`<p class="trouble" role="alert">
				${s.error.path && `${s.error.path.replace(/^map\//, '')}: `}
				${s.error.message}</p>`}
			${s.at === 'file' && html`<${FileStep} onFile=${steps.look} />`}
			${s.at === 'columns' && html`<${Columns} look=${s.look}
				places=${s.places} match=${s.match}
				onSheet=${steps.turn}
				onPlaces=${(places) => steps.put({ places })}
				onMatch=${(match) => steps.put({ match })} />`}
			${(s.at === 'outcome' || s.at === 'done') && html`<${Outcome}
				result=${s.result} />`}
			<${Foot} steps=${steps} onClose=${onClose} />
		</div>
	</${Dialog}>`;
}
