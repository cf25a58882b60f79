// SPDX-License-Identifier: AGPL-3.0-or-later
// A text field over a list: type to narrow, arrows to move, Enter to pick.
// Focus stays in the field; the list is told by aria-activedescendant.
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';

/**
 * @typedef {{key: string, text: string, detail?: string, note?: string,
 *   chosen?: boolean, group?: string, subject?: any}} Option
 *   those of a group stand together, under its name
 */

function OptionRow({ id, option, here, onPick, onPoint }) {
	const ref = useRef(/** @type {any} */ (null));

	useEffect(() => {
		if (here)
			ref.current.scrollIntoView({ block: 'nearest' });
	}, [here]);
	return html`<li id=${id} ref=${ref} role="option" class="option"
		aria-selected=${String(!!option.chosen)} data-here=${here}
		onPointerMove=${onPoint} onMouseDown=${(e) => e.preventDefault()}
		onClick=${() => onPick(option)}>
		<bdi class="option-text">${option.text}</bdi>
		${option.note && html`<span class="option-note">${option.note}</span>`}
		${option.detail && html`<span class="option-detail">
			${option.detail}</span>`}
	</li>`;
}

function moved(key, at, n) {
	switch (key) {
	case 'ArrowDown': return Math.min(at + 1, n - 1);
	case 'ArrowUp': return Math.max(at - 1, 0);
	case 'PageDown': return Math.min(at + 8, n - 1);
	case 'PageUp': return Math.max(at - 8, 0);
	default: return -1;
	}
}

/** Where one is in the list; another text or list begins anew. */
function usePoint(text, first, n) {
	const [point, setPoint] = useState(/** @type {any} */ ({}));
	const kept = point.text === text && point.first === first;

	return {
		here: Math.min(kept ? point.at : first ? 0 : -1, n - 1),
		point: (at) => setPoint({ text, first, at }),
	};
}

/** @param {any} p @param {number} here @param {(at: number) => void} point */
function fieldKeys({ text, options, onPick, onEmpty, onBack }, here, point) {
	return (e) => {
		const to = e.isComposing ? -1 : moved(e.key, here, options.length);

		if (to >= 0) {
			e.preventDefault();
			point(to);
		} else if (e.key === 'Enter' && !e.isComposing) {
			e.preventDefault();
			if (options[here])
				onPick(options[here]);
			else
				onEmpty?.();
		} else if (e.key === 'Backspace' && !text) {
			onBack?.();
		}
	};
}

const Group = ({ name, children }) => html`<li role="none">
	<div class="option-head" aria-hidden="true">${name}</div>
	<ul role="group" aria-label=${name}>${children}</ul></li>`;

function List({ id, label, options, here, point, onPick }) {
	const rows = options.map((option, i) => html`<${OptionRow}
		key=${option.key} id=${`${id}-${i}`} option=${option}
		here=${i === here} onPick=${onPick}
		onPoint=${() => i !== here && point(i)} />`);
	const groups = [...new Set(options.map((o) => o.group))];

	return html`<ul class="options" id=${`${id}-list`} role="listbox"
		aria-label=${`${label}: choices`}>
		${groups.length < 2 ? rows : groups.map((name) => html`<${Group}
			key=${name} name=${name}>
			${rows.filter((_, i) => options[i].group === name)}<//>`)}
	</ul>`;
}

/**
 * @param {{label: string, placeholder?: string, text: string,
 *   onText: (text: string) => void, options: Option[],
 *   onPick: (option: Option) => void, first?: boolean, status?: string,
 *   onEmpty?: () => void, onBack?: () => void, focus?: boolean}} props
 *   first: the top option is the one Enter takes; onEmpty: Enter with nothing
 *   under it; onBack: Backspace in an empty field
 */
export function Combobox(props) {
	const { label, text, options, first = false, status } = props;
	const id = useId();
	const field = useRef(/** @type {any} */ (null));
	const { here, point } = usePoint(text, first, options.length);

	useLayoutEffect(() => {
		if (props.focus)
			field.current.focus();
	}, []);
	return html`<div class="combobox">
		<input type="text" ref=${field} class="field" role="combobox"
			aria-label=${label} aria-autocomplete="list"
			aria-expanded=${String(options.length > 0)}
			aria-controls=${`${id}-list`}
			aria-activedescendant=${here < 0 ? undefined : `${id}-${here}`}
			autocomplete="off" autocapitalize="off" spellcheck=${false}
			enterkeyhint="done" placeholder=${props.placeholder}
			value=${text} onKeyDown=${fieldKeys(props, here, point)}
			onInput=${(e) => props.onText(e.target.value)} />
		<${List} ...${{ id, label, options, here, point }}
			onPick=${props.onPick} />
		${status && html`<p class="options-status" role="status">
			${status}</p>`}
	</div>`;
}
