// SPDX-License-Identifier: AGPL-3.0-or-later
// Opens a locked file with OpenPGP.js, as a stream, and calls what goes wrong
// by one of five names.  Its bytes are worth nothing until the stream has
// ended without an error: only the last tag says that the whole was there.
import { ArmorWatch, PacketWatch, recognise } from './frame.js';

/* global openpgp */

const CONFIG = { maxArgon2MemoryExponent: 21 };	// 2 GiB
const HEAD = 4096;
const NAME_MAX = 255;

/** Why a file was not opened. */
export class Refusal extends Error {
	/** @param {'password'|'damaged'|'cut'|'foreign'|'cost'} kind */
	constructor(kind, detail = '') {
		super(detail || kind);
		this.kind = kind;
	}
}

/** The file's bytes, watched and counted as they are read. */
function watched(file, watch, onProgress) {
	let done = 0;
	const eye = new TransformStream({
		transform(bytes, to) {
			watch.push(bytes);
			done += bytes.length;
			onProgress(done);
			to.enqueue(bytes);
		},
		flush() {
			watch.ended = true;
		},
	});

	return file.stream().pipeThrough(eye);
}

/** A failure while or after the message was read. */
function failure(error, watch) {
	if (error instanceof Refusal || error.name === 'AbortError')
		return error;
	if (error.name === 'NotReadableError' || error.name === 'NotFoundError')
		return error;
	return new Refusal(watch.ended && !watch.whole ? 'cut' : 'damaged',
		error.message);
}

async function readMessage(source, form) {
	return form === 'armor'
		? openpgp.readMessage({ config: CONFIG, armoredMessage:
			source.pipeThrough(new TextDecoderStream()) })
		: openpgp.readMessage({ config: CONFIG, binaryMessage: source });
}

/** Are key packets for passwords among what was read, and which? */
function checkKeys(message) {
	const keys = message.packets.filterByTag(
		openpgp.enums.packet.symEncryptedSessionKey);
	const data = message.packets.filterByTag(
		openpgp.enums.packet.symEncryptedIntegrityProtectedData);

	if (data.length === 0)
		throw new Error('no data');
	if (data[0].version !== 2)
		throw new Refusal('foreign', 'older');
	if (keys.length === 0)
		throw new Refusal('foreign', 'key');
}

async function sessionKeys(message, password) {
	try {
		return await openpgp.decryptSessionKeys({ message,
			passwords: [password], config: CONFIG });
	} catch (e) {
		if (/argon2/i.test(`${e.name} ${e.message}`))
			throw new Refusal('cost', e.message);
		throw new Refusal('password', e.message);
	}
}

/** A name that can be nothing but a plain file name. */
export function plainName(inside, outside) {
	const name = inside.replace(/\.pgp$/, '');
	const safe = name && name !== '_CONSOLE' && name.length <= NAME_MAX &&
		!/^[.\- ]|[/\\:\u0000-\u001f\u007f]/.test(name);
	const cut = outside.replace(/\.(pgp|gpg|asc)$/, '');

	return safe ? name : cut !== outside && cut ? cut : `${outside}.unlocked`;
}

/** The plain bytes; its errors are refusals. */
async function* pieces(stream, watch) {
	const reader = stream.getReader();

	try {
		for (;;) {
			const { done, value } = await reader.read();

			if (done)
				break;
			yield value;
		}
		if (!watch.whole)
			throw new Refusal('cut');
	} catch (e) {
		throw failure(e, watch);
	} finally {
		reader.cancel().catch(() => {});
	}
}

/**
 * @param {File} file
 * @param {string} password
 * @param {(done: number) => void} onProgress bytes of the file read
 * @returns {Promise<{name: string, data: AsyncGenerator<Uint8Array>}>}
 *	once the password was right and the first bytes were good
 */
export async function openLocked(file, password, onProgress) {
	const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
	const form = recognise(head);

	if (form === 'foreign' || form === 'older')
		throw new Refusal('foreign', form);
	const watch = form === 'armor' ? new ArmorWatch() : new PacketWatch();

	try {
		const message = await readMessage(
			watched(file, watch, onProgress), form);

		checkKeys(message);
		const keys = await sessionKeys(message, password);
		const { data, filename } = await openpgp.decrypt({ message,
			sessionKeys: keys, format: 'binary', config: CONFIG });

		return { name: plainName(filename ?? '', file.name),
			data: pieces(data, watch) };
	} catch (e) {
		throw failure(e, watch);
	}
}
