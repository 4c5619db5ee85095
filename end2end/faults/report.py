"""What was done, what came of it, and the verdict."""

from __future__ import annotations

import threading
import time

_screen = threading.Lock()


class Report:
    """Lines of one scenario; printed together at the end, so that scenarios side by side stay readable."""

    def __init__(self, name: str, live: bool):
        self.name = name
        self.live = live
        self.lines: list[str] = []
        self.failures: list[str] = []
        self.checks = 0
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        """A plain line."""
        self.lines.append(text)
        if self.live:
            with _screen:
                print(f"    {text}", flush=True)

    def injected(self, what: str) -> None:
        """A fault that was put in."""
        self.say(f"[{time.monotonic() - self.started:6.1f} s] injected: {what}")

    def check(self, what: str, good: bool, detail: str = "") -> bool:
        """One condition; `detail` is shown either way."""
        self.checks += 1
        tail = f": {detail}" if detail else ""
        self.say(f"{'ok  ' if good else 'FAIL'} {what}{tail}")
        if not good:
            self.failures.append(f"{what}{tail}")
        return good

    def equal(self, what: str, got: object, wanted: object) -> bool:
        """Two numbers side by side."""
        return self.check(what, got == wanted, f"{got}" if got == wanted else f"got {got}, wanted {wanted}")

    def faults(self, what: str, found: list[str]) -> bool:
        """Findings of a judge; at most ten are shown."""
        self.checks += 1
        if not found:
            self.say(f"ok   {what}: nothing found")
            return True
        self.say(f"FAIL {what}: {len(found)} found")
        for line in found[:10]:
            self.say(f"       {line}")
        self.failures.append(f"{what}: {len(found)} found, first: {found[0]}")
        return False

    def control(self, what: str, found: list[str]) -> bool:
        """A forged record: the judge must have found something."""
        return self.check(f"control: {what} is noticed", bool(found), found[0] if found else "the judge saw nothing")

    def table(self, head: list[str], rows: list[list[object]]) -> None:
        """Numbers side by side."""
        cells = [head] + [[str(cell) for cell in row] for row in rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
        for row in cells:
            self.say("  " + "  ".join(cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths))))

    def close(self) -> bool:
        """Prints what was not yet printed, and the verdict."""
        took = time.monotonic() - self.started
        good = not self.failures and self.checks > 0
        with _screen:
            if not self.live:
                print(f"\n== {self.name}")
                for line in self.lines:
                    print(f"    {line}")
            for failure in self.failures:
                print(f"    -> {failure}")
            print(f"{'PASS' if good else 'FAIL'} {self.name} ({took:.0f} s, {self.checks} checks)", flush=True)
        return good
