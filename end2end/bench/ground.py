"""The rules of measuring: a quiet machine, rounds in turn, medians with their spread, the disk before and after."""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


class Missing(Exception):
    """An entrant that cannot run here, and why."""


def _ticks() -> dict[int, tuple[str, int, int]]:
    """Name, parent and processor time of every process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            head, _, rest = (folder / "stat").read_text().rpartition(")")
        except OSError:
            continue
        words = rest.split()
        found[int(folder.name)] = (head.partition("(")[2], int(words[1]), int(words[11]) + int(words[12]))
    return found


def _ours(processes: dict[int, tuple[str, int, int]]) -> set[int]:
    """This process, those it started, and those it was started by."""
    ours, at = {os.getpid()}, os.getpid()
    while at in processes and at > 1:
        ours.add(at)
        at = processes[at][1]
    more = True
    while more:
        more = {pid for pid, (_, parent, _) in processes.items() if pid not in ours and parent == os.getpid()}
        ours |= more
    return ours


def others(seconds: float = 2.0, most: float = 0.05) -> list[str]:
    """Foreign processes that use more than a share of one processor."""
    before = _ticks()
    time.sleep(seconds)
    after = _ticks()
    ours, hertz = _ours(after), os.sysconf("SC_CLK_TCK")
    shares = {
        pid: (after[pid][2] - before[pid][2]) / hertz / seconds for pid in after.keys() & before.keys() if pid not in ours
    }
    return [f"{after[pid][0]} ({pid}) uses {100 * share:.0f} %" for pid, share in shares.items() if share > most]


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def resident(pids: list[int]) -> float:
    """Resident memory in MB, shared pages counted once for each."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total / 1024


def syncs(seconds: float) -> tuple[float, float]:
    """How many times a second the disk takes 4 kB durably, and the median of one in milliseconds."""
    with tempfile.NamedTemporaryFile(prefix="lux-bench-") as file:
        block, times, end = b"x" * 4096, [], time.monotonic() + seconds
        while (begun := time.monotonic()) < end:
            file.write(block)
            file.flush()
            os.fdatasync(file.fileno())
            times.append(time.monotonic() - begun)
    return len(times) / sum(times), statistics.median(times) * 1000


@dataclass
class Goal:
    """A ratio that is wanted: ours to theirs, at least (or at most) so much."""

    ours: str
    theirs: str
    wanted: float
    at_most: bool = False


@dataclass
class Contest:
    """Entrants measured in turn. A figure is a number; more is better unless a goal says otherwise."""

    options: argparse.Namespace
    title: str
    unit: str
    figures: dict[str, list[float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    dropped: int = 0

    def run(self, entrants: dict[str, Callable[[], float]], rounds: int | None = None) -> None:
        """A-B-C-A-B-C. A round in which the disk changed by more than twice is dropped."""
        print(f"\n{self.title}", flush=True)
        wanted = rounds or self.options.rounds
        left, kept = wanted * 2, 0
        while kept < wanted and left:
            left -= 1
            round_ = self._round(entrants, kept + 1)
            if round_ is None:
                self.dropped += 1
                continue
            kept += 1
            for name, figure in round_.items():
                self.figures.setdefault(name, []).append(figure)

    def _round(self, entrants: dict[str, Callable[[], float]], number: int) -> dict[str, float] | None:
        span = 0.5 if self.options.quick else 3.0
        before, found = syncs(span), {}
        for name, measure in entrants.items():
            if name in self.missing:
                continue
            try:
                found[name] = measure()
            except Missing as reason:
                self.missing[name] = str(reason)
        after = syncs(span)
        shown = " | ".join(f"{name} {_short(figure)}" for name, figure in found.items())
        print(f"  round {number}: {shown} | disk {before[0]:.0f} → {after[0]:.0f} syncs/s, median {before[1]:.2f} → {after[1]:.2f} ms", flush=True)
        if not 0.5 <= after[0] / before[0] <= 2:
            print("  the disk changed by more than twice: this round is dropped", flush=True)
            return None
        return found

    def median(self, name: str) -> float | None:
        """Of the rounds that were kept."""
        return statistics.median(self.figures[name]) if self.figures.get(name) else None

    def tell(self, goals: list[Goal]) -> bool:
        """The figures, then the ratios, last. False when a goal was missed."""
        for name, figures in self.figures.items():
            print(f"  {name:34}{_short(statistics.median(figures)):>12} {self.unit}   ({_short(min(figures))} to {_short(max(figures))}, {len(figures)} rounds)")
        for name, reason in self.missing.items():
            print(f"  {name:34}{'not here':>12}: {reason}")
        if self.dropped:
            print(f"  {self.dropped} rounds were dropped because the disk changed")
        good = True
        for goal in goals:
            ours, theirs = self.median(goal.ours), self.median(goal.theirs)
            if ours is None or not theirs:
                print(f"  ratio {goal.ours} / {goal.theirs}: not measured")
                continue
            good &= ratio(f"{goal.ours} / {goal.theirs}", ours / theirs, goal.wanted, goal.at_most)
        return good


def ratio(what: str, got: float, wanted: float, at_most: bool = False, unit: str = "") -> bool:
    """One line with the verdict."""
    good = got <= wanted if at_most else got >= wanted
    off = abs(got - wanted) / wanted * 100
    words = "met" if good else f"missed by {off:.0f} %"
    print(f"  ratio {what}: {got:.3g}{unit}, wanted {'at most' if at_most else 'at least'} {wanted:g}{unit}: {words}", flush=True)
    return good


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
