"""M10: what Lux holds at rest; under load it is told by the campaign and tracking benchmarks, where the load is."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import time

from faults.api import fetch, wait_until
from faults.stage import _tied, free_port

from . import peers
from .ground import Contest, Goal, Missing, ratio, resident
from .stage import stage


def run(asked: argparse.Namespace) -> bool:
    """Lux and the peer at rest, each started anew."""
    contest = Contest(asked, f"M10 memory at rest after {_rest(asked)} s", "MB")
    contest.run({"lux": lambda: lux(asked), "gunicorn, 4 workers of Flask": lambda: gunicorn(asked)})
    good = contest.tell([Goal("lux", "gunicorn, 4 workers of Flask", 1, at_most=True)])
    return ratio("megabytes at rest", contest.median("lux") or 0, 40, True) and good


def _rest(asked: argparse.Namespace) -> int:
    return 3 if asked.quick else 30


def lux(asked: argparse.Namespace) -> float:
    """A fresh server."""
    with stage(asked, "bench-memory", asked.engine) as found:
        server = found.lux()
        time.sleep(_rest(asked))
        return resident([server.pid])


def gunicorn(asked: argparse.Namespace) -> float:
    """The peer's parent and workers."""
    port = free_port()
    command = [peers.python(), "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "4", "--log-level", "error", "receiver:app"]
    env = os.environ | {"LEDGER": "/dev/null"}
    process = subprocess.Popen(_tied(command), cwd=peers.HERE / "peers", env=env, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_until("the peer answers", lambda: fetch(f"http://127.0.0.1:{port}/nothing")[0] == 404, 30)
        time.sleep(_rest(asked))
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout.split()
        return resident([process.pid, *map(int, children)])
    except TimeoutError as late:
        raise Missing(str(late)) from None
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
