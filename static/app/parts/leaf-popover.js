// SPDX-License-Identifier: AGPL-3.0-or-later
// The editor of one filter, hanging from the button that opened it.
import { html } from '../lib/html.js';
import { FilterEditor } from './filter-editor.js';
import { Popover } from './popover.js';

/** @param {any} props those of the popover and of the editor in it */
export const LeafPopover = ({ label, anchor, onClose, ...editor }) =>
	html`<${Popover} ...${{ label, anchor, onClose }}>
		<${FilterEditor} ...${editor} /></${Popover}>`;
