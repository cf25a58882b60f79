# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every row of the benchmark stands on: running a program with an end in
sight, medians, the machine in one line, and the table that comes out.

A row is a ratio of two things measured in the same run, turn by turn, so that
a noisy machine is noisy for both; its bar says what the ratio must reach.
"""
import glob
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time

median = statistics.median


def say(text):
    print(text, file=sys.stderr, flush=True)


class Failed(Exception):
    """A program or a comparison that ends the rows that need it."""


def run(words, limit=600, **kw):
    """The program's output; Failed when it fails or takes too long."""
    words = [str(w) for w in words]
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=limit, **kw)
    except subprocess.TimeoutExpired:
        raise Failed(f"{words[0]} took more than {limit} s") from None
    except OSError as e:
        raise Failed(f"{words[0]}: {e.strerror}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace")
        raise Failed(f"{' '.join(words)[:300]}: status {done.returncode}: "
                     f"{said[-600:].strip()}")
    return done.stdout.decode()


def timed(words, limit=600, **kw):
    """Seconds the program took, from a disk with nothing left to write."""
    os.sync()
    start = time.monotonic()
    run(words, limit, **kw)
    return time.monotonic() - start


class Server:
    """A program that runs until it is ended; its words go to a file."""

    def __init__(self, words, log, **kw):
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                [str(w) for w in words], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, **kw)

    def await_ready(self, ready, limit=60):
        end = time.monotonic() + limit
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                with open(self.log, errors="replace") as f:
                    raise Failed(f"{self.process.args[0]} does not answer: "
                                 f"{f.read()[-600:].strip()}")
            time.sleep(0.02)

    def end(self, how=signal.SIGTERM, limit=60):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(limit)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def peak_memory(words, limit=600):
    """The most a program held while it ran, in KiB: (VmHWM, RssAnon).

    VmHWM counts pages of a mapped store that the system could take back at
    any moment; RssAnon is what only this process keeps, looked at every 2 ms.
    """
    process = subprocess.Popen([str(w) for w in words],
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    high = anon = 0
    end = time.monotonic() + limit
    try:
        while process.poll() is None and time.monotonic() < end:
            with open(f"/proc/{process.pid}/status") as f:
                for line in f:
                    if line.startswith("VmHWM:"):
                        high = max(high, int(line.split()[1]))
                    elif line.startswith("RssAnon:"):
                        anon = max(anon, int(line.split()[1]))
            time.sleep(0.002)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    if process.returncode:
        raise Failed(f"{words[0]}: status {process.returncode}")
    return high, anon


def first_line(words):
    try:
        return run(words, 20, ).splitlines()[0]
    except (Failed, IndexError):
        return "not found"


def machine(tree, scratch):
    """Where the figures come from, as one dictionary."""
    cpu = platform.machine()
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as f:
        memory = int(f.readline().split()[1]) // (1 << 20)
    disk = run(["stat", "-f", "-c", "%T", scratch]).strip()
    return {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cpu": cpu, "cores": len(os.sched_getaffinity(0)),
        "memory": f"{memory} GiB", "disk": disk,
        "kernel": platform.release(), "load": os.getloadavg()[0],
        "revision": first_line(["git", "-C", tree, "describe", "--always",
                                "--dirty"]),
    }


def postgres_folder():
    found = sorted(glob.glob("/usr/lib/postgresql/15/bin/initdb"))
    return os.path.dirname(found[-1]) if found else None


class Report:
    def __init__(self, machine_line):
        self.machine = machine_line
        self.rows = []
        self.notes = []
        self.commands = {}

    def note(self, text):
        say(f"  note: {text}")
        self.notes.append(text)

    def command(self, what, words):
        self.commands.setdefault(what, " ".join(str(w) for w in words))

    def row(self, work, ours, peer, ratio=None, least=None, most=None,
            detail=None):
        """`least`, `most`: what the ratio must reach, or stay under."""
        ok = None
        bar = ""
        if least is not None:
            ok, bar = ratio >= least, f">= {least:g} x"
        elif most is not None:
            ok, bar = ratio <= most, f"<= {most:g} x"
        row = {"work": work, "ours": ours, "peer": peer, "ratio": ratio,
               "bar": bar, "pass": ok, "detail": detail}
        self.rows.append(row)
        say("  " + "  ".join(cells(row)))

    def table(self):
        head = ("work", "ours", "peer", "ratio", "bar", "")
        lines = [head] + [cells(r) for r in self.rows]
        width = [max(len(l[i]) for l in lines) for i in range(len(head))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(l, width))
                         .rstrip() for l in lines)

    def json(self):
        return json.dumps({"machine": self.machine, "rows": self.rows,
                           "commands": self.commands, "notes": self.notes},
                          indent=1, ensure_ascii=False)


def cells(row):
    ratio = "" if row["ratio"] is None else \
        f"{row['ratio']:.{0 if row['ratio'] >= 100 else 2}f} x"
    verdict = {None: "", True: "PASS", False: "below"}[row["pass"]]
    return (row["work"], row["ours"], row["peer"], ratio, row["bar"], verdict)
