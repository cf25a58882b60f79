// SPDX-License-Identifier: AGPL-3.0-or-later
import { render } from 'preact';
import { html } from './lib/html.js';

render(html`<h1>Rapport</h1>`, document.getElementById('app'));
