// SPDX-License-Identifier: AGPL-3.0-or-later
// What every page of Settings stands in: a heading, the ways to the others,
// and the states that a list or a form has before it is there.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { pathOf, places } from '../lib/settings.js';
import { addressOf } from '../lib/url.js';
import { ErrorNotice } from './notice.js';

function Place({ place, here }) {
	return html`<li><a href=${addressOf(pathOf(place.id))}
		aria-current=${place.id === here ? 'page' : undefined}>
		${place.text}</a></li>`;
}

/**
 * @param {{here: string, title: string, about?: any, acts?: any,
 *   children?: any}} props
 */
export function Frame({ here, title, about, acts, children }) {
	const main = useRef(/** @type {any} */ (null));

	useLayoutEffect(() => main.current.focus(), []);
	useEffect(() => {
		document.title = `${title} – Settings – Rapport`;
	}, [title]);
	return html`<main class="page settings-page" id="main" tabindex="-1"
		ref=${main}>
		<header class="page-head"><h1>Settings</h1></header>
		<nav class="settings-nav" aria-label="Settings"><ul>
			${places().map((p) => html`<${Place} key=${p.id} place=${p}
				here=${here} />`)}</ul></nav>
		<section class="settings-body" aria-labelledby="settings-title">
			<div class="settings-head">
				<h2 id="settings-title"><bdi>${title}</bdi></h2>
				<div class="settings-acts">${acts}</div>
			</div>
			${about && html`<p class="settings-about">${about}</p>`}
			${children}
		</section>
	</main>`;
}

export const Ghosts = () => html`<p class="unseen" role="status">Loading</p>
	<div class="settings-ghosts" aria-hidden="true">${[0, 1, 2, 3].map((i) =>
		html`<span class="bar" key=${i}></span>`)}</div>`;

/**
 * Loading, an error, or what there is.
 * @param {{found: any, what: string, children: (data: any) => any}} props
 */
export function Found({ found, what, children }) {
	if (found.error)
		return html`<${ErrorNotice} error=${found.error} level="h3"
			title=${`${what} could not be loaded`} onRetry=${found.reload} />`;
	return found.data ? children(found.data) : html`<${Ghosts} />`;
}

/** What was done, said once more for who does not see it. */
export const Said = ({ text }) => html`<p class=${text ? 'good said' : 'unseen'}
	role="status"><bdi>${text}</bdi></p>`;
