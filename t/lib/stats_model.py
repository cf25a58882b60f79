# SPDX-License-Identifier: AGPL-3.0-or-later
"""stats_model.py: what analytics should say, by looking at every message.

Reads {"messages": [[user, chat, person, template, note, at in ms], ...],
"countries": {user: country}, "asOf": ms, "asks": [{metric, from, to, tz, by,
country}, ...]} and writes the rows and totals of each ask.  Days and hours are
those of Python's zoneinfo.
"""
import json
import sys
from datetime import datetime, timedelta, timezone, date
from zoneinfo import ZoneInfo

SERIES = {"customers": ["users", "new", "returning", "total"],
          "messages": ["in", "out", "bot", "human", "template"]}


def local(ms, tz):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).astimezone(tz)


def day_start(day, tz):
    """First instant of a local day, found by trying every minute near it."""
    at = int(datetime(day.year, day.month, day.day,
                      tzinfo=timezone.utc).timestamp() * 1000)
    lo, hi = at - 30 * 3600000, at + 30 * 3600000
    while lo < hi:
        mid = (lo + hi) // 2 // 60000 * 60000
        if local(mid, tz).date() < day:
            lo = mid + 60000
        else:
            hi = mid
    return lo


def date_next(day, by):
    if by == "week":
        return day + timedelta(7 - day.weekday())
    if by == "month":
        return (day.replace(day=1) + timedelta(32)).replace(day=1)
    return day + timedelta(1)


def cuts(ask, tz, start, end):
    """[start, end) of every row of a series."""
    out, at = [], start
    if ask["by"] == "hour":
        while at < end:
            first, to = local(at, tz), at
            while True:
                to += 900000
                now = local(to, tz)
                if to >= end or (now.hour, now.utcoffset()) != (
                        first.hour, first.utcoffset()):
                    break
            out.append((at, min(to, end)))
            at = out[-1][1]
        return out
    day = local(start, tz).date()
    while at < end:
        day = date_next(day, ask["by"])
        to = min(day_start(day, tz), end)
        if to > at:
            out.append((at, to))
        at = to
    return out


def kind(person, template, note):
    if note:
        return None
    if person == "user":
        return "in"
    return "template" if template else {"bot": "bot", "manager": "human"}[person]


def row_of(metric, said, first, lo, hi):
    here = [m for m in said if lo <= m[2] < hi]
    if metric == "messages":
        n = {k: sum(m[1] == k for m in here)
             for k in ("in", "bot", "human", "template")}
        n["out"] = n["bot"] + n["human"] + n["template"]
        return n
    users = {m[0] for m in here if m[1] == "in"}
    new = {u for u in users if first[u] >= lo}
    return {"users": len(users), "new": len(new),
            "returning": len(users) - len(new),
            "total": sum(at < hi for at in first.values())}


def slots(ask, tz, said, start, end, as_of):
    week = ask["by"] == "hourOfWeek"
    rows = [{"users": set(), "in": 0, "out": 0, "occurrences": 0}
            for _ in range(168 if week else 24)]

    def slot(at):
        t = local(at, tz)
        return t.hour + (24 * t.weekday() if week else 0)

    for user, what, at in said:
        if start <= at < end:
            r = rows[slot(at)]
            r["in" if what == "in" else "out"] += 1
            if what == "in":
                r["users"].add(user)
    at = start
    while at < min(end, as_of):
        rows[slot(at)]["occurrences"] += 0.25
        at += 900000
    return [{**r, "users": len(r["users"])} for r in rows]


def answer(data, ask):
    tz = ZoneInfo(ask["tz"])
    start = day_start(date.fromisoformat(ask["from"]), tz)
    end = day_start(date.fromisoformat(ask["to"]), tz)
    who = ask.get("country")
    said = [(u, kind(p, t, n), at) for u, p, t, n, at in data["messages"]
            if kind(p, t, n) and (who is None
                                  or data["countries"].get(u) == who)]
    first = {}
    for user, what, at in said:
        if what == "in":
            first[user] = min(at, first.get(user, at))
    if ask["metric"] == "activity":
        return {"rows": slots(ask, tz, said, start, end, data["asOf"])}
    return {"rows": [{"start": lo, "end": hi,
                      **row_of(ask["metric"], said, first, lo, hi)}
                     for lo, hi in cuts(ask, tz, start, end)],
            "totals": row_of(ask["metric"], said, first, start, end)}


def main():
    data = json.load(sys.stdin)
    json.dump([answer(data, ask) for ask in data["asks"]], sys.stdout)


if __name__ == "__main__":
    main()
