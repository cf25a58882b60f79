# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ten times the audience: how the time of a query, of a page and the rate of
the import change.  It takes long, so only RAPPORT_BENCH_GROWTH=1 asks for it.
"""
import json
import os
import re
import shutil
import sys

from questions import COLUMNS, QUESTIONS, SORT
from tools import Failed, median, run, timed

TIMES = 10


def steps(b, store):
    """Milliseconds of each question, and of its page apart from its set."""
    path = os.path.join(b.scratch, "growth-filters")
    with open(path, "w") as f:
        for _, tree, _ in QUESTIONS:
            f.write(json.dumps(tree, ensure_ascii=False) + "\n")
    words = [os.path.join(b.build, "t/bench/query_bench"), store, path, SORT,
             b.turns * 20 + 1, ",".join(COLUMNS)]
    b.report.command("growth, a query", words)
    found = re.findall(r"^\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+"
                       r"(\d+) ", run(words, 900), re.M)
    if len(found) != len(QUESTIONS):
        raise Failed("query_bench answered something else")
    queries, pages, totals = [], [], []
    for parse, set_, listed, rows, total in found:
        queries.append((float(parse) + float(listed) + float(rows)) / 1e3)
        # listing finds the set anew; what is over is the page
        pages.append((max(float(listed) - float(set_), 0) + float(rows)) / 1e3)
        totals.append(int(total))
    return queries, pages, totals


def stage(b, name, users):
    """An audience of so many in a store of its own, and what it takes."""
    ndjson, store = (os.path.join(b.scratch, f"growth-{name}{end}")
                     for end in (".ndjson", ""))
    run(["sh", "-c", 'out=$1; shift; exec "$@" > "$out"', "sh", ndjson,
         sys.executable, b.audience, "--users", users, "--seed", 1, "--only",
         "users"], 7200)
    took = timed(b.ours.import_words(ndjson, store), 7200)
    os.unlink(ndjson)
    count = json.loads(run(b.ours.cli("users", "--count", "--json",
                                      store=store)))["total"]
    if count != users:
        raise Failed(f"{count} of {users} users were imported")
    queries, pages, totals = steps(b, store)
    size = os.stat(os.path.join(store, "data.mdb")).st_blocks * 512
    shutil.rmtree(store)
    return {"users": users, "rate": users / took, "queries_ms": queries,
            "pages_ms": pages, "totals": totals, "bytes": size}


def growth(b):
    small = stage(b, "one", b.users)
    large = stage(b, "ten", b.users * TIMES)
    detail = {"small": small, "large": large}
    for name, few, many in zip((q[0] for q in QUESTIONS), small["totals"],
                               large["totals"]):
        # the same law of chance made both: ten times as many, about
        if not few * TIMES / 2 < many + 200 or not many < few * 20 + 2000:
            raise Failed(f"{name}: {few} users and {many}")
    for key, title, most in (("queries_ms", "a query", TIMES),
                             ("pages_ms", "a page of a common filter", 3)):
        one, ten = (median(s[key]) for s in (small, large))
        ratio = median(t / o for o, t in zip(small[key], large[key]))
        b.report.row(f"growth {b.users} -> {b.users * TIMES}: {title}",
                     f"{ten:.3g} ms", f"{one:.3g} ms", ratio, most=most,
                     detail=detail)
        detail = None
    b.report.row("  rate of import", f"{large['rate']:.0f}/s",
                 f"{small['rate']:.0f}/s", large["rate"] / small["rate"],
                 least=0.7)
    b.report.row("  store on disk", f"{large['bytes'] >> 20} MiB",
                 f"{small['bytes'] >> 20} MiB",
                 large["bytes"] / small["bytes"])
