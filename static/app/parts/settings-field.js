// SPDX-License-Identifier: AGPL-3.0-or-later
// A field of a draft: its label, what is wrong with it, and, where somebody
// else changed it meanwhile, both values to choose between.
import { useId } from 'preact/hooks';
import { html } from '../lib/html.js';

/** @param {any} error @returns {string} the field it speaks of */
export const fieldOf = (error) => (error?.path ?? '').split(/[/[]/)[0];

/** @param {{draft: any, name: string, say?: (value: any) => string}} props */
export function Conflict({ draft, name, say = String }) {
	if (!(name in draft.theirs))
		return null;
	return html`<div class="conflict" role="alert">
		<p>Somebody else made it <b><bdi>${say(draft.theirs[name])}</bdi></b>
			meanwhile; here it is <b><bdi>${say(draft.now[name])}</bdi></b>.</p>
		<p class="conflict-acts">
			<button type="button" onClick=${() => draft.keep(name, true)}>
				Keep mine</button>
			<button type="button" onClick=${() => draft.keep(name, false)}>
				Take theirs</button></p>
	</div>`;
}

/** What a refusal says of a field. @param {any} draft @param {string} name */
export const wrongOf = (draft, name) =>
	draft.error && (draft.error.path === name ||
		fieldOf(draft.error) === name) ? draft.error.message : '';

/**
 * @param {{draft: any, name: string, label: any, hint?: any,
 *   say?: (value: any) => string, children: (props: any) => any}} props
 *   children: makes the control from what belongs on it
 */
export function Field({ draft, name, label, hint, say, children }) {
	const id = useId();
	const wrong = wrongOf(draft, name);
	const told = [hint && `${id}-h`, wrong && `${id}-w`].filter(Boolean);

	return html`<div class="labelled"><label for=${id}>${label}</label>
		${children({ id, name, class: 'field',
		'aria-invalid': wrong ? 'true' : undefined,
		'aria-describedby': told.join(' ') || undefined })}
		${hint && html`<span class="hint" id=${`${id}-h`}>${hint}</span>`}
		${wrong && html`<span class="trouble" role="alert"
			id=${`${id}-w`}>${wrong}</span>`}
		<${Conflict} draft=${draft} name=${name} say=${say} />
	</div>`;
}

/** A field that is a line of text. */
export function TextField({ draft, name, label, hint, ...more }) {
	return html`<${Field} ...${{ draft, name, label, hint }}
		say=${(v) => v || 'nothing'}>
		${(props) => html`<input type="text" autocomplete="off" ...${props}
			...${more} value=${draft.now[name]}
			onInput=${(e) => draft.put(name, e.target.value)} />`}<//>`;
}

/**
 * What was refused and is not a field's own, and the foot of a form.
 * @param {{draft: any, fields?: string[], text?: string, children?: any}} props
 */
export function FormFoot({ draft, fields = [], text = 'Save', children }) {
	const { error, busy, changed, theirs } = draft;
	const open = Object.keys(theirs).length > 0;
	const elsewhere = error && !fields.includes(fieldOf(error)) &&
		!fields.includes(error.path);

	return html`${elsewhere && html`<p class="trouble" role="alert">
			${error.message}</p>`}
		${open && html`<p class="trouble" role="alert">Choose what is to hold,
			above, then save.</p>`}
		<div class="form-foot">
			<button class="primary" aria-disabled=${String(busy || open ||
				!changed.length)}>${busy ? 'Saving…' : text}</button>
			${children}
		</div>`;
}
