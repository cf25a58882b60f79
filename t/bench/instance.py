# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rapport in a folder of its own: a store, a worker, and nginx with the real
configuration, so that what is measured is what runs.
"""
import json
import os
import shutil
import socket
import urllib.error
import urllib.request

from tools import Server, run, timed

THREADS = 64	# as nginx/up gives the api pool


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Instance:
    def __init__(self, tree, build, scratch):
        self.tree = tree
        self.rapport = os.path.join(build, "rapport")
        self.rapportd = os.path.join(build, "rapportd")
        self.dir = os.path.join(scratch, "rapport")
        self.store = os.path.join(self.dir, "store")
        self.token = None
        self.servers = []
        os.mkdir(self.dir)

    def cli(self, command, *words, store=None):
        head = command.split()
        return [self.rapport, *head, "--store", store or self.store, *words]

    def import_words(self, ndjson, store=None):
        return self.cli("import", "--bulk", "--json", ndjson, store=store)

    def load(self, ndjson):
        """Seconds of a bulk import into nothing."""
        shutil.rmtree(self.store, ignore_errors=True)
        return timed(self.import_words(ndjson), 3600)

    def own(self, store=None):
        """An Owner, without whom nothing can be exported, and a token."""
        run(self.cli("init", "--name", "Bench", "--email",
                     "bench@example.com", "--json", store=store))
        made = run(self.cli("token add", "--name", "bench", "--owner",
                            "--json", store=store))
        self.token = json.loads(made)["token"]

    def users(self, filter_tree, columns, sort, limit):
        return json.loads(run(self.cli(
            "users", "--filter", json.dumps(filter_tree), "--columns",
            ",".join(columns), "--sort", sort, "--limit", limit, "--json")))

    def export_words(self, columns, password, out, store=None):
        return self.cli("export users", "--columns", ",".join(columns),
                        "--sort", "-lastSeen", "--raw", "--purpose",
                        "measuring how long it takes", "--password-file",
                        password, "--out", out, "--force", "--json",
                        store=store)

    def unlock(self, locked, password, out):
        run([self.rapport, "unlock", "--password-file", password, "--out",
             out, "--force", locked])

    def size(self):
        return os.stat(os.path.join(self.store, "data.mdb")).st_blocks * 512

    def start(self):
        run_dir, logs = (os.path.join(self.dir, d) for d in ("run", "logs"))
        etc, temp = (os.path.join(self.dir, d) for d in ("etc", "temp"))
        for d in (run_dir, logs, etc, temp):
            os.mkdir(d)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        run([os.path.join(self.tree, "nginx/expand"), etc,
             f"LISTEN=127.0.0.1:{port}",
             f"STATIC={os.path.join(self.tree, 'static')}", f"RUN={run_dir}",
             f"ETC={etc}", f"LOGS={logs}", f"TEMP={temp}", "LOGIN=60r/m",
             "USER=" + ("user root;" if os.geteuid() == 0 else "")])
        sock = os.path.join(run_dir, "api.sock")
        self.worker = Server(
            [self.rapportd, "--store", self.store, "--socket", sock,
             "--threads", THREADS, "--bench-hello", "--quiet"],
            os.path.join(logs, "api.log"))
        self.servers.append(self.worker)
        self.worker.await_ready(lambda: os.path.exists(sock))
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        front = Server([nginx, "-p", self.dir, "-c",
                        os.path.join(etc, "nginx.conf"), "-g", "daemon off;",
                        "-e", os.path.join(logs, "error.log")],
                       os.path.join(logs, "nginx.log"))
        self.servers.append(front)
        front.await_ready(self.answers)

    def answers(self):
        try:
            return bool(self.get("/readyz"))
        except (OSError, urllib.error.URLError):
            return False

    def get(self, path):
        ask = urllib.request.Request(
            self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(ask, timeout=30) as answer:
            return answer.read()

    def end(self):
        for server in reversed(self.servers):
            server.end()
        self.servers.clear()
