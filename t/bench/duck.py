# SPDX-License-Identifier: AGPL-3.0-or-later
"""DuckDB beside us: the ten filters, and the CSV of everybody.  Its package
comes from npm into the scratch folder, this one version and nothing else; its
database is a file there, with the types we would choose.
"""
import csv
import json
import os
import re
import shutil

from postgres import TABLE
from questions import LIMIT, QUESTIONS, SORT, count_sql, page_sql
from rows import NAMES, ms, our_times
from tools import Failed, median, run, timed

PACKAGE = "@duckdb/node-api"
VERSION = "1.5.6-r.1"
TYPES = {"timestamptz": "TIMESTAMP", "inet": "VARCHAR", "text[]": "VARCHAR[]",
         "integer": "INTEGER", "boolean": "BOOLEAN"}


class Duck:
    def __init__(self, b):
        if not shutil.which("npm") or not shutil.which("node"):
            raise Failed("no npm and node")
        self.scratch = b.scratch
        self.folder = os.path.join(b.scratch, "duck")
        self.script = os.path.join(b.here, "duck.mjs")
        os.mkdir(self.folder)
        run(["npm", "install", "--prefix", self.folder, "--no-audit",
             "--no-fund", "--ignore-scripts", f"{PACKAGE}@{VERSION}"], 300)
        said = self.tasks([{"run": "SELECT version()"}])
        b.report.note(f"DuckDB {said[0]['rows'][0][0]} of {PACKAGE} {VERSION}")

    def tasks(self, tasks, limit=1800):
        paths = [os.path.join(self.folder, n) for n in
                 ("users.duckdb", "tasks.json", "answers.json")]
        with open(paths[1], "w") as f:
            json.dump(tasks, f)
        run(["node", self.script, self.folder, *paths], limit)
        with open(paths[2]) as f:
            return json.load(f)

    def load(self, csv_file):
        """Sets stand in the file as PostgreSQL spells them, {"a","b"}."""
        read = ", ".join(f"'{n}': 'VARCHAR'" for n, _, _ in TABLE)
        columns = ", ".join(
            f"CASE {n} WHEN '{{}}' THEN [] ELSE string_split("
            f"replace({n}[2:-2], '\"', ''), ',') END AS {n}"
            if t == "text[]" else
            f"CAST({n} AS {TYPES.get(t, 'VARCHAR')}) AS {n}"
            for n, t in ((n, t.split()[0]) for n, t, _ in TABLE))
        self.tasks([{"run": f"CREATE TABLE users AS SELECT {columns} FROM "
                     f"read_csv('{csv_file}', header = true, "
                     f"columns = {{{read}}})"},
                    {"run": "CHECKPOINT"}])


def open_duck(b):
    """The one of this run, made when a row first wants it; None: said why."""
    if b.duck is not False:
        return b.duck
    b.duck = None
    try:
        duck = Duck(b)
        duck.load(b.csv)
        b.duck = duck
    except Failed as e:
        b.report.note(f"no DuckDB, its rows are left out: {e}")
    return b.duck


def spelled(where):
    return where.replace("'{VIP}'", "['VIP']")


def same_answers(b, name, tree, said):
    got = b.ours.users(tree, ["userId"], SORT, LIMIT)
    total, page = int(said["rows"][0][0][0]), said["rows"][1]
    if got["total"] != total:
        raise Failed(f"{name}: {got['total']} and {total} users")
    if [u["userId"] for u in got["users"]] != [row[0] for row in page]:
        raise Failed(f"{name}: the same total, another page")
    return total


def filters(b):
    duck = open_duck(b)
    if not duck:
        return
    said = duck.tasks([
        {"ask": [count_sql(w), page_sql(w)], "turns": b.turns}
        for w in (spelled(where) for _, _, where in QUESTIONS)])
    totals = [same_answers(b, name, tree, answer)
              for (name, tree, _), answer in zip(QUESTIONS, said)]
    ours, peers = our_times(b, QUESTIONS), [a["ms"] for a in said]
    ratios = [p / o for p, o in zip(peers, ours)]
    for (name, _, _), mine, them in zip(QUESTIONS, ours, peers):
        b.report.row(f"DuckDB, filter: {name}", ms(mine / 1e3),
                     ms(them / 1e3), them / mine)
    b.report.note(f"all {len(totals)} totals and first pages are DuckDB's")
    b.report.row("DuckDB, filter + total + page, median of ten",
                 ms(median(ours) / 1e3), ms(median(peers) / 1e3),
                 median(ratios), least=20,
                 detail={"ours_ms": ours, "peer_ms": peers, "ratios": ratios,
                         "totals": totals})


def like_ours(name, cell):
    """DuckDB's spelling of a cell in ours."""
    if name in ("createdAt", "lastSeen"):
        return cell.replace(" ", "T") + ".000Z" if cell else cell
    if name == "segment":
        return sorted(re.findall(r"[^,\[\]']+", cell.replace(", ", ",")))
    return cell


def same_file(b, ours, peer):
    with open(ours, newline="") as f, open(peer, newline="") as g:
        mine, them = csv.reader(f), csv.reader(g)
        if next(mine) != NAMES or next(them) != NAMES:
            raise Failed("the export has other columns")
        n = 0
        for row, other in zip(mine, them, strict=True):
            n += 1
            at = NAMES.index("segment")
            row[at] = sorted(re.split(r"\s*[;|]\s*", row[at])
                             if row[at] else [])
            theirs = [like_ours(k, c) for k, c in zip(NAMES, other)]
            if row != theirs:
                raise Failed(f"export, row {n}: {row} and {theirs}")
        if n != b.users:
            raise Failed(f"the export has {n} rows")


def export(b):
    duck = open_duck(b)
    if not duck:
        return
    locked, plain, peer = (os.path.join(b.scratch, n) for n in
                           ("users.csv.asc", "users.csv", "duck.csv"))
    mine = b.ours.export_words(NAMES, b.password, locked)
    copy = {"run": f"COPY (SELECT {', '.join(NAMES)} FROM users ORDER BY "
            f"lastSeen DESC, userId DESC) TO '{peer}' (FORMAT csv, HEADER)"}
    b.report.command("export, DuckDB", [copy["run"]])
    ours, peers = [], []
    for _ in range(max(3, b.rounds)):
        ours.append(timed(mine))
        os.sync()
        peers.append(duck.tasks([copy])[0]["ms"] / 1e3)
    b.ours.unlock(locked, b.password, plain)
    same_file(b, plain, peer)
    for path in (plain, peer):
        os.unlink(path)
    b.report.note(f"all {b.users} rows x {len(NAMES)} cells of the opened "
                  "export are DuckDB's, whose time is of COPY alone")
    b.report.row("DuckDB, locked CSV of all users, 20 columns, sorted",
                 f"{median(ours):.2f} s", f"{median(peers):.2f} s",
                 median(peers) / median(ours), least=2,
                 detail={"ours_s": ours, "peer_s": peers})
