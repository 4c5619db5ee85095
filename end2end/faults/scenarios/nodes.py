"""Several nodes on one PostgreSQL: one starts a campaign, one sleeps past its lease, one dies again and again."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone

from ..api import Api, wait_until
from ..report import Report
from ..stage import Lux, Mail, Options, Pace, Sink, Stage
from . import people
from .campaign import MOST_UNCERTAIN, wait_for_end, weigh

LEASE = 30
SYSTEM = "SET lux.company = '*';"


def due(options: Options, report: Report) -> None:
    """Fault 9: four nodes, and campaigns that all fall due at one moment."""
    rounds = options.rounds(10, 100, 1000)
    with Stage(options, "due", "postgres") as stage:
        web = stage.lux("web")
        for _ in range(4):
            stage.lux("worker")
        api, sink = stage.api(web), stage.sink()
        list_id, addresses = api.create_list("Due"), [f"due{n}@example.com" for n in range(3)]
        people.bring(api, list_id, addresses)
        sender = api.create_sender(sink.port)
        ids = [api.create_campaign(f"Due {n}", sender, [list_id], people.CONTENT) for n in range(rounds)]
        # The next full minute that leaves time to schedule them all.
        at = (datetime.now(timezone.utc) + timedelta(seconds=65 + rounds * 0.1)).replace(second=0, microsecond=0)
        for id in ids:
            api.call("POST", f"/campaigns/{id}/schedule", {"wall": at.strftime("%Y-%m-%dT%H:%M"), "zone": "UTC"})
        report.injected(f"{rounds} campaigns that fall due at {at:%H:%M} UTC, on four nodes")
        early = sink.count()
        wait_until("all have ended", lambda: len(api.events("campaign.finished")) >= rounds, 200 + rounds * 0.5, 0.5)
        time.sleep(1)
        report.equal("mails before the time", early, 0)
        started = Counter(event["subject"] for event in api.events("campaign.started"))
        report.faults("campaigns not started exactly once", once(started, ids))
        report.faults("campaigns not finished exactly once", once(Counter(e["subject"] for e in api.events("campaign.finished")), ids))
        report.faults("mails that are not one for each person and campaign", each_once(sink.mails(), addresses, rounds))
        late = max((datetime.fromisoformat(event["at"]) - at).total_seconds() for event in api.events("campaign.started"))
        report.say(f"the last started {late:.1f} s after its time")
        report.control("a campaign that started twice", once(started + Counter([ids[0]]), ids))
        report.control("a person who got one campaign twice", each_once(sink.mails() + sink.mails()[:1], addresses, rounds))
        report.faults("panics in the log", stage.alarms())


def once(found: Counter, ids: list[str]) -> list[str]:
    """What happened another number of times than once."""
    return [f"{id} {found[id]} times" for id in ids if found[id] != 1]


def each_once(mails: list[Mail], addresses: list[str], rounds: int) -> list[str]:
    """Each address has one mail of each round, all different."""
    arrived = Counter(mail.to for mail in mails)
    wrong = [f"{address} got {arrived[address]} of {rounds}" for address in addresses if arrived[address] != rounds]
    again = [id for id, times in Counter(mail.message_id for mail in mails).items() if times > 1]
    return wrong + [f"the message {id} came again" for id in again]


def asleep(options: Options, report: Report) -> None:
    """Fault 15: a node is stopped past its lease and goes on as if nothing had been."""
    rounds = options.rounds(1, 2, 32)
    with Stage(options, "asleep", "postgres") as stage:
        web = stage.lux("web")
        nodes = [stage.lux("worker") for _ in range(2)]
        api, sink = stage.api(web), stage.sink(["always@end=delay:400"])
        # As many as two nodes with eight connections hand over in that time, and some more.
        who = people.invite(api, options.crowd(*[(LEASE + 25) * 50 * rounds] * 3), options.seed)
        id = api.create_campaign("Asleep", api.create_sender(sink.port), [who.list_id], people.CONTENT)
        api.move(id, "send")
        for number in range(rounds):
            sink.reaches(sink.count() + 60, 60)
            node = nodes[number % 2]
            node.signal(signal.SIGSTOP)
            time.sleep(LEASE + 6)
            states = api.campaign(id)["counts"]
            node.signal(signal.SIGCONT)
            report.injected(f"SIGSTOP of a node for {LEASE + 6} s; meanwhile {states['unknown']} rows became uncertain")
        campaign = wait_for_end(api, id)
        states = weigh(report, api, sink, id, campaign, who.wanted, who.never)
        log = "".join(path.read_text(errors="replace") for path in stage.room.glob("lux-worker-*.log"))
        refused = log.count("outcomes came after their lease had ended")
        report.check("the sleeper's late answers were refused", refused >= rounds, f"{refused} groups")
        report.check("it was caught with messages under way", states["unknown"] > 0, f"{states['unknown']} rows, {rounds} sleeps")
        report.faults("panics in the log", stage.alarms())


def dying(options: Options, report: Report) -> None:
    """Fault 16: one of three nodes is killed every five seconds."""
    kills, every = options.rounds(4, 12, 60), 5.0
    with Stage(options, "dying", "postgres") as stage:
        web = stage.lux("web")
        nodes = [stage.lux("worker") for _ in range(3)]
        # Bound by the answers' delay, not by the processor: three nodes with four connections each.
        api, sink = stage.api(web), stage.sink(["always@end=delay:40"])
        who = people.invite(api, options.crowd(*[int((kills + 4) * every * 300 / 0.8)] * 3), options.seed)
        id = api.create_campaign("Dying", api.create_sender(sink.port, 4), [who.list_id], people.CONTENT)
        pace, orphans = Pace(sink), Orphans(stage)
        api.move(id, "send")
        sink.reaches(100, 60)
        calm = time.monotonic()
        time.sleep(every)
        begin = time.monotonic()
        for number in range(kills):
            if api.campaign(id)["state"] != "sending":
                break
            _fall(nodes[number % 3])
            time.sleep(max(0.0, begin + (number + 1) * every - time.monotonic()))
        end = time.monotonic()
        report.injected(f"kill -9 of one of three nodes every {every:.0f} s, {kills} times, started again at once")
        still = api.campaign(id)["state"] == "sending"
        report.check("it was sending all the while", still)
        campaign = wait_for_end(api, id)
        pace.close()
        worst = orphans.close()
        before, during = pace.rate(calm, begin), pace.rate(begin, end)
        states = weigh(report, api, sink, id, campaign, who.wanted, who.never)
        report.check("at least 90 % of the rate", during >= 0.9 * before, f"{during:.0f} of {before:.0f} a second, {100 * during / max(before, 1):.0f} %")
        report.check("orphans are taken up within 2 s of the end of their lease", worst <= 2.0, f"at most {worst:.1f} s")
        report.check("at most 50 uncertain for each kill", states["unknown"] <= MOST_UNCERTAIN * kills, f"{states['unknown']}")
        report.faults("panics in the log", stage.alarms())


def _fall(node: Lux) -> None:
    node.kill()
    node.start()


class Orphans:
    """Looks for rows whose lease has ended and that nobody has taken up; the longest overdue, in seconds."""

    QUESTION = (
        SYSTEM + "SELECT COALESCE(MAX(EXTRACT(EPOCH FROM clock_timestamp()) - lease_until / 1e6), 0) FROM recipient "
        "WHERE state IN ('claimed', 'handed')"
    )

    def __init__(self, stage: Stage):
        self.stage, self.worst = stage, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            self.worst = max(self.worst, float(self.stage.sql(self.QUESTION) or 0))

    def close(self) -> float:
        """Stops looking."""
        self._stop.set()
        self._thread.join()
        return self.worst
