// SPDX-License-Identifier: AGPL-3.0-or-later
// Who comes back: cohorts by the week or month in which people first wrote.
import { useEffect, useId } from 'preact/hooks';
import { retentionQuestion } from '../lib/funnel.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { columnText } from '../lib/metrics.js';
import { ask } from '../lib/stats.js';
import { Cohorts } from './cohorts.js';
import { EmptyNotice, ErrorNotice } from './notice.js';
import { About, AsOf, Csv, Range } from './stat.js';

const TITLE = 'Retention';

function Choice({ text, value, options, onValue }) {
	return html`<label class="heat-choice">${text} <select class="field"
		value=${value} onChange=${(e) => onValue(e.target.value)}>
		${options.map(([name, label]) => html`<option key=${name}
			value=${name}>${label}</option>`)}</select></label>`;
}

function Body({ answer, metric, state, query, labelOf }) {
	const none = !answer.rows.some((row) => row.size > 0);

	return html`<${Range} answer=${answer}
			filtered=${state.filter.nodes.length > 0} />
		${none ? html`<div class="stat-nothing"><${EmptyNotice} level="h3"
			title="Nobody wrote for the first time in this period" /></div>`
		: html`<${Cohorts} ...${{ answer, state }}
			share=${state.show !== 'people'} />`}
		<div class="stat-foot"><${Csv} metric="retention" query=${query}
				title=${TITLE} />
			<${About} ...${{ metric, labelOf }} title=${TITLE} />
			<${AsOf} answer=${answer} /></div>`;
}

/** @param {any} props those of FlowStats, and the metric */
export function Retention({ metric, state, show, onRefused }) {
	const query = retentionQuestion(state);
	const id = useId();
	const { data, error, reload } = useLoad(JSON.stringify(['retention', query]),
		(signal) => ask('retention', query, signal));
	const labelOf = (c) => metric.labels?.[c] ?? columnText(c);

	useEffect(() => {
		if (error?.path)
			onRefused(error);
	}, [error]);
	return html`<section class="stat wide-stat" aria-labelledby=${id}
		aria-busy=${String(!data && !error)} data-stat="retention">
		<h2 id=${id}>${TITLE}</h2>
		<div class="cohort-choices">
			<${Choice} text="Cohorts by" value=${state.every}
				options=${[['week', 'Weeks'], ['month', 'Months']]}
				onValue=${(every) => show({ every })} />
			<${Choice} text="Shows" value=${state.show === 'people' ? 'people'
		: ''} options=${[['', 'Shares'], ['people', 'People']]}
				onValue=${(value) => show({ show: value })} /></div>
		${error ? html`<${ErrorNotice} title="This could not be counted"
			error=${error} onRetry=${reload} level="h3" />`
		: data ? html`<${Body} answer=${data}
			...${{ metric, state, query, labelOf }} />`
		: html`<p class="unseen" role="status">Loading</p>
			<div class="plot-room" aria-hidden="true"></div>`}
	</section>`;
}
