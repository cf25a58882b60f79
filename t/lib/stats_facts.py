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


METRICS = {"response": response}


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
