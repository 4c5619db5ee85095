"""Fault 17: a job that panics, recurses for ever, hoards memory, hangs or spins is put aside; the others are done."""

from __future__ import annotations

import json
import shutil
import subprocess
import time

from ..report import Report
from ..stage import Options, Stage

# What a worker may use: the job that wants 10 GB must not get it from this machine.
MEMORY = 4 << 30
# Kinds, and whether each of their attempts kills the process.
KINDS = {"panic": False, "idle": False, "spin": False, "overflow": True, "memory": True}
ATTEMPTS = 3


def run(options: Options, report: Report) -> None:
    """Each kind alone among good jobs, then all together."""
    good = options.crowd(300, 2_000, 20_000)
    with Stage(options, "poison") as stage:
        calm = _work(stage, "calm", good, "")[2]["good_seconds"]
        report.say(f"{good} good jobs alone: {good / calm:.0f} a second")
        for kind, kills in [*KINDS.items(), (",".join(KINDS), True)]:
            took, ends, left = _work(stage, kind.split(",")[0] + str(len(kind)), good, kind)
            bad = [job for job in left["failed"] if job["name"] == "bench.poison"]
            report.injected(f"{kind}: {ends} deaths of the worker, {took:.1f} s")
            for job in bad:
                report.say(f"     put aside after {job['attempts']} tries: {job['error']}")
            report.faults(f"{kind}: what is wrong afterwards", aside(left, kind.count(",") + 1))
            if not kills:
                report.check(f"{kind}: good jobs at 95 % of their rate", calm / left["good_seconds"] >= 0.95, f"{100 * calm / left['good_seconds']:.0f} %")
            elif "," not in kind:
                report.equal(f"{kind}: deaths", ends, ATTEMPTS)
        report.control("a bad job that is tried for ever", aside({"failed": [], "open": 1}, 1))
        report.control("a good job put aside", aside({"failed": [{"name": "bench.good", "attempts": 5, "error": ""}], "open": 0}, 0))


def aside(left: dict, bad: int) -> list[str]:
    """What is wrong when all is done: the bad ones must be kept as failed, nothing else."""
    failed = [job["name"] for job in left["failed"]]
    wrong = [f"a good job was put aside: {job}" for job in left["failed"] if job["name"] != "bench.poison"]
    if failed.count("bench.poison") != bad:
        wrong.append(f"{failed.count('bench.poison')} of {bad} bad jobs were put aside")
    wrong += [f"a bad job was tried {job['attempts']} times" for job in left["failed"] if job["attempts"] > ATTEMPTS]
    return wrong + ([f"{left['open']} jobs are still open"] if left["open"] else [])


def _work(stage: Stage, name: str, good: int, bad: str) -> tuple[float, int, dict]:
    """Seconds until all is settled, deaths of the worker, and what it said at the end."""
    program = stage.options.bench
    if program is None or not program.is_file():
        raise RuntimeError("lux-bench is not built; `cargo xtask faults` does it")
    base = [str(program), "harm", "--database", f"sqlite://{stage.room}/{name}.db"]
    wrapped = ["prlimit", f"--as={MEMORY}", *base] if shutil.which("prlimit") else base
    added = [*base, "--only-add", "--good", str(good)] + (["--bad", bad] if bad else [])
    subprocess.run(added, check=True, capture_output=True, timeout=60)
    begun, deaths = time.monotonic(), 0
    while True:
        done = subprocess.run(wrapped, capture_output=True, text=True, timeout=180)
        if done.returncode == 0:
            return time.monotonic() - begun, deaths, json.loads(done.stdout.splitlines()[-1])
        deaths += 1
        if deaths > 3 * ATTEMPTS * len(KINDS):
            raise RuntimeError(f"the worker dies for ever: {done.stderr[-400:]}")
