"""A campaign, and kill -9 on the way: everybody who agreed gets one mail or a row that says `unknown`; nobody two."""

from __future__ import annotations

import time
from collections import Counter

from .. import judge
from ..api import Api, wait_until
from ..report import Report
from ..stage import Lux, Options, Sink, Stage
from . import people

# Rows that one kill may leave uncertain: what was being handed over.
MOST_UNCERTAIN = 50
ENDED = ("finished", "finished_with_failures", "cancelled", "failed")


def sqlite(options: Options, report: Report) -> None:
    """One process on SQLite."""
    _single(options, report, "sqlite")


def postgres(options: Options, report: Report) -> None:
    """One process on PostgreSQL."""
    _single(options, report, "postgres")


def _single(options: Options, report: Report, engine: str) -> None:
    with Stage(options, "campaign", engine) as stage:
        lux = stage.lux()
        _play(stage, report, lux, [lux])


def workers(options: Options, report: Report) -> None:
    """One process for the pages and two that work, on PostgreSQL; those that work are killed."""
    with Stage(options, "workers", "postgres") as stage:
        web = stage.lux("web")
        _play(stage, report, web, [stage.lux("worker"), stage.lux("worker")])


def _play(stage: Stage, report: Report, web: Lux, victims: list[Lux]) -> None:
    options = stage.options
    count, kills = options.crowd(2_000, 20_000, 100_000), options.rounds(1, 3, 200)
    api, sink = stage.api(web), stage.sink()
    who = people.invite(api, count, options.seed)
    sender = api.create_sender(sink.port)
    id = api.create_campaign("Killed on the way", sender, [who.list_id], people.CONTENT)
    report.say(f"{count} contacts: {len(who.wanted)} agreed, {len(who.never)} did not")
    begun = time.monotonic()
    api.move(id, "send")
    marks = sorted(stage.random.uniform(0.05, 0.9) * len(who.wanted) for _ in range(kills))
    for number, mark in enumerate(marks):
        _kill(stage, report, sink, victims[number % len(victims)], mark)
    campaign = wait_for_end(api, id, 420 + 5 * kills)
    report.say(f"the end after {time.monotonic() - begun:.1f} s")
    states = weigh(report, api, sink, id, campaign, who.wanted, who.never)
    report.check("at most 50 uncertain for each kill", states["unknown"] <= MOST_UNCERTAIN * kills, f"{states['unknown']} of {kills} kills")
    report.faults("panics in the log", stage.alarms())


def _kill(stage: Stage, report: Report, sink: Sink, victim: Lux, mark: float) -> None:
    sink.reaches(int(mark), 240)
    # Not always at the same place between two mails.
    time.sleep(stage.random.uniform(0, 0.02))
    victim.kill()
    report.injected(f"kill -9 of the {victim.role} process with {sink.count()} mails at the sink")
    victim.start()


def wait_for_end(api: Api, id: str, limit: float = 420) -> dict:
    """The campaign in its end state, its rows all settled."""
    def ended() -> dict | None:
        campaign = api.campaign(id)
        if campaign["state"] == "paused":
            raise RuntimeError(f"it is held: {campaign['state_reason']}")
        is_open = any(campaign["counts"][state] for state in judge.OPEN)
        return campaign if campaign["state"] in ENDED and not is_open else None

    return wait_until("the campaign ends", ended, limit, 0.25)


def weigh(report: Report, api: Api, sink: Sink, id: str, campaign: dict, wanted: list[str], never: list[str]) -> Counter:
    """Ledger, counts and sink side by side, with controls; answers the rows by state."""
    rows, mails = api.recipients(id), sink.mails()
    states = Counter(row["state"] for row in rows)
    arrived = Counter(mail.to for mail in mails)
    lost = [row["address"] for row in rows if row["state"] == "accepted" and not arrived[row["address"]]]
    lost += [address for address in set(wanted) - {row["address"] for row in rows}]
    unknown = [row["address"] for row in rows if row["state"] == "unknown"]
    report.table(["", *judge.STATES], [["API counts", *(campaign["counts"][s] for s in judge.STATES)], ["API rows", *(states[s] for s in judge.STATES)]])
    report.say(
        f"sink: {len(mails)} mails to {len(arrived)} people; lost {len(lost)}, doubled {sum(n > 1 for n in arrived.values())}, "
        f"uncertain {len(unknown)} (of them arrived {sum(arrived[a] > 0 for a in unknown)}); state {campaign['state']}"
    )
    report.faults("people lost, doubled or mailed against their will", judge.sending(wanted, never, mails, rows))
    report.faults("totals of API, rows and sink that differ", judge.totals(mails, rows, campaign))
    if mails:
        report.control("a doubled mail", judge.sending(wanted, never, judge.one_doubled(mails), rows))
        report.control("a lost mail", judge.sending(wanted, never, judge.one_missing(mails, rows), rows))
        report.control("a lost mail in the totals", judge.totals(judge.one_missing(mails, rows), rows, campaign))
    if never:
        report.control("mail without consent", judge.sending(wanted, never, judge.one_unwanted(mails or [judge.Mail("", "", "", 0, "")], never[0]), rows))
    return states
