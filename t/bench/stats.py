# SPDX-License-Identifier: AGPL-3.0-or-later
"""Analytics: an audience with its messages in a store of its own and in
PostgreSQL (indexes that answer every question from themselves) and DuckDB, a
zone that is 5 h 45 min ahead, the same tables, then the times.
"""
import datetime
import json
import os
import shutil
import sys
import zoneinfo

from duck import open_duck
from tools import Failed, median, run, timed

ZONE = "Asia/Kathmandu"
YEAR = ("2025-07-01", "2026-07-01")
MONTH = ("2026-03-01", "2026-04-01")
LIMIT_MS = 50
PER_CHAT = 3.4	# messages, about ten a user

LOCAL = f"said AT TIME ZONE '{ZONE}'"


def span(period):
    begin, end = (f"timestamp '{day}' AT TIME ZONE '{ZONE}'" for day in period)
    return f"said >= {begin} AND said < {end}"


def seconds_of(unit):
    return (f"extract(epoch FROM date_trunc('{unit}', {LOCAL}) "
            f"AT TIME ZONE '{ZONE}')::bigint")


COUNTS = ("count(DISTINCT usr) FILTER (WHERE inbound), "
          "count(*) FILTER (WHERE inbound), "
          "count(*) FILTER (WHERE NOT inbound)")

# name, what we are asked, which of our columns, the same in SQL
QUESTIONS = [
    ("a year of new and returning by day", ("customers", "day", *YEAR), 3,
     "WITH firsts AS (SELECT usr, min(said) AS said FROM messages "
     "WHERE inbound GROUP BY usr), active AS (SELECT DISTINCT usr, "
     f"{seconds_of('day')} AS day FROM messages WHERE inbound AND "
     f"{span(YEAR)}) SELECT day, count(*), count(*) FILTER (WHERE "
     "extract(epoch FROM firsts.said) >= day), count(*) FILTER (WHERE "
     "extract(epoch FROM firsts.said) < day) FROM active JOIN firsts "
     "USING (usr) GROUP BY day ORDER BY day"),
    ("heat map of a year", ("activity", "hourOfWeek", *YEAR), 3,
     f"SELECT ((extract(isodow FROM {LOCAL}) - 1) * 24 + "
     f"extract(hour FROM {LOCAL}))::int AS slot, {COUNTS} FROM messages WHERE "
     f"{span(YEAR)} GROUP BY slot ORDER BY slot"),
    ("a month by hour", ("activity", "hour", *MONTH), 3,
     f"SELECT {seconds_of('hour')} AS hour, {COUNTS} FROM messages WHERE "
     f"{span(MONTH)} GROUP BY hour ORDER BY hour"),
]


def messages_to_tsv(ndjson, out):
    """Of each message who it is from or to, when, and whether inbound."""
    people, chats, n = {}, {}, 0
    with open(ndjson) as f, open(out, "w") as g:
        for line in f:
            if line.startswith('{"type":"chat"'):
                e = json.loads(line)
                chats = {e["chatId"]: people.setdefault(e["userId"],
                                                        len(people))}
            elif line.startswith('{"type":"message"'):
                e = json.loads(line)
                inbound = "t" if e["personType"] == "user" else "f"
                g.write(f"{chats[e['chatId']]}\t{e['at']}\t{inbound}\n")
                n += 1
    return n


def load_peer(pg, tsv):
    path = pg.script("stats.sql", [
        "SET timezone = 'UTC'", "BEGIN",
        "DROP TABLE IF EXISTS messages",
        "CREATE TABLE messages (usr int, said timestamptz, inbound boolean)",
        f"COPY messages FROM '{tsv}'", "COMMIT",
        "CREATE INDEX ON messages (said) INCLUDE (usr, inbound)",
        "CREATE INDEX ON messages (usr, said) WHERE inbound"])
    run(pg.client("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", path,
                  "postgres"), 3600)
    pg.sql("VACUUM (ANALYZE) messages", 3600)


def load_duck(b, tsv):
    duck = open_duck(b)
    if duck:
        duck.tasks([{"run": "CREATE TABLE messages AS SELECT * FROM "
                     f"read_csv('{tsv}', delim = '\\t', header = false, "
                     "columns = {'usr': 'INTEGER', 'said': 'TIMESTAMPTZ', "
                     "'inbound': 'BOOLEAN'})"}, {"run": "CHECKPOINT"}])
    return duck


def our_tables(b, store):
    words = [os.path.join(b.build, "t/bench/stats_bench"), store,
             b.turns * 2 + 1]
    for _, asked, _, _ in QUESTIONS:
        words += [*asked, ZONE]
    b.report.command("stats, ours", words)
    lines = iter(run(words, 900).splitlines())
    for (_, _, columns, _), head in zip(QUESTIONS, lines):
        us, n = head.split("\t")
        rows = [next(lines).split("\t")[:columns + 1] for _ in range(int(n))]
        yield float(us) / 1e3, rows


def rows_expected(asked):
    """How many rows a cut has, from the calendar."""
    _, by, *period = asked
    zone = zoneinfo.ZoneInfo(ZONE)
    begin, end = (datetime.datetime.fromisoformat(day).replace(tzinfo=zone)
                  for day in period)
    hours = (end.timestamp() - begin.timestamp()) / 3600
    return {"day": hours / 24, "hour": hours, "hourOfWeek": 168}[by]


def same_table(name, asked, rows, answer):
    theirs = {int(key): [int(v) for v in values] for key, *values in answer}
    if len(rows) != rows_expected(asked):
        raise Failed(f"{name}: {len(rows)} rows")
    if not theirs:
        raise Failed(f"{name}: nothing to compare")
    for key, *values in rows:
        want = theirs.pop(int(key), [0] * len(values))
        if [float(v) for v in values] != want:
            raise Failed(f"{name}, row {key}: {values} and {want}")
    if theirs:
        raise Failed(f"{name}: rows that only the peer has: {theirs}")


def stats(b):
    users = b.stats_users
    ndjson, tsv, store = (os.path.join(b.scratch, f"stats{end}")
                          for end in (".ndjson", ".tsv", ""))
    run(["sh", "-c", 'out=$1; shift; exec "$@" > "$out"', "sh", ndjson,
         sys.executable, b.audience, "--users", users, "--seed", 3,
         "--messages-per-chat", PER_CHAT], 7200)
    said = messages_to_tsv(ndjson, tsv)
    took = timed(b.ours.import_words(ndjson, store), 7200)
    os.unlink(ndjson)
    load_peer(b.pg, tsv)
    duck = load_duck(b, tsv)
    os.unlink(tsv)
    b.report.note(f"stats: {users} people with {said} messages, imported in "
                  f"{took:.1f} s")
    idle = b.pg.latency(["SELECT 1", "SELECT 1"], 500) / 2
    for (name, asked, _, sql), (mine, rows) in zip(QUESTIONS,
                                                   our_tables(b, store)):
        same_table(name, asked, rows, [line.split("|") for line in
                                       b.pg.sql(sql).splitlines()])
        them = median(b.pg.latency([sql], 2) for _ in range(b.rounds)) - idle
        detail = {"messages": said, "users": users, "import_s": took}
        b.report.row(f"stats: {name}, beside PostgreSQL", f"{mine:.3g} ms",
                     f"{them:.3g} ms", them / mine, least=20, detail=detail)
        if duck:
            answer = duck.tasks([{"ask": [sql], "turns": b.rounds}])[0]
            same_table(name, asked, rows, answer["rows"][0])
            b.report.row("  beside DuckDB", f"{mine:.3g} ms",
                         f"{answer['ms']:.3g} ms", answer["ms"] / mine,
                         least=10)
        b.report.row("  and by the clock", f"{mine:.3g} ms",
                     f"{LIMIT_MS} ms", mine / LIMIT_MS, most=1)
    b.report.note(f"stats: every row of these tables in {ZONE} is "
                  "PostgreSQL's" + (" and DuckDB's" if duck else ""))
    b.pg.sql("DROP TABLE messages")
    shutil.rmtree(store, ignore_errors=True)
