// SPDX-License-Identifier: AGPL-3.0-or-later
// A value being edited in its place.  Enter saves, Esc leaves, × removes.
// Whatever the server says, what was typed stays; when somebody else changed
// the value meanwhile, that is shown and one chooses.
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { toldOf } from '../lib/told.js';
import { fieldProps, isLong, readBack, spoken, written }
	from '../lib/typed.js';
import { Icon } from './icon.js';

/** Saving, and what came of it. */
function useSaving({ name, cell, onSave, onLeave }) {
	const [state, setState] = useState(/** @type {any} */ ({}));
	const base = useRef(cell?.value ?? null);
	const run = async (value) => {
		setState({ busy: true });
		try {
			const theirs = await onSave(name, value, base.current);

			if (!theirs)
				return onLeave();
			base.current = theirs.value ?? null;
			setState({ theirs, mine: value });
		} catch (error) {
			setState({ trouble: error.message });
		}
		return undefined;
	};

	return { ...state, run,
		say: (trouble) => setState({ trouble }) };
}

function Field({ label, type, text, onText, first, id, bad }) {
	const props = { class: 'field', ref: first, value: text,
		'aria-label': label, 'aria-invalid': bad ? 'true' : undefined,
		'aria-describedby': bad ? id : undefined,
		onInput: (e) => onText(e.target.value) };

	if (type === 'boolean')
		return html`<select ...${props}>
			<option value="">Not set</option>
			<option value="true">Yes</option>
			<option value="false">No</option></select>`;
	if (isLong(type, text))
		return html`<textarea rows="3" ...${props}></textarea>`;
	return html`<input autocomplete="off" spellcheck=${false}
		...${fieldProps(type)} ...${props} />`;
}

/** Somebody else was faster. */
function Conflict({ type, theirs, mine, onMine, onTheirs }) {
	const told = toldOf(theirs);

	return html`<div class="datum-conflict" role="alert">
		<p>Changed meanwhile to <b><bdi>${spoken(type, theirs.value)}</bdi></b>${
		told && ` (${told[0].toLowerCase()}${told.slice(1)})`}.</p>
		<p class="datum-acts">
			<button type="button" class="primary" onClick=${onMine}>
				Save mine: <bdi>${spoken(type, mine)}</bdi></button>
			<button type="button" onClick=${onTheirs}>Leave theirs</button></p>
	</div>`;
}

/** A long text takes Enter with Ctrl; a field of one line takes it as it is. */
function keysOf(onLeave, submit) {
	return (e) => {
		if (e.isComposing)
			return;
		if (e.key === 'Escape') {
			e.preventDefault();
			e.stopPropagation();
			onLeave();
		} else if (e.key === 'Enter' && !e.shiftKey &&
			/TEXTAREA|SELECT/.test(e.target.tagName)) {
			e.preventDefault();
			submit();
		}
	};
}

/** The text, and what becomes of it. */
function useText({ type, cell, onLeave }, saving) {
	const [start] = useState(() => written(type, cell?.value));
	const [text, setText] = useState(start);
	const submit = (e) => {
		const { value, wrong } = readBack(type, text);

		e?.preventDefault();
		if (saving.busy)
			return;
		if (wrong)
			saving.say(wrong);
		else if (text === start)
			onLeave();
		else
			saving.run(value);
	};

	return { text, setText, submit };
}

/** @param {any} props those of Datum, and onLeave */
export function DatumEditor(props) {
	const { label, type, cell, onLeave } = props;
	const first = useRef(/** @type {any} */ (null));
	const id = useId();
	const saving = useSaving(props);
	const { text, setText, submit } = useText(props, saving);

	useLayoutEffect(() => {
		first.current.focus();
		first.current.select?.();
	}, []);
	return html`<form class="datum-form" novalidate onSubmit=${submit}
		aria-busy=${String(!!saving.busy)} onKeyDown=${keysOf(onLeave, submit)}>
		<${Field} ...${{ label, type, text, first, id }} onText=${setText}
			bad=${!!saving.trouble} />
		<button class="primary square" aria-label=${`Save ${label}`}
			title="Save (Enter)"><${Icon} name="check" /></button>
		<button type="button" class="ghost square"
			aria-label=${`Remove ${label}`} title="Remove"
			disabled=${(cell?.value ?? null) === null}
			onClick=${() => !saving.busy && saving.run(null)}>
			<${Icon} name="cross" /></button>
		${saving.trouble && html`<p class="trouble" id=${id} role="alert">
			${saving.trouble}</p>`}
		${saving.theirs && html`<${Conflict} type=${type}
			theirs=${saving.theirs} mine=${saving.mine} onTheirs=${onLeave}
			onMine=${() => saving.run(saving.mine)} />`}
	</form>`;
}
