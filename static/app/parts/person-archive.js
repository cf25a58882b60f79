// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything that is held on one person, to be given to them: a locked file of
// a page for people and JSON for programs.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { ExportSteps } from './export-steps.js';

/** @param {{user: any, onClose: () => void}} props */
export function PersonArchive({ user, onClose }) {
	const [notes, setNotes] = useState(true);

	return html`<${ExportSteps} title="Everything on this person"
		path=${`/users/${user.id}/archive`} what=${{ notes }} rows=${1}
		word="everything" file=${`person-${user.id}.zip.pgp`} ready=${true}
		onClose=${onClose}>
		<p>All attributes with where they are from and what they were before,
			segments, consent, chats with all that was said, what happened,
			merges, and the exports that held them. One file locked with a
			password: a page to read, and JSON.</p>
		<label class="tick"><input type="checkbox" name="notes"
			checked=${notes} onChange=${(e) => setNotes(e.target.checked)} />
			With internal notes of managers</label>
	</${ExportSteps}>`;
}
