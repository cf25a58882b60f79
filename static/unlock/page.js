// SPDX-License-Identifier: AGPL-3.0-or-later
// The page: a file, a password, and one sentence about what came of it.  A
// small file is gathered and offered when it is whole; a large one is written
// where the user says, and kept only if it is whole.
import { openLocked } from './open.js';

const LARGE = 64 * 1024 * 1024;
const FOLD = 16 * 1024 * 1024;	// pieces become a blob, which may go to disk

const SAYS = {
	password: 'The password does not open this file. Check it and try again.',
	damaged: 'The file is damaged: a part of it was changed. Nothing was ' +
		'saved. Fetch it again.',
	cut: 'The file is cut: its end is missing. Nothing was saved. Fetch it ' +
		'again.',
	foreign: 'This is not a password-locked file.',
	older: 'This file was encrypted in an older way, without the checks that ' +
		'this page relies on. It is not opened here.',
	key: 'This file is not locked with a password but to a key.',
	cost: 'To try the password would take more memory than there is.',
	stopped: 'Stopped. Nothing was saved.',
};

const form = document.querySelector('form');
const picker = document.querySelector('#file');
const zone = document.querySelector('#zone');
const chosen = document.querySelector('#chosen');
const password = document.querySelector('#password');
const show = document.querySelector('#show');
const go = document.querySelector('#go');
const stop = document.querySelector('#stop');
const bar = document.querySelector('progress');
const said = document.querySelector('#said');
const result = document.querySelector('#result');

let file = null;
let stopped = false;
let link = null;

function size(n) {
	const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
	let at = 0;

	for (; n >= 1000 && at < units.length - 1; at++)
		n /= 1000;
	return `${at ? n.toFixed(1) : n} ${units[at]}`;
}

function say(text, kind) {
	said.textContent = text;
	said.dataset.kind = kind;
}

function clearResult() {
	if (link)
		URL.revokeObjectURL(link);
	link = null;
	result.replaceChildren();
	say('', '');
}

function choose(one) {
	file = one ?? null;
	clearResult();
	chosen.textContent = file ? `${file.name}, ${size(file.size)}` : '';
	if (file)
		password.focus();
}

function busy(on) {
	form.ariaBusy = String(on);
	for (const control of [picker, password, go])
		control.disabled = on;
	stop.hidden = bar.hidden = !on;
	bar.value = 0;
	if (on)
		stop.focus();
}

function addButton(text, onClick) {
	const button = document.createElement('button');

	button.type = 'button';
	button.textContent = text;
	button.addEventListener('click', onClick, { once: true });
	result.replaceChildren(button);
	button.focus();
}

function addLink(name, blob) {
	const a = document.createElement('a');

	link = URL.createObjectURL(blob);
	a.href = link;
	a.download = name;
	a.className = 'button';
	a.textContent = `Save ${name}`;
	result.replaceChildren(a);
	a.focus();
}

/** Hand every piece to `take`, unless the user stops it. */
async function drain(data, take) {
	let total = 0;

	for await (const piece of data) {
		if (stopped)
			throw new DOMException('stopped', 'AbortError');
		total += piece.length;
		await take(piece);
	}
	return total;
}

async function intoBlob({ name, data }) {
	let blob = new Blob([]), held = [], n = 0;
	const fold = () => {
		blob = new Blob([blob, ...held]);
		held = [];
		n = 0;
	};
	const total = await drain(data, (piece) => {
		held.push(piece);
		n += piece.length;
		if (n >= FOLD)
			fold();
	});

	fold();
	say(`Opened and checked to the last byte: ${size(total)}.`, 'good');
	addLink(name, blob);
}

/** close() keeps what was written, abort() leaves nothing. */
async function intoFile(handle, data) {
	const to = await handle.createWritable();

	try {
		const total = await drain(data, (piece) => to.write(piece));

		await to.close();
		say(`Saved as ${handle.name} and checked to the last byte: ` +
			`${size(total)}.`, 'good');
	} catch (e) {
		await to.abort().catch(() => {});
		throw e;
	}
}

function refuse(e) {
	if (e.name === 'AbortError')
		say(SAYS.stopped, 'bad');
	else
		say(SAYS[e.kind === 'foreign' ? e.message : e.kind] ??
			`The file could not be read: ${e.message}`, 'bad');
	(e.kind === 'password' ? password : picker).focus();
	if (e.kind === 'password')
		password.select();
}

/** Run `work` with the controls off; whatever it throws is said. */
async function attempt(work) {
	let problem;

	stopped = false;
	busy(true);
	try {
		await work();
	} catch (e) {
		problem = e;
	}
	busy(false);
	if (problem)
		refuse(problem);
	else
		result.firstElementChild?.focus();
}

async function saveLarge({ name, data }) {
	let handle;

	try {
		handle = await window.showSaveFilePicker({ suggestedName: name });
	} catch (e) {
		data.return();
		throw e;
	}
	result.replaceChildren();
	await intoFile(handle, data);
}

function unlock() {
	clearResult();
	if (!file) {
		say('Choose a file first.', 'bad');
		picker.focus();
		return;
	}
	if (!password.value) {
		say('Type the password of the file.', 'bad');
		password.focus();
		return;
	}
	attempt(async () => {
		say('Trying the password…', '');
		// let the sentence be drawn: the password takes a moment
		await new Promise((then) => { setTimeout(then, 50); });
		const opened = await openLocked(file, password.value, (done) => {
			bar.value = done / Math.max(1, file.size);
		});

		if (file.size < LARGE || !window.showSaveFilePicker) {
			say('Opening…', '');
			await intoBlob(opened);
			return;
		}
		say('The password is right.', 'good');
		addButton(`Choose where to save ${opened.name}`, () => attempt(
			() => saveLarge(opened)));
	});
}

form.addEventListener('submit', (e) => {
	e.preventDefault();
	unlock();
});
picker.addEventListener('change', () => choose(picker.files[0]));
stop.addEventListener('click', () => {
	stopped = true;
});
show.addEventListener('change', () => {
	password.type = show.checked ? 'text' : 'password';
});
for (const name of ['dragenter', 'dragover'])
	document.addEventListener(name, (e) => {
		e.preventDefault();
		zone.classList.add('over');
	});
for (const name of ['dragleave', 'drop'])
	document.addEventListener(name, (e) => {
		e.preventDefault();
		zone.classList.remove('over');
	});
document.addEventListener('drop', (e) => {
	if (!picker.disabled)
		choose(e.dataTransfer.files[0]);
});
document.querySelector('#save').hidden = location.protocol === 'file:';
document.documentElement.classList.remove('dead');
