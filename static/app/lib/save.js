// SPDX-License-Identifier: AGPL-3.0-or-later
// Puts an answer of any size on disk.  A big one is written as it comes, where
// the browser can (File System Access); elsewhere the browser keeps the bytes
// and hands them over at the end.  Both ways an answer that breaks off leaves
// no file that looks whole.

/** Above this many rows we ask for a place first and stream to it. */
export const MANY_ROWS = 250000;

const picker = () => /** @type {any} */ (globalThis).showSaveFilePicker;

/**
 * To be called from the click itself: the browser wants a gesture.
 * @param {number} rows
 * @param {string} name what to suggest
 * @returns {Promise<any>} a file handle, or null to save at the end
 * @throws {DOMException} AbortError when the person thought better of it
 */
export async function choosePlace(rows, name) {
	return rows > MANY_ROWS && picker()
		? picker()({ suggestedName: name }) : null;
}

/** @param {Response} res @returns {string} */
export function nameOf(res) {
	const told = res.headers.get('Content-Disposition') || '';
	const m = /filename="([^"]+)"/.exec(told);

	return m ? m[1] : 'export.pgp';
}

function counting(onBytes) {
	let n = 0;

	return new TransformStream({
		transform(chunk, out) {
			n += chunk.length;
			onBytes(n);
			out.enqueue(chunk);
		},
	});
}

function handOver(blob, name) {
	const link = document.createElement('a');

	link.href = URL.createObjectURL(blob);
	link.download = name;
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/** @param {any} place a file picked and not used */
export async function leavePlace(place) {
	await place?.remove?.().catch(() => {});
}

/**
 * @param {Response} res
 * @param {any} place from choosePlace
 * @param {(bytes: number) => void} onBytes
 * @param {AbortSignal} signal
 * @param {string} [name] what to call it, where the server does not say
 * @returns {Promise<{name: string, bytes: number}>}
 */
export async function save(res, place, onBytes, signal, name = nameOf(res)) {
	let bytes = 0;
	const tell = (n) => onBytes(bytes = n);
	const stream = /** @type {ReadableStream} */ (res.body)
		.pipeThrough(counting(tell));

	if (place) {
		await stream.pipeTo(await place.createWritable(), { signal });
		return { name: place.name, bytes };
	}
	const blob = await new Response(stream).blob();

	handOver(blob, name);
	return { name, bytes };
}
