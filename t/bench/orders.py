# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sort by any column: pages at the beginning and in the middle of every order
there is, up and down, the middle ones held against PostgreSQL's with OFFSET.
"""
import json
import os
import re

from postgres import TABLE
from tools import Failed, median, run

PAGE = 50
LIMIT_MS = 2
# several segments of a user have an order of our own, by name
OURS_ALONE = {"segment"}


def page_sql(name, kind, down, at):
    way = "DESC" if down else "ASC"
    # letters that differ in case are the same to us, others go by code point
    key = f"lower({name})" if kind.startswith("text") and name != "userId" \
        else name
    return (f"SELECT userid FROM users ORDER BY {key} {way} NULLS LAST, "
            f"userid {way} LIMIT {PAGE} OFFSET {at}")


def measured(b):
    words = [os.path.join(b.build, "t/bench/sort_bench"), b.ours.store,
             b.turns * 2 + 1]
    b.report.command("orders, ours", words)
    for line in run(words, 1800).splitlines():
        order, first, middle, at, page = line.split("\t")
        yield (order, float(first) / 1e3, float(middle) / 1e3, int(at),
               [u["userId"] for u in json.loads(page)])


def same_pages(b, pages):
    """Milliseconds of PostgreSQL for the pages that both have."""
    kinds = {n: t for n, t, _ in TABLE if n not in OURS_ALONE}
    idle = b.pg.latency(["SELECT 1", "SELECT 1"], 500) / 2
    took = []
    for order, at, ids in pages:
        name = order.lstrip("-")
        if name not in kinds:
            continue
        sql = page_sql(name, kinds[name], order != name, at)
        if b.pg.sql(sql).split() != ids:
            raise Failed(f"by {order}: another page at {at}")
        plain = re.sub(r"lower\((\w+)\)", r"\1", sql)
        took.append(b.pg.latency([plain], 3) - idle)
    if len(took) != 2 * len(kinds):
        raise Failed(f"{len(took)} orders of {2 * len(kinds)} are there")
    b.report.note(f"{len(took)} pages from the middle are PostgreSQL's; "
                  "everybody came once in every order")
    return took


def orders(b):
    said = list(measured(b))
    firsts, middles = [s[1] for s in said], [s[2] for s in said]
    peers = same_pages(b, [(s[0], s[3], s[4]) for s in said]) if b.pg else []
    p50 = median(firsts + middles)
    slow = max(said, key=lambda s: max(s[1:3]))
    b.report.note(f"{len(said)} orders; the slowest is by {slow[0]}: first "
                  f"{slow[1]:.3g} ms, middle {slow[2]:.3g} ms")
    b.report.row("sort by any column, first and middle pages, p50",
                 f"{p50:.3g} ms", f"{LIMIT_MS} ms", p50 / LIMIT_MS, most=1,
                 detail={"orders": {s[0]: s[1:3] for s in said}})
    b.report.row("  in the middle over the first",
                 f"{median(middles):.3g} ms", f"{median(firsts):.3g} ms",
                 median(middles) / median(firsts), most=2)
    if peers:
        b.report.row("  in the middle beside PostgreSQL's OFFSET",
                     f"{median(middles):.3g} ms", f"{median(peers):.3g} ms",
                     median(peers) / median(middles),
                     detail={"peer_ms": peers})
