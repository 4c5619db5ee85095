"""Fault 8: an old snapshot comes back to life beside the original. Nothing goes out from it until an admin says so."""

from __future__ import annotations

import shutil
import sqlite3
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..api import wait_until
from ..report import Report
from ..stage import Lux, Options, Stage
from . import people
from .campaign import ENDED

# How long a node looks for the others before it decides that it is a copy, and some more.
PATIENCE = 25


def run(options: Options, report: Report) -> None:
    """A copy of the database with a campaign that falls due in both."""
    with Stage(options, "restored") as stage:
        lux = stage.lux()
        api, sink = stage.api(lux), stage.sink()
        who = people.invite(api, options.crowd(300, 2_000, 20_000), options.seed)
        sender = api.create_sender(sink.port)
        id = api.create_campaign("Due in both", sender, [who.list_id], people.CONTENT)
        at = (datetime.now(timezone.utc) + timedelta(seconds=75)).replace(second=0, microsecond=0)
        api.call("POST", f"/campaigns/{id}/schedule", {"wall": at.strftime("%Y-%m-%dT%H:%M"), "zone": "UTC"})
        clone = _clone(stage, report)
        copied = stage.api(clone)
        wait_until("the original sent it", lambda: api.campaign(id)["state"] in ENDED, 200, 0.5)
        wait_until("the copy decided", lambda: copied.call("GET", "/sending")["frozen"], PATIENCE, 0.5)
        time.sleep(5)
        arrived = len(sink.mails())
        report.equal("mails of the original", arrived, len(who.wanted))
        report.faults("mails of both together", sent_once(arrived, len(who.wanted)))
        report.control("a copy that sends too", sent_once(2 * arrived, len(who.wanted)))
        state = copied.call("GET", "/sending")
        report.check("the copy says why nothing goes out", bool(state["frozen"]["reason"]), state["frozen"]["reason"])
        second = copied.create_campaign("From the copy", sender, [who.list_id], people.CONTENT)
        try:
            copied.move(second, "send")
        except Exception as refused:  # noqa: BLE001: refused at once is as good as held
            report.say(f"sending from the copy: {refused}")
        time.sleep(5)
        report.equal("mails of a campaign that was sent from the frozen copy", len(sink.mails()) - arrived, 0)
        _confirmed(report, stage, copied, second, sink, len(who.wanted))
        report.faults("panics in the log", stage.alarms())


def sent_once(mails: int, people_there: int) -> list[str]:
    """More mails than people."""
    return [f"{mails} mails for {people_there} people"] if mails > people_there else []


def _clone(stage: Stage, report: Report) -> Lux:
    """The database as a backup would have it, in another folder, with a server of its own."""
    home = stage.room / "restored"
    home.mkdir()
    with sqlite3.connect(stage.room / "data" / "lux.db") as source, sqlite3.connect(home / "lux.db") as target:
        source.backup(target)
    for file in Path(stage.room / "data").glob("*.json"):
        # A careless restore copies the whole folder.
        shutil.copy(file, home)
    lux = Lux(stage, "all", {"LUX_DATA_DIR": str(home)})
    stage.processes.append(lux)
    report.injected("a copy of the database and its folder, started beside the original before the campaign was due")
    return lux.start()


def _confirmed(report: Report, stage: Stage, copied, id: str, sink, wanted: int) -> None:
    before = len(sink.mails())
    copied.call("POST", "/sending/confirm-copy")
    report.injected("an admin says that this copy is the one that sends")
    if copied.campaign(id)["state"] in ("draft", "paused"):
        copied.move(id, "resume" if copied.campaign(id)["state"] == "paused" else "send")
    wait_until("the copy sends", lambda: copied.campaign(id)["state"] in ENDED, 120, 0.5)
    report.equal("mails of the copy once it is confirmed", len(sink.mails()) - before, wanted)
