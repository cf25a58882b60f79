// SPDX-License-Identifier: AGPL-3.0-or-later
// Values that are really in the store, with how many people have each among
// those the other filters leave.
import { useEffect, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { count } from '../lib/number.js';
import { ZONE } from '../lib/time.js';
import { Combobox } from './combobox.js';
import { Icon } from './icon.js';

const SETTLE = 120;
const LIMIT = 8;
const TYPED = 'typed';

function useSuggestions(attribute, prefix, others) {
	const query = { prefix: prefix.trim(), f: others, limit: LIMIT,
		tz: others && ZONE };
	const key = JSON.stringify([attribute.name, query]);
	const found = useLoad(key, (signal) =>
		api.values(attribute.name, query, signal), prefix ? SETTLE : 0);
	const shown = found.data ?? found.last?.data;

	return {
		fresh: !!found.data,
		ready: !!found.data || !!found.error,
		status: found.error
			? `No suggestions: ${found.error.message}`
			: found.data && !found.data.values.length && !prefix
				? 'Nobody here has a value.' : '',
		values: found.error ? [] : shown?.values ?? [],
	};
}

const optionOf = ({ value, count: n }, chosen) => ({
	key: `v${value}`, text: String(value), detail: count(n), chosen,
});

/**
 * Enter may come before the suggestions do: then it takes the first of them
 * when they are there, so that fast typing and slow typing mean the same.
 * @param {boolean} ready @param {any[]} options @param {(o: any) => void} take
 */
export function useHurry(ready, options, take) {
	const [hurry, setHurry] = useState(false);

	useEffect(() => {
		if (!hurry || !ready)
			return;
		setHurry(false);
		if (options[0])
			take(options[0]);
	}, [hurry, ready]);
	return () => setHurry(true);
}

const same = (a, b) => a.toLowerCase() === b.toLowerCase();

/** What was typed, as a choice of its own unless it is in the list. */
function withTyped(options, text) {
	const typed = text.trim();

	return !typed || options.some((o) => same(o.text, typed)) ? options
		: [...options, { key: TYPED, text: typed, note: 'as typed' }];
}

/** @param {any} props those of ValueInput */
export function OneSuggested({ attribute, operator, values, onValues, onDone,
	onBack, focus, others }) {
	const [text, setText] = useState(String(values?.[0] ?? ''));
	const partial = /contains|startsWith|endsWith/i.test(operator.name);
	const found = useSuggestions(attribute, text, others);
	const options = partial
		? found.values.map((v) => optionOf(v))
		: withTyped(found.values.map((v) => optionOf(v)), text);
	const change = (next) => {
		setText(next);
		onValues(next.trim() ? [next.trim()] : null);
	};
	const soon = useHurry(found.ready, options, (o) => onDone([o.text]));

	return html`<${Combobox} label=${`${attribute.label}, value`} focus=${focus}
		placeholder="Value" text=${text} onText=${change}
		options=${options} first=${!partial && !!text.trim() && found.fresh}
		onPick=${(o) => onDone([o.text])} onEmpty=${() =>
		partial || !text.trim() ? onDone() : soon()}
		onBack=${values ? undefined : onBack} status=${found.status} />`;
}

function Token({ value, onRemove }) {
	return html`<li class="token"><bdi>${value}</bdi>
		<button type="button" aria-label=${`Take out ${value}`}
			onClick=${onRemove}><${Icon} name="cross" /></button></li>`;
}

/** @param {any} props those of ValueInput */
export function ManySuggested({ attribute, values, onValues, onDone, onBack,
	focus, others }) {
	const [text, setText] = useState('');
	const found = useSuggestions(attribute, text, others);
	const chosen = values ?? [];
	const options = withTyped(found.values.map((v) =>
		optionOf(v, chosen.includes(String(v.value)))), text);
	const tell = (next) => onValues(next.length ? next : null);
	const toggle = (o) => {
		setText('');
		tell(chosen.includes(o.text)
			? chosen.filter((v) => v !== o.text) : [...chosen, o.text]);
	};

	const soon = useHurry(found.ready, options, toggle);

	return html`<div class="many">
		${chosen.length > 0 && html`<ul class="tokens" aria-label="Values">
			${chosen.map((v) => html`<${Token} key=${v} value=${v}
				onRemove=${() => tell(chosen.filter((c) => c !== v))} />`)}
		</ul>`}
		<${Combobox} label=${`${attribute.label}, values`} focus=${focus}
			placeholder=${chosen.length ? 'Another, or Enter' : 'Values'}
			text=${text} onText=${setText} options=${options}
			first=${!!text.trim() && found.fresh} onPick=${toggle}
			onEmpty=${() => text.trim() ? soon()
		: chosen.length && onDone()}
			onBack=${() => chosen.length
		? tell(chosen.slice(0, -1)) : onBack()} status=${found.status} />
	</div>`;
}
