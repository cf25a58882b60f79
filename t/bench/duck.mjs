// SPDX-License-Identifier: AGPL-3.0-or-later
/*
 * duck.mjs FOLDER DATABASE TASKS ANSWERS: what is asked of DuckDB, in the
 * process itself as it is meant to be used.  FOLDER has its package, TASKS is
 * a list of {"run": SQL} or {"ask": [SQL, ...], "turns": n}; ANSWERS gets for
 * each the milliseconds (of asking: all of them, the median of the turns after
 * the first) and the rows of every statement.
 */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const [folder, database, tasks, answers] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(path.join(folder, "x.js"))(
	"@duckdb/node-api");

async function timed(work) {
	const start = performance.now();
	const rows = await work();
	return { ms: performance.now() - start, rows };
}

async function ask(connection, statements, turns) {
	const prepared = [];
	for (const sql of statements)
		prepared.push(await connection.prepare(sql));
	const times = [];
	let rows;
	for (let i = 0; i <= turns; i++) {
		const turn = await timed(async () => {
			const all = [];
			for (const p of prepared)
				all.push((await p.runAndReadAll()).getRowsJson());
			return all;
		});
		rows = turn.rows;
		if (i > 0)
			times.push(turn.ms);
	}
	times.sort((a, b) => a - b);
	return { ms: times[times.length >> 1], rows };
}

const instance = await DuckDBInstance.create(database, {
	// nothing is fetched behind our back
	autoinstall_known_extensions: "false",
});
const connection = await instance.connect();
const said = [];
for (const task of JSON.parse(await readFile(tasks, "utf8")))
	said.push(task.run !== undefined
		? await timed(async () =>
			(await connection.runAndReadAll(task.run)).getRowsJson())
		: await ask(connection, task.ask, task.turns));
await writeFile(answers, JSON.stringify(said));
connection.closeSync();
instance.closeSync();
