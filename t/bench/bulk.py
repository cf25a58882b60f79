# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bulk actions on a store of their own: half of everybody into a segment, and
a tenth deleted, as one worker does it while a reader asks for pages.
"""
import json
import os
import re
import shutil

from tools import Failed, run

HALF, TENTH = ["score", "<", 50], ["score", "<", 10]
ADD_SECONDS = 2
DELETE_SECONDS = 30	# a 100,000


def people(b, store, *words):
    return json.loads(run(b.ours.cli("users", *words, "--count", "--json",
                                     store=store)))["total"]


def matched(b, store, tree):
    return people(b, store, "--filter", json.dumps(tree))


def bulk(b):
    store = os.path.join(b.scratch, "bulk")
    run(b.ours.import_words(b.ndjson, store), 3600)
    token = b.ours.token
    b.ours.own(store)
    b.ours.token = token	# the other store's is still needed
    half, tenth = (matched(b, store, tree) for tree in (HALF, TENTH))
    words = [os.path.join(b.build, "t/bench/bulk_bench"), store,
             json.dumps(HALF), json.dumps(TENTH)]
    b.report.command("bulk actions", words)
    said = re.findall(r"^\w+ +(\d+) users +([\d.]+) s; reader: (\d+) pages, "
                      r"slowest ([\d.]+) ms", run(words, 3600), re.M)
    if len(said) != 3:
        raise Failed("bulk_bench answered something else")
    (_, add_s, *add), (added, *_), (gone, gone_s, *deleted) = (
        (int(n), float(s), int(pages), float(slowest))
        for n, s, pages, slowest in said)
    left = people(b, store)
    if (added, gone) != (half, tenth) or left != b.users - tenth or \
            matched(b, store, TENTH) or matched(b, store, HALF) != half - tenth:
        raise Failed(f"{added} added, {gone} deleted, {left} left: not so "
                     f"many as the filters have ({half}, {tenth})")
    b.report.row(f"{added} users into a segment", f"{add_s:.2f} s",
                 f"{ADD_SECONDS} s", add_s / ADD_SECONDS, most=1,
                 detail={"reader_pages": add[0], "slowest_ms": add[1]})
    each = gone_s * 100000 / gone
    b.report.row(f"{gone} users deleted, a 100,000", f"{each:.2f} s",
                 f"{DELETE_SECONDS} s", each / DELETE_SECONDS, most=1,
                 detail={"seconds": gone_s, "reader_pages": deleted[0],
                         "slowest_ms": deleted[1]})
    b.report.note(f"a reader meanwhile waited {add[1]:.3g} ms at most while "
                  f"they were added, {deleted[1]:.3g} ms while deleted")
    shutil.rmtree(store, ignore_errors=True)
