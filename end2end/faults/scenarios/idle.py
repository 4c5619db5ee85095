"""Memory at rest, and the time until the server can serve."""

from __future__ import annotations

import time

from ..report import Report
from ..stage import Options, Stage, status

MEMORY_MB = 60
REST_SECONDS = 20


def run(options: Options, report: Report) -> None:
    """A server that nobody asks for anything."""
    with Stage(options, "idle") as stage:
        lux = stage.lux()
        first = lux.ready_after
        time.sleep(REST_SECONDS)
        rest = (status(lux.pid, "VmRSS") or 0) / 1024
        highest = (status(lux.pid, "VmHWM") or 0) / 1024
        report.say(f"resident {rest:.1f} MB after {REST_SECONDS} s, at most {highest:.1f} MB; binary {options.binary.stat().st_size / 1e6:.1f} MB")
        report.check(f"an idle server holds at most {MEMORY_MB} MB", 0 < rest <= MEMORY_MB, f"{rest:.1f} MB")
        report.check("control: the figure is of a real process", rest > 1, f"{rest:.1f} MB")
        took, code = lux.terminate()
        report.check("it stops in time", took <= 10 and code == 0, f"{took:.2f} s, code {code}")
        again = lux.start().ready_after
        report.say(f"ready after {first:.3f} s at the first start of a process, {again:.3f} s at the second")
        report.check("it is ready within 5 s", max(first, again) <= 5)
