// SPDX-License-Identifier: AGPL-3.0-or-later
// The saved views: what is on screen is saved here, and found again; each
// view is opened, shared, changed and deleted from its line.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { may } from '../lib/session.js';
import { instant } from '../lib/time.js';
import { addressOfView, views } from '../lib/views.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { ErrorNotice } from './notice.js';
import { SharePanel } from './share-panel.js';
import { ChangeView, DeleteView, SaveView } from './view-forms.js';
import { ViewVersions } from './view-versions.js';

const PANELS = {
	share: { title: 'Share', Panel: SharePanel },
	change: { title: 'Change', Panel: ChangeView },
	versions: { title: 'Versions', Panel: ViewVersions },
	delete: { title: 'Delete', Panel: DeleteView },
};

const Acts = ({ view, onPanel }) => html`<span class="view-acts">
	${Object.entries(PANELS).map(([at, { title }]) =>
		(at !== 'share' || may('share')) && html`<button type="button"
			class="ghost" key=${at} aria-label=${`${title}: ${view.name}`}
			data-act=${`${at} ${view.id}`}
			onClick=${() => onPanel(at, view)}>${title}</button>`)}
</span>`;

function Line({ view, onPanel, onClose }) {
	const { short, long } = instant(view.updatedAt);

	return html`<li class="view">
		<span class="view-name"><a href=${addressOfView(view)}
			onClick=${onClose}><bdi>${view.name}</bdi></a>
			<span class="tag">${view.visibility === 'team'
		? 'Team' : 'Only me'}</span></span>
		<p class="hint">${view.error
		? html`<span class="trouble">It does not run any more:
				${' '}<bdi>${view.error}</bdi></span>`
		: html`<bdi>${view.sentence}</bdi>`}</p>
		<p class="hint"><bdi>${view.updatedBy.name || 'Command line'}</bdi>,
			${' '}<time datetime=${view.updatedAt}
				title=${long}>${short}</time></p>
		<${Acts} view=${view} onPanel=${onPanel} />
	</li>`;
}

function Lines({ found, ...on }) {
	const kept = useRef(/** @type {any} */ (null));

	kept.current = found.data ?? kept.current;
	if (found.error)
		return html`<${ErrorNotice} title="The views could not be loaded"
			error=${found.error} onRetry=${found.reload} />`;
	if (!kept.current)
		return html`<p class="hint" role="status">Loading…</p>`;
	if (!kept.current.length)
		return html`<p class="hint">No views are saved yet.</p>`;
	return html`<ul class="views" aria-label="Saved views">
		${kept.current.map((v) =>
		html`<${Line} key=${v.id} view=${v} ...${on} />`)}</ul>`;
}

/** Where the focus goes when a panel has taken the place of another. */
function useFocusIn(panel, last) {
	const body = useRef(/** @type {any} */ (null));
	const first = useRef(true);

	useEffect(() => {
		const to = panel ? '.view-back' : `[data-act="${last}"]`;

		if (!first.current)
			(body.current.querySelector(to) ??
				body.current.querySelector('input'))?.focus();
		first.current = false;
	}, [panel]);
	return body;
}

/**
 * @param {{listing: import('../lib/listing.js').Listing, sentence?: string,
 *   onClose: () => void}} props
 */
export function ViewsDialog({ listing, sentence, onClose }) {
	const found = useLoad('views', views);
	const [{ at, view, last }, set] = useState(
		/** @type {any} */ ({ at: '', view: null, last: '' }));
	const body = useFocusIn(at, last);
	const { title, Panel } = PANELS[at] ?? {};
	const back = () => set({ at: '', view: null, last: `${at} ${view.id}` });
	const done = () => {
		found.reload();
		back();
	};

	return html`<${Dialog} title=${title ? `${title}: ${view.name}` : 'Views'}
		onClose=${onClose}>
		<div class="dialog-body stack" ref=${body}>
			${Panel ? html`<button type="button" class="ghost view-back"
					onClick=${back}><${Icon} name="left" /> All views</button>
				<${Panel} ...${{ view, listing, sentence, onClose }}
					onDone=${done} />`
		: html`<${SaveView} ...${{ listing, sentence }}
					onDone=${found.reload} />
				<${Lines} found=${found} onClose=${onClose}
					onPanel=${(to, v) => set({ at: to, view: v })} />`}
		</div>
	</${Dialog}>`;
}
