"""M2: from the press of Send to the first DATA at the sink, for audiences of every size."""

from __future__ import annotations

import argparse
import smtplib
import statistics
import time

from faults.api import wait_until

from . import ground
from .stage import CONTENT, Stage, invite, stage

WANTED_MS = 500


def run(asked: argparse.Namespace) -> bool:
    """Sizes in turn, round after round."""
    sizes = [100, 1_000] if asked.quick else [1_000, 10_000, 100_000]
    if asked.people:
        sizes = sorted({*sizes, asked.people})
    with stage(asked, "bench-first", asked.engine) as found:
        server = found.lux()
        api = found.api(server)
        lists = {size: invite(api, f"Of{size}", size) for size in sizes}
        print(f"\nM2 first mail: milliseconds from the answer to Send (202 or 200) to the first DATA, {asked.engine}")
        print("  no peer in this run: listmonk is not set up by this benchmark")
        times: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(asked.rounds * (2 if asked.quick else 4)):
            for size in sizes:
                times[size].append(once(found, api, lists[size]))
        limit = floor(found)
        for size, found_times in times.items():
            found_times.sort()
            tail = found_times[min(len(found_times) - 1, int(len(found_times) * 0.95))]
            print(f"  {size:>9,} people: median {statistics.median(found_times):.0f} ms, p95 {tail:.0f} ms, {len(found_times)} times")
        print(f"  limit, one sync and one conversation up to DATA: {limit:.1f} ms")
        worst = max(sorted(t)[min(len(t) - 1, int(len(t) * 0.95))] for t in times.values())
        flat = statistics.median(times[sizes[-1]]) / statistics.median(times[sizes[0]])
        good = ground.ratio("p95 of the largest audience, ms", worst, WANTED_MS, True)
        return ground.ratio(f"median at {sizes[-1]:,} / at {sizes[0]:,}", flat, 1.5, True) and good


def once(found: Stage, api, list_id: str) -> float:
    """One campaign up to its first DATA; then it is cancelled."""
    sink = found.sink(["nth:1@data=tell", "after:1@data=delay:50"], ["--no-digest"])
    id = api.create_campaign("First", api.create_sender(sink.port), [list_id], CONTENT)
    api.move(id, "send")
    begun = time.monotonic()
    sink.told()
    took = (time.monotonic() - begun) * 1000
    api.move(id, "cancel")
    wait_until("it is over", lambda: not any(api.campaign(id)["counts"][s] for s in ("pending", "claimed", "handed")), 120)
    sink.close()
    return took


def floor(found: Stage) -> float:
    """What nothing can be faster than: a durable write, and a conversation up to DATA."""
    sink, times = found.sink(more=["--no-digest"]), []
    for _ in range(20):
        begun = time.monotonic()
        with smtplib.SMTP("127.0.0.1", sink.port) as server:
            server.ehlo()
            server.mail("a@example.com")
            server.rcpt("b@example.com")
            server.docmd("DATA")
            times.append((time.monotonic() - begun) * 1000)
            server.close()
    return statistics.median(times) + ground.syncs(0.5)[1]
