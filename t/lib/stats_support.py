# SPDX-License-Identifier: AGPL-3.0-or-later
"""stats_support.py: response times by tag, manager and source, by looking at
every chat, with the people behind each number.

Reads {"chats": [{user, states, messages: [[at, person, template, note], ...],
by: {instant: manager}, tags, assignee, source}, ...], "schedules",
"countries": {user: country}, "asks": [{by, from, to, country}, ...]} and writes
of each ask {rows: [[key, {column: value}, {column: [user, ...]}], ...],
totals: {column: value}}.  A key that is null stands last.
"""
import json
import sys

import stats_times

COLUMNS = {"firstReplies": "first", "waiting": "waiting",
           "unanswered": "unanswered", "replyCount": "reply", "closed": "close",
           "operationReplyCount": "reply.op"}


def keys_of(by, chat, what, at):
    if by == "tag":
        return sorted(set(chat["tags"])) or [None]
    if by == "source":
        return [chat["source"]]
    if what.split(".")[0] in ("first", "reply"):
        return [chat["by"][str(at)]]
    return [chat["assignee"]]


def answer(data, told, ask):
    lo, hi = ask["from"], ask["to"]
    rows, whole = {}, []
    for chat, facts in told:
        if ask.get("country") not in (None, data["countries"][chat["user"]]):
            continue
        for fact in facts:
            if not lo <= fact[1] < hi:
                continue
            whole.append(fact)
            for key in keys_of(ask["by"], chat, fact[0], fact[1]):
                rows.setdefault(key, []).append((chat["user"], fact))
    hours = bool(data["schedules"])
    out = []
    for key in sorted(rows, key=lambda k: (k is None, k or "")):
        people = {name: sorted({user for user, (what, _, value) in rows[key]
                                if what == kind and value is not None})
                  for name, kind in COLUMNS.items()}
        out.append([key, stats_times.response([f for _, f in rows[key]], lo,
                                              hi, hours), people])
    return {"rows": out, "totals": stats_times.response(whole, lo, hi, hours)}


def main():
    data = json.load(sys.stdin)
    hours = stats_times.Hours(data["schedules"])
    told = [(c, stats_times.times(c, hours)) for c in data["chats"]]
    json.dump([answer(data, told, ask) for ask in data["asks"]], sys.stdout)


main()
