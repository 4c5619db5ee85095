"""Fault 7: settings, senders, templates and lists are edited while a campaign goes out. What goes out is what was started."""

from __future__ import annotations

import re
from collections import Counter
from email import message_from_bytes
from email.policy import default

from ..api import Refused
from ..report import Report
from ..stage import Options, Stage
from . import people
from .campaign import wait_for_end, weigh

# What differs from person to person.
TOKEN = re.compile(rb"/(?:c|o|u)/[\w.-]+")


def run(options: Options, report: Report) -> None:
    """Edits of every kind, and a restart with other settings, while mails leave."""
    with Stage(options, "edited") as stage:
        lux = stage.lux()
        api = stage.api(lux)
        sink = stage.sink(["always@end=delay:10"], save=True)
        who = people.invite(api, options.crowd(1_000, 8_000, 50_000), options.seed)
        sender = api.create_sender(sink.port)
        template = api.call("POST", "/templates", {"name": "Edited", "content": people.CONTENT})["id"]
        id = api.create_campaign("Edited on the way", sender, [who.list_id], people.CONTENT)
        api.move(id, "send")
        sink.reaches(len(who.wanted) // 10, 60)

        refusals = Counter()
        for change in ({"content": people.CONTENT | {"subject": "Another subject"}}, {"audience": {"lists": []}}):
            try:
                api.call("PATCH", f"/campaigns/{id}", change)
                refusals["taken"] += 1
            except Refused as refused:
                refusals[refused.status] += 1
        report.injected(f"content and audience of the running campaign changed: {dict(refusals)}")
        report.equal("both are refused", refusals["taken"], 0)
        api.call("PATCH", f"/templates/{template}", {"content": people.CONTENT | {"subject": "Template changed"}})
        report.injected("its template changed")
        people.bring(api, who.list_id, [f"late{n}@example.com" for n in range(50)])
        report.injected("50 people put on its list who agreed to mail")
        api.change_sender(sender, pool=3, reply_to="answers@lovstraede.example")
        report.injected("its sender changed: 3 connections instead of 8, another reply address")
        sink.reaches(len(who.wanted) // 2, 120)
        report.equal("it is not finished early", api.campaign(id)["state"], "sending")
        took, code = lux.terminate()
        lux.env["LUX_LOG"] = "warn"
        lux.start()
        report.injected(f"a restart with other settings: stopped in {took:.1f} s with code {code}")
        campaign = wait_for_end(api, id)
        weigh(report, api, sink, id, campaign, who.wanted, who.never)
        report.equal("state", campaign["state"], "finished")
        _frozen(report, sink, len(who.wanted))
        report.faults("panics in the log", stage.alarms())


def _shape(raw: bytes) -> tuple[str, str]:
    message = message_from_bytes(raw, policy=default)
    number = re.escape(message["Subject"].split()[1].rstrip(","))
    body = "".join(part.get_content() for part in message.walk() if not part.is_multipart())
    body = TOKEN.sub(b"/TOKEN", body.encode()).decode()
    return re.sub(rf"\b{number}\b", "NAME", message["Subject"]), re.sub(rf"\b{number}\b", "NAME", body)


def _frozen(report: Report, sink, wanted: int) -> None:
    shapes = Counter(_shape(file.read_bytes()) for file in sink.folder.glob("*.eml"))
    report.equal("mails that were read", sum(shapes.values()), wanted)
    report.equal("shapes of content among them", len(shapes), 1)
    (subject, body), _ = shapes.most_common(1)[0]
    report.check("and it is the one that was started", subject == "Hello NAME, the new shoes are here" and "shoes" in body, subject)
    report.control("a subject of another time", [] if Counter([subject, "Another subject"]).total() == len({subject}) else ["two shapes"])
