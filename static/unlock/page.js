// SPDX-License-Identifier: AGPL-3.0-or-later
// The page: a file, a password, and one sentence about what came of it.  A
// small file is gathered and offered when it is whole; a large one is written
// where the user says, or into the browser's storage, and kept only if it is
// whole.
import { openLocked } from './open.js';
import { LARGE, MEMORY_MOST, intoFile, intoMemory, intoPrivate, placeFor, sweep }
	from './save.js';

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
	memory: 'This browser cannot write a file while it opens it, and this one ' +
		`is more than the ${size(MEMORY_MOST)} that the page keeps in ` +
		'memory. Nothing was saved. Open it in Chrome, Edge or Opera, or ' +
		'with the command "rapport unlock".',
	room: 'There is not enough room to save what is in the file. Nothing was ' +
		'saved. Make room, or save it to another disk.',
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
let stopping = new AbortController();
/** Takes away what is offered. */
let withdraw = () => {};

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
	withdraw();
	withdraw = () => {};
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

/** Offer what was opened; `drop` takes it away when it is not wanted more. */
function addLink(name, blob, drop = () => {}) {
	const a = document.createElement('a');
	const link = URL.createObjectURL(blob);

	withdraw = () => {
		URL.revokeObjectURL(link);
		drop();
	};
	a.href = link;
	a.download = name;
	a.className = 'button';
	a.textContent = `Save ${name}`;
	result.replaceChildren(a);
	a.focus();
}

async function saveSmall({ name, data }) {
	say('Opening…', '');
	const blob = await intoMemory(data, stopping.signal);

	say(`Opened and checked to the last byte: ${size(blob.size)}.`, 'good');
	addLink(name, blob);
}

async function savePrivate({ name, data }) {
	say('Opening…', '');
	const { file: whole, drop } = await intoPrivate(data, stopping.signal);

	say(`Opened and checked to the last byte: ${size(whole.size)}. The ` +
		'browser keeps it until you leave this page: save it first.', 'good');
	addLink(name, whole, drop);
}

async function savePicked({ name, data }) {
	let handle;

	try {
		handle = await window.showSaveFilePicker({ suggestedName: name });
	} catch (e) {
		data.return();
		throw e;
	}
	result.replaceChildren();
	const total = await intoFile(handle, data, stopping.signal);

	say(`Saved as ${handle.name} and checked to the last byte: ` +
		`${size(total)}.`, 'good');
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

	stopping = new AbortController();
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

/** A small file may hold a large one: then it is begun again as one. */
async function openInto(place) {
	say('Trying the password…', '');
	// let the sentence be drawn: the password takes a moment
	await new Promise((then) => { setTimeout(then, 50); });
	const opened = await openLocked(file, password.value, (done) => {
		bar.value = done / Math.max(1, file.size);
	});

	if (place === 'picked') {
		say('The password is right.', 'good');
		addButton(`Choose where to save ${opened.name}`, () => attempt(
			() => savePicked(opened)));
	} else if (place === 'private') {
		await savePrivate(opened);
	} else {
		await saveSmall(opened);
	}
}

async function openChosen() {
	const place = await placeFor(file.size);

	try {
		await openInto(place);
	} catch (e) {
		const other = e.kind === 'memory' &&
			await placeFor(Math.max(LARGE, file.size));

		if (!other || other === place)
			throw e;
		await openInto(other);
	}
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
	attempt(openChosen);
}

form.addEventListener('submit', (e) => {
	e.preventDefault();
	unlock();
});
picker.addEventListener('change', () => choose(picker.files[0]));
stop.addEventListener('click', () => stopping.abort());
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
sweep();
document.querySelector('#save').hidden = location.protocol === 'file:';
document.documentElement.classList.remove('dead');
