// SPDX-License-Identifier: AGPL-3.0-or-later
// Puts the page, its style, its script and OpenPGP.js into one file,
// static/unlock.html, that works from a disk without a network.  Its policy
// lets exactly these scripts and this style run; nginx says the same in its
// header, by vendor/csp-unlock.conf.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, '..');
const PACKAGE = join(STATIC, 'node_modules/openpgp');
/** Lowest first: each may use those before it. */
const SCRIPTS = ['frame.js', 'open.js', 'save.js', 'page.js'];
const STYLES = ['../css/tokens.css', 'unlock.css'];

const read = (...path) => readFileSync(join(...path), 'utf8');

/** Written beside and renamed: two builds at once do no harm. */
function put(path, content) {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(`${path}.${process.pid}`, content);
	renameSync(`${path}.${process.pid}`, path);
}

/** Modules that name only each other, as one. */
function joined() {
	return SCRIPTS.map((name) => read(HERE, name)
		.replace(/^import [^;]*;\n/gm, '')
		.replace(/^export /gm, '')).join('\n');
}

/** A text that can stand in a script element. */
function inScript(text) {
	const safe = text.replace(/^\/\/# sourceMappingURL=.*$/gm, '')
		.replace(/<\/script/gi, '<\\/script');

	if (/<!--/.test(safe))
		throw new Error('a script holds "<!--", which HTML would read');
	return safe;
}

const hash = (text) =>
	`'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const parts = {
	STYLE: STYLES.map((name) => read(HERE, name)).join('\n'),
	LIBRARY: inScript(read(PACKAGE, 'dist/openpgp.min.js')),
	SCRIPT: inScript(joined()),
	VERSION: JSON.parse(read(PACKAGE, 'package.json')).version,
};
const scripts = `${hash(parts.LIBRARY)} ${hash(parts.SCRIPT)}`;

parts.POLICY = `default-src 'none'; script-src ${scripts} ` +
	`'wasm-unsafe-eval'; style-src ${hash(parts.STYLE)}; img-src data:; ` +
	"base-uri 'none'; form-action 'none'";

const page = read(HERE, 'unlock.html').replace(/@([A-Z]+)@/g,
	(whole, name) => parts[name] ?? whole);

put(join(STATIC, 'vendor/csp-unlock.conf'), '# the scripts in unlock.html\n' +
	`set $rapport_unlock_hash "${scripts}";\n`);
put(join(STATIC, 'unlock.html.gz'), gzipSync(page, { level: 9 }));
put(join(STATIC, 'unlock.html'), page);
