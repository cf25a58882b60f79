// SPDX-License-Identifier: AGPL-3.0-or-later
// Fetches the libraries the panel stands on (npm ci, by the lock file) and
// lays them out in static/vendor/ as plain ES modules, with their licences
// and the hash of the inline import map, which nginx puts into the content
// security policy.  Nothing is compiled or bundled.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync,
	writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const FROM = join(HERE, 'node_modules');
const INTO = join(HERE, 'vendor');

/** What is served, and from which file of which package. */
const FILES = {
	'preact.js': 'preact/dist/preact.mjs',
	'hooks.js': 'preact/hooks/dist/hooks.mjs',
	'signals.js': '@preact/signals/dist/signals.mjs',
	'signals-core.js': '@preact/signals-core/dist/signals-core.mjs',
	'htm.js': 'htm/dist/htm.mjs',
	'openpgp/openpgp.js': 'openpgp/dist/lightweight/openpgp.min.mjs',
	'openpgp/argon2id.min.mjs':
		'openpgp/dist/lightweight/argon2id.min.mjs',
};

/** npm names its own record of what is installed; the lock is the wish. */
function installed() {
	const record = join(FROM, '.package-lock.json');

	return existsSync(record) && statSync(record).mtimeMs >=
		statSync(join(HERE, 'package-lock.json')).mtimeMs;
}

function install() {
	if (installed())
		return;
	try {
		execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts',
			'--loglevel=error'],
		{ cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] });
	} catch (e) {
		const missing = e.code === 'ENOENT';

		console.error(missing
			? 'npm is missing: apt-get install nodejs npm'
			: 'npm ci failed: the panel needs its libraries once');
		process.exit(1);
	}
}

/** Written beside and renamed: two builds at once do no harm. */
function put(name, text) {
	const path = join(INTO, name);
	const draft = `${path}.${process.pid}`;

	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(draft, text);
	renameSync(draft, path);
}

function copyLibraries() {
	for (const [name, source] of Object.entries(FILES)) {
		const text = readFileSync(join(FROM, source), 'utf8');

		put(name, text.replace(/\/\/# sourceMappingURL=.*$/gm, ''));
	}
}

function copyLicences() {
	const names = Object.values(FILES).map((f) => f.startsWith('@')
		? f.split('/').slice(0, 2).join('/') : f.split('/')[0]);
	const texts = [...new Set(names)].map((name) => {
		const { version, license } = JSON.parse(readFileSync(
			join(FROM, name, 'package.json'), 'utf8'));
		const file = join(FROM, name, 'LICENSE');
		const text = existsSync(file) ? readFileSync(file, 'utf8') : '';

		return `${name} ${version} (${license})\n\n${text}\n`;
	});

	put('LICENSES.txt', texts.join('\n'));
}

function writePolicy() {
	const page = readFileSync(join(HERE, 'index.html'), 'utf8');
	const map = /<script type="importmap">([^]*?)<\/script>/.exec(page);

	if (!map)
		throw new Error('index.html has no import map');
	const hash = createHash('sha256').update(map[1]).digest('base64');

	put('csp.conf', '# the inline import map of index.html\n' +
		`set $rapport_script_hash "'sha256-${hash}'";\n`);
}

install();
copyLibraries();
copyLicences();
writePolicy();
put('stamp', `${new Date().toISOString()}\n`);
