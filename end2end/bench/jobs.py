"""M8: jobs that do nothing and jobs of 1 ms through the queue, each acknowledged and kept until then."""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess

from faults.cluster import Cluster
from faults.stage import programs, sql

from . import ground, peers
from .ground import Contest, Goal, Missing
from .stage import program

WORKERS = 64


def run(asked: argparse.Namespace) -> bool:
    """Nothing, then 1 ms."""
    good = True
    with Cluster() as cluster:
        for millis in (0, 1):
            good &= Play(asked, cluster, millis).run()
    return good


class Play:
    """One kind of job on one server; every run gets a database of its own."""

    def __init__(self, asked: argparse.Namespace, cluster: Cluster, millis: int):
        self.asked, self.cluster, self.millis, self.number = asked, cluster, millis, 0
        self.count = asked.people or (2_000 if asked.quick else 50_000)
        self.trickle = 100 if asked.quick else 500
        self.waits: dict[str, list[tuple[float, float]]] = {}

    def run(self) -> bool:
        """All entrants in turn."""
        kind = "that do nothing" if not self.millis else f"of {self.millis} ms"
        contest = Contest(self.asked, f"M8 jobs: {self.count:,} {kind}, {WORKERS} at once, durable", "jobs/s")
        contest.run({
            "lux on PostgreSQL": lambda: self.lux("lux on PostgreSQL", self._database()),
            "lux on SQLite": self.sqlite,
            "graphile-worker": lambda: self.peer("graphile-worker", "graphile.mjs"),
            "pg-boss": lambda: self.peer("pg-boss", "boss.mjs"),
            "SKIP LOCKED by 100 (limit)": self.raw,
        })
        goals = [Goal("lux on PostgreSQL", "pg-boss", 3), Goal("lux on PostgreSQL", "graphile-worker", 1)]
        good = contest.tell(goals + ([] if self.millis else [Goal("lux on PostgreSQL", "SKIP LOCKED by 100 (limit)", 0.25)]))
        for name, waits in self.waits.items():
            middle, tail = (statistics.median(part) for part in zip(*waits))
            print(f"  {name}: from adding to starting at 100 a second: median {middle:.1f} ms, p99 {tail:.1f} ms")
        if self.millis:
            return good
        good &= ground.ratio("jobs a second on PostgreSQL", contest.median("lux on PostgreSQL") or 0, 10_000)
        good &= ground.ratio("jobs a second on SQLite", contest.median("lux on SQLite") or 0, 30_000)
        middle, tail = (statistics.median(part) for part in zip(*self.waits["lux on PostgreSQL"]))
        good &= ground.ratio("median pick-up on PostgreSQL", middle, 5, True, " ms")
        return ground.ratio("p99 pick-up on PostgreSQL", tail, 20, True, " ms") and good

    def _database(self) -> str:
        self.number += 1
        name = f"jobs_{self.millis}_{self.number}"
        sql(self.cluster.url, f"CREATE DATABASE {name}")
        return f"{self.cluster.url.rsplit('/', 1)[0]}/{name}"

    def lux(self, name: str, database: str) -> float:
        """Our queue alone."""
        figures = program(
            self.asked, "jobs", "--database", database, "--count", str(self.count), "--takes", str(self.millis),
            "--workers", str(WORKERS), "--trickle", "100", "--trickle-seconds", str(self.trickle // 100),
        )
        self.waits.setdefault(name, []).append((figures["pick_up"]["p50_ms"], figures["pick_up"]["p99_ms"]))
        return figures["per_second"]

    def sqlite(self) -> float:
        """The same on a file."""
        import tempfile

        with tempfile.TemporaryDirectory(prefix="lux-bench-") as folder:
            return self.lux("lux on SQLite", f"sqlite://{folder}/jobs.db")

    def peer(self, name: str, script: str) -> float:
        """A queue from npm."""
        words = [self._database(), str(self.count), str(self.millis), str(WORKERS), str(self.trickle)]
        done = subprocess.run(peers.node(script) + words, capture_output=True, text=True, timeout=1800, stdin=subprocess.DEVNULL)
        if done.returncode or not done.stdout.strip():
            raise Missing(f"{(done.stderr or 'it said nothing').strip()[-200:]}")
        figures = json.loads(done.stdout.splitlines()[-1])
        self.waits.setdefault(name, []).append((figures["p50_ms"], figures["p99_ms"]))
        return figures["per_second"]

    def raw(self) -> float:
        """What the database itself can do: claims and ends of 100 rows in one statement each, from two connections."""
        database = self._database()
        sql(database, "CREATE TABLE q (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state INT NOT NULL DEFAULT 0, payload TEXT NOT NULL)")
        sql(database, "CREATE INDEX q_open ON q (id) WHERE state = 0")
        batches = max(4, self.count // 100)
        sql(database, f"INSERT INTO q (payload) SELECT 'a payload of a job, number ' || n FROM generate_series(1, {batches * 100}) n")
        script = (
            "UPDATE q SET state = 1 FROM (SELECT id FROM q WHERE state = 0 ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED) due WHERE q.id = due.id;\n"
            "UPDATE q SET state = 2 WHERE state = 1 AND id IN (SELECT id FROM q WHERE state = 1 ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED);\n"
        )
        sql(database, "CREATE INDEX q_running ON q (id) WHERE state = 1")
        command = [programs("pgbench"), "-n", "-c", "2", "-j", "2", "-t", str(batches // 2), "-M", "prepared", "-f", "-", database]
        done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=1800)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if done.returncode or not found:
            raise Missing(f"pgbench: {done.stderr[-200:]}")
        return float(found[1]) * 100
