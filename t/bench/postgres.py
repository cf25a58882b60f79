# SPDX-License-Identifier: AGPL-3.0-or-later
"""A PostgreSQL 15 of one's own, as well set up as we know how: everything in
one folder, a unix socket and no port, durable, memory for the whole audience,
no write-ahead log for a table that is loaded as it is made, parallel workers
and no just-in-time compiler (which only costs at these sizes).
"""
import csv
import os
import shutil
import signal

from tools import Failed, Server, median, postgres_folder, run, timed

SETTINGS = {
    "listen_addresses": "''",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "effective_cache_size": "8GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "effective_io_concurrency": "200",
    "jit": "off",
    "autovacuum": "off",	# it is vacuumed and analysed when loaded
}

# name in the CSV, type, how it is indexed
TABLE = [
    ("userId", "text NOT NULL", None),
    ("default_name", "text", "trigram"),
    ("default_email", "text", "trigram"),
    ("createdAt", "timestamptz", "plain"),
    ("lastSeen", "timestamptz", "order"),
    ("default_city", "text", "plain"),
    ("default_country", "text", "plain"),
    ("default_region", "text", "plain"),
    ("default_language", "text", "plain"),
    ("default_timezone", "text", "plain"),
    ("default_gender", "text", "plain"),
    ("default_referrer", "text", "plain"),
    ("default_source", "text", "plain"),
    ("default_url", "text", "plain"),
    ("default_ip", "inet", "plain"),
    ("default_username", "text", "plain"),
    ("banned", "boolean", "plain"),
    ("segment", "text[]", "set"),
    ("plan", "text", "plain"),
    ("score", "integer", "plain"),
]


def index_sql():
    yield "ALTER TABLE users ADD PRIMARY KEY (userid)"
    for name, _, kind in TABLE:
        if kind in ("plain", "trigram"):
            yield f"CREATE INDEX ON users ({name})"
        if kind == "order":
            yield f"CREATE INDEX ON users ({name}, userid)"
        if kind == "trigram":
            yield f"CREATE INDEX ON users USING gin ({name} gin_trgm_ops)"
        if kind == "set":
            yield f"CREATE INDEX ON users USING gin ({name})"


def csv_for_copy(source, out):
    """The audience with its sets spelled as PostgreSQL spells them."""
    with open(source, newline="") as f, open(out, "w", newline="") as g:
        rows, w = csv.reader(f), csv.writer(g)
        head = next(rows)
        if head != [name for name, _, _ in TABLE]:
            raise Failed("the audience has other columns than expected")
        at = head.index("segment")
        w.writerow(head)
        for row in rows:
            row[at] = "{%s}" % ",".join(f'"{s}"' for s in row[at].split("|")
                                        if s)
            w.writerow(row)


class Postgres:
    def __init__(self, scratch):
        self.bin = postgres_folder()
        self.dir = os.path.join(scratch, "postgres")
        self.server = None
        self.as_user = []
        os.mkdir(self.dir, 0o755)
        if os.geteuid() == 0:
            shutil.chown(self.dir, "postgres", "postgres")
            self.as_user = ["runuser", "-u", "postgres", "--"]
        data = os.path.join(self.dir, "data")
        run(self.as_user + [f"{self.bin}/initdb", "-D", data, "-A", "trust",
                            "-U", "postgres", "-E", "UTF8",
                            "--locale=C.UTF-8"], cwd="/")
        words = [f"{self.bin}/postgres", "-D", data, "-k", self.dir]
        for name, value in SETTINGS.items():
            words += ["-c", f"{name}={value.strip(chr(39))}"]
        self.server = Server(words, os.path.join(scratch, "postgres.log"),
                             cwd="/", **self.identity())
        self.server.await_ready(self.answers)
        self.sql("CREATE EXTENSION pg_trgm")

    def identity(self):
        if not self.as_user:
            return {}
        return {"user": "postgres", "group": "postgres", "extra_groups": []}

    def client(self, *words):
        return [f"{self.bin}/{words[0]}", "-h", self.dir, "-U", "postgres",
                *words[1:]]

    def answers(self):
        try:
            self.sql("SELECT 1")
            return True
        except Failed:
            return False

    def psql(self, text):
        return self.client("psql", "-X", "-q", "-A", "-t", "-v",
                           "ON_ERROR_STOP=1", "-c", text, "postgres")

    def sql(self, text, limit=1800):
        return run(self.psql(text), limit)

    def script(self, name, statements):
        path = os.path.join(os.path.dirname(self.dir), name)
        with open(path, "w") as f:
            f.write("".join(s + ";\n" for s in statements))
        return path

    def load(self, csv_file):
        """Seconds of making the table, COPY and every index."""
        columns = ", ".join(f"{n} {t}" for n, t, _ in TABLE)
        self.sql("DROP TABLE IF EXISTS users")
        self.sql("CHECKPOINT")
        path = self.script("load.sql", [
            "SET timezone = 'UTC'", "BEGIN", f"CREATE TABLE users ({columns})",
            f"COPY users FROM '{csv_file}' (FORMAT csv, HEADER)", "COMMIT",
            *index_sql()])
        words = self.client("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
                            "-f", path, "postgres")
        return timed(words, 3600)

    def settle(self):
        self.sql("VACUUM (ANALYZE) users", 3600)
        self.sql("CHECKPOINT")

    def export_words(self, out):
        columns = ", ".join(n for n, _, _ in TABLE)
        return self.psql(
            f"COPY (SELECT {columns} FROM users ORDER BY lastseen DESC, "
            f"userid DESC) TO '{out}' (FORMAT csv, HEADER)")

    def latency(self, statements, turns):
        """The median of milliseconds for these, prepared, one after another."""
        path = self.script("question.sql", statements)
        log = os.path.join(os.path.dirname(self.dir), "pgbench")
        run(self.client("pgbench", "-n", "-M", "prepared", "-c", "1", "-t",
                        turns, "-f", path, "-l", f"--log-prefix={log}",
                        "postgres"), 900)
        times = []
        folder = os.path.dirname(log)
        for name in os.listdir(folder):
            if name.startswith("pgbench."):
                with open(os.path.join(folder, name)) as f:
                    times += [int(line.split()[2]) / 1000 for line in f]
                os.unlink(os.path.join(folder, name))
        # the first prepares, plans and warms
        return median(times[1:])

    def size(self):
        return int(self.sql("SELECT pg_total_relation_size('users')"))

    def end(self):
        if self.server:
            self.server.end(signal.SIGINT)	# fast shutdown
