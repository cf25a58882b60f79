// SPDX-License-Identifier: AGPL-3.0-or-later
// The frame of a locked file (RFC 9580, 4.2): what its first bytes say that it
// is, and, as its bytes go by, whether it ends where it must.  That is what
// tells a cut file from a damaged one.

const TAG_SKESK = 3;
const TAG_SEIPD = 18;
const MAY_BEGIN = new Set([1, TAG_SKESK, 10, TAG_SEIPD, 21]);
const BEGIN = '-----BEGIN PGP MESSAGE-----';
const END = '-----END PGP MESSAGE-----';

/** Where the body of a packet with a new-style header begins. */
function bodyAt(head) {
	return head[1] < 192 ? 2 : head[1] < 224 ? 3 : 6;
}

/**
 * What a file is by its first bytes.
 * @param {Uint8Array} head at least 64 bytes, if there are so many
 * @returns {'binary'|'armor'|'older'|'foreign'}
 */
export function recognise(head) {
	const text = new TextDecoder('latin1').decode(head)
		.replace(/^\xEF\xBB\xBF/, '').trimStart();

	if (text.startsWith(BEGIN))
		return 'armor';
	if (head.length < 2 || !(head[0] & 0x80))
		return 'foreign';
	const tag = head[0] & 0x40 ? head[0] & 63 : head[0] >> 2 & 15;

	if (!MAY_BEGIN.has(tag))
		return 'foreign';
	if (tag !== TAG_SKESK || !(head[0] & 0x40))
		return 'binary';
	const version = head[bodyAt(head)];

	if (version === 4 || version === 5)
		return 'older';
	// text that begins with a letter like É has these bytes too
	return version !== 6 && head[1] >= 128 && head[1] < 192
		? 'foreign' : 'binary';
}

/** Follows packets by their lengths; knows whether the last one is whole. */
export class PacketWatch {
	#skip = 0;
	#parts = false;
	#octets = [];
	#old = false;
	#begun = false;
	#data = false;

	/** @param {Uint8Array} bytes the next of the file */
	push(bytes) {
		let at = 0;

		while (at < bytes.length) {
			const n = Math.min(this.#skip, bytes.length - at);

			at += n;
			this.#skip -= n;
			if (at < bytes.length)
				this.#octet(bytes[at++]);
		}
	}

	#octet(b) {
		if (!this.#begun) {
			const tag = b & 0x40 ? b & 63 : b >> 2 & 15;

			this.#begun = true;
			this.#old = !(b & 0x40);
			this.#data ||= tag === TAG_SEIPD;
			this.#octets = this.#old ? [b & 3] : [];
			return;
		}
		this.#octets.push(b);
		const length = this.#old ? this.#oldLength() : this.#newLength();

		if (length === undefined)
			return;
		this.#skip = length;
		this.#octets = [];
		this.#begun = this.#parts;
	}

	#newLength() {
		const [a, ...rest] = this.#octets;

		this.#parts = a >= 224 && a < 255;
		if (a < 192)
			return a;
		if (this.#parts)
			return 2 ** (a & 31);
		if (rest.length < (a === 255 ? 4 : 1))
			return undefined;
		return a === 255 ? rest.reduce((v, b) => v * 256 + b, 0)
			: (a - 192) * 256 + rest[0] + 192;
	}

	#oldLength() {
		const [type, ...rest] = this.#octets;

		this.#parts = false;
		if (type === 3)
			return Infinity;
		return rest.length < 2 ** type ? undefined
			: rest.reduce((v, b) => v * 256 + b, 0);
	}

	/** Does the file, as far as it went, end behind its data? */
	get whole() {
		return this.#data && !this.#begun && this.#skip === 0;
	}
}

/** The same for armor: it must have its last line. */
export class ArmorWatch {
	#tail = '';

	/** @param {Uint8Array} bytes the next of the file */
	push(bytes) {
		const text = new TextDecoder('latin1').decode(
			bytes.subarray(-4096));

		this.#tail = (this.#tail + text).slice(-4096);
	}

	get whole() {
		return this.#tail.includes(END);
	}
}
