// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be said of the panel's source without running it: who may import
// whom, who may touch what, sizes, types, and that the page, the policy and
// the lock file agree with it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { is, ok, test } from './tap.mjs';

const STATIC = resolve(dirname(fileURLToPath(import.meta.url)), '../../../static');
const RANK = { '.': 3, pages: 2, parts: 1, lib: 0 };

const read = (path) => readFileSync(join(STATIC, path), 'utf8');
const files = (dir, ending) => readdirSync(join(STATIC, dir),
	{ recursive: true }).map((f) => join(dir, f))
	.filter((f) => f.endsWith(ending)).sort();

const modules = files('app', '.js');
const sheets = files('css', '.css');

const bare = (text) => text.replace(/\/\*[^]*?\*\//g, '')
	.replace(/^\s*\/\/.*$/gm, '');
const importsOf = (file) => [...bare(read(file)).matchAll(
	/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((m) => m[1]);
const room = (file) => dirname(file).replace(/^app\/?/, '') || '.';

/** Files where a rule is broken. */
const breaking = (rule, list = modules) => list.filter(rule);

function oneWay() {
	const inner = (file) => importsOf(file).filter((i) => i.startsWith('.'))
		.map((i) => normalize(join(dirname(file), i)));

	is(breaking((f) => inner(f).some((i) => !modules.includes(i))), [],
		'every import is a file of the panel');
	is(breaking((f) => inner(f).some((i) =>
		RANK[room(i)] > RANK[room(f)])), [],
	'imports go one way: pages, parts, lib');
	is(breaking((f) => room(f) === 'pages' && inner(f).some((i) =>
		room(i) === 'pages')), [], 'no page imports a page');
	const map = Object.keys(JSON.parse(importMap()).imports);

	is(breaking((f) => importsOf(f).some((i) =>
		!i.startsWith('.') && !map.includes(i))), [],
	'other imports are in the import map');
}

/** Who may, what, in words, and a line that must be noticed. */
const RULES = [
	['lib/api.js', /\bfetch\s*\(|XMLHttpRequest|sendBeacon|EventSource/,
		'talks to the server', "await fetch('/x')"],
	['lib/url.js', /\b(location|history)\s*\./,
		'touches the address', "location.hash = ''"],
	['lib/time.js lib/days.js',
		/Intl\.DateTimeFormat|toLocaleDateString|new Date\b/,
		'formats time', 'new Date(text).toLocaleDateString()'],
	['', /innerHTML|outerHTML|insertAdjacentHTML|document\.write/,
		'makes HTML from text', 'el.innerHTML = name'],
	['', /\beval\s*\(|new Function|setTimeout\s*\(\s*['"`]/,
		'makes code from text', 'setTimeout("go()")'],
	['', /\son[a-z]+="|\sstyle=/, 'writes inline handlers or styles',
		'<b onclick="x">'],
	['', /console\.|debugger|TODO|XXX/, 'has leftovers', 'console.log(1)'],
];

function whoMay() {
	for (const [where, what, name, sample] of RULES) {
		is(breaking((f) => what.test(bare(read(f))))
			.filter((f) => !where.split(' ').includes(f.slice(4))), [],
		`${where ? `only ${where}` : 'nobody'} ${name}`);
		ok(what.test(sample), `control: ${sample} is noticed`);
	}
}

/** Lengths of functions, by the indentation that closes them. */
function longest(text) {
	const lines = text.split('\n');
	let most = 0;

	lines.forEach((line, i) => {
		const m = /^(\t*)(export )?(async )?function\b.*\{$/.exec(line);
		const end = m ? lines.indexOf(`${m[1]}}`, i) : -1;

		most = Math.max(most, end < 0 ? 0 : end - i + 1);
	});
	return most;
}

function sizes() {
	const text = (f) => read(f);

	is(breaking((f) => text(f).split('\n').length > 300,
		[...modules, ...sheets]), [],
	'no file has more than 300 lines');
	is(breaking((f) => longest(text(f)) > 40), [],
		'no function is longer than 40 lines');
	is(longest(`function x() {\n${'\ty();\n'.repeat(39)}}\n`), 41,
		'control: one of 41 is noticed');
	is(breaking((f) => !/SPDX/.test(text(f)), [...modules, ...sheets]), [],
		'every file names its licence');
	is(breaking((f) => !/^\/\/ SPDX.*\n\/\/ \S/.test(text(f))), [],
		'and every module says its idea');
	is(breaking((f) => /!important/.test(text(f)) &&
		!/base|media/.test(f), sheets), [], 'no !important in the parts');
	const table = read('app/lib/attributes.js') + modules.map(text).join('');

	ok(!/default_(email|country|language|phone)|isAnyOf|notContains/.test(
		bare(table)), 'no attribute or operator is listed a second time');
}

const importMap = (page = 'index.html') =>
	/<script type="importmap">([^]*?)<\/script>/.exec(read(page))[1];

/** What a page needs at once, by following static imports. */
function needed(file, seen = new Set()) {
	const text = bare(read(file));

	seen.add(file);
	for (const [, to] of text.matchAll(/from\s+'(\.[^']+)'/g)) {
		const next = normalize(join(dirname(file), to));

		if (!seen.has(next))
			needed(next, seen);
	}
	return seen;
}

const linkedBy = (page) => [...read(page).matchAll(
	/stylesheet" href="\/([^"]+)"/g)].map((m) => m[1]);

/** A page of its own, beside its first module. */
function preloads(page, first) {
	const told = [...read(page).matchAll(
		/modulepreload" href="\/(app[^"]+)"/g)].map((m) => m[1]);

	is(told.sort(), [...needed(first)].filter((f) => f !== first).sort(),
		`${page} preloads just the modules it needs at once`);
	is(linkedBy(page)[0], 'css/tokens.css', 'the order of layers first');
	is(importMap(page), importMap(), 'with the one import map');
}

function thePage() {
	const linked = linkedBy('index.html');
	const shared = linkedBy('shared.html');

	preloads('index.html', 'app/app.js');
	preloads('shared.html', 'app/shared.js');
	is(shared.filter((f) => !sheets.includes(f)), [],
		'the page of a link has sheets that are there');
	const [rare, usual] = [true, false].map((is) =>
		sheets.filter((f) => f.startsWith('css/later/') === is));

	is(linked.slice().sort(), usual, 'and links every usual sheet');
	is(rare.filter((f) => !shared.includes(f) &&
		!modules.some((m) => read(m).includes(`'/${f}'`))),
	[], 'the rare ones come with the parts that need them');
	const hash = createHash('sha256').update(importMap()).digest('base64');

	ok(read('vendor/csp.conf').includes(
		`set $rapport_script_hash "'sha256-${hash}'";`),
	'the policy knows the import map by its hash');
	is(Object.values(JSON.parse(importMap()).imports)
		.filter((p) => !existsSync(join(STATIC, p))), [],
	'what the map names has been fetched');
}

function theLock() {
	const lock = read('package-lock.json');
	const wanted = JSON.parse(read('package.json')).dependencies;

	ok(!/https?:\/\/(?!opencollective)/.test(lock),
		'the lock names no place to fetch from');
	is(Object.entries(wanted).filter(([name, version]) => JSON.parse(lock)
		.packages[`node_modules/${name}`].version !== version), [],
	'and pins what package.json says');
	is(files('vendor', '.js').filter((f) =>
		/sourceMappingURL/.test(read(f))), [], 'no source maps are asked for');
}

function theTypes() {
	const dir = mkdtempSync(join(tmpdir(), 'rapport-tsc-'));
	const tsc = createRequire(import.meta.url).resolve(
		'typescript/package.json').replace('package.json', 'bin/tsc');
	const options = { checkJs: true, allowJs: true, noEmit: true,
		target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler',
		strictNullChecks: true, noUnusedLocals: true,
		noUnusedParameters: true, strict: false, skipLibCheck: true,
		lib: ['ES2023', 'DOM', 'DOM.Iterable'], types: [] };

	writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({
		compilerOptions: options, include: [join(STATIC, 'app/**/*.js')] }));
	let said = '';

	try {
		execFileSync(process.execPath, [tsc, '-p', dir]);
	} catch (e) {
		said = String(e.stdout);
	}
	rmSync(dir, { recursive: true });
	is(said, '', 'tsc finds nothing in the types');
}

await test(() => {
	ok(modules.length > 30 && sheets.length > 5, 'there is something to check');
	oneWay();
	whoMay();
	sizes();
	thePage();
	theLock();
	theTypes();
});
