// SPDX-License-Identifier: AGPL-3.0-or-later
// Everybody in a segment as a locked file, by the dialog of the list.
import { defaultColumns, table, useAttributes } from '../lib/attributes.js';
import { html } from '../lib/html.js';
import { filterOf } from '../lib/segments.js';
import { ExportDialog } from './export-dialog.js';

/** @param {any} props */
export function SegmentExport({ segment, onClose }) {
	const attributes = useAttributes();

	return attributes.data && html`<${ExportDialog} f=${filterOf(segment)}
		total=${segment.size} sort="-lastSeen" columns=${defaultColumns()}
		all=${[...table.value.values()].map((a) => a.name)}
		sentence=${segment.name} onClose=${onClose} />`;
}
