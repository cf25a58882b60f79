// SPDX-License-Identifier: AGPL-3.0-or-later
// The steps of a funnel under the hand: added, changed, moved, taken out.
import { useRef, useState } from 'preact/hooks';
import { LEAST, MOST, moved, stepText, windowsFor } from '../lib/funnel.js';
import { html } from '../lib/html.js';
import { may } from '../lib/session.js';
import { Icon } from './icon.js';
import { StepPicker } from './step-picker.js';

/** @typedef {import('../lib/funnel.js').Step} Step */

const NEW = -1;

const Act = ({ icon, label, ...rest }) => html`<button type="button"
	class="ghost square" aria-label=${label} title=${label} ...${rest}>
	<${Icon} name=${icon} /></button>`;

function StepRow({ step, i, last, label, onEdit, onMove, onDrop, anchor, open }) {
	const text = label ?? stepText(step);

	return html`<li class="funnel-step">
		<button type="button" class="chip-body" ref=${anchor}
			aria-haspopup="dialog" aria-expanded=${String(open)}
			onClick=${onEdit}><span class="unseen">Step </span>
			<span class="funnel-number">${i + 1}</span>
			<bdi>${text}</bdi><span class="unseen">, change</span></button>
		<${Act} icon="up" label=${`Move step ${i + 1} up`}
			aria-disabled=${String(i === 0)}
			onClick=${() => i > 0 && onMove(-1)} />
		<${Act} icon="down" label=${`Move step ${i + 1} down`}
			aria-disabled=${String(last)}
			onClick=${() => !last && onMove(1)} />
		<${Act} icon="cross" label=${`Take out step ${i + 1}`}
			onClick=${onDrop} />
	</li>`;
}

function Window({ value, onWindow }) {
	return html`<label class="labelled funnel-window">All within
		<select class="field" value=${value}
			onChange=${(e) => onWindow(e.target.value)}>
			${windowsFor(value).map(([name, text]) => html`<option key=${name}
				value=${name}>${text}</option>`)}</select></label>`;
}

const hintOf = (n) => n === 0
	? 'Choose what people do first, then what should follow.'
	: n < LEAST ? 'And what should follow?'
		: n >= MOST ? `A funnel has at most ${MOST} steps.` : '';

/**
 * @param {{steps: Step[], window: string, labels: (string|undefined)[],
 *   onSteps: (steps: Step[]) => void, onWindow: (window: string) => void}} props
 *   labels: what the server calls them, as far as it has been asked
 */
export function FunnelSteps({ steps, window, labels, onSteps, onWindow }) {
	const [editing, setEditing] = useState(/** @type {number|null} */ (null));
	const anchors = useRef(/** @type {any} */ ({}));
	const add = useRef(/** @type {any} */ (null));
	const can = may('users.read');
	const change = (next, focus) => {
		setEditing(null);
		onSteps(next);
		(focus ?? add.current)?.focus();
	};
	const put = (step) => change(editing === NEW ? [...steps, step]
		: steps.map((s, i) => i === editing ? step : s),
	anchors.current[editing ?? NEW]);

	return html`<div class="funnel-steps">
		<ol aria-label="Steps">${steps.map((step, i) => html`<${StepRow}
			key=${`${i} ${JSON.stringify(step)}`} ...${{ step, i }}
			label=${labels[i]} last=${i === steps.length - 1}
			open=${editing === i} onEdit=${() => can && setEditing(i)}
			anchor=${(el) => {
		anchors.current[i] = el;
	}} onMove=${(by) => onSteps(moved(steps, i, by))}
			onDrop=${() => change(steps.filter((_, at) => at !== i))} />`)}</ol>
		<div class="funnel-add">
			${can && steps.length < MOST && html`<button type="button"
				class="add" ref=${add} aria-expanded=${String(editing === NEW)}
				onClick=${() => setEditing(NEW)}><${Icon} name="plus" />
				Add step</button>`}
			<${Window} value=${window} onWindow=${onWindow} />
			<span class="hint">${hintOf(steps.length)}</span>
		</div>
		${editing !== null && html`<${StepPicker} key=${editing}
			label=${editing === NEW ? 'Add step' : `Change step ${editing + 1}`}
			anchor=${editing === NEW ? add
		: { current: anchors.current[editing] }}
			onClose=${() => setEditing(null)} onStep=${put} />`}
	</div>`;
}
