"""M1: a campaign from the press of Send to the last mail at the sink, beside what sends without a ledger. M10 on the way."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from faults.scenarios.campaign import wait_for_end
from faults.stage import Memory, _tied

from . import ground, peers
from .ground import Contest, Goal, Missing
from .stage import CONTENT, Sink, Stage, invite, light, stage

CONNECTIONS = 20


def run(asked: argparse.Namespace) -> bool:
    """All entrants in turn."""
    count = asked.people or (2_000 if asked.quick else 100_000)
    with stage(asked, "bench-campaign", asked.engine) as found:
        play = Play(found, count)
        contest = Contest(asked, f"M1 campaign: {count:,} people, {play.size:,.0f} bytes a mail, {CONNECTIONS} connections, {asked.engine}", "mails/s")
        contest.run({
            "lux": play.lux_rate,
            "nodemailer pool": lambda: play.peer("nodemailer pool", count, lambda port, n: (peers.node("pool.mjs") + [port, str(CONNECTIONS), n, str(play.frozen)], {})),
            # Its rate does not depend on how many there are, only its patience does.
            "commit per mail": lambda: play.peer("commit per mail", max(200, count // 20), play.commit_per_mail),
            "smtp-source (limit)": lambda: play.peer("smtp-source", count, play.source),
        })
        good = contest.tell([Goal("lux", "nodemailer pool", 5), Goal("lux", "commit per mail", 5), Goal("lux", "smtp-source (limit)", 0.4)])
        for name, size in play.sizes.items():
            print(f"  bytes of a mail at the sink, {name}: {size:,.0f}")
        print(f"  memory of Lux: {play.memory[0]:.0f} MB before, at most {play.memory[1]:.0f} MB (goal of M10: 120 MB)")
        cpu = statistics.median(play.cpu)
        return ground.ratio("processor time of Lux for one mail", cpu * 1e6, 250, True, " µs") and good


class Play:
    """One Lux with its people, and a sink for each run."""

    def __init__(self, found: Stage, count: int):
        self.stage, self.count = found, count
        self.server = found.lux()
        self.api = found.api(self.server)
        self.list_id = invite(self.api, "Reader", count)
        self.cpu: list[float] = []
        self.memory = (0.0, 0.0)
        self.sizes: dict[str, float] = {}
        self.frozen = found.room / "frozen.json"
        self.size = self._freeze(min(count, 1000))

    def _freeze(self, count: int) -> float:
        """Mails as Lux writes them, taken apart for the peers; the mean size of a message."""
        sink = self.stage.sink(save=True)
        few = invite(self.api, "Frozen", count)
        self._send(sink, few, count)
        raw = [file.read_bytes() for file in sorted(sink.folder.glob("*.eml"))]
        frozen = []
        for message in (message_from_bytes(content, policy=default) for content in raw):
            part = {kind: message.get_body((kind,)).get_content() for kind in ("html", "plain")}
            headers = {name: str(message[name]).replace("\n", "") for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id") if message[name]}
            frozen.append({"subject": message["Subject"], "html": part["html"], "text": part["plain"], "headers": headers})
        self.frozen.write_text(json.dumps(frozen))
        self.sizes["lux"] = statistics.mean(len(content) for content in raw)
        return self.sizes["lux"]

    def _send(self, sink: Sink, list_id: str, count: int) -> float:
        """Seconds from the press of Send to the last mail."""
        id = self.api.create_campaign("Measured", self.api.create_sender(sink.port, CONNECTIONS), [list_id], CONTENT)
        begun = _now()
        self.api.move(id, "send")
        campaign = wait_for_end(self.api, id, 3600)
        mails = sink.mails()
        if campaign["state"] != "finished" or len({mail.message_id for mail in mails}) != count:
            raise RuntimeError(f"{len(mails)} mails for {count} people: {campaign['state']} {campaign['counts']}")
        return (sink.started + mails[-1].at - begun) / 1000

    def lux_rate(self) -> float:
        """One campaign to all."""
        sink, used, memory = light(self.stage), ground.processor(self.server.pid), Memory(self.server.pid)
        took = self._send(sink, self.list_id, self.count)
        memory.close()
        self.memory = (memory.before / 1024, max(self.memory[1], memory.highest / 1024))
        self.cpu.append((ground.processor(self.server.pid) - used) / self.count)
        return self.count / took

    def commit_per_mail(self, port: str, count: str) -> tuple[list[str], dict[str, str]]:
        """Our own peer script."""
        folder = self.stage.room / f"ledger-{self.stage.sinks}"
        folder.mkdir()
        return ["python3", str(peers.HERE / "peers" / "commit_per_mail.py"), port, str(CONNECTIONS), count, str(self.frozen), str(folder)], {}

    def source(self, port: str, count: str) -> tuple[list[str], dict[str, str]]:
        """Postfix's generator with bodies of the same size."""
        command, env = peers.smtp_source()
        words = ["-s", str(CONNECTIONS), "-m", count, "-l", str(int(self.size)), "-d", "-f", "post@lovstraede.example", "-t", "peer@example.com"]
        return [*command, *words, f"127.0.0.1:{port}"], env

    def peer(self, name: str, count: int, command) -> float:
        """Mails a second between the first and the last: what a peer needs to start does not count against it."""
        sink = light(self.stage)
        words, env = command(str(sink.port), str(count))
        done = subprocess.run(_tied(words), env=self.stage.env | env, capture_output=True, text=True, timeout=3600, stdin=subprocess.DEVNULL)
        mails = sink.mails()
        different = len({mail.message_id for mail in mails})
        if done.returncode or different != count:
            raise Missing(f"{different} of {count} mails arrived: {(done.stderr or done.stdout)[-200:]}")
        if name not in self.sizes:
            self.sizes[name] = self._weigh(words, env, sink)
        return (count - 1) / max(mails[-1].at - mails[0].at, 1) * 1000

    def _weigh(self, words: list[str], env: dict[str, str], before: Sink) -> float:
        """Bytes of what it sends, from a short run of its own."""
        sink = self.stage.sink(save=True)
        few = [word.replace(str(before.port), str(sink.port)) for word in words]
        few = ["100" if word == str(before.count()) else word for word in few]
        if "ledger-" in few[-1]:
            few[-1] += "-weighed"
            Path(few[-1]).mkdir()
        subprocess.run(_tied(few), env=self.stage.env | env, capture_output=True, timeout=300, stdin=subprocess.DEVNULL)
        files = list(sink.folder.glob("*.eml"))
        return statistics.mean(file.stat().st_size for file in files) if files else 0


def _now() -> float:
    import time

    return time.time() * 1000
