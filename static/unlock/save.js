// SPDX-License-Identifier: AGPL-3.0-or-later
// Where the plain bytes go while they are opened.  They are worth nothing
// before the last of them was checked, so every place can be given up without
// a trace, and none of them grows in memory with the file:
//
//   picked   the file the user chose, written as it is opened
//   private  a file of this page in the browser's own storage, offered when it
//            is whole and taken away when the page is left
//   memory   for small files, and for browsers that have neither; bounded
import { Refusal } from './open.js';

/** A locked file from this size on does not go into memory by choice. */
export const LARGE = 64 * 1024 * 1024;
/** What is gathered in memory at the most. */
export const MEMORY_MOST = 512 * 1024 * 1024;
const FOLD = 16 * 1024 * 1024;	// pieces become a blob, which may go to disk
const PREFIX = 'rapport-unlock-';

/** The folder of this page in the browser's storage, if there is one. */
async function privateRoot() {
	if (!globalThis.FileSystemFileHandle?.prototype.createWritable ||
	    !navigator.locks)
		return null;
	// pages that were opened from a disk have none
	return navigator.storage?.getDirectory().catch(() => null) ?? null;
}

/** Take away what a page that ended too soon has left. */
export async function sweep() {
	const root = await privateRoot();

	for await (const name of root?.keys() ?? [])
		if (name.startsWith(PREFIX))
			navigator.locks.request(name, { ifAvailable: true }, (free) =>
				free && root.removeEntry(name).catch(() => {}));
}

/** What is free in the browser's storage, as far as it says. */
async function room() {
	const { quota = Infinity, usage = 0 } = await navigator.storage
		.estimate().catch(() => ({}));

	return quota - usage;
}

/**
 * The best place for a file of so many bytes.
 * @param {number} bytes of the locked file
 * @returns {Promise<'picked'|'private'|'memory'>}
 */
export async function placeFor(bytes) {
	if (bytes < LARGE)
		return 'memory';
	if (window.showSaveFilePicker)
		return 'picked';
	if (!await privateRoot()) {
		if (bytes > MEMORY_MOST)
			throw new Refusal('memory');
		return 'memory';
	}
	if (bytes > await room())
		throw new Refusal('room');
	return 'private';
}

/** Hand every piece to `take`, and count; `stop` is looked at in between. */
async function drain(data, stop, take) {
	let total = 0;

	for await (const piece of data) {
		stop.throwIfAborted();
		total += piece.length;
		await take(piece, total);
	}
	stop.throwIfAborted();
	return total;
}

/**
 * Gathers the bytes, MEMORY_MOST of them at the most.
 * @param {AsyncGenerator<Uint8Array>} data
 * @param {AbortSignal} stop
 * @returns {Promise<Blob>}
 */
export async function intoMemory(data, stop) {
	let blob = new Blob([]), held = [], n = 0;
	const fold = () => {
		blob = new Blob([blob, ...held]);
		held = [];
		n = 0;
	};

	await drain(data, stop, (piece, total) => {
		if (total > MEMORY_MOST)
			throw new Refusal('memory');
		held.push(piece);
		n += piece.length;
		if (n >= FOLD)
			fold();
	});
	fold();
	return blob;
}

/** The empty file that a dialog has made is no result. */
async function removeEmpty(handle) {
	if ((await handle.getFile()).size === 0)
		await handle.remove?.();
}

/**
 * Writes the bytes into a file: close() keeps them, abort() leaves nothing.
 * @param {FileSystemFileHandle} handle
 * @param {AsyncGenerator<Uint8Array>} data
 * @param {AbortSignal} stop
 * @returns {Promise<number>} how many
 */
export async function intoFile(handle, data, stop) {
	let to;

	try {
		to = await handle.createWritable();
		const total = await drain(data, stop, (piece) => to.write(piece));

		await to.close();
		return total;
	} catch (e) {
		await data.return().catch(() => {});
		await to?.abort().catch(() => {});
		await removeEmpty(handle).catch(() => {});
		throw e.name === 'QuotaExceededError' ? new Refusal('room') : e;
	}
}

/**
 * Writes the bytes into the browser's own storage.
 * @param {AsyncGenerator<Uint8Array>} data
 * @param {AbortSignal} stop
 * @returns {Promise<{file: File, drop: () => void}>} `drop` takes it away
 */
export async function intoPrivate(data, stop) {
	const root = await privateRoot();
	const name = PREFIX + crypto.randomUUID();
	let drop;

	// held as long as this page lives: nobody sweeps the file meanwhile
	navigator.locks.request(name, () => new Promise((release) => {
		drop = () => root.removeEntry(name).catch(() => {}).then(release);
	}));
	try {
		const handle = await root.getFileHandle(name, { create: true });

		await intoFile(handle, data, stop);
		addEventListener('pagehide', () => drop(), { once: true });
		return { file: await handle.getFile(), drop };
	} catch (e) {
		await root.removeEntry(name).catch(() => {});
		drop?.();
		throw e;
	}
}
