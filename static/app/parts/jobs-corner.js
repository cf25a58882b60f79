// SPDX-License-Identifier: AGPL-3.0-or-later
// The corner of every page where bulk actions are seen that are under way or
// have ended since one looked.
import { html } from '../lib/html.js';
import { ended, putAway, running } from '../lib/jobs.js';
import { Icon } from './icon.js';
import { JobView } from './job-view.js';

function Over({ job }) {
	return html`<div class="job-over"><${JobView} id=${job.id} />
		<button type="button" class="ghost square" aria-label="Put away"
			onClick=${() => putAway(job.id)}><${Icon} name="cross" /></button>
	</div>`;
}

export function JobsCorner() {
	return html`<section class="jobs" aria-label="Bulk actions">
		${running.value.map((j) => html`<${JobView} key=${j.id} id=${j.id} />`)}
		${ended.value.map((j) => html`<${Over} key=${j.id} job=${j} />`)}
	</section>`;
}
