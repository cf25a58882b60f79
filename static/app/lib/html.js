// SPDX-License-Identifier: AGPL-3.0-or-later
// Markup as tagged templates: html`<b>${text}</b>` makes nodes, never strings
// of HTML, so text from outside stays text.
import { h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
