// SPDX-License-Identifier: AGPL-3.0-or-later
// The page that opens locked files, in Chromium, from a saved copy on disk
// without a network.  Prints TAP.  Each refusal is told from the others, and
// offers nothing to save.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import * as openpgp from 'openpgp';

const TOP = join(dirname(fileURLToPath(import.meta.url)), '../..');
const BOX = join(process.env.RAPPORT_BUILD ?? join(TOP, 'build'),
	't/lib/lockbox');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core'),
	'utf8');
const PASSWORD = 'Gänse füßchen 27';
const LARGE = 70 * 1024 * 1024;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--no-proxy-server'];

const dir = mkdtempSync(join(tmpdir(), 'rapport-page-'));
let count = 0;
let failed = 0;

function ok(good, name, why = '') {
	count++;
	failed += !good;
	console.log(`${good ? '' : 'not '}ok ${count} - ${name}`);
	if (!good)
		console.log(`# ${why}`);
}

function is(got, want, name) {
	ok(got === want, name, `got ${JSON.stringify(got)}, ` +
		`expected ${JSON.stringify(want)}`);
}

const path = (name) => join(dir, name);

function locked(plain, name, ...options) {
	execFileSync(BOX, ['lock', path(plain), path(name), path('password'),
		'cheap', ...options]);
	return readFileSync(path(name));
}

function changed(bytes, at) {
	const out = Buffer.from(bytes);

	out[at] ^= 1;
	return out;
}

async function theirs(config, format) {
	const out = await openpgp.encrypt({
		message: await openpgp.createMessage({
			binary: new Uint8Array(readFileSync(path('people.csv'))),
			filename: '../people.csv' }),
		passwords: ['first', PASSWORD], format,
		config: { aeadProtect: true,
			s2kType: openpgp.enums.s2k.argon2, ...config } });

	return Buffer.from(out);
}

async function makeFiles() {
	const lines = Array.from({ length: 40000 },
		(_, i) => `${i},name ${i * 7919},+49 30 ${i}\r\n`);

	writeFileSync(path('password'), `${PASSWORD}\n`);
	writeFileSync(path('people.csv'), lines.join(''));
	writeFileSync(path('large.csv'), Buffer.alloc(LARGE, lines.join('')));
	const gcm = locked('people.csv', 'people.csv.pgp');
	const large = locked('large.csv', 'large.csv.pgp');

	locked('people.csv', 'ocb.pgp', 'ocb', 'zlib', 'chunk=65536');
	writeFileSync(path('damaged.pgp'), changed(gcm, 500000));
	writeFileSync(path('cut.pgp'), gcm.subarray(0, -1));
	writeFileSync(path('half.pgp'), gcm.subarray(0, gcm.length / 2));
	writeFileSync(path('large-damaged.pgp'),
		changed(large, large.length - 5));
	writeFileSync(path('large-cut.pgp'), large.subarray(0, -20));
	writeFileSync(path('eax.csv.asc'), await theirs({
		preferredAEADAlgorithm: openpgp.enums.aead.eax }, 'armored'));
	writeFileSync(path('cut.asc'),
		readFileSync(path('eax.csv.asc')).subarray(0, 400000));
	writeFileSync(path('older.pgp'), await theirs({ aeadProtect: false,
		s2kType: openpgp.enums.s2k.iterated }, 'binary'));
}

async function attempt(page, name, password) {
	await page.setInputFiles('#file', path(name));
	await page.fill('#password', password);
	await page.click('#go');
	await page.waitForFunction(() => {
		const { kind } = document.querySelector('#said').dataset;

		return kind && document.querySelector('#stop').hidden;
	});
	return page.textContent('#said');
}

async function testOpens(page, name, saved) {
	const said = await attempt(page, name, PASSWORD);

	ok(/checked to the last byte/.test(said), `${name} opens`, said);
	is(await page.evaluate(() => document.activeElement.className),
		'button', 'the link has the focus');
	const [download] = await Promise.all([
		page.waitForEvent('download'), page.keyboard.press('Enter')]);

	is(download.suggestedFilename(), saved, 'under its name');
	ok(readFileSync(await download.path()).equals(
		readFileSync(path('people.csv'))), 'with its bytes');
}

async function testRefused(page, name, password, words) {
	const said = await attempt(page, name, password);

	ok(words.test(said), `${name}: ${words}`, said);
	is(await page.locator('#result *').count(), 0, 'nothing is offered');
}

/** A stand-in for the system's dialog, which no test can press. */
async function fakePicker(page) {
	await page.evaluate(() => {
		window.fate = { bytes: 0, end: '' };
		window.showSaveFilePicker = async ({ suggestedName }) => ({
			name: suggestedName,
			createWritable: async () => ({
				write: async (b) => { window.fate.bytes += b.length; },
				close: async () => { window.fate.end += 'closed'; },
				abort: async () => { window.fate.end += 'aborted'; },
			}),
		});
	});
}

async function testLarge(page, name, words, end) {
	await fakePicker(page);
	const first = await attempt(page, name, PASSWORD);

	ok(/password is right/.test(first), `${name}: asks where to save`, first);
	is(await page.evaluate(() => window.fate.end), '', 'before it writes');
	await page.click('#result button');
	await page.waitForFunction(() => window.fate.end);
	await page.waitForFunction(() => document.querySelector('#stop').hidden);
	const fate = await page.evaluate(() => window.fate);

	is(fate.end, end, `it is ${end}`);
	ok(words.test(await page.textContent('#said')), `and says ${words}`);
	if (end === 'closed')
		is(fate.bytes, LARGE, 'all of it');
}

async function testKeyboard(page) {
	const order = [];

	await page.reload();
	for (let i = 0; i < 4; i++) {
		await page.keyboard.press('Tab');
		order.push(await page.evaluate(() => document.activeElement.id));
	}
	is(order.join(' '), 'file password show go', 'Tab goes in reading order');
	await page.keyboard.press('Enter');
	is(await page.textContent('#said'), 'Choose a file first.',
		'Enter on the button asks for a file');
	await page.setInputFiles('#file', path('people.csv.pgp'));
	is(await page.evaluate(() => document.activeElement.id), 'password',
		'a chosen file leads to the password');
	await page.keyboard.type('not it');
	await page.keyboard.press('Enter');
	await page.waitForSelector('#said[data-kind=bad]');
	is(await page.evaluate(() => document.activeElement.id), 'password',
		'a wrong one leads back to it');
	await page.keyboard.type(PASSWORD);
	await page.keyboard.press('Enter');
	await page.waitForSelector('a.button');
	ok(true, 'typed over it, the right one opens the file');
}

async function testLooks(page, scheme) {
	await page.emulateMedia({ colorScheme: scheme });
	await page.setViewportSize({ width: 320, height: 640 });
	await attempt(page, 'damaged.pgp', PASSWORD);
	const bad = await page.evaluate(`${AXE}; axe.run()`);

	is(bad.violations.map((v) => `${v.id} ${v.nodes.map(
		(n) => n.failureSummary).join(' ')}`).join(' '), '',
		`axe finds nothing in ${scheme} colours`);
	is(await page.evaluate(() => document.documentElement.scrollWidth), 320,
		'nothing is wider than 320 px');
}

async function testPolicy(page) {
	const ran = await page.evaluate(() => {
		const script = document.createElement('script');

		script.textContent = 'window.ran = true';
		document.body.append(script);
		return window.ran ?? false;
	});

	is(ran, false, 'no other script runs');
	const sent = await page.evaluate(() => fetch('data:,x').then(
		() => 'sent', () => 'refused'));

	is(sent, 'refused', 'and nothing is sent');
}

async function run(browser) {
	const context = await browser.newContext({ acceptDownloads: true,
		offline: true });
	const page = await context.newPage();
	const asked = [], errors = [];

	page.on('request', (r) => asked.push(r.url()));
	page.on('pageerror', (e) => errors.push(e.message));
	page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
	copyFileSync(join(TOP, 'static/unlock.html'), path('saved copy.html'));
	await page.goto(pathToFileURL(path('saved copy.html')).href);
	await testOpens(page, 'people.csv.pgp', 'people.csv');
	await testOpens(page, 'ocb.pgp', 'people.csv');
	await testOpens(page, 'eax.csv.asc', 'eax.csv');
	await testRefused(page, 'people.csv.pgp', 'another',
		/password does not open/);
	await testRefused(page, 'damaged.pgp', PASSWORD, /damaged/);
	await testRefused(page, 'cut.pgp', PASSWORD, /is cut/);
	await testRefused(page, 'half.pgp', PASSWORD, /is cut/);
	await testRefused(page, 'cut.asc', PASSWORD, /is cut/);
	await testRefused(page, 'people.csv', PASSWORD, /not a password-locked/);
	await testRefused(page, 'older.pgp', PASSWORD, /older way/);
	await testLarge(page, 'large.csv.pgp', /Saved as large.csv/, 'closed');
	await testLarge(page, 'large-damaged.pgp', /damaged/, 'aborted');
	await testLarge(page, 'large-cut.pgp', /is cut/, 'aborted');
	await testKeyboard(page);
	await testLooks(page, 'light');
	await testLooks(page, 'dark');
	is(errors.join('; '), '', 'no error in the console');
	is(asked.filter((url) => !/^(file|blob|data):/.test(url)).join(' '), '',
		'no network is asked for anything');
	await testPolicy(page);
}

if (!existsSync(join(TOP, 'static/unlock.html')) || !existsSync(BOX)) {
	console.log('1..0 # SKIP the page or the driver is not built');
	process.exit(0);
}
await makeFiles();
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
	headless: true, args: FLAGS });

try {
	await run(browser);
} catch (e) {
	ok(false, 'the test ran to its end', e.message.replaceAll('\n', '\n# '));
} finally {
	await browser.close();
	rmSync(dir, { recursive: true });
}
console.log(`1..${count}`);
process.exitCode = failed ? 1 : 0;
