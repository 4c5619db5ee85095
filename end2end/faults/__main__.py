"""`python3 -m faults [NAME…]`, from the folder `end2end`; `cargo xtask faults` builds what it needs and calls it."""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import signal
import sys
import traceback
from pathlib import Path

from . import judge
from .report import Report
from .scenarios import ALL, QUICK
from .stage import Options

ROOT = Path(__file__).resolve().parent.parent.parent


def arguments() -> argparse.Namespace:
    """What was asked for."""
    names = "\n".join(f"  {name:20}{about}" for name, (_, about, _) in ALL.items())
    parser = argparse.ArgumentParser(
        prog="faults", description=__doc__, epilog=f"scenarios:\n{names}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these, or `all`; a name without its engine means all of its engines")
    parser.add_argument("--quick", action="store_true", help="small numbers, one kill; without names the short ones, side by side")
    parser.add_argument("--full", action="store_true", help="the numbers that are promised; hours")
    parser.add_argument("--seed", type=int, default=1, help="places of the kills and words of the files [1]")
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/lux")
    parser.add_argument("--sink", type=Path, default=ROOT / "target/debug/smtp-sink")
    parser.add_argument("--proxy", type=Path, default=ROOT / "target/debug/fault-proxy")
    parser.add_argument("--bench", type=Path, default=ROOT / "target/debug/lux-bench")
    parser.add_argument("--people", type=int, help="contacts of a campaign, instead of the scenario's own number")
    parser.add_argument("--times", type=int, help="kills, stops or rounds, instead of the scenario's own number")
    parser.add_argument("--postgres", default=os.environ.get("LUX_TEST_POSTGRES_URL"), help="may create databases [LUX_TEST_POSTGRES_URL]")
    parser.add_argument("--jobs", type=int, help="scenarios side by side")
    parser.add_argument("--self-test", action="store_true", help="only the judges, against forged records")
    return parser.parse_args()


def chosen(names: list[str], quick: bool) -> list[str]:
    """Names of scenarios to run."""
    if "all" in names:
        return list(ALL)
    if not names:
        return list(QUICK if quick else ALL)
    picked = [scenario for scenario in ALL for name in names if scenario == name or scenario.startswith(f"{name}-")]
    unknown = [name for name in names if not any(s == name or s.startswith(f"{name}-") for s in ALL)]
    if unknown:
        sys.exit(f"there is no scenario {unknown[0]}; there are {', '.join(ALL)}")
    return list(dict.fromkeys(picked))


def run(name: str, options: Options) -> bool:
    """One scenario; trouble of the harness is a failure too."""
    if options.live:
        print(f"\n== {name}: {ALL[name][1]}", flush=True)
    report = Report(name, options.live)
    try:
        ALL[name][2](options, report)
    except Exception as trouble:  # noqa: BLE001: whatever it is, the others go on
        for line in traceback.format_exc().splitlines()[-12:]:
            report.say(line)
        report.check("the scenario comes to its end", False, f"{type(trouble).__name__}: {trouble}")
    return report.close()


def judges() -> bool:
    """The judges against forged records."""
    wrong = judge.self_test()
    for line in wrong:
        print(f"    -> {line}")
    print(f"{'FAIL' if wrong else 'PASS'} judges", flush=True)
    return not wrong


def main() -> int:
    """0 when everything held."""
    asked = arguments()
    # So that a stop from outside still stops what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    good = judges()
    if asked.self_test:
        return 0 if good else 1
    for program in (asked.binary, asked.sink):
        if not program.is_file():
            sys.exit(f"{program} is not there; `cargo xtask faults` builds it")
    names = chosen(asked.names, asked.quick)
    skipped = [name for name in names if ALL[name][0] and not asked.postgres]
    names = [name for name in names if name not in skipped]
    jobs = asked.jobs or (len(names) if asked.quick and not asked.names else 1)
    options = Options(
        asked.binary.resolve(), asked.sink.resolve(), asked.postgres, asked.seed, asked.quick, jobs == 1,
        asked.proxy.resolve(), asked.bench.resolve(), asked.people, asked.times, asked.full,
    )
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(lambda name: run(name, options), names))
    for name in skipped:
        print(f"SKIP {name}: no PostgreSQL was given")
    passed = sum(results) + good
    print(f"faults: {passed} passed, {len(results) + 1 - passed} failed, seed {asked.seed}", flush=True)
    return 0 if all(results) and good else 1


if __name__ == "__main__":
    sys.exit(main())
