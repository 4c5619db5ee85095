"""SIGTERM on the way leaves nothing uncertain; moves from two sides at once leave one state."""

from __future__ import annotations

import random
import threading
import time

from ..api import GONE, Api, Refused
from ..report import Report
from ..stage import Options, Sink, Stage
from . import people
from .campaign import wait_for_end, weigh

LIMIT = 10.0


def run(options: Options, report: Report) -> None:
    """First stops, then moves."""
    with Stage(options, "stop") as stage:
        lux = stage.lux()
        api = stage.api(lux)
        sink = stage.sink()
        sender = api.create_sender(sink.port)
        _stopped(stage, report, api, sink, sender)
        _hammered(stage, report, api, sender)
        report.faults("panics in the log", stage.alarms())


def _stopped(stage: Stage, report: Report, api: Api, sink: Sink, sender: str) -> None:
    lux = stage.processes[0]
    who = people.invite(api, stage.options.crowd(2_000, 20_000, 50_000), stage.options.seed)
    id = api.create_campaign("Stopped on the way", sender, [who.list_id], people.CONTENT)
    api.move(id, "send")
    longest = 0.0
    for mark in sorted(stage.random.uniform(0.05, 0.85) * len(who.wanted) for _ in range(stage.options.rounds(3, 3, 50))):
        sink.reaches(int(mark), 240)
        at = sink.count()
        took, code = lux.terminate()
        longest = max(longest, took)
        report.injected(f"SIGTERM with {at} mails at the sink; it ended after {took:.2f} s with code {code}, {sink.count() - at} mails later")
        report.check("it ends by itself, in time and well", took <= LIMIT and code == 0, f"{took:.2f} s, code {code}")
        lux.start()
    campaign = wait_for_end(api, id)
    states = weigh(report, api, sink, id, campaign, who.wanted, who.never)
    report.equal("stopped: unknown", states["unknown"], 0)
    report.equal("stopped: accepted", states["accepted"], len(who.wanted))
    report.equal("stopped: state", campaign["state"], "finished")


def _hammered(stage: Stage, report: Report, api: Api, sender: str) -> None:
    quick = stage.options.quick
    # A sink of its own that is slow enough for the moves to meet it in the middle.
    sink = stage.sink(["always@end=delay:20"])
    who = people.invite(api, 600 if quick else 5_000, stage.options.seed + 1, "Hammered")
    id = api.create_campaign("Hammered", api.create_sender(sink.port, 4), [who.list_id], people.CONTENT)
    api.move(id, "send")
    sink.reaches(10, 60)
    done: dict[str, int] = {}
    lock = threading.Lock()

    def hammer(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(25 if quick else 100):
            what = draw.choice(["pause", "resume"])
            try:
                api.move(id, what)
                word = what
            except Refused as refused:
                word = f"{what} refused with {refused.status}"
            with lock:
                done[word] = done.get(word, 0) + 1
            time.sleep(draw.uniform(0, 0.03))
        for _ in range(3):
            try:
                api.move(id, "cancel")
                word = "cancel"
            except Refused as refused:
                word = f"cancel refused with {refused.status}"
            except GONE:
                word = "cancel not answered"
            with lock:
                done[word] = done.get(word, 0) + 1

    threads = [threading.Thread(target=hammer, args=(stage.options.seed + n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.injected(f"moves from two sides: {dict(sorted(done.items()))}")
    campaign = wait_for_end(api, id, 60)
    still = sink.count()
    time.sleep(1)
    report.equal("hammered: mails after the end", sink.count() - still, 0)
    report.equal("hammered: one state", campaign["state"], api.campaign(id)["state"])
    report.equal("hammered: cancelled once", done.get("cancel", 0), 1)
    wrong = [word for word in done if "refused" in word and not word.endswith("409")]
    report.faults("hammered: answers other than 200 and 409", wrong)
    weigh(report, api, sink, id, campaign, who.wanted, who.never)
