// SPDX-License-Identifier: AGPL-3.0-or-later
// Locks and unlocks with OpenPGP.js, the judge of our own writer and reader.
// Jobs come as one JSON array on standard input and answers go out as one:
//   {"do":"unlock","in","out","passwords"}
//   {"do":"lock","in","out","passwords","name","armor","stream","config"}
// An answer is {"ok":true,"name","at"} or {"ok":false,"why"}.
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import * as openpgp from 'openpgp';

/** Names in a job's config that stand for numbers of the format. */
const ENUMS = {
	preferredAEADAlgorithm: openpgp.enums.aead,
	preferredSymmetricAlgorithm: openpgp.enums.symmetric,
	preferredCompressionAlgorithm: openpgp.enums.compression,
	s2kType: openpgp.enums.s2k,
};

/** @param {object} [config] of a job */
function configOf(config = {}) {
	const out = { aeadProtect: true };

	for (const [key, value] of Object.entries(config))
		out[key] = key in ENUMS ? ENUMS[key][value] : value;
	return out;
}

const ACTIONS = {
	async unlock(job) {
		const bytes = new Uint8Array(readFileSync(job.in));
		const message = job.armor
			? await openpgp.readMessage({ armoredMessage: bytes })
			: await openpgp.readMessage({ binaryMessage: bytes });
		const literal = await message.decrypt(undefined, job.passwords);
		const data = literal.getLiteralData();

		writeFileSync(job.out, data);
		return { name: literal.getFilename(),
			at: literal.unwrapCompressed().packets.findPacket(
				openpgp.enums.packet.literalData).date };
	},

	async lock(job) {
		const binary = job.stream
			? Readable.toWeb(createReadStream(job.in))
			: new Uint8Array(readFileSync(job.in));
		const message = await openpgp.createMessage({ binary,
			filename: job.name ?? '' });
		const locked = await openpgp.encrypt({ message,
			passwords: job.passwords,
			format: job.armor ? 'armored' : 'binary',
			config: configOf(job.config) });

		writeFileSync(job.out, job.stream
			? Buffer.concat(await Array.fromAsync(locked,
				(piece) => Buffer.from(piece)))
			: locked);
		return {};
	},
};

async function answer(job) {
	try {
		return { ok: true, ...await ACTIONS[job.do](job) };
	} catch (e) {
		return { ok: false, why: e.message };
	}
}

if (!Array.fromAsync) {
	Array.fromAsync = async (items, fn) => {
		const out = [];

		for await (const item of items)
			out.push(fn(item));
		return out;
	};
}

const answers = [];

for (const job of JSON.parse(readFileSync(0, 'utf8')))
	answers.push(await answer(job));
console.log(JSON.stringify(answers));
