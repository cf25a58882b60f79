// SPDX-License-Identifier: AGPL-3.0-or-later
// One bulk action, while it runs and when it has ended.
import { useState } from 'preact/hooks';
import * as bulk from '../lib/bulk.js';
import { html } from '../lib/html.js';
import { callOff, ended, running } from '../lib/jobs.js';
import { count } from '../lib/number.js';
import { Icon } from './icon.js';

function Running({ job }) {
	const [error, setError] = useState('');

	return html`<div class="job">
		<p class="job-text"><bdi>${bulk.tells(job)}</bdi></p>
		<progress class="wide" value=${job.done} max=${job.total || 1}
			aria-label=${bulk.tells(job)}></progress>
		<p class="job-foot"><span class="amount">
			${count(job.done)} of ${count(job.total)}</span>
			<button type="button" onClick=${() => callOff(job.id)
		.catch((e) => setError(e.message))}>Cancel</button></p>
		${error && html`<p class="trouble" role="alert">${error}</p>`}
	</div>`;
}

function Ended({ job }) {
	const good = job.state === 'done';

	return html`<p class=${good ? 'good' : 'trouble'} role="status">
		${good && html`<${Icon} name="check" />`}
		<bdi>${bulk.outcome(job)}.</bdi></p>`;
}

/** @param {{id: number}} props */
export function JobView({ id }) {
	const job = running.value.find((j) => j.id === id);
	const over = ended.value.find((j) => j.id === id);

	if (job)
		return html`<${Running} job=${job} />`;
	return over ? html`<${Ended} job=${over} />` : null;
}
