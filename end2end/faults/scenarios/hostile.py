"""A mail server that misbehaves in every way: each recipient ends in the right state, and the rest goes on."""

from __future__ import annotations

from collections import Counter

from ..api import Api, wait_until
from ..report import Report
from ..stage import Options, Sink, Stage
from . import people
from .campaign import wait_for_end, weigh

# Word in the address, what the sink does to it, and what must come of the row: state, times tried, words, arrived.
CASES = [
    ("refused", "rcpt=reply:550 5.1.1 no such user", "failed", "550", False),
    ("banned", "data=reply:554 5.7.1 not wanted here", "failed", "554", False),
    ("toobig", "end=reply:552 5.3.4 too big", "failed", "552", False),
    ("grey", "rcpt=reply:451 4.7.1 greylisted", "pending", "tried again: 451", False),
    ("later", "end=reply:451 4.3.0 try later", "pending", "tried again: 451", False),
    ("full", "end=reply:452 4.2.2 mailbox full", "pending", "tried again: 452", False),
    ("cut", "data=reset", "pending", "tried again: ", False),
    # The whole message may be on the wire when the reset comes: then nobody knows, and it must say so.
    ("torn", "content:200=reset", "pending or unknown", "onnection", False),
    ("taken", "end=take-reset", "unknown", "", True),
    ("gone", "end=close", "unknown", "", False),
    ("mute", "end=take-hang", "handed", "", True),
    # What is not SMTP at the end says nothing about the message.
    ("noise", "end=garbage", "unknown", "", False),
]
# A server that answers one byte a second, as some do to those they distrust.
TARPIT_SHARE, TARPIT_MS = 25, 1000


def run(options: Options, report: Report) -> None:
    """All cases in one campaign; 421 in its forms; a tarpit beside others; greylisting to its end."""
    with Stage(options, "hostile") as stage:
        lux = stage.lux()
        api = stage.api(lux)
        _mixed(stage, report, api)
        _closing(stage, report, api)
        if not options.quick:
            _tarpit(stage, report, api)
            _greylisted(stage, report, api)
        report.faults("panics in the log", stage.alarms())


def _mixed(stage: Stage, report: Report, api: Api) -> None:
    good = 1_500 if stage.options.quick else 10_000
    addresses: dict[str, list[str]] = {"fine": [f"fine{n}@example.com" for n in range(good)]}
    for word, *_ in CASES:
        # Those that hold a connection until its time is up must leave some to the others.
        addresses[word] = [f"{word}{n}@example.com" for n in range(2 if word == "mute" else 12)]
    sink = stage.sink([f"to:{word}@{rule}" for word, rule, *_ in CASES])
    everybody = [address for group in addresses.values() for address in group]
    stage.random.shuffle(everybody)
    list_id = api.create_list("Hostile")
    people.bring(api, list_id, everybody)
    id = api.create_campaign("Hostile", api.create_sender(sink.port), [list_id], people.CONTENT)
    for word, rule, *_ in CASES:
        report.injected(f"{len(addresses[word])} × {rule}")
    api.move(id, "send")
    silent = len(addresses["mute"])
    failed = sum(len(addresses[word]) for word, _, state, *_ in CASES if state == "failed")

    def quiet() -> dict | None:
        counts = (campaign := api.campaign(id))["counts"]
        settled = (counts["accepted"], counts["failed"], counts["handed"], counts["claimed"]) == (good, failed, silent, 0)
        return campaign if settled and not any(row["attempts"] == 0 for row in api.recipients(id, "pending")) else None

    try:
        campaign = wait_until("everybody who can be settled is", quiet, 60)
    except TimeoutError as late:
        campaign = api.campaign(id)
        report.check("the rest goes on", False, f"{late}; {campaign['state']} {campaign['state_reason']} {campaign['counts']}")
    report.equal("the campaign goes on", campaign["state"], "sending")
    _each(report, api, sink, id, addresses)

    report.injected("kill -9 while the server is silent, and a restart")
    lux = stage.processes[0]
    lux.kill()
    lux.start()
    wait_until("leases end", lambda: not api.campaign(id)["counts"]["handed"], 90, 0.5)
    silent_rows = [row for row in api.recipients(id, "unknown") if row["address"].startswith("mute")]
    report.equal("silent ones are unknown after the restart", len(silent_rows), silent)
    waiting = api.campaign(id)["counts"]["pending"]
    api.move(id, "cancel")
    campaign = wait_for_end(api, id)
    report.equal("cancel ends those that wait", campaign["counts"]["cancelled"], waiting)
    weigh(report, api, sink, id, campaign, everybody, [])


def _each(report: Report, api: Api, sink: Sink, id: str, addresses: dict[str, list[str]]) -> None:
    rows = {row["address"]: row for row in api.recipients(id)}
    arrived = Counter(mail.to for mail in sink.mails())
    table = []
    for word, rule, state, words, there in [("fine", "nothing", "accepted", "", True), *CASES]:
        group = [rows[address] for address in addresses[word]]
        states = Counter(row["state"] for row in group)
        sample = group[0]
        count = sum(arrived[row["address"]] for row in group)
        table.append([word, dict(states), count, sample["attempts"], sample["detail"][:60]])
        report.check(f"{word} ({rule}): {state}", all(row["state"] in state.split(" or ") for row in group), str(dict(states)))
        report.equal(f"{word}: arrived", count, len(group) if there else 0)
        told = [row for row in group if words in row["detail"]]
        report.equal(f"{word}: rows that say why", len(told), len(group))
    report.table(["recipients", "states", "arrived", "tries", "detail of one"], table)


def _closing(stage: Stage, report: Report, api: Api) -> None:
    """421 after so many mails on a connection, and once for the whole server: nobody's tries are burnt."""
    good = 400 if stage.options.quick else 4_000
    limit = 25
    # A connection that was used before is given up quietly at 421; only new ones that meet it too are the server's trouble.
    sink = stage.sink([f"nth:{n}@mail=reply:421 4.3.2 shutting down" for n in range(150, 170)], ["--connection-limit", str(limit)])
    list_id = api.create_list("Closing")
    everybody = [f"closing{n}@example.com" for n in range(good)]
    people.bring(api, list_id, everybody)
    sender = api.create_sender(sink.port)
    id = api.create_campaign("Closing", sender, [list_id], people.CONTENT)
    report.injected(f"421 after {limit} mails on each connection, and 421 to 20 mails in a row")
    api.move(id, "send")
    health = wait_until("the sender rests", lambda: (h := api.call("GET", f"/senders/{sender}")["health"])["state"] == "cooling" and h, 60)
    report.check("while it rests, the sender says why", "421" in health["detail"], f"{health['state']}: {health['detail']}")
    campaign = wait_for_end(api, id, 180)
    report.equal("after 421: state", campaign["state"], "finished")
    states = weigh(report, api, sink, id, campaign, everybody, [])
    report.equal("after 421: accepted", states["accepted"], good)
    tries = Counter(row["attempts"] for row in api.recipients(id))
    report.equal("after 421: tries", dict(tries), {1: good})
    health = api.call("GET", f"/senders/{sender}")["health"]
    report.equal("after 421: the sender is well again", health["state"], "good")


def _tarpit(stage: Stage, report: Report, api: Api) -> None:
    """One domain answers a byte a second and never says good-bye: the others keep their rate."""
    count = 400 if stage.options.quick else 4_000
    rates = []
    for slow in (0, count // TARPIT_SHARE):
        sink = stage.sink([f"to:@tar.example@rcpt=drip:{TARPIT_MS}", "always@end=delay:20", "always@quit=hang"])
        list_id = api.create_list(f"Tarpit {slow}")
        fine = [f"beside{slow}x{n}@example{n % 20}.com" for n in range(count)]
        everybody = fine + [f"slow{n}@tar.example" for n in range(slow)]
        stage.random.shuffle(everybody)
        people.bring(api, list_id, everybody)
        id = api.create_campaign(f"Tarpit {slow}", api.create_sender(sink.port), [list_id], people.CONTENT)
        api.move(id, "send")
        campaign = wait_for_end(api, id, 600)
        times = [mail.at for mail in sink.mails() if mail.to.startswith("beside")]
        rates.append((len(times) - 1) / max(times[-1] - times[0], 1) * 1000)
        if slow:
            report.injected(f"{slow} of {len(everybody)} recipients at a server that answers {1000 / TARPIT_MS:.0f} byte a second, and no answer to QUIT")
            weigh(report, api, sink, id, campaign, everybody, [])
    report.check("other domains keep 90 % of their rate", rates[1] >= 0.9 * rates[0], f"{rates[1]:.0f} of {rates[0]:.0f} a second")


def _greylisted(stage: Stage, report: Report, api: Api) -> None:
    """451 at the first try of everybody: all arrive at the second."""
    sink = stage.sink(["first-try@rcpt=reply:451 4.7.1 come back in a minute"])
    list_id = api.create_list("Greylisted")
    everybody = [f"greylisted{n}@example.com" for n in range(300)]
    people.bring(api, list_id, everybody)
    id = api.create_campaign("Greylisted", api.create_sender(sink.port), [list_id], people.CONTENT)
    report.injected("451 at the first try of everybody")
    api.move(id, "send")
    campaign = wait_for_end(api, id, 240)
    weigh(report, api, sink, id, campaign, everybody, [])
    tries = Counter(row["attempts"] for row in api.recipients(id))
    report.equal("greylisted: tries", dict(tries), {2: len(everybody)})


