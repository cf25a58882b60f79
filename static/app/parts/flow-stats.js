// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of flows has beside charts: a funnel to be built, and who
// comes back.
import { html } from '../lib/html.js';
import { Funnel } from './funnel.js';
import { Retention } from './retention.js';

/**
 * @param {{known: Map<string, import('../lib/stats.js').Metric>,
 *   state: import('../lib/stats.js').State, show: (next: any) => void,
 *   onRefused: (error: any) => void}} props
 */
export const FlowStats = ({ known, ...rest }) => html`
	${known.has('funnel') && html`<${Funnel} ...${rest}
		metric=${known.get('funnel')} />`}
	${known.has('retention') && html`<${Retention} ...${rest}
		metric=${known.get('retention')} />`}`;
