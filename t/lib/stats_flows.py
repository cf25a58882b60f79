# SPDX-License-Identifier: AGPL-3.0-or-later
"""stats_flows.py: flows, errors, funnels and retention, by looking at every
event.

Reads {"events": [{type, user, at in ms, …}, …], "users": {user: country},
"asOf": ms, "asks": [{metric, from, to, tz, by, country, flow, code, steps,
window, weekStart}, …]} and writes the rows and totals of each ask, and of each
row the people behind every number.
"""
import json
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from stats_model import day_start, local

FIRST = {"monday": 0, "saturday": 5, "sunday": 6}


def after(day, ask):
    if ask["by"] == "week":
        first = FIRST[ask.get("weekStart", "monday")]
        return day + timedelta(7 - (day.weekday() - first) % 7)
    if ask["by"] == "month":
        return (day.replace(day=1) + timedelta(32)).replace(day=1)
    return day + timedelta(1)


def rows_of(ask, tz, lo, hi):
    out, day, at = [], local(lo, tz).date(), lo
    while at < hi:
        day = after(day, ask)
        end = min(day_start(day, tz), hi)
        if end > at:
            out.append((at, end))
            at = end
    return out


# Flows ---------------------------------------------------------------------

def runs_of(events):
    """[{user, flow, start, cause, completed, cancelled, ends, over}]"""
    out, groups = [], {}
    for e in events:
        if e["type"] == "flow":
            key = (e["user"], e["flow"], e.get("run"))
            groups.setdefault(key, []).append(e)
    for (user, flow, run), all in groups.items():
        starts = sorted({e["at"] for e in all if e["event"] == "started"})
        if run is not None:
            starts = starts[:1]
        spans = list(zip(starts, starts[1:] + [None]))
        orphans = [e for e in all if e["event"] != "started"
                   and (not starts or e["at"] < starts[0])]
        if run is None and orphans:
            spans.insert(0, (None, None))
        elif run is not None and not starts:
            spans = [(None, None)]
        for start, end in spans:
            if run is not None:
                mine = all
            elif start is None:
                mine = orphans
            else:
                mine = [e for e in all if start <= e["at"]
                        and (end is None or e["at"] < end)]
            ends = [e for e in mine if e["event"] != "started"]
            cause = [e.get("cause") for e in all
                     if e["event"] == "started" and e["at"] == start]
            out.append({
                "user": user, "flow": flow, "start": start, "next": end,
                "cause": cause[0] if cause else None,
                **{what: min((e["at"] for e in ends if e["event"] == what),
                             default=None)
                   for what in ("completed", "cancelled")}})
    return out


def is_open(r, at):
    ends = [x for x in (r["completed"], r["cancelled"], r["next"])
            if x is not None]
    return (r["start"] is not None and r["start"] < at
            and not any(x < at for x in ends))


def flow_row(runs, lo, hi):
    def here(at):
        return at is not None and lo <= at < hi

    started = [r for r in runs if here(r["start"])]
    of = {"started": started,
          "keyword": [r for r in started if r["cause"] == "keyword"],
          "business": [r for r in started if r["cause"] in
                       ("broadcast", "api")],
          "completed": [r for r in runs if here(r["completed"])],
          "cancelled": [r for r in runs if r["completed"] is None
                        and here(r["cancelled"])]}
    row = {name: len(x) for name, x in of.items()}
    people = {name: {r["user"] for r in x} for name, x in of.items()}
    people["inFlow"] = {r["user"] for r in runs if is_open(r, hi)}
    row["inFlow"] = len(people["inFlow"])
    done = sum(r["completed"] is not None for r in started)
    row["completionRate"] = done / len(started) if started else None
    return row, people


def flows(ask, events, lo, hi, rows, tz):
    runs = [r for r in runs_of(events)
            if ask.get("flow") in (None, r["flow"])]
    if ask["by"] != "flow":
        return [flow_row(runs, *r) for r in rows], flow_row(runs, lo, hi)
    out = []
    for flow in sorted({r["flow"] for r in runs}):
        row, people = flow_row([r for r in runs if r["flow"] == flow], lo, hi)
        if any(v for v in row.values()):
            out.append(({"flow": flow, **row}, people))
    return out, flow_row(runs, lo, hi)


# Errors --------------------------------------------------------------------

def errors(ask, events, lo, hi, rows, tz):
    told = {}
    for e in events:
        if e["type"] == "delivery":
            told.setdefault(e["message"], []).append(e)
    failed = []
    for e in events:
        if e["type"] != "message" or e["person"] == "user" or e.get("note"):
            continue
        status = {d["status"]: d for d in told.get(e["message"], [])}
        if "failed" in status and not {"delivered", "read"} & set(status):
            d = status["failed"]
            failed.append((e["user"], e["at"], d.get("code"), d.get("title")))
    if "code" in ask:
        failed = [f for f in failed if (f[2] or "") == ask["code"]]

    def row(some, a, b):
        here = [f for f in some if a <= f[1] < b]
        people = {f[0] for f in here}
        return ({"errors": len(here), "people": len(people)},
                {"errors": people, "people": people})

    total = row(failed, lo, hi)
    if ask["by"] != "code":
        return [row(failed, *r) for r in rows], total
    out = []
    for code in {f[2] for f in failed if lo <= f[1] < hi}:
        mine = [f for f in failed if f[2] == code and lo <= f[1] < hi]
        title = max(mine, key=lambda f: f[1])[3]
        values, people = row(mine, lo, hi)
        out.append(({"code": code, "title": title, **values}, people))
    out.sort(key=lambda r: (-r[0]["errors"], r[0]["code"] or ""))
    return out, total


# Retention -----------------------------------------------------------------

def retention(ask, events, lo, hi, rows, tz):
    said = [(e["user"], e["at"]) for e in events
            if e["type"] == "message" and e["person"] == "user"]
    first = {}
    for user, at in said:
        first[user] = min(at, first.get(user, at))
    out = []
    for a, b in rows:
        cohort = {u for u, at in first.items() if a <= at < b}
        cells, people = [len(cohort)], {"size": cohort, "cells0": cohort}
        day = local(a, tz).date()
        for k in range(1, len(rows)):
            day = after(day, ask)
            s, e = day_start(day, tz), day_start(after(day, ask), tz)
            back = {u for u, at in said if s <= at < e} & cohort
            cells.append(len(back) if s < ask["asOf"] else None)
            people[f"cells{k}"] = back
        out.append(({"size": len(cohort), "cells": cells}, people))
    size = {u for u, at in first.items() if lo <= at < hi}
    return out, ({"size": len(size)}, {"size": size})


# Funnels -------------------------------------------------------------------

def wall_moved(at, window, tz):
    n, unit = int(window.rstrip("mhdwo")), window.lstrip("0123456789")
    if unit in "mh":
        return at + n * {"m": 60000, "h": 3600000}[unit]
    here = local(at, tz).replace(tzinfo=None)
    wall = here + timedelta(n * {"d": 1, "w": 7}[unit])
    utc = wall.replace(tzinfo=tz).astimezone(timezone.utc)
    if utc.astimezone(tz).replace(tzinfo=None) != wall:     # in a gap
        utc = utc.replace(second=0, microsecond=0)
        while (utc - timedelta(minutes=1)).astimezone(tz).replace(
                tzinfo=None) >= wall:
            utc -= timedelta(minutes=1)
    return round(utc.timestamp() * 1000)


def times(step, events):
    """user: [at, …]"""
    out, name, op = {}, step[0], step[1]
    if op in ("changed", "changedTo"):
        values = {}
        for e in events:
            if e["type"] == "user" and name in e["attributes"]:
                values.setdefault(e["user"], []).append(
                    (e["at"], e["attributes"][name]))
        for user, all in values.items():
            shown = None
            for at, value in sorted(all):
                if op == "changedTo":  # in any case
                    value = value.casefold()
                if value != shown and (op == "changed" or value == step[2]):
                    out.setdefault(user, []).append(at)
                shown = value
        return out
    for e in events:
        if (e["type"] == "event" and name == "event:" + e["name"]
                or e["type"] == "flow" and e["event"] == "started"
                and name == "flow:" + e["flow"]
                or e["type"] == "message" and e["person"] == "user"
                and (name == "message" or name == "said"
                     and step[2] in e["text"].split())):
            out.setdefault(e["user"], []).append(e["at"])
    return out


def funnel(ask, events, lo, hi, rows, tz):
    steps = [times(s, events) for s in ask["steps"]]
    best = {}
    for user, all in steps[0].items():
        for start in sorted(all):
            if not lo <= start < hi:
                continue
            path, end = [start], wall_moved(start, ask["window"], tz)
            for s in steps[1:]:
                later = [t for t in s.get(user, ()) if path[-1] < t <= end]
                if not later:
                    break
                path.append(min(later))
            if len(path) > len(best.get(user, ())):
                best[user] = path

    def middle(v):
        v = sorted(v)
        return (v[(len(v) - 1) // 2] + v[len(v) // 2]) // 2 if v else None

    out, n, last = [], len(best), len(steps)
    for k in range(1, last + 1):
        here = {u for u, p in best.items() if len(p) >= k}
        before = {u for u, p in best.items() if len(p) >= k - 1}
        gone = {u for u in here if len(best[u]) == k}
        out.append(({
            "step": k, "users": len(here),
            "rateOfFirst": len(here) / n if n else None,
            "rateOfPrevious": len(here) / len(before)
            if k > 1 and before else None,
            "medianTime": middle([best[u][k - 1] - best[u][k - 2]
                                  for u in here]) if k > 1 else None,
            "dropped": len(gone) if k < last else None},
            {"users": here, "dropped": gone if k < last else set()}))
    done = [p for p in best.values() if len(p) == last]
    return out, ({"users": n, "rateOfFirst": len(done) / n if n else None,
                  "rateOfPrevious": None,
                  "medianTime": middle([p[-1] - p[0] for p in done]),
                  "dropped": n - len(done)}, {})


def answer(data, ask):
    tz = ZoneInfo(ask["tz"])
    ask["asOf"] = data["asOf"]
    lo, hi = (day_start(date.fromisoformat(ask[x]), tz)
              for x in ("from", "to"))
    who = {u for u, c in data["users"].items()
           if ask.get("country") in (None, c)}
    events = [e for e in data["events"] if e["user"] in who]
    rows = (rows_of(ask, tz, lo, hi)
            if ask["by"] in ("day", "week", "month") else [])
    out, total = globals()[ask["metric"]](ask, events, lo, hi, rows, tz)
    for (row, _), (a, b) in zip(out, rows):
        row.update(start=a, end=b)
    return {"rows": [row for row, _ in out], "totals": total[0],
            "people": [{k: sorted(v) for k, v in p.items()} for _, p in out]}


def main():
    data = json.load(sys.stdin)
    json.dump([answer(data, ask) for ask in data["asks"]], sys.stdout)


main()
