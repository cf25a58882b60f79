// SPDX-License-Identifier: AGPL-3.0-or-later
// What narrows the archives beside words: tags, state, who looks after a chat,
// where it came from, when, and who it is with.
import { STATES } from '../lib/archive.js';
import { useAttributes } from '../lib/attributes.js';
import { nodeAt } from '../lib/filter.js';
import { html } from '../lib/html.js';
import { may } from '../lib/session.js';
import { date } from '../lib/time.js';
import { ArchiveChip } from './archive-chip.js';
import { FilterBar } from './filter-bar.js';
import { KnownTokens } from './known-tokens.js';

/** @typedef {import('../lib/archive.js').Archive} Archive */

const WORDS = { any: 'are any of', all: 'are all of', none: 'are none of' };
const ENDS = { from: 'From', to: 'To' };

/** @param {string} word */
const capital = (word) => word.replace(/^./, (c) => c.toUpperCase());

function Tags({ of, known, change }) {
	return html`<${ArchiveChip} label="Tags" value=${of.tags.join(', ')}
		operator=${WORDS[of.match]} onClear=${() =>
		change({ tags: [], match: 'any' })}>
		<select class="field" aria-label="How many of the tags"
			value=${of.match} onChange=${(e) =>
		change({ match: e.target.value })}>
			<option value="any">any of these tags</option>
			<option value="all">all of these tags</option>
			<option value="none">none of these tags</option></select>
		<${KnownTokens} of="tags" label="Tags" known=${known} chosen=${of.tags}
			onChosen=${(tags) => change({ tags })} />
	</${ArchiveChip}>`;
}

function State({ of, change }) {
	const toggle = (state) => change({ state: STATES.filter((s) =>
		of.state.includes(s) !== (s === state)) });

	return html`<${ArchiveChip} label="State" operator="is" onClear=${() =>
		change({ state: [] })} value=${of.state.map(capital).join(' or ')}>
		<fieldset class="choice"><legend class="unseen">State</legend>
			${STATES.map((s) => html`<label class="tick" key=${s}>
				<input type="checkbox" checked=${of.state.includes(s)}
					onChange=${() => toggle(s)} />${capital(s)}</label>`)}
		</fieldset>
	</${ArchiveChip}>`;
}

function Assignee({ of, known, change }) {
	return html`<${ArchiveChip} label="Assignee" operator="is"
		value=${of.nobody ? 'nobody' : of.assignee.join(' or ')}
		onClear=${() => change({ assignee: [], nobody: false })}>
		${!of.nobody && html`<${KnownTokens} of="assignees" label="Assignees"
			known=${known} chosen=${of.assignee}
			onChosen=${(assignee) => change({ assignee })} />`}
		<label class="tick"><input type="checkbox" checked=${of.nobody}
			onChange=${() => change({ assignee: [], nobody: !of.nobody })} />
			Nobody looks after it</label>
	</${ArchiveChip}>`;
}

function Source({ of, known, change }) {
	return html`<${ArchiveChip} label="Integration" operator="is"
		value=${of.source.join(' or ')}
		onClear=${() => change({ source: [] })}>
		<${KnownTokens} of="sources" label="Integrations" known=${known}
			chosen=${of.source} onChosen=${(source) => change({ source })} />
	</${ArchiveChip}>`;
}

function Dates({ of, change }) {
	const value = of.from && of.to ? `${date(of.from)} – ${date(of.to)}`
		: date(of.from || of.to);
	const operator = of.from && of.to ? '' : of.from ? 'since' : 'until';

	return html`<${ArchiveChip} label="Opened" operator=${operator}
		value=${value} onClear=${() => change({ from: '', to: '' })}>
		<div class="pair">${Object.entries(ENDS).map(([name, label]) => html`
			<label class="labelled" key=${name}>${label}<input type="date"
				class="field" value=${of[name]} max="9999-12-31"
				onChange=${(e) => change({ [name]: e.target.value })} />
			</label>`)}</div>
		<p class="hint">Both days are in it; in your time zone.</p>
	</${ArchiveChip}>`;
}

function People({ of, error, change }) {
	const table = useAttributes();

	if (table.error)
		return html`<p class="trouble" role="alert">${table.error.message}</p>`;
	return table.data && html`<div class="archive-people">
		<span class="hint">People</span>
		<${FilterBar} filter=${of.filter} nodes=${undefined} addKey="f"
			wrong=${nodeAt(error?.path)}
			onChange=${(filter) => change({ filter })} /></div>`;
}

/**
 * @param {{of: Archive, known: {tags: string[], assignees: string[],
 *   sources: string[]}, error: any,
 *   change: (what: Partial<Archive>) => void}} props known: what is on
 *   screen, to choose from
 */
export function ArchiveFilters({ of, known, error, change }) {
	return html`<div class="archive-filters">
		<ul class="chips" aria-label="Filters of chats">
			<${Tags} of=${of} known=${known.tags} change=${change} />
			<${State} of=${of} change=${change} />
			<${Assignee} of=${of} known=${known.assignees} change=${change} />
			<${Source} of=${of} known=${known.sources} change=${change} />
			<${Dates} of=${of} change=${change} />
		</ul>
		${may('users.read') && html`<${People} ...${{ of, error, change }} />`}
	</div>`;
}
