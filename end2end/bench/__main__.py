"""`python3 -m bench NAME…`, from the folder `end2end`; `cargo xtask bench` builds what it needs and calls it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from . import campaign, first, ground, jobs, memory, nodes, render, track

ROOT = Path(__file__).resolve().parent.parent.parent
ALL = {
    "campaign": ("M1: a campaign over SMTP, beside nodemailer, a commit per mail, and smtp-source", campaign.run),
    "first": ("M2: from Send to the first DATA, at growing audiences", first.run),
    "track": ("M5: pixels and links, durable before the answer, beside Flask and bare answers", track.run),
    "jobs": ("M8: the queue, beside graphile-worker, pg-boss and raw SKIP LOCKED", jobs.run),
    "memory": ("M10: memory at rest", memory.run),
    "render": ("M17: templates on one core, beside Jinja2", render.run),
    "nodes": ("M19: one, two and four servers on one PostgreSQL", nodes.run),
    "stop": ("M21: emergency stop and unsubscription until the last mail", nodes.stop),
}


def arguments() -> argparse.Namespace:
    """What was asked for."""
    names = "\n".join(f"  {name:12}{about}" for name, (about, _) in ALL.items())
    parser = argparse.ArgumentParser(prog="bench", epilog=f"benchmarks:\n{names}", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=[*ALL, "all"], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works; not to be told to anybody")
    parser.add_argument("--rounds", type=int, help="rounds of all entrants in turn [5, quick 2]")
    parser.add_argument("--people", type=int, help="contacts, jobs or mails instead of the benchmark's own number")
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite", help="database of Lux, where both make sense [sqlite]")
    parser.add_argument("--anyway", action="store_true", help="measure although other programs use the processor; the result is marked")
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/lux")
    for name, program in (("sink", "smtp-sink"), ("proxy", "fault-proxy"), ("bench", "lux-bench")):
        parser.add_argument(f"--{name}", type=Path, default=ROOT / "target/release" / program)
    asked = parser.parse_args()
    asked.rounds = asked.rounds or (2 if asked.quick else 5)
    for name in ("binary", "sink", "proxy", "bench"):
        setattr(asked, name, getattr(asked, name).resolve())
    return asked


def main() -> int:
    """0 when every goal was met."""
    asked = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    marks = ground.others()
    if marks and not asked.anyway:
        print("Other programs use the processor; nothing was measured (--anyway measures and marks the result):")
        print("\n".join(f"  {line}" for line in marks))
        return 2
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {asked.binary.parent.name} build")
    good = True
    for name in ALL if "all" in asked.names else asked.names:
        good &= ALL[name][1](asked)
    if asked.quick or marks or asked.binary.parent.name != "release":
        why = ["small numbers"] * asked.quick + ["a build for debugging"] * (asked.binary.parent.name != "release") + marks
        print(f"NOT A RESULT: {'; '.join(why)}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
