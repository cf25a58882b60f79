# SPDX-License-Identifier: AGPL-3.0-or-later
"""Analytics: an audience with its messages in a store of its own and in
PostgreSQL (indexes that answer every question from themselves) and DuckDB, a
zone that is 5 h 45 min ahead, the same tables, then the times; and the same
import with what analytics reads and without it.
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


COLUMNS = ("users", "in", "out")
SOME = "India"
FILTER = f'["default_country","is","{SOME}"]'
COUNTS = ("count(DISTINCT usr) FILTER (WHERE inbound), "
          "count(*) FILTER (WHERE inbound), "
          "count(*) FILTER (WHERE NOT inbound)")

# A manager's answers: of each stretch of a chat that ends with a manager's
# word, from the first word of the person in it.
REPLIES = (
    "WITH cut AS (SELECT *, count(*) FILTER (WHERE human) OVER (PARTITION BY "
    "chat ORDER BY said ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "
    "part FROM messages), answers AS (SELECT chat, part, "
    "min(said) FILTER (WHERE inbound) AS asked, "
    "max(said) FILTER (WHERE human) AS said FROM cut GROUP BY chat, part) "
    f"SELECT {seconds_of('day')} AS day, count(*), sum((extract(epoch FROM "
    "said) - extract(epoch FROM asked)) * 1000)::bigint FROM answers "
    f"WHERE asked < said AND {span(MONTH)} GROUP BY day ORDER BY day")
# Conversations: the first message, then the first a day or more after that.
OPENINGS = (
    "WITH RECURSIVE opened AS (SELECT usr, min(said) AS said FROM messages "
    "GROUP BY usr UNION ALL SELECT usr, (SELECT min(m.said) FROM messages m "
    "WHERE m.usr = opened.usr AND m.said >= opened.said + interval "
    "'24 hours') FROM opened WHERE said IS NOT NULL) "
    f"SELECT {seconds_of('day')} AS day, count(*) FROM opened "
    f"WHERE {span(MONTH)} GROUP BY day ORDER BY day")
DUCK_OPENINGS = (
    "WITH all_said AS (SELECT usr, list_transform(list_sort(list("
    "epoch_us(said))), lambda x: [x]) AS moments FROM messages GROUP BY usr), "
    "opened AS (SELECT make_timestamptz(unnest(list_reduce(moments, "
    "lambda a, b: "
    "CASE WHEN b[1] - a[len(a)] >= 86400000000 THEN list_concat(a, b) "
    "ELSE a END))) AS said FROM all_said) "
    f"SELECT {seconds_of('day')} AS day, count(*) FROM opened "
    f"WHERE {span(MONTH)} GROUP BY day ORDER BY day")

# name, what we are asked, which of our columns, the same in SQL
QUESTIONS = [
    ("a year of new and returning by day", ("customers", "day", *YEAR),
     ("users", "new", "returning"),
     "WITH firsts AS (SELECT usr, min(said) AS said FROM messages "
     "WHERE inbound GROUP BY usr), active AS (SELECT DISTINCT usr, "
     f"{seconds_of('day')} AS day FROM messages WHERE inbound AND "
     f"{span(YEAR)}) SELECT day, count(*), count(*) FILTER (WHERE "
     "extract(epoch FROM firsts.said) >= day), count(*) FILTER (WHERE "
     "extract(epoch FROM firsts.said) < day) FROM active JOIN firsts "
     "USING (usr) GROUP BY day ORDER BY day"),
    ("heat map of a year", ("activity", "hourOfWeek", *YEAR), COLUMNS,
     f"SELECT ((extract(isodow FROM {LOCAL}) - 1) * 24 + "
     f"extract(hour FROM {LOCAL}))::int AS slot, {COUNTS} FROM messages WHERE "
     f"{span(YEAR)} GROUP BY slot ORDER BY slot"),
    ("a month by hour", ("activity", "hour", *MONTH), COLUMNS,
     f"SELECT {seconds_of('hour')} AS hour, {COUNTS} FROM messages WHERE "
     f"{span(MONTH)} GROUP BY hour ORDER BY hour"),
    ("answers of a month by day", ("response", "day", *MONTH),
     ("replyCount", "totalReplyTime"), REPLIES),
    ("conversations of a month by day", ("conversations", "day", *MONTH),
     ("conversations",), OPENINGS),
]
# The same of some people, by name of the question above.
OF_SOME = "heat map of a year"
# What the page Customers of the panel asks, of a year.
PAGE = [("customers", "day"), ("activity", "day"), ("activity", "hourOfDay"),
        ("activity", "hourOfWeek")]
PAGE_MS = 150


def messages_to_tsv(ndjson, out):
    """Of each message who it is from or to, when, whether inbound, in which
    chat, whether a manager said it, and the person's country."""
    people, countries, chat, n = {}, {}, -1, 0
    with open(ndjson) as f, open(out, "w") as g:
        for line in f:
            if line.startswith('{"type":"user"'):
                e = json.loads(line)
                user = people.setdefault(e["userId"], len(people))
                countries[user] = e["attributes"].get("default_country") or ""
            elif line.startswith('{"type":"chat"'):
                user = people[json.loads(line)["userId"]]
                chat += 1
            elif line.startswith('{"type":"message"'):
                e = json.loads(line)
                who = e["personType"]
                human = who == "manager" and not e.get("template")
                g.write(f"{user}\t{e['at']}\t{'ft'[who == 'user']}\t{chat}\t"
                        f"{'ft'[human]}\t{countries[user]}\n")
                n += 1
    return n


def load_peer(pg, tsv):
    path = pg.script("stats.sql", [
        "SET timezone = 'UTC'", "BEGIN",
        "DROP TABLE IF EXISTS messages",
        "CREATE TABLE messages (usr int, said timestamptz, inbound boolean, "
        "chat int, human boolean, country text)",
        f"COPY messages FROM '{tsv}'", "COMMIT",
        "CREATE INDEX ON messages (said) INCLUDE (usr, inbound, country)",
        "CREATE INDEX ON messages (usr, said)",
        "CREATE INDEX ON messages (chat, said) INCLUDE (inbound, human)",
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
                     "'inbound': 'BOOLEAN', 'chat': 'INTEGER', "
                     "'human': 'BOOLEAN', 'country': 'VARCHAR'})"}, {"run": "CHECKPOINT"}])
    return duck


def our_tables(b, store, asked, filter_tree="-"):
    """Of each question the median milliseconds and the rows, as dicts."""
    words = [os.path.join(b.build, "t/bench/stats_bench"), store,
             b.turns * 2 + 1]
    for question in asked:
        words += [*question, ZONE, filter_tree]
    b.report.command(f"stats, ours {filter_tree}", words)
    lines = iter(run(words, 900).splitlines())
    for head in lines:
        us, n, *names = head.split("\t")
        yield float(us) / 1e3, [dict(zip(names, next(lines).split("\t")))
                                for _ in range(int(n))]


def rows_expected(asked):
    """How many rows a cut has, from the calendar."""
    _, by, *period = asked
    zone = zoneinfo.ZoneInfo(ZONE)
    begin, end = (datetime.datetime.fromisoformat(day).replace(tzinfo=zone)
                  for day in period)
    hours = (end.timestamp() - begin.timestamp()) / 3600
    return {"day": hours / 24, "hour": hours, "hourOfWeek": 168}[by]


def same_table(name, asked, columns, rows, answer):
    theirs = {int(key): [int(v) for v in values] for key, *values in answer}
    if len(rows) != rows_expected(asked):
        raise Failed(f"{name}: {len(rows)} rows")
    if not theirs:
        raise Failed(f"{name}: nothing to compare")
    for row in rows:
        values = [row[c] for c in columns]
        want = theirs.pop(int(row["start"]), [0] * len(values))
        if [0 if v == "-" else float(v) for v in values] != want:
            raise Failed(f"{name}, row {row['start']}: {values} and {want}")
    if theirs:
        raise Failed(f"{name}: rows that only the peer has: {theirs}")


def beside(b, said, idle, question, mine, rows):
    """One question: the same table from both peers, then the times."""
    name, asked, columns, sql, duck_sql = question
    same_table(name, asked, columns, rows,
               [line.split("|") for line in b.pg.sql(sql).splitlines()])
    them = median(b.pg.latency([sql], 2) for _ in range(b.rounds)) - idle
    b.report.row(f"stats: {name}, beside PostgreSQL", f"{mine:.3g} ms",
                 f"{them:.3g} ms", them / mine, least=20,
                 detail={"messages": said, "users": b.stats_users})
    if b.stats_duck:
        answer = b.stats_duck.tasks([{"ask": [duck_sql],
                                      "turns": b.rounds}])[0]
        same_table(name, asked, columns, rows, answer["rows"][0])
        b.report.row("  beside DuckDB", f"{mine:.3g} ms",
                     f"{answer['ms']:.3g} ms", answer["ms"] / mine, least=10)
    b.report.row("  and by the clock", f"{mine:.3g} ms", f"{LIMIT_MS} ms",
                 mine / LIMIT_MS, most=1)


def questions(b, store, said):
    idle = b.pg.latency(["SELECT 1", "SELECT 1"], 500) / 2
    for (name, asked, columns, sql), (mine, rows) in zip(
            QUESTIONS, our_tables(b, store, [q[1] for q in QUESTIONS])):
        duck_sql = DUCK_OPENINGS if sql is OPENINGS else sql
        beside(b, said, idle, (name, asked, columns, sql, duck_sql), mine,
               rows)
    name, asked, columns, sql = next(q for q in QUESTIONS if q[0] == OF_SOME)
    sql = sql.replace("WHERE said", f"WHERE country = '{SOME}' AND said")
    mine, rows = next(our_tables(b, store, [asked], FILTER))
    beside(b, said, idle, (f"{name}, people of {SOME}", asked, columns, sql,
                           sql), mine, rows)
    page = sum(ms for ms, _ in our_tables(
        b, store, [(metric, by, *YEAR) for metric, by in PAGE]))
    b.report.row("stats: the page Customers, a year, all its calls",
                 f"{page:.3g} ms", f"{PAGE_MS} ms", page / PAGE_MS, most=1)


def imported(b, ndjson, *words):
    """Seconds of an import into a store of its own, and of the processor."""
    store = os.path.join(b.scratch, "upkeep")
    words = [os.path.join(b.build, "t/bench/import_bench"), store, ndjson,
             *words]
    b.report.command(" ".join(["stats, import", *words[3:]]), words)
    took = [float(s) for s in run(words, 7200).split()]
    shutil.rmtree(store)
    return took


def upkeep(b, ndjson):
    """The same import with what analytics reads and without it."""
    both = [(imported(b, ndjson), imported(b, ndjson, "without"))
            for _ in range(b.rounds)]
    kept, bare = (median(pair[i][0] for pair in both) for i in range(2))
    b.report.row("stats: an import that keeps it up, more than one without",
                 f"{kept:.3g} s", f"{bare:.3g} s", kept / bare - 1, most=0.2,
                 detail={"wall, processor": both})


def stats(b):
    users = b.stats_users
    ndjson, tsv, store = (os.path.join(b.scratch, f"stats{end}")
                          for end in (".ndjson", ".tsv", ""))
    run(["sh", "-c", 'out=$1; shift; exec "$@" > "$out"', "sh", ndjson,
         sys.executable, b.audience, "--users", users, "--seed", 3,
         "--messages-per-chat", PER_CHAT], 7200)
    said = messages_to_tsv(ndjson, tsv)
    took = timed(b.ours.import_words(ndjson, store), 7200)
    load_peer(b.pg, tsv)
    b.stats_duck = load_duck(b, tsv)
    os.unlink(tsv)
    b.report.note(f"stats: {users} people with {said} messages, imported in "
                  f"{took:.1f} s")
    questions(b, store, said)
    upkeep(b, ndjson)
    os.unlink(ndjson)
    b.report.note(f"stats: every row of these tables in {ZONE} is "
                  "PostgreSQL's" + (" and DuckDB's" if b.stats_duck else ""))
    b.pg.sql("DROP TABLE messages")
    shutil.rmtree(store, ignore_errors=True)
