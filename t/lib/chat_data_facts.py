#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""chat_data_facts.py EXPORT EVENTS EXPECTED: chat data beside what went in.

EXPORT is the JSON of a chat data export of everything, EVENTS the NDJSON (gz)
it was made from, EXPECTED what somebody else counted there.  Everything is
counted anew by plain loops; prints what differs as a JSON array.
"""
import collections
import gzip
import json
import sys
from datetime import datetime

PEOPLE = {"user": "User", "bot": "Bot", "manager": "Manager"}


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def ms(text):
    return round(instant(text).timestamp() * 1000)


def waits(chat, said):
    """waitingTime, totalReplyTime, replyCount of a chat with one episode."""
    opened, closed = ms(chat["openedAt"]), ms(chat["closedAt"])
    asked, waiting, total, count = None, None, None, 0
    for m in said:
        at = ms(m["at"])
        if m["personType"] == "user":
            if asked is None and at <= closed:
                asked = max(at, opened)
        elif m["personType"] == "manager":
            if asked is not None and opened <= at <= closed:
                waiting = at - asked if waiting is None else waiting
                total = (total or 0) + at - asked
                count += 1
            asked = None
    return waiting, total, count


class Facts:
    def __init__(self, export, events, expected):
        self.data, self.expected, self.wrong = export, expected, []
        self.chats, self.said = {}, collections.defaultdict(list)
        for e in events:
            if e["type"] == "chat":
                self.chats[e["chatId"]] = e
            elif e["type"] == "message":
                self.said[e["chatId"]].append(e)
        self.rows = collections.defaultdict(list)
        for m in export["Message data"]:
            self.rows[m["chatId"]].append(m)

    def same(self, what, got, want):
        if got != want:
            self.wrong.append([what, str(got)[:200], str(want)[:200]])

    def counts(self):
        want, messages = self.expected, self.data["Message data"]
        people = collections.Counter(m["personType"] for m in messages)
        self.same("messages", {k: people[v] for k, v in PEOPLE.items()},
                  want["by_person"])
        self.same("chats", len(self.data["UserChat data"]),
                  want["objects"]["chat"])
        tags = collections.Counter(
            t for c in self.data["UserChat data"] for t in c["tags"])
        self.same("tags", dict(tags), want["tags"])
        self.same("UserChatTag data",
                  [t["id"] for t in self.data["UserChatTag data"]],
                  sorted(want["tags"], key=lambda t: t.encode()))
        days = collections.Counter()
        for m in messages:
            way = "inbound" if m["personType"] == "User" else "outbound"
            days[m["createdAt"][:10], way] += 1
        for d in want["days"]:
            for way in ("inbound", "outbound"):
                self.same(f"{d['day']} {way}", days[d["day"], way], d[way])

    def people(self):
        owners = {c["userId"] for c in self.chats.values()}
        users = {u["userId"]: u for u in self.data["User data"]}
        self.same("User data", set(users), owners)
        first = collections.defaultdict(list)
        for said in self.said.values():
            for m in said:
                if m["personType"] == "user":
                    first[m["personId"]].append(ms(m["at"]))
        for at in self.expected["last_seen_top"]:
            self.same(at["userId"], ms(users[at["userId"]]["lastSeen"]),
                      ms(at["last"]))
        for who, times in first.items():
            self.same(f"messagesIn of {who}", users[who]["messagesIn"],
                      len(times))
        for kind in ("manager", "bot"):
            want = {m["personId"] for s in self.said.values() for m in s
                    if m["personType"] == kind}
            if kind == "manager":
                want |= {c["assigneeId"] for c in self.chats.values()
                         if c.get("assigneeId")}
            got = [r["id"] for r in self.data[f"{PEOPLE[kind]} data"]]
            self.same(kind, got, sorted(want, key=str.encode))

    def first_replies(self):
        """By anybody, from the rows, as EXPECTED counts them."""
        times = []
        for rows in self.rows.values():
            asked = answer = None
            for m in rows:
                if m["personType"] == "User":
                    asked = asked or instant(m["createdAt"])
                elif asked and not answer:
                    answer = instant(m["createdAt"])
            if answer:
                times.append(int((answer - asked).total_seconds() * 1000))
        want = self.expected["first_reply_ms"]
        times.sort()
        self.same("first replies",
                  [len(times), sum(times),
                   times[len(times) // 2] if times else None],
                  [want["chats"], want["sum"], want["median"]])

    def each_chat(self):
        for row in self.data["UserChat data"]:
            chat = self.chats[row["id"]]
            said = self.said[row["id"]]
            rows = self.rows[row["id"]]
            self.same(row["id"], [(m["personType"], m["plainText"],
                                   ms(m["createdAt"])) for m in rows],
                      [(PEOPLE[m["personType"]], m["text"] or None,
                        ms(m["at"])) for m in said])
            self.same(f"{row['id']} head",
                      [row["userId"], row["state"], ms(row["openedAt"]),
                       ms(row["closedAt"]), row["assigneeId"],
                       row["resolutionTime"]],
                      [chat["userId"], "Closed", ms(chat["openedAt"]),
                       ms(chat["closedAt"]), chat.get("assigneeId"),
                       ms(chat["closedAt"]) - ms(chat["openedAt"])])
            waiting, total, count = waits(chat, said)
            self.same(f"{row['id']} times",
                      [row["waitingTime"], row["totalReplyTime"],
                       row["replyCount"], row["avgReplyTime"]],
                      [waiting, total, count,
                       total // count if count else None])


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        export = json.load(f)
    with gzip.open(sys.argv[2], "rt", encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    with open(sys.argv[3], encoding="utf-8") as f:
        expected = json.load(f)
    facts = Facts(export, events, expected)
    facts.counts()
    facts.people()
    facts.first_replies()
    facts.each_chat()
    print(json.dumps(facts.wrong[:20]))


main()
