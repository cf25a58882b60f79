// SPDX-License-Identifier: AGPL-3.0-or-later
// The forms of a saved view: to save what is on screen, to change a view, to
// delete one.  What was typed stays until the server has it.
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { change, remove, save, shownBy } from '../lib/views.js';

/** Runs one act at a time. @param {() => Promise<any>} act */
export function useAct(act) {
	const [state, set] = useState(/** @type {any} */ ({}));
	const run = async (e) => {
		e?.preventDefault();
		if (state.busy)
			return;
		set({ busy: true });
		try {
			await act();
			set({});
		} catch (error) {
			set({ error });
		}
	};

	return { ...state, run };
}

/** What the server refused. */
export const Refused = ({ error }) => error && html`<p class="trouble"
	role="alert"><bdi>${error.message}</bdi></p>`;

const Name = ({ value, onText }) => html`<label class="labelled">Name
	<input class="field" name="name" value=${value} required maxlength="200"
		autocomplete="off" onInput=${(e) => onText(e.target.value)} /></label>`;

const Visibility = ({ value, onPick }) => html`<label class="labelled">
	Who finds it
	<select class="field" name="visibility" value=${value}
		onChange=${(e) => onPick(e.target.value)}>
		<option value="private">Only me</option>
		<option value="team">The team</option>
	</select></label>`;

/** @param {any} props */
export function SaveView({ listing, sentence, onDone }) {
	const [name, setName] = useState('');
	const [visibility, setVisibility] = useState('private');
	const [saved, setSaved] = useState('');
	const { busy, error, run } = useAct(async () => {
		await save({ name, visibility, ...shownBy(listing) });
		setSaved(name);
		setName('');
		onDone();
	});

	return html`<form class="stack view-save" onSubmit=${run}>
		<p class="hint">What is on screen: ${' '}<bdi>${sentence ||
			'Everybody'}</bdi>, its columns and its order.</p>
		<div class="pair">
			<${Name} value=${name} onText=${setName} />
			<${Visibility} value=${visibility} onPick=${setVisibility} />
		</div>
		<${Refused} error=${error} />
		<div class="dialog-foot">
			<span class="hint" role="status">${saved && !error &&
				html`Saved: <bdi>${saved}</bdi>`}</span>
			<button class="primary" aria-disabled=${String(!!busy)}>
				Save view</button></div>
	</form>`;
}

/** @param {any} props */
export function ChangeView({ view, listing, sentence, onDone }) {
	const [name, setName] = useState(view.name);
	const [visibility, setVisibility] = useState(view.visibility);
	const [taken, setTaken] = useState(false);
	const { busy, error, run } = useAct(async () => {
		await change(view, {
			...(name === view.name ? {} : { name }),
			...(visibility === view.visibility ? {} : { visibility }),
			...(taken ? shownBy(listing) : {}),
		});
		onDone();
	});

	return html`<form class="stack" onSubmit=${run}>
		<${Name} value=${name} onText=${setName} />
		<${Visibility} value=${visibility} onPick=${setVisibility} />
		<label class="tick"><input type="checkbox" name="taken"
			checked=${taken} onChange=${(e) => setTaken(e.target.checked)} />
			Let it show what is on screen</label>
		<p class="hint">Now: ${' '}<bdi>${view.sentence ?? view.error}</bdi>.
			${' '}On screen: ${' '}<bdi>${sentence || 'Everybody'}</bdi>.</p>
		<${Refused} error=${error} />
		<div class="dialog-foot"><button class="primary"
			aria-disabled=${String(!!busy)}>Save changes</button></div>
	</form>`;
}

/** @param {any} props */
export function DeleteView({ view, onDone }) {
	const { busy, error, run } = useAct(async () => {
		await remove(view);
		onDone();
	});

	return html`<form class="stack" onSubmit=${run}>
		<p>The view <b><bdi>${view.name}</bdi></b> with all its versions will
			be gone, and every share link of it ends. The people in it
			stay.</p>
		<${Refused} error=${error} />
		<div class="dialog-foot"><button class="primary"
			aria-disabled=${String(!!busy)}>Delete view</button></div>
	</form>`;
}
