# SPDX-License-Identifier: AGPL-3.0-or-later
"""The transcript search: an audience with its chats and messages in a store of
its own and in PostgreSQL (a tsvector of each message under GIN, tags under GIN,
chats by opening), the same questions, the answers compared, then the times.
Then chat data: every message as a row of a locked file, beside COPY.
"""
import csv
import hashlib
import json
import os
import shutil
import sys
import zipfile

from tools import Failed, median, peak_memory, run, timed

# what we are asked; what PostgreSQL is: which chats
QUESTIONS = [
    ("word", "refund", "to_tsquery('simple', 'refund')"),
    ("two words", "refund warranty", None),
    ("phrase", '"order refund"', "phraseto_tsquery('simple', 'order refund')"),
    ("rare phrase", '"order refund invoice"',
     "phraseto_tsquery('simple', 'order refund invoice')"),
    ("prefix", "war*", "to_tsquery('simple', 'war:*')"),
    ("all tags", "#billing,refund", None),
]
PAGE = 50


def where(name, query):
    hit = "id IN (SELECT chat FROM messages WHERE ts @@ {})"
    if name == "two words":
        return " AND ".join(hit.format(f"to_tsquery('simple', '{w}')")
                            for w in ("refund", "warranty"))
    if name == "all tags":
        return "tags @> '{billing,refund}'"
    return hit.format(query)


def tsv(*cells):
    return "\t".join("\\N" if c is None else str(c).replace("\\", "\\\\")
                     .replace("\t", "\\t").replace("\n", "\\n")
                     for c in cells) + "\n"


def events_to_csv(ndjson, chats, messages):
    """Rows of both tables; chats are numbered as they come."""
    known, said = {}, 0
    with open(ndjson) as f, open(chats, "w") as c, open(messages, "w") as m:
        for line in f:
            if line.startswith('{"type":"chat"'):
                e = json.loads(line)
                known[e["chatId"]] = len(known) + 1
                c.write(tsv(known[e["chatId"]], e["chatId"], e["userId"],
                            e["openedAt"], e.get("closedAt"), e["state"],
                            e["source"], f"{{{','.join(e['tags'])}}}"))
            elif line.startswith('{"type":"message"'):
                e = json.loads(line)
                m.write(tsv(known[e["chatId"]], e["messageId"],
                            e["personType"].title(), e["personId"], e["at"],
                            e.get("template", False), e["text"]))
                said += 1
    return len(known), said


def load_peer(pg, chats, messages):
    """What ours keeps of chats and messages: by each of their columns, ids that
    come twice found, words, messages counted and people who wrote, by
    quarter-hour."""
    quarter = "date_bin('15 minutes', createdat, '2000-01-01Z')"
    path = pg.script("archive.sql", [
        "SET timezone = 'UTC'", "BEGIN",
        "CREATE TABLE chats (id int, chatid text, userid text, openedat "
        "timestamptz, closedat timestamptz, state text, source text, tags "
        "text[])",
        "CREATE TABLE messages (chat int, messageid text, persontype text, "
        "personid text, createdat timestamptz, template boolean, body text, ts "
        "tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED)",
        f"COPY chats FROM '{chats}'",
        "COPY messages (chat, messageid, persontype, personid, createdat, "
        f"template, body) FROM '{messages}'",
        "COMMIT", "ALTER TABLE chats ADD PRIMARY KEY (id)",
        "CREATE UNIQUE INDEX ON chats (chatid)",
        "CREATE INDEX ON chats (openedat, id)",
        *[f"CREATE INDEX ON chats ({c})" for c in ("userid", "state", "source")],
        "CREATE INDEX ON chats USING gin (tags)",
        "CREATE UNIQUE INDEX ON messages (messageid)",
        "CREATE INDEX ON messages (chat, createdat)",
        "CREATE INDEX ON messages USING gin (ts)",
        f"CREATE TABLE counted AS SELECT {quarter} AS quarter, persontype, "
        "template, count(*) AS n FROM messages GROUP BY 1, 2, 3",
        f"CREATE TABLE wrote AS SELECT DISTINCT {quarter} AS quarter, personid "
        "FROM messages WHERE persontype = 'User'",
        "CREATE INDEX ON wrote (quarter, personid)"])
    took = timed(pg.client("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f",
                           path, "postgres"), 3600)
    pg.sql("VACUUM (ANALYZE) chats", 3600)
    pg.sql("VACUUM (ANALYZE) messages", 3600)
    return took


def rows_of(path):
    """How many rows, and a sum over them in which order does not count."""
    n = total = 0
    with open(path, newline="", encoding="utf-8") as f:
        for row in csv.reader(f):
            row[3] = row[3].replace(" ", "T").replace("+00", ".000Z")
            digest = hashlib.blake2b("\0".join(row).encode(), digest_size=8)
            total += int.from_bytes(digest.digest(), "big")
            n += 1
    return n - 1, total % (1 << 64)


def chat_data(b, store, said):
    """Message data as a locked CSV beside COPY of the same rows in clear."""
    b.ours.own(store)
    locked, plain = (os.path.join(b.scratch, n) for n in (
        "chats.zip.pgp", "chats.zip"))
    peer = os.path.join(b.pg.dir, "messages.csv")

    def words(*more):
        return b.ours.cli(
            "export chats", "--raw", "--purpose", "measuring how long it takes",
            "--password-file", b.password, "--out", locked, "--force", "--json",
            *more, store=store)

    mine = words("--sheets", "Message")
    them = b.pg.psql(
        'COPY (SELECT c.chatid AS "chatId", persontype AS "personType", '
        'personid AS "personId", createdat AS "createdAt", body AS '
        '"plainText" FROM messages m JOIN chats c ON c.id = m.chat) TO '
        f"'{peer}' (FORMAT csv, HEADER)")
    b.report.command("chat data, ours", mine)
    b.report.command("chat data, PostgreSQL", them)
    run(mine, 900)
    b.ours.unlock(locked, b.password, plain)
    run(them, 900)
    with zipfile.ZipFile(plain) as z:
        z.extract("Message data.csv", b.scratch)
    opened = os.path.join(b.scratch, "Message data.csv")
    if rows_of(opened) != rows_of(peer):
        raise Failed("Message data is not what PostgreSQL has")
    os.unlink(opened)
    ours, peers, whole = [], [], {}
    for _ in range(max(3, b.rounds)):
        ours.append(timed(mine))
        peers.append(timed(them))
    b.report.row(f"Message data, locked CSV of {said} rows",
                 f"{said / median(ours):.0f}/s",
                 f"COPY {said / median(peers):.0f}/s",
                 median(peers) / median(ours),
                 detail={"ours_s": ours, "peer_s": peers})
    for form in ("csv", "json", "xlsx"):
        whole[form] = timed(words("--format", form))
        b.report.row(f"  all eight worksheets, {form}",
                     f"{whole[form]:.2f} s", "", None, detail=whole)
    high, anon = peak_memory(words())
    b.report.row("  its own memory, Argon2's 64 MiB among it",
                 f"{anon >> 10} MiB", "128 MiB", anon / (128 << 10), most=1,
                 detail={"hwm": high})


def archive(b):
    # a message for each of the other audience's people, about
    users = int(os.environ.get("RAPPORT_BENCH_TALKERS",
                               max(1, b.users * 55 // 1000)))
    ndjson = os.path.join(b.scratch, "talk.ndjson")
    store = os.path.join(b.scratch, "talk")
    chats, messages = (os.path.join(b.scratch, n)
                       for n in ("chats.tsv", "messages.tsv"))
    maker = os.environ.get("RAPPORT_BENCH_AUDIENCE", b.audience)
    run(["sh", "-c", 'out=$1; shift; exec "$@" > "$out"', "sh", ndjson,
         sys.executable, maker, "--users", users, "--seed", 2], 3600)
    begun, said = events_to_csv(ndjson, chats, messages)
    mine = timed(b.ours.import_words(ndjson, store=store), 3600)
    theirs = load_peer(b.pg, chats, messages)
    b.report.row(f"bulk import, {begun} chats and {said} messages, words and "
                 "counters", f"{(begun + said) / mine:,.0f} rows/s",
                 f"{(begun + said) / theirs:,.0f} rows/s", theirs / mine,
                 least=2, detail={"seconds": [mine, theirs]})
    b.report.note("ours took the people, flows and consent of the file as "
                  "well, as JSON; PostgreSQL chats and messages as COPY text")
    words = [os.path.join(b.build, "t/bench/archive_bench"), store, b.turns,
             *[q for _, q, _ in QUESTIONS]]
    b.report.command("transcript search, ours", words)
    idle = b.pg.latency(["SELECT 1", "SELECT 1"], 500)
    times, peers, ratios = [], [], []
    for (name, _, query), line in zip(QUESTIONS, run(words).splitlines()):
        us, total, ids = line.split("\t")
        filter_sql = where(name, query)
        count = f"SELECT count(*) FROM chats WHERE {filter_sql}"
        page = (f"SELECT chatid FROM chats WHERE {filter_sql} "
                f"ORDER BY openedat DESC, id DESC LIMIT {PAGE}")
        if int(b.pg.sql(count)) != int(total):
            raise Failed(f"{name}: {total} chats, PostgreSQL says otherwise")
        if sorted(b.pg.sql(page).split()) != sorted(ids.split()):
            raise Failed(f"{name}: another first page")
        times.append(float(us) / 1e3)
        peers.append(b.pg.latency([count, page], b.turns) - idle)
        ratios.append(peers[-1] / times[-1])
        b.report.row(f"archive: {name} ({total} chats)",
                     f"{times[-1]:.3g} ms", f"{peers[-1]:.3g} ms", ratios[-1])
    b.report.row(f"transcript search, {said} messages, median",
                 f"{median(times):.3g} ms", f"{median(peers):.3g} ms",
                 median(ratios), least=5,
                 detail={"ours_ms": times, "peer_ms": peers,
                         "ratios": ratios, "import_s": [mine, theirs]})
    chat_data(b, store, said)
    shutil.rmtree(store, ignore_errors=True)
