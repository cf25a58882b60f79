// SPDX-License-Identifier: AGPL-3.0-or-later
// Large files on the page that opens them: into a file that the user picked,
// into the browser's own storage, into memory up to a bound.  The memory of
// all of Chromium is watched: it does not grow with the file.  What fails
// leaves nothing.  Files, storage and streams are the browser's real ones;
// only the dialog, which no test can press, is stood in for.
// RAPPORT_LARGE_MB=3200 tries it at another size.  Prints TAP.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, openSync, closeSync,
	readdirSync, readFileSync, rmSync, statSync, truncateSync, writeSync,
	writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const TOP = join(dirname(fileURLToPath(import.meta.url)), '../..');
const BOX = join(process.env.RAPPORT_BUILD ?? join(TOP, 'build'),
	't/lib/lockbox');
const PASSWORD = 'Gänse füßchen 27';
const MB = 1e6;
const SMALL = 150;
const LARGE = Number(process.env.RAPPORT_LARGE_MB ?? 450);
/** How much more memory may be seen by chance; far less than LARGE - SMALL. */
const CHANCE = 150;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--no-proxy-server'];

const dir = mkdtempSync(join(tmpdir(), 'rapport-large-'));
const path = (name) => join(dir, name);
let count = 0;
let failed = 0;

function ok(good, name, why = '') {
	count++;
	failed += !good;
	console.log(`${good ? '' : 'not '}ok ${count} - ${name}`);
	if (!good)
		console.log(`# ${String(why).replaceAll('\n', '\n# ')}`);
}

const is = (got, want, name) => ok(got === want, name,
	`got ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`);

/** Lines that differ from each other, `mb` of them. */
function plain(name, mb, line = (i) => `${i},name ${i * 7919 % 100003}\r\n`) {
	const block = Buffer.from(Array.from({ length: 40000 },
		(_, i) => line(i)).join('').repeat(8));
	const to = openSync(path(name), 'w');
	const hash = createHash('sha256');

	for (let left = mb * MB; left > 0; left -= block.length) {
		const piece = block.subarray(0, Math.min(left, block.length));

		writeSync(to, piece);
		hash.update(piece);
	}
	closeSync(to);
	return hash.digest('hex');
}

function lock(name, ...options) {
	execFileSync(BOX, ['lock', path(name), path(`${name}.pgp`),
		path('password'), 'cheap', ...options]);
	rmSync(path(name));
}

/** MB that this process's children and theirs hold for themselves. */
function memory() {
	const parent = new Map(), held = new Map();

	for (const pid of readdirSync('/proc').filter((p) => /^\d+$/.test(p)))
		try {
			const text = readFileSync(`/proc/${pid}/status`, 'utf8');
			const of = (key) => Number(text.match(
				new RegExp(`^${key}:\\s+(\\d+)`, 'm'))?.[1] ?? 0);

			parent.set(Number(pid), of('PPid'));
			held.set(Number(pid), of('RssAnon') + of('RssShmem'));
		} catch { /* it has ended */ }
	const ours = (pid) => pid === process.pid ||
		parent.has(pid) && ours(parent.get(pid));

	return [...held.keys()].filter((pid) => pid !== process.pid && ours(pid))
		.reduce((sum, pid) => sum + held.get(pid), 0) / 1024;
}

/** Runs `work`, answers the most that was held meanwhile. */
async function most(work) {
	let peak = 0;
	const watch = setInterval(() => {
		peak = Math.max(peak, memory());
	}, 50);

	await work();
	clearInterval(watch);
	return Math.round(peak);
}

async function begin(page, name, password = PASSWORD) {
	await page.setInputFiles('#file', path(name));
	await page.fill('#password', password);
	await page.click('#go');
}

async function outcome(page) {
	await page.waitForFunction(() => {
		const { kind } = document.querySelector('#said').dataset;

		return kind && document.querySelector('#stop').hidden;
	}, null, { timeout: 600000 });
	return page.textContent('#said');
}

/** The dialog gives a file in the browser's storage. */
const pickPrivate = (page) => page.evaluate(() => {
	window.showSaveFilePicker = async () => (await navigator.storage
		.getDirectory()).getFileHandle('picked', { create: true });
});

/** Control: a file that keeps every piece in memory. */
const pickHoarder = (page) => page.evaluate(() => {
	window.held = [];
	window.showSaveFilePicker = async ({ suggestedName }) => ({
		name: suggestedName,
		createWritable: async () => ({
			write: async (piece) => { window.held.push(piece.slice()); },
			close: async () => {}, abort: async () => {},
		}),
	});
});

const noPicker = (page) => page.evaluate(() => {
	delete window.showSaveFilePicker;
});

async function savePicked(page, name) {
	await begin(page, name);
	await page.waitForSelector('#result button');
	await page.click('#result button');
	await page.waitForSelector('#result button', { state: 'detached' });
	return outcome(page);
}

/** Names in the browser's storage. */
const stored = (page) => page.evaluate(async () => {
	const names = [];

	for await (const name of (await navigator.storage.getDirectory()).keys())
		names.push(name);
	return names.join(' ');
});

/** What was saved, by its size. */
const picked = (page) => page.evaluate(async () => {
	const root = await navigator.storage.getDirectory();
	const { size } = await (await root.getFileHandle('picked')).getFile();

	await root.removeEntry('picked');
	return size;
});

async function testPicked(page) {
	await pickPrivate(page);
	const peaks = [];

	for (const [name, mb] of [['small.csv.pgp', SMALL], ['large.csv.pgp', LARGE]]) {
		let said;

		peaks.push(await most(async () => {
			said = await savePicked(page, name);
		}));
		ok(/Saved as picked and checked/.test(said), `${mb} MB are saved`, said);
		is(await picked(page), mb * MB, 'every byte of them');
		await page.reload();
		await pickPrivate(page);
	}
	console.log(`# memory: ${peaks.join(' and ')} MB at ${SMALL} and ${LARGE} MB`);
	ok(peaks[1] < peaks[0] + CHANCE, 'memory does not grow with the file',
		peaks.join(' '));
	await pickHoarder(page);
	const hoard = await most(() => savePicked(page, 'large.csv.pgp'));

	ok(hoard > peaks[1] + CHANCE, 'control: kept pieces would be seen', hoard);
}

async function testNothingLeft(page, prepare) {
	for (const [name, words] of [['damaged.pgp', /damaged/], ['cut.pgp', /is cut/]]) {
		await page.reload();
		await prepare(page);
		const said = prepare === pickPrivate ? await savePicked(page, name)
			: await begin(page, name).then(() => outcome(page));

		ok(words.test(said), `${name}: ${words}`, said);
		is(await stored(page), '', 'and nothing is left in the storage');
	}
}

async function testStop(page) {
	await page.reload();
	await noPicker(page);
	await begin(page, 'large.csv.pgp');
	await page.waitForFunction(() =>
		document.querySelector('progress').value > 0.1);
	await page.click('#stop');
	is(await outcome(page), 'Stopped. Nothing was saved.',
		'it is stopped on the way');
	is(await stored(page), '', 'and nothing is left');
}

async function hashOf(file) {
	const hash = createHash('sha256');

	for await (const piece of createReadStream(file))
		hash.update(piece);
	return hash.digest('hex');
}

async function testPrivate(page, wanted) {
	await page.reload();
	await noPicker(page);
	await begin(page, 'small.csv.pgp');
	const said = await outcome(page);

	ok(/checked to the last byte/.test(said),
		'without a dialog it goes into the storage', said);
	const [download] = await Promise.all([page.waitForEvent('download'),
		page.click('#result a')]);

	is(download.suggestedFilename(), 'small.csv', 'and is saved from there');
	is(await hashOf(await download.path()), wanted, 'byte for byte');
	ok(/^rapport-unlock-/.test(await stored(page)),
		'it stays while the page is open');
	await page.reload();
	await page.waitForFunction(async () => {
		const root = await navigator.storage.getDirectory();

		return (await root.keys().next()).done;
	});
	ok(true, 'and is gone when the page was left');
}

async function testSweep(page) {
	await page.evaluate(async () => (await navigator.storage.getDirectory())
		.getFileHandle('rapport-unlock-of-a-crash', { create: true }));
	await page.reload();
	await page.waitForFunction(async () => {
		const root = await navigator.storage.getDirectory();

		return (await root.keys().next()).done;
	});
	ok(true, 'what a crash has left is swept away');
}

/** A browser that has neither: memory, with a bound. */
async function testMemory(page) {
	const bare = async () => {
		await page.reload();
		await noPicker(page);
		await page.evaluate(() => {
			navigator.storage.getDirectory = async () => {
				throw new DOMException('no', 'SecurityError');
			};
		});
	};
	await bare();
	await begin(page, 'small.csv.pgp');
	const said = await outcome(page);

	ok(/Opened and checked/.test(said), 'what memory may hold is opened', said);
	await bare();
	await begin(page, 'huge.pgp');
	const early = await outcome(page);

	ok(/more than the 536.9 MB .*rapport unlock/.test(early),
		'a larger file is refused before it is begun', early);
	await bare();
	await begin(page, 'bomb.csv.pgp');
	const late = await outcome(page);

	ok(/more than the 536.9 MB/.test(late),
		'one that turns out larger, on the way', late);
	is(await page.locator('#result *').count(), 0, 'and nothing is offered');
	await page.reload();
	await pickPrivate(page);
	ok(/Saved as picked/.test(await savePicked(page, 'bomb.csv.pgp')),
		'where there is a dialog, it is asked for then');
	is(await picked(page), 560 * MB, 'and has it whole');
}

function makeFiles() {
	writeFileSync(path('password'), `${PASSWORD}\n`);
	const hash = plain('small.csv', SMALL);

	lock('small.csv');
	plain('large.csv', LARGE);
	lock('large.csv');
	const whole = readFileSync(path('small.csv.pgp'));

	writeFileSync(path('cut.pgp'), whole.subarray(0, -1));
	whole[whole.length - 5] ^= 1;
	writeFileSync(path('damaged.pgp'), whole);
	plain('bomb.csv', 560, () => 'the same line again and again\r\n');
	lock('bomb.csv', 'zlib');
	// its first bytes are right, its size is what matters
	writeFileSync(path('huge.pgp'), whole.subarray(0, 4096));
	truncateSync(path('huge.pgp'), 600 * MB);
	ok(statSync(path('bomb.csv.pgp')).size < 64 * MB, 'one file packs much');
	return hash;
}

async function run(page, hash) {
	await testPicked(page);
	await testNothingLeft(page, pickPrivate);
	await testNothingLeft(page, noPicker);
	await testStop(page);
	await testPrivate(page, hash);
	await testSweep(page);
	await testMemory(page);
}

if (!existsSync(join(TOP, 'static/unlock.html')) || !existsSync(BOX)) {
	console.log('1..0 # SKIP the page or the driver is not built');
	process.exit(0);
}
const hash = makeFiles();
const server = createServer((ask, answer) => {
	answer.setHeader('Content-Type', 'text/html');
	answer.end(readFileSync(join(TOP, 'static/unlock.html')));
}).listen(0, '127.0.0.1');
const context = await chromium.launchPersistentContext(path('profile'), {
	executablePath: '/usr/bin/chromium', headless: true, args: FLAGS });

try {
	const page = await context.newPage();

	page.on('pageerror', (e) => ok(false, 'no error in the page', e.message));
	await page.goto(`http://127.0.0.1:${server.address().port}/unlock.html`);
	await run(page, hash);
} catch (e) {
	ok(false, 'the test ran to its end', e.message);
} finally {
	await context.close();
	server.close();
	rmSync(dir, { recursive: true, force: true });
}
console.log(`1..${count}`);
process.exitCode = failed ? 1 : 0;
