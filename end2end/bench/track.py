"""M5: pixels and links of real mails over 256 connections, each hit durable before its answer. M10 on the way."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import time
import urllib.parse
from pathlib import Path

from faults.api import fetch, wait_until
from faults.scenarios.campaign import wait_for_end
from faults.stage import Memory, _tied, free_port

from . import ground, peers
from .ground import Contest, Goal, Missing
from .stage import Stage, invite, program, stage

CONNECTIONS = 256
SMALL = {
    "subject": "Small", "preheader": "", "kind": "html", "text": "",
    "source": "<html><body><p><a href=\"https://shop.example/new?from=mail\">New</a> <a href=\"{{ unsubscribe_url }}\">No more</a></p></body></html>",
}
ADDRESS = re.compile(r"https?://[^/\s\"<>]+(/[oc]/[\w.\-~]+)")


def run(asked: argparse.Namespace) -> bool:
    """Lux, the peer and the bare server in turn."""
    count = asked.people or (500 if asked.quick else 50_000)
    seconds = 2 if asked.quick else 10
    with stage(asked, "bench-track", asked.engine) as found:
        server = found.lux()
        paths = harvest(found, count)
        arena = Arena(found, asked, paths, seconds)
        contest = Contest(asked, f"M5 tracking: {arena.count:,} different addresses, {CONNECTIONS} connections, {seconds} s, {asked.engine}", "requests/s")
        memory = Memory(server.pid)
        try:
            contest.run({"lux": lambda: arena.lux(server), "flask, one INSERT a hit": arena.flask, "bare answers (ceiling)": arena.bare})
        finally:
            memory.close()
            arena.close()
        good = contest.tell([Goal("lux", "flask, one INSERT a hit", 50), Goal("lux", "bare answers (ceiling)", 0.12)])
        print(f"  memory of Lux: {memory.before / 1024:.0f} MB before, at most {memory.highest / 1024:.0f} MB (goal of M10: 120 MB)")
        rate = contest.median("lux") or 0
        good &= ground.ratio("requests a second of Lux", rate, 20_000)
        return ground.ratio("p99 of Lux", max(arena.tails or [0]), 25, True, " ms") and good


def harvest(found: Stage, count: int) -> Path:
    """Sends a small mail to everybody and reads the addresses of pixels and links from what arrived."""
    api, sink = found.api(found.processes[0]), found.sink(more=["--no-digest"], save=True)
    id = api.create_campaign("Harvest", api.create_sender(sink.port, 20), [invite(api, "Clicker", count)], SMALL)
    api.move(id, "send")
    wait_for_end(api, id, 1800)
    from email import message_from_bytes
    from email.policy import default

    paths = []
    for file in sink.folder.glob("*.eml"):
        body = message_from_bytes(file.read_bytes(), policy=default).get_body(("html",)).get_content()
        paths += [urllib.parse.urlsplit(a).path if "://" in a else a for a in dict.fromkeys(ADDRESS.findall(body))]
    if len(paths) != 2 * count:
        raise RuntimeError(f"{len(paths)} addresses in {count} mails")
    target = found.room / "paths"
    target.write_text("\n".join(paths))
    return target


class Arena:
    """The entrants' servers."""

    def __init__(self, found: Stage, asked: argparse.Namespace, paths: Path, seconds: float):
        self.stage, self.asked, self.paths, self.seconds = found, asked, paths, seconds
        self.count = len(paths.read_text().splitlines())
        self.tails: list[float] = []
        self._running: dict[str, tuple[subprocess.Popen, int]] = {}

    def _load(self, port: int, wanted: set[str]) -> dict:
        figures = program(
            self.asked, "load", "--to", f"127.0.0.1:{port}", "--paths", str(self.paths), "--connections", str(CONNECTIONS),
            "--seconds", str(self.seconds),
        )
        wrong = {status: n for status, n in figures["statuses"].items() if status not in wanted}
        if wrong or figures["broken"]:
            raise Missing(f"wrong answers {wrong}, {figures['broken']} connections broken")
        return figures

    def lux(self, server) -> float:
        """Ours; what was answered must be stored."""
        before = self._stored()
        figures = self._load(server.port, {"200", "302"})
        stored = self._stored() - before
        # Requests that were under way when the time was up are stored and were not counted.
        if not figures["answered"] <= stored <= figures["answered"] + CONNECTIONS:
            raise RuntimeError(f"{figures['answered']} answered and {stored} stored")
        self.tails.append(figures["times"]["p99_ms"])
        return figures["per_second"]

    def _stored(self) -> int:
        if self.stage.engine == "postgres":
            return int(self.stage.sql("SET lux.company = '*'; SELECT COUNT(*) FROM hit").splitlines()[-1])
        import sqlite3

        with sqlite3.connect(f"file:{self.stage.room / 'data' / 'lux.db'}?mode=ro", uri=True, timeout=30) as ledger:
            return ledger.execute("SELECT COUNT(*) FROM hit").fetchone()[0]

    def flask(self) -> float:
        """The peer, four processes with threads, so that connections are kept."""
        if "flask" not in self._running:
            port = free_port()
            command = [
                peers.python(), "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "4", "-k", "gthread", "--threads", "64",
                "--keep-alive", "60", "--log-level", "error", "receiver:app",
            ]
            env = self.stage.env | {"LEDGER": str(self.stage.room / "flask.db")}
            process = subprocess.Popen(_tied(command), cwd=peers.HERE / "peers", env=env, stdin=subprocess.DEVNULL, start_new_session=True)
            self._running["flask"] = (process, port)
            wait_until("the peer answers", lambda: fetch(f"http://127.0.0.1:{port}/o/first")[0] == 200, 30)
        return self._load(self._running["flask"][1], {"200", "302"})["per_second"]

    def bare(self) -> float:
        """The same bytes for everybody."""
        if "bare" not in self._running:
            process = subprocess.Popen(_tied([str(self.asked.bench), "bare"]), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, start_new_session=True)
            assert process.stdout is not None
            self._running["bare"] = (process, int(process.stdout.readline().rsplit(":", 1)[1]))
        return self._load(self._running["bare"][1], {"200"})["per_second"]

    def close(self) -> None:
        """Ends the servers."""
        for process, _ in self._running.values():
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            time.sleep(0.1)
