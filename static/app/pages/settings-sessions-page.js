// SPDX-License-Identifier: AGPL-3.0-or-later
// Where one is logged in oneself, and leaving any of those places.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { change, listOf } from '../lib/settings.js';
import { instant } from '../lib/time.js';
import { ActDialog } from '../parts/act-dialog.js';
import { later } from '../parts/later.js';
import { Found, Frame, Said } from '../parts/settings-frame.js';

const PasswordDialog = later(() =>
	import('../parts/password-dialog.js').then((m) => m.PasswordDialog));

const Time = ({ at }) => html`<time datetime=${at} title=${instant(at).long}>
	${instant(at).short}</time>`;

function Row({ session, onEnd }) {
	const { from, begun, used, current } = session;

	return html`<li class="entry" data-session=${session.id}>
		<div class="entry-words">
			<h3>From <bdi>${from}</bdi>${current && html`${' '}
				<span class="tag">This one</span>`}</h3>
			<p class="hint">Logged in <${Time} at=${begun} />, last used
				${' '}<${Time} at=${used} /></p>
		</div>
		<div class="entry-acts">${!current && html`<button type="button"
			onClick=${onEnd}>End<span class="unseen"> the session from
			${from}, logged in ${instant(begun).short}</span></button>`}</div>
	</li>`;
}

const end = (id) => change('DELETE', `/sessions/${id}`);

function EndDialog({ ending, onDone, onClose }) {
	const all = ending.length > 1;

	return html`<${ActDialog} title=${all ? 'End the other sessions'
		: 'End this session'} text=${all ? `End all ${ending.length}` : 'End it'}
		onClose=${onClose} onDone=${onDone} act=${async () => {
		for (const { id } of ending)
			// one that ended by itself meanwhile is as good as ended
			await end(id).catch((e) => {
				if (e.status !== 404)
					throw e;
			});
	}}>
		<p>${all ? `${ending.length} places are` : html`The place it comes from,
			${' '}<b><bdi>${ending[0].from}</bdi></b>, is`} logged out at once.
			What was not saved there is lost.</p>
	<//>`;
}

export function SettingsSessionsPage() {
	const [{ turn, said }, setSaid] = useState({ turn: 0, said: '' });
	const [ending, setEnding] = useState(/** @type {any} */ (null));
	const [password, setPassword] = useState(false);
	const found = useLoad(`${turn}`, listOf('/sessions', 'sessions'));
	const all = (found.data ?? found.last?.data)?.slice()
		.sort((a, b) => a.current !== b.current ? b.current - a.current
			: b.used.localeCompare(a.used));
	const others = all?.filter((s) => !s.current) ?? [];

	return html`<${Frame} here="sessions" title="Your sessions"
		about="Where you are logged in. A session ends by itself half an hour
			after its last use."
		acts=${html`<button type="button" onClick=${() => setPassword(true)}>
				Change the password</button>
			${others.length > 1 && html`<button type="button" onClick=${() =>
				setEnding(others)}>End all others</button>`}`}>
		<${Said} text=${said} />
		<${Found} found=${{ ...found, data: all }} what="The sessions">
			${() => html`<ul class="entries">${all?.map((s) => html`<${Row}
				key=${s.id} session=${s}
				onEnd=${() => setEnding([s])} />`)}</ul>`}<//>
		${ending && html`<${EndDialog} ending=${ending}
			onClose=${() => setEnding(null)} onDone=${() => {
				setSaid({ turn: turn + 1, said: ending.length > 1
					? 'The other sessions are ended' : 'The session is ended' });
				setEnding(null);
			}} />`}
		${password && html`<${PasswordDialog}
			onClose=${() => setPassword(false)} />`}
	<//>`;
}
