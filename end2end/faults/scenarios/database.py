"""PostgreSQL misbehaves under a campaign: sessions are ended, the server crashes, connections run out, a snapshot stays open."""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import threading
import time
from collections import Counter

from ..api import GONE, Api, fetch, wait_until
from ..cluster import Cluster
from ..report import Report
from ..stage import Options, Pace, Stage, programs, sql
from . import people
from .campaign import wait_for_end, weigh

OURS = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
# Mails a second of the sink below with eight connections, were everything else free.
MOST = 400


class Play:
    """A campaign that is bound by the sink's delay, so that the rate does not depend on the machine."""

    def __init__(self, stage: Stage, seconds: float, pool: int = 8):
        self.stage, self.lux = stage, stage.lux()
        self.api, self.sink = stage.api(self.lux), stage.sink(["always@end=delay:20"])
        self.who = people.invite(self.api, stage.options.people or int(seconds * MOST / 0.8), stage.options.seed)
        self.id = self.api.create_campaign("Database", self.api.create_sender(self.sink.port, pool), [self.who.list_id], people.CONTENT)
        self.pace = Pace(self.sink)

    def begin(self) -> float:
        """Sends, and measures for some seconds how fast it goes when nothing is wrong."""
        self.api.move(self.id, "send")
        self.sink.reaches(50, 60)
        time.sleep(0.5)
        begun = time.monotonic()
        time.sleep(3)
        return self.pace.rate(begun, time.monotonic())

    def end(self, report: Report, before: float, recovered_at: float) -> None:
        """The rate afterwards, the end, and the books."""
        time.sleep(6)
        now = time.monotonic()
        if self.api.campaign(self.id)["state"] == "sending":
            best = max(self.pace.rate(at, at + 1.5) for at in (recovered_at + n * 0.25 for n in range(15)))
            report.check("95 % of the rate within 5 s", best >= 0.95 * before, f"{best:.0f} of {before:.0f} a second")
        else:
            report.check("the campaign is long enough to see the rate afterwards", False, f"ended {now - recovered_at:.0f} s later")
        report.check("the process never ended", self.lux.is_running() and self.lux.starts == 1)
        campaign = wait_for_end(self.api, self.id)
        self.pace.close()
        weigh(report, self.api, self.sink, self.id, campaign, self.who.wanted, self.who.never)
        report.faults("panics in the log", self.stage.alarms())


def terminated(options: Options, report: Report) -> None:
    """Fault 11: all our sessions are ended every half second."""
    seconds = options.rounds(4, 20, 60)
    with Cluster() as cluster, Stage(options, "terminated", "postgres", postgres=cluster.url) as stage:
        play = Play(stage, seconds + 20)
        before = play.begin()
        ended, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            ended += int(stage.sql(OURS))
            time.sleep(0.5)
        report.injected(f"pg_terminate_backend every 0.5 s for {seconds} s: {ended} sessions ended")
        report.check("sessions were there to be ended", ended > seconds, str(ended))
        play.end(report, before, time.monotonic())


def crashed(options: Options, report: Report) -> None:
    """Fault 12: the database server crashes and comes back."""
    crashes = options.rounds(2, 4, 20)
    with Cluster() as cluster, Stage(options, "crashed", "postgres", postgres=cluster.url) as stage:
        play = Play(stage, crashes * 6 + 20)
        before = play.begin()
        for _ in range(crashes):
            at = play.sink.count()
            cluster.crash()
            time.sleep(stage.random.uniform(0.1, 1.5))
            took = cluster.start()
            report.injected(f"stop -m immediate with {at} mails at the sink; up again, recovery included, {took:.1f} s after the start")
            wait_until("it sends again", lambda at=at: play.sink.count() > at + 100, 30)
        play.end(report, before, time.monotonic())


class Foreign:
    """Connections of somebody else that take every place there is."""

    def __init__(self, port: int, count: int):
        self.sockets = [s for s in (self._connect(port) for _ in range(count)) if s]

    @staticmethod
    def _connect(port: int) -> socket.socket | None:
        words = b"user\0lux\0database\0lux\0\0"
        line = socket.create_connection(("127.0.0.1", port), 5)
        line.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)
        said = b""
        # Z: ready for a question. E: refused, which may come after the greeting.
        while piece := line.recv(4096):
            said += piece
            at = 0
            while at + 5 <= len(said):
                kind, size = said[at : at + 1], struct.unpack("!i", said[at + 1 : at + 5])[0]
                if kind == b"Z":
                    return line
                if kind == b"E":
                    break
                at += size + 1
        line.close()
        return None

    def close(self) -> None:
        """All hang up."""
        for line in self.sockets:
            line.close()


def exhausted(options: Options, report: Report) -> None:
    """Fault 13: 300 foreign connections take every place."""
    with Cluster(connections=60) as cluster, Stage(options, "exhausted", "postgres", postgres=cluster.url) as stage:
        play = Play(stage, 40)
        before = play.begin()
        # Ours are ended again and again, so that each of their places is taken by somebody else.
        foreign = []
        for _ in range(6):
            foreign.append(Foreign(cluster.port, 50))
            theirs = " AND ".join(f"client_port <> {line.getsockname()[1]}" for group in foreign for line in group.sockets)
            sql(f"{cluster.admin.rsplit('/', 1)[0]}/{stage.database}", f"{OURS} AND usename = 'lux' AND {theirs}")
        taken = sum(len(group.sockets) for group in foreign)
        report.injected(f"300 foreign connections, of which {taken} got a place; ours were ended")
        answers = ask(play.api, 5)
        report.say(f"answers of the API meanwhile: {dict(answers)}")
        report.check("each came within 10 s", answers.pop("slow", 0) == 0)
        report.faults("answers that are neither right nor a 503 with Retry-After", typed(answers))
        report.control("an answer that is a plain 500", typed(Counter({"500": 1})))
        report.check("the places were really gone", any(answer != "200" for answer in answers), str(dict(answers)))
        for group in foreign:
            group.close()
        freed = time.monotonic()
        wait_until("the API answers again", lambda: fetch(f"{play.lux.url}/readyz")[0] == 200 and ask(play.api, 0.1)["200"], 30, 0.05)
        report.check("it recovers within 5 s", time.monotonic() - freed <= 5, f"{time.monotonic() - freed:.1f} s")
        play.end(report, before, time.monotonic())


def ask(api: Api, seconds: float) -> Counter:
    """Answers of a read with a key, by status; 503 and 429 with the promise of a time."""
    answers, end = Counter(), time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        try:
            status, headers, _ = fetch(f"{api.url}/api/v1/me", headers={"Authorization": f"Bearer {next(api.keys)}"}, timeout=40)
            answers[f"{status}{' with Retry-After' if 'retry-after' in headers else ''}"] += 1
        except GONE as gone:
            answers[type(gone).__name__] += 1
        if time.monotonic() - begun > 10:
            answers["slow"] += 1
        if time.monotonic() > end:
            return answers
        time.sleep(0.05)


def typed(answers: Counter) -> list[str]:
    """Answers that a client cannot work with."""
    return [f"{answer}: {count}" for answer, count in answers.items() if answer not in ("200", "503 with Retry-After", "429 with Retry-After")]


def held(options: Options, report: Report) -> None:
    """Fault 14: a foreign transaction stays open with its snapshot."""
    seconds = options.rounds(8, 60, 600)
    with Cluster() as cluster, Stage(options, "held", "postgres", postgres=cluster.url) as stage:
        play = Play(stage, seconds + 20)
        before = play.begin()
        holder = subprocess.Popen(
            [programs("psql"), "-qX", "-d", stage.env["LUX_DATABASE_URL"]],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        )
        assert holder.stdin is not None
        holder.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT COUNT(*) FROM recipient;\n")
        holder.stdin.flush()
        begun = time.monotonic()
        time.sleep(seconds)
        sends = play.api.campaign(play.id)["state"] == "sending"
        during = play.pace.rate(begun, time.monotonic())
        dead = stage.sql("SELECT relname, n_dead_tup FROM pg_stat_user_tables WHERE n_dead_tup > 1000 ORDER BY 2 DESC LIMIT 3")
        report.injected(f"a REPEATABLE READ snapshot held open and idle for {seconds} s")
        report.check("it was sending all the while", sends)
        report.check("at least 80 % of the rate", during >= 0.8 * before, f"{during:.0f} of {before:.0f} a second")
        report.say(f"dead rows that the snapshot keeps: {dead.splitlines()}")
        took, code = play.lux.terminate()
        report.check("it stops within 10 s meanwhile", took <= 10 and code == 0, f"{took:.1f} s, code {code}")
        play.lux.start()
        holder.stdin.write("COMMIT;\n")
        holder.stdin.close()
        holder.wait(10)
        campaign = wait_for_end(play.api, play.id)
        play.pace.close()
        weigh(report, play.api, play.sink, play.id, campaign, play.who.wanted, play.who.never)
        report.faults("panics in the log", stage.alarms())
