// SPDX-License-Identifier: AGPL-3.0-or-later
// What stands where the rows would be when there are none: an error says what
// failed and what can be done; emptiness says it is not an error.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Icon } from './icon.js';

/** A notice that goes with the focus in it leaves it to the page. */
function useHandOver() {
	const ref = useRef(/** @type {any} */ (null));

	useLayoutEffect(() => {
		const notice = ref.current;

		return () => notice.contains(document.activeElement) &&
			document.getElementById('main')?.focus();
	}, []);
	return ref;
}

/**
 * @param {{title: string, error: any, onRetry?: () => void, level?: string,
 *   children?: any}} props level: h1 where it is all there is on the page
 */
export function ErrorNotice({ title, error, onRetry, level = 'h2', children }) {
	return html`<div class="notice notice-error" role="alert"
		ref=${useHandOver()}>
		<span class="notice-mark"><${Icon} name="warning" /></span>
		<${level} class="notice-title">${title}</${level}>
		<p><bdi>${error.message}</bdi></p>
		<div class="notice-acts">
			${onRetry && html`<button type="button" onClick=${onRetry}>
				Try again</button>`}
			${children}
		</div>
		${(error.path || error.requestId) && html`<p class="hint">
			${error.path && html`At <code>${error.path}</code>. `}
			${error.requestId && html`Request
				${' '}<code>${error.requestId}</code>`}
		</p>`}
	</div>`;
}

/**
 * @param {{title: string, icon?: any, level?: string,
 *   children?: any}} props
 */
export function EmptyNotice({ title, icon = 'search', level = 'h2', children }) {
	return html`<div class="notice" ref=${useHandOver()}>
		<span class="notice-mark"><${Icon} name=${icon} /></span>
		<${level} class="notice-title">${title}</${level}>
		${children}
	</div>`;
}
