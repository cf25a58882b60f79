// SPDX-License-Identifier: AGPL-3.0-or-later
// Changing the type of an attribute: first what would come of it, with the
// values that would not parse; then the change, watched until it has ended.
import { useState } from 'preact/hooks';
import { json } from '../lib/api.js';
import { html } from '../lib/html.js';
import { ended, running, started } from '../lib/jobs.js';
import { useLoad } from '../lib/load.js';
import { count, people } from '../lib/number.js';
import { attributePath, change } from '../lib/settings.js';
import { addressOf } from '../lib/url.js';
import { JobView } from './job-view.js';

const preview = (name, type) => (signal) => json('PATCH', attributePath(name),
	{ query: { preview: 'true' }, body: { type }, signal });

function Misfits({ found, type }) {
	const { misfits, examples } = found;

	return html`<p><b>${people(misfits)}</b> ${misfits === 1 ? 'has' : 'have'} a
			value that is no ${type}. It is kept and shown, but no filter finds
			it and no order knows it${examples.length < misfits
		? '. For example:' : ':'}</p>
		<ul class="misfits">${examples.map((e) => html`<li key=${e.text}>
			<bdi>${e.text || '(empty)'}</bdi>
			${' '}<a href=${addressOf(`/users/${e.id}`)}>see one</a></li>`)}
		</ul>`;
}

function Preview({ found, type }) {
	if (found.error)
		return html`<p class="trouble" role="alert">${found.error.message}</p>`;
	if (!found.data)
		return html`<p class="hint" role="status">Reading every value…</p>`;
	return html`<div class="type-preview" role="status">
		<p><b>${people(found.data.fits)}</b> ${found.data.fits === 1 ? 'has'
		: 'have'} a value that reads as ${type}.</p>
		${found.data.misfits > 0 && html`<${Misfits} found=${found.data}
			type=${type} />`}</div>`;
}

/** Starts it and hands it to those who watch. */
function useStart(name, type) {
	const [state, setState] = useState(/** @type {any} */ ({}));
	const run = async () => {
		setState({ busy: true });
		try {
			const { job } = await change('PATCH', attributePath(name), { type });

			started(await json('GET', `/jobs/${job}`));
			setState({ job });
		} catch (e) {
			setState({ error: e.message });
		}
	};

	return { ...state, run };
}

const over = (id) => !running.value.some((j) => j.id === id) &&
	ended.value.some((j) => j.id === id);

function Change({ a, type, onType }) {
	const found = useLoad(type, preview(a.name, type));
	const start = useStart(a.name, type);
	const total = found.data && found.data.fits + found.data.misfits;

	if (start.job)
		return html`<${JobView} id=${start.job} />
			${over(start.job) && html`<p class="dialog-foot">
				<button type="button" onClick=${() => onType('')}>Good</button>
			</p>`}`;
	return html`<${Preview} found=${found} type=${type} />
		${start.error && html`<p class="trouble" role="alert">
			${start.error}</p>`}
		<p class="dialog-foot">
			<button type="button" onClick=${() => onType('')}>Leave it
				${' '}${a.type}</button>
			<button type="button" class="primary" aria-disabled=${String(
		!found.data || !!start.busy)} onClick=${() => found.data &&
			!start.busy && start.run()}>
				${total === undefined ? `Make it ${type}`
		: `Read ${count(total)} as ${type}`}</button></p>`;
}

/** @param {{a: any}} props an attribute with the types it may have */
export function AttributeType({ a }) {
	const [type, setType] = useState('');

	return html`<fieldset class="choice stack attribute-type">
		<legend>Type</legend>
		${a.types.length === 0 ? html`<p class="hint">Built in as
			${' '}<b>${a.type}</b>, which cannot be changed.</p>`
		: html`<label class="labelled">Read its values as
			<select class="field" name="type" value=${type || a.type}
				onChange=${(e) => setType(e.target.value === a.type ? ''
		: e.target.value)}>
				${[a.type, ...a.types].map((t) => html`<option key=${t}
					value=${t}>${t}${t === a.type ? ' (as now)' : ''}
				</option>`)}</select></label>`}
		${type && html`<${Change} key=${type} a=${a} type=${type}
			onType=${setType} />`}
	</fieldset>`;
}
