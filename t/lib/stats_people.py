# SPDX-License-Identifier: AGPL-3.0-or-later
"""stats_people.py: who is behind the numbers, by looking at every event.

Reads {"chats": [{user, states, messages: [[at, person, template, note,
statuses], ...]}, ...], "seen": {user: first seen}, "told": [[user, what, value,
at], ...], "phones": [user, ...], "asks": [{metric, from, to, tz, hour,
weekday}, ...]} and writes of each ask {column: [user, ...]}.
"""
import json
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import stats_times

DAY = 86400000


def ms(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00"))
                 .timestamp() * 1000)


class World:
    def __init__(self, data):
        self.data = data
        self.all = set(data["seen"])
        self.said = []  # user, kind, at, statuses
        for c in data["chats"]:
            for at, person, template, note, statuses in c["messages"]:
                if note:
                    continue
                kind = ("in" if person == "user" else
                        "template" if template else person)
                self.said.append((c["user"], kind, at, statuses))
        hours = stats_times.Hours([])
        self.facts = [(c["user"], what, at) for c in data["chats"]
                      for what, at, _ in stats_times.times(c, hours)]
        self.opened = []
        for user in self.all:
            end = None
            for at in sorted(m[2] for m in self.said if m[0] == user):
                if end is None or at >= end:
                    self.opened.append((user, at))
                    end = at + DAY


def final(statuses):
    for status in "read", "delivered", "failed":
        if status in statuses:
            return status
    return "unheard"


def customers(w, has, lo, hi):
    first = {}
    for user, kind, at, _ in w.said:
        if kind == "in":
            first[user] = min(at, first.get(user, at))
    users = {m[0] for m in w.said if m[1] == "in" and lo <= m[2] < hi}
    return {"users": users, "new": {u for u in users if first[u] >= lo},
            "returning": {u for u in users if first[u] < lo},
            "total": {u for u in first if first[u] < hi}}


def messages(w, has, lo, hi):
    here = [(m[0], m[1]) for m in w.said if has(m[2])]
    return {"in": {u for u, k in here if k == "in"},
            "out": {u for u, k in here if k != "in"},
            "bot": {u for u, k in here if k == "bot"},
            "human": {u for u, k in here if k == "manager"},
            "template": {u for u, k in here if k == "template"}}


def activity(w, has, lo, hi):
    m = messages(w, has, lo, hi)
    return {"users": m["in"], "in": m["in"], "out": m["out"]}


def contacts(w, has, lo, hi):
    return {"contacts": {u for u, at in w.data["seen"].items()
                         if lo <= at < hi}}


def response(w, has, lo, hi):
    of = {"firstReplies": "first", "waiting": "waiting",
          "unanswered": "unanswered", "replyCount": "reply", "closed": "close"}
    return {name: {u for u, what, at in w.facts if what == kind and has(at)}
            for name, kind in of.items()}


def conversations(w, has, lo, hi):
    return {"conversations": {u for u, at in w.opened if has(at)}}


def templates(w, has, lo, hi):
    sent = [(m[0], final(m[3])) for m in w.said
            if m[1] == "template" and has(m[2])]
    out = {name: {u for u, state in sent if state == name}
           for name in ("delivered", "read", "failed", "unheard")}
    out["delivered"] |= out["read"]
    out["templates"] = {u for u, _ in sent}
    return out


def parts(w, lo, hi, who, what, kinds, names, first):
    told = sorted((t for t in w.data["told"] if t[1] == what and t[0] in who),
                  key=lambda t: t[3])
    last = dict.fromkeys(who, first)
    last.update((t[0], t[2]) for t in told if t[3] < hi)
    out = {name: {t[0] for t in told if t[2] == value and lo <= t[3] < hi}
           for value, name in kinds.items()}
    out.update((name, {u for u in who if last[u] == value})
               for value, name in names.items())
    return out


def consent(w, has, lo, hi):
    return parts(w, lo, hi, w.all, "consent",
                 {"in": "optedIn", "out": "optedOut"},
                 {"in": "in", "out": "out", None: "none"}, None)


def validity(w, has, lo, hi):
    return parts(w, lo, hi, w.all & set(w.data["phones"]), "validity",
                 {True: "foundValid", False: "foundInvalid"},
                 {True: "valid", False: "invalid"}, True)


def answer(w, ask):
    lo, hi, tz = ms(ask["from"]), ms(ask["to"]), ZoneInfo(ask["tz"])

    def has(at):
        if not lo <= at < hi:
            return False
        t = datetime.fromtimestamp(at / 1000, timezone.utc).astimezone(tz)
        return (ask.get("hour") in (None, t.hour)
                and ask.get("weekday") in (None, t.isoweekday()))

    return {name: sorted(who) for name, who in
            globals()[ask["metric"]](w, has, lo, hi).items()}


def main():
    data = json.load(sys.stdin)
    w = World(data)
    json.dump([answer(w, ask) for ask in data["asks"]], sys.stdout)


main()
