"""M19: one, two and four servers on one PostgreSQL, bound by a sink that answers late. M21: how fast a stop stops them."""

from __future__ import annotations

import argparse
import statistics
import time

from faults.api import Api, fetch, wait_until
from faults.scenarios.campaign import wait_for_end
from faults.scenarios.people import CONTENT as SHORT

from . import ground
from .ground import Contest, Goal
from .stage import Stage, invite, light, stage

DELAY_MS = 50
CONNECTIONS = 20
# What one node can do against that delay.
EACH = CONNECTIONS * 1000 / DELAY_MS


def run(asked: argparse.Namespace) -> bool:
    """Late answers show that nodes add up, quick ones what it costs that there are several."""
    seconds = 3 if asked.quick else 15
    counts = (1, 2) if asked.quick else (1, 2, 4)
    with stage(asked, "bench-nodes", "postgres") as found:
        web = found.lux("web")
        api = found.api(web)
        lists = {n: invite(api, f"For{n}", int(EACH * n * seconds)) for n in counts}
        play = Nodes(found, api)
        late = Contest(asked, f"M19 nodes: answers {DELAY_MS} ms late, {CONNECTIONS} connections each, limit {EACH:.0f} mails/s and node", "mails/s")
        late.run({f"{n} nodes": lambda n=n: play.rate(n, lists[n], int(EACH * n * seconds), DELAY_MS) for n in counts})
        most = counts[-1]
        good = late.tell([Goal(f"{most} nodes", "1 nodes", 0.95 * most)])
        size = int(EACH * most * seconds)
        quick = Contest(asked, "M19 nodes: answers at once, bound by the processor", "mails/s")
        quick.run({f"{n} nodes": lambda n=n: play.rate(n, lists[most], size, 0) for n in (1, most)})
        return quick.tell([Goal(f"{most} nodes", "1 nodes", 0.9)]) and good


class Nodes:
    """Workers that come and go."""

    def __init__(self, found: Stage, api: Api):
        self.stage, self.api = found, api

    def set(self, count: int) -> None:
        """So many are running."""
        workers = [lux for lux in self.stage.processes if lux.role == "worker"]
        while len(workers) < count:
            workers.append(self.stage.lux("worker"))
        for number, lux in enumerate(workers):
            if number < count and lux.process is None:
                lux.start()
            elif number >= count and lux.process is not None:
                lux.terminate()

    def rate(self, count: int, list_id: str, people: int, delay: int) -> float:
        """One campaign over so many nodes: from the first mail to the last."""
        self.set(count)
        sink = light(self.stage, *([f"always@end=delay:{delay}"] if delay else []))
        id = self.api.create_campaign("Nodes", self.api.create_sender(sink.port, CONNECTIONS), [list_id], SHORT)
        self.api.move(id, "send")
        wait_for_end(self.api, id, 1800)
        mails = sink.mails()
        if len({mail.message_id for mail in mails}) != people:
            raise RuntimeError(f"{len(mails)} mails for {people} people")
        return people / max(mails[-1].at - mails[0].at, 1) * 1000


def stop(asked: argparse.Namespace) -> bool:
    """Emergency stop over several nodes, and an unsubscription while mails go out."""
    nodes = 2 if asked.quick else 4
    with stage(asked, "bench-stop", "postgres") as found:
        web = found.lux("web")
        api = found.api(web)
        list_id = invite(api, "Stopped", 2_000 if asked.quick else 20_000)
        Nodes(found, api).set(nodes)
        print(f"\nM21 stop: {nodes} nodes with {CONNECTIONS} connections each, answers {DELAY_MS} ms late")
        answers, lasts, after = [], [], []
        for _ in range(asked.rounds):
            answer, last, count = stopped(found, api, list_id)
            answers.append(answer)
            lasts.append(last)
            after.append(count)
        print(f"  the stop is answered after {statistics.median(answers):.0f} ms; last mail at the sink {statistics.median(lasts):.0f} ms after it was asked for "
              f"(at most {max(lasts):.0f} ms), {max(after)} mails at most after the answer, of {nodes * CONNECTIONS} connections")
        gone, arrived = unsubscribed(found, api, list_id, web.url)
        print(f"  an unsubscription is answered after {gone:.0f} ms; {arrived} mails to that person afterwards")
        good = ground.ratio("mails after an unsubscription", arrived, 0.5, True)
        good &= ground.ratio("mails after the answer to a stop / connections", max(after) / (nodes * CONNECTIONS), 1, True)
        return ground.ratio("from asking for a stop to the last mail", max(lasts), 1000, True, " ms") and good


def stopped(found: Stage, api: Api, list_id: str) -> tuple[float, float, int]:
    """Milliseconds until the answer and until the last mail, and how many came after the answer."""
    sink = light(found, f"always@end=delay:{DELAY_MS}")
    id = api.create_campaign("Stopped", api.create_sender(sink.port, CONNECTIONS), [list_id], SHORT)
    api.move(id, "send")
    sink.reaches(300, 60)
    asked_at = time.time() * 1000
    api.call("POST", "/sending/stop", {"reason": "Measured"})
    answered = time.time() * 1000
    time.sleep(3)
    times = [sink.started + mail.at for mail in sink.mails()]
    api.call("POST", "/sending/release")
    api.move(id, "cancel")
    wait_for_end(api, id, 120)
    # The sink writes a mail down when it has it, and answers later.
    return answered - asked_at, max(0.0, max(times) - asked_at), sum(at > answered for at in times)


def unsubscribed(found: Stage, api: Api, list_id: str, url: str) -> tuple[float, int]:
    """One person says no by the link of an earlier mail while the next campaign goes out, before it is their turn."""
    sink = found.sink(["after:50@end=delay:100"], save=True)
    sender = api.create_sender(sink.port, CONNECTIONS)
    first = api.create_campaign("Before", sender, [list_id], SHORT)
    api.move(first, "send")
    sink.reaches(50, 60)
    api.move(first, "cancel")
    wait_for_end(api, first, 120)
    import re
    from email import message_from_bytes
    from email.policy import default

    file = sorted(sink.folder.glob("*.eml"))[-1]
    message = message_from_bytes(file.read_bytes(), policy=default)
    link = re.search(r"<(https?://[^>]+)>", message["List-Unsubscribe"])
    address = str(message["To"]).strip("<> ")
    assert link is not None
    late = found.sink([f"always@end=delay:{DELAY_MS}"])
    second = api.create_campaign("After", api.create_sender(late.port, 1), [list_id], SHORT)
    before = time.time() * 1000
    status, _, _ = fetch(f"{url}/u/{link[1].rsplit('/u/', 1)[1]}", "POST", b"List-Unsubscribe=One-Click", {"Content-Type": "application/x-www-form-urlencoded"})
    took = time.time() * 1000 - before
    if status != 200:
        raise RuntimeError(f"the unsubscription was answered with {status}")
    api.move(second, "send")
    wait_until("some went out", lambda: late.count() > 60, 60)
    api.move(second, "cancel")
    wait_for_end(api, second, 120)
    return took, sum(mail.to == address.lower() for mail in late.mails())
