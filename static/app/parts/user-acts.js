// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be done about a person, as far as one may: ban, merge, take out as
// a row or with all that is held, erase; and the merges that can be undone.
import { useState } from 'preact/hooks';
import { defaultColumns, table } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { may } from '../lib/session.js';
import { instant } from '../lib/time.js';
import { back, go } from '../lib/url.js';
import * as api from '../lib/user-api.js';
import { EraseDialog } from './erase-dialog.js';
import { ExportDialog } from './export-dialog.js';
import { Icon } from './icon.js';
import { MergeDialog } from './merge-dialog.js';
import { PersonArchive } from './person-archive.js';

function Export({ user, onClose }) {
	return html`<${ExportDialog} total=${1} ids=${[user.id]} sort=""
		columns=${defaultColumns()} sentence="this person" f=${undefined}
		all=${[...table.value.values()].map((a) => a.name)}
		onClose=${onClose} />`;
}

/** One act at a time; what it said when it failed. */
function useAct(onChanged) {
	const [{ busy, trouble }, setState] = useState(/** @type {any} */ ({}));
	const run = async (act) => {
		setState({ busy: true });
		try {
			await act();
			await onChanged();
			setState({});
		} catch (error) {
			setState({ trouble: error.message });
		}
	};

	return { busy, trouble, run };
}

function Dialogs({ which, user, onClose, onChanged }) {
	const merged = async (into) => {
		onClose();
		if (into === user.id)
			await onChanged();
		else
			go(`/users/${into}`, {}, { replace: true });
	};

	if (which === 'merge')
		return html`<${MergeDialog} ...${{ user, onClose }} onDone=${merged} />`;
	if (which === 'export')
		return html`<${Export} ...${{ user, onClose }} />`;
	if (which === 'archive')
		return html`<${PersonArchive} ...${{ user, onClose }} />`;
	return which === 'erase' && html`<${EraseDialog} ...${{ user, onClose }}
		onGone=${() => back('/users')} />`;
}

/** @param {{user: any, onChanged: () => Promise<any>}} props */
export function Acts({ user, onChanged }) {
	const [which, setWhich] = useState('');
	const act = useAct(onChanged);
	const banned = user.attributes.banned?.value === true;
	const ban = () => act.run(() => api.edit(user.id, { banned: !banned }));
	const opens = (name, icon, text) => html`<button type="button"
		aria-haspopup="dialog" onClick=${() => setWhich(name)}>
		${icon && html`<${Icon} name=${icon} />`} ${text}</button>`;

	return html`<div class="user-acts">
		${may('users.edit') && user.attributes.banned && html`<button
			type="button" disabled=${act.busy} aria-pressed=${String(banned)}
			onClick=${ban}>${banned ? 'Unban' : 'Ban'}</button>`}
		${may('users.edit') && opens('merge', 'people', 'Merge')}
		${may('download') && opens('export', 'download', 'Export')}
		${may('download') && may('chats.read') &&
			opens('archive', 'download', 'Export everything')}
		${may('users.delete') && opens('erase', 'cross', 'Erase')}
		${act.trouble && html`<p class="trouble" role="alert">${act.trouble}
			</p>`}
		<${Dialogs} ...${{ which, user, onChanged }}
			onClose=${() => setWhich('')} />
	</div>`;
}

function Merge({ merge, onUndo, busy }) {
	const { short } = instant(merge.undoneAt ?? merge.at);
	const who = merge.fromUserId ?? merge.from;

	return html`<li><bdi>${who}</bdi>
		${' '}<span class="hint">${merge.undoneAt ? 'undone, ' : ''}${short}
		</span>${!merge.undoneAt && may('users.edit') && html`${' '}<button
			type="button" class="link" disabled=${busy} onClick=${onUndo}
			aria-label=${`Undo the merge with ${who}`}>Undo</button>`}</li>`;
}

/** @param {{user: any, onChanged: () => Promise<any>}} props */
export function Merges({ user, onChanged }) {
	const act = useAct(onChanged);

	return html`<section class="card" aria-labelledby="user-merges">
		<h2 id="user-merges">Merged with</h2>
		<ul class="merges">${user.merges.map((m) => html`<${Merge} key=${m.id}
			merge=${m} busy=${act.busy}
			onUndo=${() => act.run(() => api.undoMerge(m.id))} />`)}</ul>
		${act.trouble && html`<p class="trouble" role="alert">${act.trouble}
			</p>`}
	</section>`;
}
