// SPDX-License-Identifier: AGPL-3.0-or-later
// What axe has against a page as it stands, one line a rule.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url)
	.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
	'best-practice'];

export async function axe(page) {
	if (!await page.evaluate(() => 'axe' in globalThis))
		await page.evaluate(AXE);
	const { violations } = await page.evaluate((runOnly) =>
		globalThis.axe.run({ runOnly }), RULES);

	return violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`);
}
