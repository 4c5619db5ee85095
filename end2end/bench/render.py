"""M17: one mail of 10 kB with six fields and a loop, written for one person after the other on one core."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

from . import ground, peers
from .ground import Contest, Goal, Missing
from .stage import CONTENT, program

ITEMS = 5
LOOP = "<ul>{% for thing in contact.fields.things %}<li>{{ thing }}</li>{% endfor %}</ul>"


def run(asked: argparse.Namespace) -> bool:
    """Ours, the peer and copying."""
    count = asked.people or (2_000 if asked.quick else 100_000)
    with tempfile.TemporaryDirectory(prefix="lux-bench-") as folder:
        html = CONTENT["source"].replace("</h1>", "</h1>" + LOOP)
        text = CONTENT["subject"] + "\n" + CONTENT["text"]
        # Lux signs links and adds the pixel itself; the peer is given both as values.
        numbers = iter(range(3))
        theirs = re.sub(r'href="https://[^"]+"', lambda _: f'href="{{{{ links[{next(numbers)}] }}}}"', html)
        theirs = theirs.replace("</body>", '<img src="{{ pixel }}" alt="" width="1" height="1"></body>')
        files = {"ours.html": html, "theirs.html": theirs, "text": text}
        for name, content in files.items():
            (Path(folder) / name).write_text(content)
        play = Play(asked, folder, count)
        contest = Contest(asked, f"M17 templates: {len(html):,} bytes of HTML, six fields, a loop over {ITEMS}, one core", "mails/s")
        contest.run({"lux": play.lux, "jinja2": play.jinja})
        good = contest.tell([Goal("lux", "jinja2", 10)])
        print(f"  limit, copying as many bytes: {play.copies:,.0f} times a second; bytes written: {play.sizes}")
        return ground.ratio("mails a second and core", contest.median("lux") or 0, 50_000) and good


class Play:
    """The same files for both."""

    def __init__(self, asked: argparse.Namespace, folder: str, count: int):
        self.asked, self.folder, self.count = asked, folder, count
        self.copies, self.sizes = 0.0, {}

    def lux(self) -> float:
        """Ours."""
        figures = program(
            self.asked, "render", "--html", f"{self.folder}/ours.html", "--text", f"{self.folder}/text", "--count", str(self.count),
            "--items", str(ITEMS),
        )
        self.copies = figures["copies_per_second"]
        self.sizes["lux"] = figures["bytes"] // self.count
        return figures["per_second"]

    def jinja(self) -> float:
        """The peer."""
        count = max(1, self.count // 5)
        script = str(peers.HERE / "peers" / "jinja.py")
        command = [peers.python(), script, f"{self.folder}/theirs.html", f"{self.folder}/text", str(count), str(ITEMS)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Missing(done.stderr.strip()[-200:])
        figures = json.loads(done.stdout)
        self.sizes["jinja2"] = figures["bytes"] // count
        return figures["per_second"]
