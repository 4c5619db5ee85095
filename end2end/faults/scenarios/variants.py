"""Fault 10: one person under many spellings and in many lists gets one mail; who leaves on the way gets none."""

from __future__ import annotations

import random
import time
from collections import Counter

from ..api import Api
from ..report import Report
from ..stage import Options, Stage
from . import people
from .campaign import wait_for_end, weigh
from .imports import finish

# Spellings of one mailbox, and what it is stored and addressed as.
SAME = [
    (["Anna.Case@Example.COM", "anna.case@example.com", " anna.case@example.com "], "anna.case@example.com"),
    (["post@bücher.example", "post@xn--bcher-kva.example", "POST@BÜCHER.example"], "post@xn--bcher-kva.example"),
]
# Not the same mailbox, and so not folded: each gets its own.
APART = ["kim+news@example.com", "kim+shop@example.com", "kim@example.com", "k.im@example.com"]


def run(options: Options, report: Report) -> None:
    """Spellings, lists that overlap, and people who leave while it goes out."""
    with Stage(options, "variants") as stage:
        lux = stage.lux()
        api = stage.api(lux)
        sink = stage.sink(["always@end=delay:15"])
        wanted, lists = _spelled(report, api)
        who = people.invite(api, options.crowd(800, 6_000, 50_000), options.seed)
        id = api.create_campaign("Variants", api.create_sender(sink.port, 4), [*lists, who.list_id], people.CONTENT)
        api.move(id, "send")
        sink.reaches(20, 60)
        left = _leave(stage.random, report, api, who.wanted, options.rounds(20, 60, 200))
        campaign = wait_for_end(api, id)
        _judge(report, api, sink, id, left)
        gone = {address for address, row in {r["address"]: r for r in api.recipients(id)}.items() if row["state"] == "skipped" and address in left}
        weigh(report, api, sink, id, campaign, [a for a in [*wanted, *who.wanted] if a not in gone], who.never + sorted(gone))
        report.faults("panics in the log", stage.alarms())


def _spelled(report: Report, api: Api) -> tuple[list[str], list[str]]:
    lists = [api.create_list(f"List {n}") for n in range(5)]
    spellings = [spelling for group, _ in SAME for spelling in group] + APART
    mapping = {"map": "email,first_name", "consent": "subscribed", "consent_source": "Fair 2025, paper form"}
    for number, list_id in enumerate(lists):
        turned = spellings[number:] + spellings[:number]
        rows = "\n".join(["email,first_name", *(f"{spelling},Anna" for spelling in turned)])
        finish(api, api.start_import(rows.encode(), f"list{number}.csv", list=list_id, **mapping)["id"])
    wanted = [stored for _, stored in SAME] + APART
    report.injected(f"{len(spellings)} spellings of {len(wanted)} mailboxes, each on {len(lists)} lists")
    there = api.contacts("?list=" + lists[0])
    report.equal("contacts", sorted(there), sorted(wanted))
    return wanted, lists


def _leave(draw: random.Random, report: Report, api: Api, wanted: list[str], count: int) -> dict[str, float]:
    """People say no while it goes out; when each of them was answered, in milliseconds since 1970."""
    left = {}
    contacts = {}
    for address in draw.sample(wanted[len(wanted) // 4 :], count):
        found = api.call("GET", f"/contacts?search={address}&limit=10")["items"]
        contacts[address] = next(row["id"] for row in found if row["email"] == address)
    for address, contact in contacts.items():
        api.consent(contact, "unsubscribed")
        left[address] = time.time() * 1000
    report.injected(f"{count} people said no while it went out")
    return left


def late(left: dict[str, float], arrived: dict[str, float], grace: float = 1000) -> list[str]:
    """Those who got a mail that was handed over later than their answer, and what was already on a connection then."""
    return [f"{address} got a mail {arrived[address] - at:.0f} ms after having left" for address, at in left.items() if arrived.get(address, 0) > at + grace]


def _judge(report: Report, api: Api, sink, id: str, left: dict[str, float]) -> None:
    rows = {row["address"]: row for row in api.recipients(id)}
    states = Counter((rows[address]["state"], rows[address].get("reason", "")) for address in left)
    report.say(f"those who left: {dict(states)}")
    skipped = sum(count for (state, _), count in states.items() if state == "skipped")
    report.check("some left before their turn", skipped > 0, f"{skipped} of {len(left)}")
    arrived = {mail.to: sink.started + mail.at for mail in sink.mails()}
    report.faults("mails handed over after a no", late(left, arrived))
    victim = next(iter(left))
    report.control("a mail after a no", late(left, {victim: left[victim] + 5000}))
