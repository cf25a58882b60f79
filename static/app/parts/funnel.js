// SPDX-License-Identifier: AGPL-3.0-or-later
// A funnel: who took a step, then the next, and how many went no further.
// Each number is a list of people, and can be kept as a segment.
import { useEffect, useId, useState } from 'preact/hooks';
import { funnelQuestion, LEAST, stepFilter } from '../lib/funnel.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { columnText } from '../lib/metrics.js';
import { valueText } from '../lib/stat-text.js';
import { ask } from '../lib/stats.js';
import { listOf } from '../lib/counted.js';
import { EmptyNotice, ErrorNotice } from './notice.js';
import { FunnelSteps } from './funnel-steps.js';
import { SegmentButton, SegmentOf } from './save-segment.js';
import { About, AsOf, Csv, Range } from './stat.js';
import { Value } from './stat-plots.js';

const COLUMNS = ['users', 'rateOfFirst', 'rateOfPrevious', 'medianTime',
	'dropped'];
const TITLE = 'Funnel';

/** Bars are of the first step's length; what is not known has none. */
function Bar({ share, f }) {
	const bar = html`<svg viewBox="0 0 100 10" preserveAspectRatio="none"
		class="funnel-bar" aria-hidden="true"><rect class="funnel-ground"
		width="100" height="10" /><rect class="plot-bars series-0"
		width=${100 * Math.max(0, Math.min(1, share ?? 0))} height="10" /></svg>`;

	return f ? html`<a href=${listOf(f)} tabindex="-1" aria-hidden="true">
		${bar}</a>` : bar;
}

/** Before the first step and after the last there is nothing to say. */
const textOf = (row, c) => row.users !== null && row[c] === null
	? '–' : valueText(row[c], c);

function Cell({ c, row, past, f, label, onOpen }) {
	return html`<td>${f ? html`<${Value} f=${f} text=${textOf(row, c)}
		label=${label} />` : textOf(row, c)}
		${past && html`<span class="hint"> ${textOf(past, c)} before
		</span>`}
		${(c === 'users' || c === 'dropped') && html`<${SegmentButton}
			...${{ f, onOpen }} of=${label} text="Segment" />`}</td>`;
}

function StepLine({ row, past, answer, state, labelOf, onOpen }) {
	const filter = (c) => c === 'users' || c === 'dropped'
		? stepFilter(state, answer, c, row) : '';

	return html`<tr><th scope="row"><bdi>${row.step}. ${row.label}</bdi>
			<${Bar} share=${row.rateOfFirst} f=${filter('users')} /></th>
		${COLUMNS.map((c) => html`<${Cell} key=${c} f=${filter(c)}
			...${{ c, row, past, onOpen }}
			label=${`${labelOf(c)}, step ${row.step}: ${row.label}`} />`)}</tr>`;
}

function Table({ answer, state, labelOf }) {
	const [told, setTold] = useState('');
	const [saving, setSaving] = useState('');

	return html`<div class="stat-table funnel-table" tabindex="0" role="region"
			aria-label=${`Table: ${TITLE}`}>
		<table><caption class="unseen">${TITLE}</caption>
			<thead><tr><th scope="col">Step</th>${COLUMNS.map((c) => html`<th
				key=${c} scope="col">${labelOf(c)}</th>`)}</tr></thead>
			<tbody>${answer.rows.map((row, i) => html`<${StepLine}
				key=${row.step} row=${row} past=${answer.previous?.rows[i]}
				onOpen=${setSaving} ...${{ answer, state, labelOf }} />`)}</tbody>
		</table></div>
		<p class="hint" role="status">${told}</p>
		${saving && html`<${SegmentOf} f=${saving} onDone=${setTold}
			onClose=${() => setSaving('')} />`}`;
}

function Body({ answer, metric, state, query, labelOf }) {
	const none = !(answer.rows[0]?.users > 0);

	return html`<${Range} answer=${answer}
			filtered=${state.filter.nodes.length > 0} />
		${none ? html`<div class="stat-nothing"><${EmptyNotice} level="h3"
			title=${answer.rows[0]?.users === null
		? 'No data for this period' : 'Nobody took the first step'} /></div>`
		: html`<${Table} ...${{ answer, state, labelOf }} />`}
		<div class="stat-foot"><${Csv} metric="funnel" ...${{ query }}
				title=${TITLE} />
			<${About} ...${{ metric, labelOf }} title=${TITLE} />
			<${AsOf} answer=${answer} /></div>`;
}

/** As high as an answer with that many steps. */
const Ghost = ({ n }) => html`<p class="unseen" role="status">Loading</p>
	<div class="stat-ghost" aria-hidden="true">${Array.from({ length: n + 2 },
	(_, i) => html`<span key=${i} class="bar"></span>`)}</div>`;

/** @param {any} props those of FlowStats, and the metric */
export function Funnel({ metric, state, show, onRefused }) {
	const asked = state.steps.length >= LEAST;
	const query = funnelQuestion(state);
	const id = useId();
	const { data, error, reload, loading } = useLoad(asked
		? JSON.stringify(['funnel', query]) : null,
	(signal) => ask('funnel', query, signal));
	const wrong = error?.path && !/^\/?(steps|window)/.test(error.path);
	const labelOf = (c) => metric.labels?.[c] ?? columnText(c);

	useEffect(() => {
		if (wrong)
			onRefused(error);
	}, [error]);
	return html`<section class="stat wide-stat" aria-labelledby=${id}
		aria-busy=${String(loading)} data-stat="funnel">
		<h2 id=${id}>${TITLE}</h2>
		<${FunnelSteps} steps=${state.steps} window=${state.window}
			labels=${data ? data.rows.map((r) => r.label) : []}
			onSteps=${(steps) => show({ steps })}
			onWindow=${(window) => show({ window })} />
		${error ? html`<${ErrorNotice} title="This could not be counted"
			error=${error} onRetry=${reload} level="h3" />`
		: data ? html`<${Body} answer=${data}
			...${{ metric, state, query, labelOf }} />`
		: asked && html`<${Ghost} n=${state.steps.length} />`}
	</section>`;
}
