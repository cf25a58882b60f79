// SPDX-License-Identifier: AGPL-3.0-or-later
// A dialog that is fetched when it is first wanted, to keep the first load
// small.  If it cannot be had, that is said, in its place.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Dialog } from './dialog.js';

/** @param {string} href a sheet that only this part needs */
function fetchSheet(href) {
	const link = document.createElement('link');

	return new Promise((done, fail) => {
		link.rel = 'stylesheet';
		link.href = href;
		link.onload = done;
		link.onerror = fail;
		document.head.append(link);
	});
}

/**
 * @param {() => Promise<any>} load the part's component
 * @param {...string} sheets
 * @returns {(props: any) => any} stands for it; its props have onClose
 */
export function later(load, ...sheets) {
	let Part = null;

	return function Later(props) {
		const [error, setError] = useState('');
		const [, setReady] = useState(!!Part);

		useEffect(() => {
			if (!Part)
				Promise.all([load(), ...sheets.map(fetchSheet)])
					.then(([found]) => {
						Part = found;
						setReady(true);
					}, () => setError('This part of the panel could ' +
						'not be loaded. Is the server reachable?'));
		}, []);
		if (Part)
			return html`<${Part} ...${props} />`;
		return error && html`<${Dialog} title="Not loaded" kind="narrow"
			onClose=${props.onClose}>
			<p class="dialog-body" role="alert">${error}</p></${Dialog}>`;
	};
}
