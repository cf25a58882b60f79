// SPDX-License-Identifier: AGPL-3.0-or-later
// One person: who it is and how to reach them on top, how often they talk,
// all that is known, with where each value came from and when, what happened,
// and what can be done about them.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useAttributes } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { useUser } from '../lib/one-user.js';
import { addressOfPerson, nameOf } from '../lib/person.js';
import { may } from '../lib/session.js';
import { ZONE } from '../lib/time.js';
import { addressOf, back } from '../lib/url.js';
import { Cell, Mark } from '../parts/cell.js';
import { Icon } from '../parts/icon.js';
import { ErrorNotice } from '../parts/notice.js';
import { Acts, Merges } from '../parts/user-acts.js';
import { Chats } from '../parts/user-chats.js';
import { SessionData, UserData } from '../parts/user-data.js';
import { Segments } from '../parts/user-segments.js';
import { Timeline } from '../parts/user-timeline.js';

const LIST = '/users';
const TALK = ['chats', 'messagesIn', 'messagesOut', 'lastSeen', 'createdAt'];

function BackLink() {
	return html`<a class="back" href=${addressOf(LIST)} onClick=${(e) => {
		e.preventDefault();
		back(LIST);
	}}><${Icon} name="left" /> Users</a>`;
}

/** How often they talk, and when. */
function Talk({ attributes }) {
	return html`<dl class="talk">
		${TALK.filter((name) => attributes[name]).map((name) => html`<div
			key=${name}><dt>${attributes[name].label}</dt>
			<dd><${Cell} type=${attributes[name].type}
				value=${attributes[name].value} /></dd></div>`)}
	</dl>`;
}

function Head({ user }) {
	const name = nameOf(user);
	const address = addressOfPerson(user);
	const banned = user.attributes.banned?.value === true;

	useEffect(() => {
		document.title = `${name || 'User'} – Rapport`;
	}, [name]);
	return html`<header class="user-head">
		<${Mark} id=${user.id} name=${name} />
		<div class="user-who">
			<h1><bdi>${name || 'No name'}</bdi>
				${banned && html`${' '}<span class="tag tag-bad">
					${user.attributes.banned.label}</span>`}</h1>
			<p class="sentence"><bdi>${address || 'No address known'}</bdi></p>
		</div>
		<${Talk} attributes=${user.attributes} />
	</header>`;
}

function Person({ found }) {
	const { user, turn, look, save } = found;

	return html`<${Head} user=${user} />
		<${Acts} user=${user} onChanged=${look} />
		<div class="user-cards">
			<div class="user-side">
				<${UserData} user=${user} onSave=${save} />
				<${Timeline} id=${user.id} turn=${turn} />
			</div>
			<div class="user-side">
				${user.segments && html`<${Segments} user=${user}
					onChanged=${look} />`}
				<${SessionData} user=${user} onSave=${save} />
				${may('chats.read') && html`<${Chats} id=${user.id}
					turn=${turn} />`}
				${user.merges?.length > 0 && html`<${Merges} user=${user}
					onChanged=${look} />`}
			</div>
		</div>
		<p class="hint user-foot">Times in ${ZONE.replace(/_/g, ' ')}</p>`;
}

function Ghosts() {
	return html`<p class="unseen" role="status">Loading</p>
		<div class="user-ghosts" aria-hidden="true">
			${[0, 1, 2, 3, 4, 5].map((i) => html`<span class="bar"
				key=${i}></span>`)}</div>`;
}

/** @param {{id: string}} props */
export function UserPage({ id }) {
	const main = useRef(/** @type {any} */ (null));
	const table = useAttributes();
	const found = useUser(id);
	const error = found.error || table.error;

	useLayoutEffect(() => main.current.focus(), []);
	return html`<main class="page user-page" id="main" tabindex="-1"
		ref=${main}>
		<${BackLink} />
		${error ? html`<${ErrorNotice} level="h1" error=${error}
			title=${error.status === 404 ? 'There is no such person'
		: 'This person could not be loaded'}
			onRetry=${error.status === 404 ? undefined : () => {
		found.reload();
		table.reload();
	}} />`
		: found.user && table.data ? html`<${Person} found=${found} />`
			: html`<${Ghosts} />`}
	</main>`;
}
