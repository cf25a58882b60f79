// SPDX-License-Identifier: AGPL-3.0-or-later
// Chooses one step of a funnel among what is really there: what people did is
// a step at once; what they said and what changed of them is asked for more.
import { useState } from 'preact/hooks';
import { choices } from '../lib/funnel.js';
import { html } from '../lib/html.js';
import { Combobox } from './combobox.js';
import { Icon } from './icon.js';
import { Popover } from './popover.js';
import { OneSuggested } from './suggest.js';

/** @typedef {import('../lib/funnel.js').Step} Step */

function Choose({ onPick }) {
	const [text, setText] = useState('');
	const options = choices(text);

	return html`<${Combobox} label="Step" focus first text=${text}
		placeholder="What did they do?" onText=${setText} options=${options}
		onPick=${(o) => onPick(o.subject)}
		status=${options.length ? '' : 'Nothing is called that.'} />`;
}

const Head = ({ subject, onBack }) => html`<div class="leaf-head">
	<button type="button" class="ghost square" onClick=${onBack}
		aria-label="Choose another step"><${Icon} name="left" /></button>
	<bdi class="leaf-name">${subject.label}</bdi></div>`;

const Foot = ({ ready }) => html`<div class="leaf-foot"><span></span>
	<button class="primary" aria-disabled=${String(!ready)}>Apply</button>
</div>`;

function Said({ subject, onStep, onBack }) {
	const [words, setWords] = useState('');
	const ready = words.trim();

	return html`<form class="leaf" onSubmit=${(e) => {
		e.preventDefault();
		if (ready)
			onStep([subject.name, 'contains', ready]);
	}}>
		<${Head} ...${{ subject, onBack }} />
		<label class="labelled">Words
			<input class="field" autocomplete="off" value=${words}
				placeholder='refund "my order" deliver*'
				ref=${(el) => el && !words && el.focus()}
				onInput=${(e) => setWords(e.target.value)} /></label>
		<${Foot} ready=${ready} />
	</form>`;
}

const VALUE = { name: 'changedTo' };

function Changed({ subject, onStep, onBack }) {
	const [values, setValues] = useState(/** @type {any[]|null} */ (null));
	const [to, setTo] = useState(false);
	const ready = !to || values;
	const apply = (told = values) => onStep(to && told
		? [subject.name, 'changedTo', ...told] : [subject.name, 'changed']);

	return html`<form class="leaf" onSubmit=${(e) => {
		e.preventDefault();
		if (ready)
			apply();
	}}>
		<${Head} ...${{ subject, onBack }} />
		<select class="field" aria-label="Change" value=${to ? 'to' : 'any'}
			ref=${(el) => el && !to && el.focus()}
			onChange=${(e) => setTo(e.target.value === 'to')}>
			<option value="any">changed</option>
			<option value="to">changed to …</option></select>
		${to && html`<${OneSuggested} attribute=${subject} operator=${VALUE}
			values=${values} onValues=${setValues} onDone=${(told) =>
	(told ?? values) && apply(told ?? values)} onBack=${() => setTo(false)}
			focus=${true} others="" />`}
		<${Foot} ready=${ready} />
	</form>`;
}

/**
 * @param {{anchor: {current: any}, label: string, onClose: () => void,
 *   onStep: (step: Step) => void}} props
 */
export function StepPicker({ anchor, label, onClose, onStep }) {
	const [subject, setSubject] = useState(/** @type {any} */ (null));
	const pick = (s) => s.did ? onStep([s.name, 'did']) : setSubject(s);
	const shared = { subject, onStep, onBack: () => setSubject(null) };

	return html`<${Popover} ...${{ label, anchor, onClose }}>
		${!subject ? html`<div class="leaf"><${Choose} onPick=${pick} /></div>`
		: subject.group ? html`<${Said} ...${shared} />`
		: html`<${Changed} ...${shared} />`}</${Popover}>`;
}
