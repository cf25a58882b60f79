# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rows, one function each.  Wherever a peer answers the same question, the
answers are compared first: a fast wrong answer ends its row.
"""
import csv
import datetime
import json
import os
import re
import statistics
import urllib.parse
import zipfile

from postgres import TABLE
from questions import (COLUMNS, CONTAINS, LIMIT, QUESTIONS, RARE, SORT,
                       count_sql, page_sql)
from tools import Failed, median, peak_memory, run, timed

NAMES = [name for name, _, _ in TABLE]


def ms(seconds):
    return f"{seconds * 1e3:.3g} ms"


def mib(n):
    return f"{n / (1 << 20):.0f} MiB"


def each(values, form="{:.3g}"):
    return " ".join(form.format(v) for v in values)


# 1: filters, engine against engine

def same_answers(b, where, tree):
    got = b.ours.users(tree, ["userId"], SORT, LIMIT)
    total = int(b.pg.sql(count_sql(where)))
    page = [line.split("|")[0] for line in b.pg.sql(page_sql(where))
            .splitlines()]
    ids = [u["userId"] for u in got["users"]]
    if got["total"] != total:
        raise Failed(f"{where}: {got['total']} and {total} users")
    if ids != page:
        raise Failed(f"{where}: the same total, another page")
    return total


def our_times(b, questions):
    """Milliseconds a filter: parsed, counted, listed, written as JSON."""
    path = os.path.join(b.scratch, "filters")
    with open(path, "w") as f:
        for _, tree, _ in questions:
            f.write(json.dumps(tree, ensure_ascii=False) + "\n")
    words = [os.path.join(b.build, "t/bench/query_bench"), b.ours.store, path,
             SORT, str(b.turns * 20 + 1), ",".join(COLUMNS)]
    b.report.command("filters, ours", words)
    times = []
    for line in run(words, 900).splitlines():
        found = re.match(r"\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+\d+ ",
                         line)
        if found:
            parse, _, listed, rows = (float(g) for g in found.groups())
            times.append((parse + listed + rows) / 1e3)
    if len(times) != len(questions):
        raise Failed("query_bench answered something else")
    return times


def asked(b, questions, kind, title, least):
    totals = [same_answers(b, where, tree) for _, tree, where in questions]
    b.report.note(f"totals {each(totals, '{}')} and the first pages of "
                  f"{LIMIT} are PostgreSQL's")
    there_and_back = b.pg.latency(["SELECT 1", "SELECT 1"], 500)
    ours = our_times(b, questions)
    peers, ratios = [], []
    for (name, _, where), mine in zip(questions, ours):
        took = b.pg.latency([count_sql(where), page_sql(where)], b.turns)
        peers.append(took - there_and_back)
        ratios.append(peers[-1] / mine)
        b.report.row(f"{kind}: {name}", f"{mine:.3g} ms",
                     f"{peers[-1]:.3g} ms", ratios[-1])
    b.report.note("PostgreSQL's time is without its two turns on the socket "
                  f"({there_and_back:.3f} ms)")
    b.report.row(title,
                 f"{median(ours):.3g} ms", f"{median(peers):.3g} ms",
                 median(ratios), least=least,
                 detail={"ours_ms": ours, "peer_ms": peers, "ratios": ratios,
                         "geometric": statistics.geometric_mean(ratios),
                         "totals": totals})


def filters(b):
    asked(b, QUESTIONS, "filter", "filter + total + page, median of ten", 100)


def contains(b):
    asked(b, CONTAINS, "contains", "contains on name and e-mail, median", 5)


def rare(b):
    asked(b, RARE, "rare", "rare result, sorted, median", 10)


# 2: through nginx

def wrk(b, connections, seconds, *words):
    line = ["wrk", "-t", 1, "-c", connections, "-d", f"{seconds}s",
            "--timeout", "10s", "-s", os.path.join(b.here, "load.lua"),
            b.ours.url, "--", *words]
    b.report.command(f"wrk {words[0]}", [w if w != b.ours.token else "TOKEN"
                                         for w in line])
    said = json.loads(run(line, seconds + 60).splitlines()[-1])
    if said["failed"]:
        raise Failed(f"wrk: {said['failed']} of {said['requests']} requests "
                     "did not succeed")
    return said


def addresses(b, name, paths):
    path = os.path.join(b.scratch, name)
    with open(path, "w") as f:
        f.write("".join(p + "\n" for p in paths))
    return path


def through_nginx(b):
    lists = addresses(b, "lists", [
        "/api/v1/users?" + urllib.parse.urlencode({
            "f": json.dumps(tree, separators=(",", ":"), ensure_ascii=False),
            "columns": ",".join(COLUMNS), "sort": SORT, "limit": LIMIT})
        for _, tree, _ in QUESTIONS])
    hello = addresses(b, "hello", ["/api/v1/hello"])
    for path in (hello, lists):
        wrk(b, 16, 1, "get", b.ours.token, path)
    us, them, once = [], [], []
    for _ in range(b.rounds):
        them.append(wrk(b, 16, b.seconds, "get", b.ours.token, hello))
        us.append(wrk(b, 16, b.seconds, "get", b.ours.token, lists))
        once.append(wrk(b, 16, b.seconds, "once", b.ours.token, lists))
    rate, base, anew = (median(w["rate"] for w in side)
                        for side in (us, them, once))
    p99 = median(w["p99"] for w in us)
    b.report.row("list through nginx, 16 connections", f"{rate:.0f}/s",
                 f"hello {base:.0f}/s", rate / base, least=0.5,
                 detail={"ours": us, "hello": them})
    b.report.row("  its 99th percentile", f"{p99:.3g} ms", "10 ms", p99 / 10,
                 most=1)
    b.report.row("  no question asked twice", f"{anew:.0f}/s",
                 f"hello {base:.0f}/s", anew / base, detail={"ours": once})
    b.report.note("a list asked again while nothing is written is answered "
                  "from memory; \"no question asked twice\" is worked out "
                  "every time")


# 3 and 7: bulk import, size

def bulk_import(b):
    b.report.command("import, ours", b.ours.import_words(b.ndjson))
    ours, peers = [], []
    for _ in range(b.rounds):
        ours.append(b.ours.load(b.ndjson))
        if b.pg:
            peers.append(b.pg.load(b.csv))
    count = json.loads(run(b.ours.cli("users", "--count", "--json")))["total"]
    if count != b.users:
        raise Failed(f"{count} of {b.users} users were imported")
    if b.pg:
        if int(b.pg.sql("SELECT count(*) FROM users")) != b.users:
            raise Failed("PostgreSQL has not got everybody")
        b.pg.settle()
    mine = median(ours)
    them = median(peers) if peers else None
    b.report.row(f"bulk import, {b.users} users", f"{mine:.2f} s",
                 f"{them:.2f} s" if them else "", them and mine / them,
                 most=1 if them else None,
                 detail={"ours_s": ours, "peer_s": peers})


def store_size(b):
    size, source = b.size_loaded, os.path.getsize(b.ndjson)
    b.report.row("store on disk over its NDJSON", mib(size), mib(source),
                 size / source, most=1.5,
                 detail={"postgres": b.pg and b.pg.size()})


# 4: the locked export

def like_ours(name, cell):
    """PostgreSQL's spelling of a cell in ours."""
    if name == "banned":
        return {"t": "true", "f": "false"}.get(cell, cell)
    if name in ("createdAt", "lastSeen"):
        return cell.replace(" ", "T").replace("+00", ".000Z")
    return cell


def same_file(b, ours, peer):
    with open(ours, newline="") as f, open(peer, newline="") as g:
        mine, them = csv.reader(f), csv.reader(g)
        n = 0
        if next(mine) != NAMES or next(them) != [s.lower() for s in NAMES]:
            raise Failed("the export has other columns")
        for row in mine:
            n += 1
            theirs = [like_ours(k, c) for k, c in zip(NAMES, next(them))]
            sets = NAMES.index("segment")
            theirs[sets] = sorted(re.findall(r"[^,{}\"]+", theirs[sets]))
            row[sets] = sorted(re.split(r"\s*[;|]\s*", row[sets])
                               if row[sets] else [])
            if row != theirs:
                raise Failed(f"export, row {n}: {row} and {theirs}")
        if n != b.users or next(them, None) is not None:
            raise Failed(f"the export has {n} rows")


def locked_export(b):
    locked = os.path.join(b.scratch, "users.csv.asc")
    plain = os.path.join(b.scratch, "users.csv")
    peer = os.path.join(b.pg.dir, "out.csv")
    mine = b.ours.export_words(NAMES, b.password, locked)
    them = b.pg.export_words(peer)
    b.report.command("export, ours", mine)
    b.report.command("export, PostgreSQL", them)
    run(mine, 900)
    b.ours.unlock(locked, b.password, plain)
    run(them, 900)
    same_file(b, plain, peer)
    os.unlink(plain)
    b.report.note(f"all {b.users} rows x {len(NAMES)} cells of the opened "
                  "export are PostgreSQL's")
    ours, peers = [], []
    for _ in range(max(3, b.rounds)):
        ours.append(timed(mine))
        peers.append(timed(them))
    b.report.row("locked CSV of all users, 20 columns, sorted",
                 f"{median(ours):.2f} s", f"{median(peers):.2f} s",
                 median(peers) / median(ours), least=2.5,
                 detail={"ours_s": ours, "peer_s": peers})


# 5: a workbook, beside a bare loop over libxlsxwriter

def serial(text):
    """Days since 1899-12-30 of an instant."""
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (at.timestamp() / 86400) + 25569


def cells_for_loop(plain, path):
    """The cells of our CSV, typed as ours are; see xlsx_loop.c."""
    kinds = {"createdAt": "d", "lastSeen": "d", "score": "n", "banned": "b"}
    with open(plain, newline="", encoding="utf-8") as f, \
            open(path, "w", encoding="utf-8") as out:
        rows = csv.reader(f)
        names = next(rows)
        out.write("".join(f"t{n}\n" for n in names) + ".\n")
        for row in rows:
            for name, cell in zip(names, row):
                kind = kinds.get(name, "t") if cell else "-"
                if kind == "d":
                    cell = f"{serial(cell):.9f}"
                elif kind == "b":
                    cell = "1" if cell == "true" else "0"
                out.write(f"{kind}{cell}\n")
            out.write(".\n")


def cells_in(book):
    """How many cells of each kind its sheets of users hold."""
    texts = numbers = 0
    with zipfile.ZipFile(book) as z:
        for name in z.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            with z.open(name) as f:
                rest = b""
                while block := f.read(1 << 22):
                    block = rest + block
                    cut = block.rfind(b"<c ") if len(block) > 4096 else 0
                    block, rest = block[:cut], block[cut:]
                    texts += block.count(b"</t></is>")
                    numbers += block.count(b"<v>")
                texts += rest.count(b"</t></is>")
                numbers += rest.count(b"<v>")
    return texts, numbers


def workbook(b):
    loop = os.path.join(b.scratch, "xlsx_loop")
    run(["cc", "-O2", "-o", loop, os.path.join(b.here, "xlsx_loop.c"),
         "-lxlsxwriter"], 120)
    paths = {name: os.path.join(b.scratch, f"users.{name}") for name in
             ("csv", "cells", "xlsx", "xlsx.pgp", "peer.xlsx")}
    run(b.ours.export_words(NAMES, b.password, paths["xlsx.pgp"]), 900)
    b.ours.unlock(paths["xlsx.pgp"], b.password, paths["csv"])
    cells_for_loop(paths["csv"], paths["cells"])
    os.unlink(paths["csv"])
    mine = [*b.ours.export_words(NAMES, b.password, paths["xlsx.pgp"]),
            "--format", "xlsx"]
    them = [loop, paths["cells"], paths["peer.xlsx"]]
    b.report.command("workbook, ours", mine)
    b.report.command("workbook, libxlsxwriter", them)
    ours, peers = [], []
    for _ in range(b.rounds):
        ours.append(timed(mine))
        peers.append(timed(them))
    b.ours.unlock(paths["xlsx.pgp"], b.password, paths["xlsx"])
    got, want = cells_in(paths["xlsx"]), cells_in(paths["peer.xlsx"])
    # ours has a manifest of texts: 10 rows of at most two, besides
    if got[1] != want[1] or not 0 <= got[0] - want[0] <= 20 + len(NAMES):
        raise Failed(f"cells of ours and the loop's: {got} and {want}")
    sizes = [os.stat(paths[n]).st_size for n in ("xlsx", "peer.xlsx")]
    for path in paths.values():
        if os.path.exists(path):
            os.unlink(path)
    b.report.note(f"workbooks: {want[0]} texts and {want[1]} numbers in each; "
                  f"{mib(sizes[0])} and {mib(sizes[1])}")
    b.report.row("locked XLSX of all users over a bare loop",
                 f"{median(ours):.2f} s", f"{median(peers):.2f} s",
                 median(ours) / median(peers), most=1.15,
                 detail={"ours_s": ours, "peer_s": peers})


# 6: durable events

def commits_alone(b):
    said = run([os.path.join(b.build, "t/bench/kv_commits"), b.scratch], 120)
    return float(re.search(r"^ 1 threads: +(\d+)", said, re.M).group(1))


def events(b):
    b.report.command("one commit an event",
                     [os.path.join(b.build, "t/bench/kv_commits"), b.scratch])
    before = json.loads(b.ours.get("/api/v1/users?limit=1"))["total"]
    us, them, sent = [], [], 0
    for i in range(b.rounds):
        them.append(commits_alone(b))
        us.append(wrk(b, 64, b.seconds, "events", b.ours.token, f"e{i}"))
        sent += us[-1]["requests"]
    there = json.loads(b.ours.get("/api/v1/users?limit=1"))["total"] - before
    # wrk does not count the last answers, which it does not wait for
    if not sent <= there <= sent + 64 * b.rounds:
        raise Failed(f"{sent} events were answered, {there} people are there")
    rate = median(w["rate"] for w in us)
    b.report.row("single durable events, 64 connections", f"{rate:.0f}/s",
                 f"one commit each {median(them):.0f}/s",
                 rate / median(them), least=20,
                 detail={"ours": us, "commits": them})


# 7: memory of an export

def export_memory(b):
    few = min(10000, b.users)
    head = os.path.join(b.scratch, "few.ndjson")
    with open(b.ndjson) as f, open(head, "w") as g:
        for _ in range(few):
            g.write(f.readline())
    small = os.path.join(b.scratch, "few")
    run(b.ours.import_words(head, small))
    token = b.ours.token
    b.ours.own(small)
    b.ours.token = token
    out = os.path.join(b.scratch, "users.csv.asc")
    peak = {}
    for n, store in ((few, small), (b.users, b.ours.store)):
        turns = [peak_memory(b.ours.export_words(NAMES, b.password, out,
                                                 store))
                 for _ in range(3)]
        peak[n] = [median(t[i] for t in turns) << 10 for i in (0, 1)]
    b.report.row(f"export, own memory at {b.users} over {few} users",
                 mib(peak[b.users][1]), mib(peak[few][1]),
                 peak[b.users][1] / peak[few][1], most=1.05,
                 detail={"hwm": [peak[few][0], peak[b.users][0]],
                         "anonymous": [peak[few][1], peak[b.users][1]]})
    b.report.row("  with pages of the mapped store (VmHWM)",
                 mib(peak[b.users][0]), mib(peak[few][0]),
                 peak[b.users][0] / peak[few][0])
