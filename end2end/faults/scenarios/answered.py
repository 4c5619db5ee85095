"""The moment between the server's answer and our record of it: what was answered is never sent again."""

from __future__ import annotations

from collections import Counter

from ..report import Report
from ..stage import Options, Stage
from . import people
from .campaign import MOST_UNCERTAIN, wait_for_end, weigh


# Rows that a node holds at once: they wait for the end of its lease when it dies.
CLAIMED = 200


def killed(options: Options, report: Report) -> None:
    """Fault 2: dies once the server has said 250 and before that is written down."""
    kills = options.rounds(5, 50, 1000)
    with Stage(options, "after-250") as stage:
        lux = stage.lux()
        api = stage.api(lux)
        # One connection, so that it is known which message was the last; the sink tells at every fifth.
        sink = stage.sink(["every:5@end=tell"])
        who = people.invite(api, options.crowd(*[kills * 25 + CLAIMED * min(kills, 60)] * 3), options.seed)
        id = api.create_campaign("Killed after the answer", api.create_sender(sink.port, 1), [who.list_id], people.CONTENT)
        api.move(id, "send")
        victims = []
        for _ in range(kills):
            sink.told()
            lux.kill()
            victims.append(sink.mails()[-1].to)
            # What it told while it was being killed is of the same death.
            sink.forget_told()
            lux.start()
        report.injected(f"kill -9 × {kills} right after a 250")
        campaign = wait_for_end(api, id, 300 + kills)
        states = weigh(report, api, sink, id, campaign, who.wanted, who.never)
        rows = {row["address"]: row["state"] for row in api.recipients(id)}
        became = Counter(rows[victim] for victim in victims)
        report.say(f"the messages answered last before each kill: {dict(became)}")
        report.equal("all of them are uncertain, or were written down in time", became["unknown"] + became["accepted"], kills)
        report.check("most kills met the moment between answer and record", became["unknown"] * 2 > kills, f"{became['unknown']} of {kills}")
        report.check("uncertain rows stay within the window", states["unknown"] <= MOST_UNCERTAIN * kills, f"{states['unknown']}")
        report.faults("panics in the log", stage.alarms())


def swallowed(options: Options, report: Report) -> None:
    """Fault 6: the answer to the end of one message in a hundred never comes back."""
    with Stage(options, "swallowed") as stage:
        lux = stage.lux()
        api, sink = stage.api(lux), stage.sink()
        proxy = stage.proxy(f"127.0.0.1:{sink.port}", swallow=0.01)
        who = people.invite(api, options.crowd(3_000, 20_000, 100_000), options.seed)
        id = api.create_campaign("Answers swallowed", api.create_sender(proxy.port), [who.list_id], people.CONTENT)
        api.move(id, "send")
        campaign = wait_for_end(api, id)
        lost = proxy.did("swallowed")
        report.injected(f"{lost} final answers swallowed, then the connection cut; seed {options.seed}")
        states = weigh(report, api, sink, id, campaign, who.wanted, who.never)
        report.check("some were swallowed", lost > 0, f"{lost} of {len(who.wanted)}")
        report.equal("uncertain is what was swallowed, exactly", states["unknown"], lost)
        report.equal("all others are accepted", states["accepted"], len(who.wanted) - lost)
        report.control("one uncertain row that nobody caused", [f"{lost + 1}"] if lost + 1 != states["unknown"] else [])
        report.faults("panics in the log", stage.alarms())
