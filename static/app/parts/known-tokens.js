// SPDX-License-Identifier: AGPL-3.0-or-later
// Texts of chats, chosen from those that there are, with how many chats have
// each: asked of the server while one types.  What is on screen is offered,
// too, before it answers or when it does not; what is typed can be taken always.
import { useState } from 'preact/hooks';
import { values } from '../lib/archive.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { TokenField } from './token-field.js';

const WAIT = 120;
const MANY = 50;

/**
 * @param {any} props those of a TokenField; of: tags, sources or assignees;
 *   known: those on screen
 */
export function KnownTokens({ of, known, ...rest }) {
	const [text, setText] = useState('');
	const query = { of, prefix: text, limit: MANY };
	const found = useLoad(JSON.stringify(query), (signal) =>
		values(query, signal), text ? WAIT : 0);
	const all = (found.data ?? found.last?.data)?.values ?? [];
	const texts = all.map((v) => v.value);

	return html`<${TokenField} ...${rest} onText=${setText}
			known=${[...new Set([...texts, ...known])]}
			counts=${new Map(all.map((v) => [v.value, v.count]))} />
		${found.error && html`<p class="hint">Others could not be loaded;
			what you type is taken as it is.</p>`}`;
}
