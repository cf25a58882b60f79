# SPDX-License-Identifier: AGPL-3.0-or-later
"""stats_facts.py: response, conversations and the like, by looking at every
event.  Reads {"chats": …, "schedules": … (stats_times.py), "countries": {user:
country}, "asks": [{metric, from, to, tz, by, country}, …]} and writes the rows
and totals of each ask.
"""
import json
import sys
from datetime import date
from zoneinfo import ZoneInfo

from stats_model import cuts, day_start
import stats_times


def response(data, who):
    hours = stats_times.Hours(data["schedules"])
    facts = [f for c in data["chats"] if c["user"] in who
             for f in stats_times.times(c, hours)]
    return lambda lo, hi: stats_times.response(facts, lo, hi,
                                               bool(data["schedules"]))


def said(data, who):
    """Per person, what counts as a message, by time."""
    out = {}
    for c in data["chats"]:
        if c["user"] in who:
            out.setdefault(c["user"], []).extend(
                m for m in c["messages"] if not m[3])
    return {user: sorted(m) for user, m in out.items()}


def conversations(data, who):
    opened = []
    for messages in said(data, who).values():
        while messages:
            first = messages[0][0]
            opened.append(first)
            messages = [m for m in messages if m[0] >= first + 86400000]
    return lambda lo, hi: {"conversations": sum(
        lo <= at < hi for at in opened)}


def final(statuses):
    for status in "read", "delivered", "failed":
        if status in statuses:
            return status
    return "unheard"


def templates(data, who):
    all = [(m[0], final(m[4])) for messages in said(data, who).values()
           for m in messages if m[1] != "user" and m[2]]

    def row(lo, hi):
        n = [state for at, state in all if lo <= at < hi]
        return {"templates": len(n),
                "delivered": n.count("delivered") + n.count("read"),
                **{k: n.count(k) for k in ("read", "failed", "unheard")}}

    return row


def parts(data, who, what, kinds, names, first):
    told = [t for t in data["told"] if t[1] == what and t[0] in who]

    def row(lo, hi):
        last = {}
        for user, _, value, at in sorted(told, key=lambda t: t[3]):
            if at < hi:
                last[user] = value
        n = [last.get(user, first) for user in who]
        return {**{name: len({t[0] for t in told if t[2] == value
                              and lo <= t[3] < hi})
                   for value, name in kinds.items()},
                **{name: n.count(value) for value, name in names.items()}}

    return row


def consent(data, who):
    return parts(data, who, "consent", {"in": "optedIn", "out": "optedOut"},
                 {"in": "in", "out": "out", None: "none"}, None)


def validity(data, who):
    return parts(data, who & set(data["phones"]), "validity",
                 {True: "foundValid", False: "foundInvalid"},
                 {True: "valid", False: "invalid"}, True)


METRICS = {"response": response, "conversations": conversations,
           "templates": templates, "consent": consent, "validity": validity}


def answer(data, ask, made):
    tz = ZoneInfo(ask["tz"])
    start = day_start(date.fromisoformat(ask["from"]), tz)
    end = day_start(date.fromisoformat(ask["to"]), tz)
    key = ask["metric"], ask.get("country")
    if key not in made:
        made[key] = METRICS[key[0]](data, {
            u for u, c in data["countries"].items()
            if key[1] is None or c == key[1]})
    return {"rows": [{"start": lo, "end": hi, **made[key](lo, hi)}
                     for lo, hi in cuts(ask, tz, start, end)],
            "totals": made[key](start, end)}


def main():
    data, made = json.load(sys.stdin), {}
    json.dump([answer(data, ask, made) for ask in data["asks"]], sys.stdout)


main()
