# SPDX-License-Identifier: AGPL-3.0-or-later
"""stats_times.py: the times of chats, each answer looked at by itself.

chats: [{user, states: [[at, state], ...], messages: [[at, person, template,
note], ...]}, ...], schedules: [{from, tz, week: [[[minute, minute], ...] x 7],
holidays: {date: [[minute, minute], ...]}}, ...].  All instants of a chat are
distinct and in ms, spans of hours in whole quarter-hours.
"""
from datetime import datetime, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

QUARTER = 900000


class Hours:
    def __init__(self, schedules):
        self.all = sorted(schedules, key=lambda s: s["from"])

    @lru_cache(maxsize=None)
    def is_open(self, quarter, which):
        s = self.all[which]
        t = datetime.fromtimestamp(quarter * 900, timezone.utc).astimezone(
            ZoneInfo(s["tz"]))
        spans = s["holidays"].get(t.date().isoformat(), s["week"][t.weekday()])
        minute = 60 * t.hour + t.minute
        return any(a <= minute < b for a, b in spans)

    def between(self, start, end):
        """How much of it is open; None: at some instant nobody knows."""
        if not self.all or start < self.all[0]["from"]:
            return None
        total = 0
        for i, s in enumerate(self.all):
            until = self.all[i + 1]["from"] if i + 1 < len(self.all) else end
            lo, hi = max(start, s["from"]), min(end, until)
            for q in range(lo // QUARTER, (hi - 1) // QUARTER + 1):
                a, b = max(lo, q * QUARTER), min(hi, (q + 1) * QUARTER)
                if b > a and self.is_open(q, i):
                    total += b - a
        return total


def episodes_of(chat):
    states = sorted(chat["states"])
    known = [at for at, _ in states] + [m[0] for m in chat["messages"]]
    marks = list(states)
    if not states or states[0][1] != "opened":
        marks.insert(0, [min(known), "opened"])
    out = []
    for i, (at, state) in enumerate(marks):
        running = out and out[-1]["close"] is None
        if state == "closed":
            if running:
                out[-1]["close"] = at
            continue
        if not running:
            out.append({"open": at, "close": None, "hold": 0})
        if state == "snoozed":
            after = marks[i + 1][0] if i + 1 < len(marks) else None
            if after is not None:
                out[-1]["hold"] += after - at
    return out


def times(chat, hours):
    """Facts as (what, instant, value)."""
    episodes = episodes_of(chat)
    talk = sorted(m for m in chat["messages"] if not m[3])
    words = [m[0] for m in talk if m[1] == "manager" and not m[2]]

    def holds(e, at):
        return e["open"] <= at and (e["close"] is None or at <= e["close"])

    asked = []          # (said, its clock begins, episode)
    for at in (m[0] for m in talk if m[1] == "user"):
        mine = [e for e in episodes if holds(e, at)] or [
            e for e in episodes if e["open"] > at][:1]
        if mine:
            asked.append((at, max(at, mine[0]["open"]), mine[0]))
    out = []
    for e in episodes:
        first = None
        for word in (w for w in words if holds(e, w)):
            since = [start for at, start, of in asked if of is e and at < word
                     and not any(at < w < word for w in words)]
            if not since:
                continue
            out.append(("reply", word, word - min(since)))
            out.append(("reply.op", word, hours.between(min(since), word)))
            if first is None:
                first = word
                out.append(("first", word, word - min(since)))
                out.append(("first.op", word, hours.between(min(since), word)))
        began = [start for at, start, of in asked if of is e and not (
            at < start and any(at < w < start for w in words))]
        if first is None and began:
            out.append(("waiting" if e["close"] is None else "unanswered",
                        min(began), 0))
        if e["close"] is not None:
            out.append(("close", e["close"], e["close"] - e["open"]))
            out.append(("close.op", e["close"],
                        hours.between(e["open"], e["close"])))
            out.append(("hold", e["close"], e["hold"]))
    return out


def average(v):
    return sum(v) // len(v) if v else None


def middle(v):
    v = sorted(v)
    n = len(v)
    return (v[(n - 1) // 2] + v[n // 2]) // 2 if v else None


def ninth(v):
    """The least that nine in ten do not exceed."""
    return next((x for x in sorted(v)
                 if 10 * sum(y <= x for y in v) >= 9 * len(v)), None)


def response(facts, lo, hi, any_hours):
    v = {}
    for what, at, value in facts:
        if lo <= at < hi and value is not None:
            v.setdefault(what, []).append(value)
    first, reply, op = (v.get(k, []) for k in ("first", "reply", "reply.op"))
    return {"firstReplies": len(first), "waitingTime": average(first),
            "waitingTimeMedian": middle(first), "waitingTimeP90": ninth(first),
            "waiting": len(v.get("waiting", [])),
            "unanswered": len(v.get("unanswered", [])),
            "replyCount": len(reply), "totalReplyTime": sum(reply) if reply
            else None, "avgReplyTime": average(reply),
            "replyTimeMedian": middle(reply), "replyTimeP90": ninth(reply),
            "closed": len(v.get("close", [])),
            "resolutionTime": average(v.get("close")),
            "holdTime": average(v.get("hold")),
            "operationWaitingTime": average(v.get("first.op")),
            "operationReplyCount": len(op) if any_hours else None,
            "operationTotalReplyTime": sum(op) if op else None,
            "operationAvgReplyTime": average(op),
            "operationResolutionTime": average(v.get("close.op"))}
