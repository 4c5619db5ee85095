"""What benchmarks play on: the stage of the fault scenarios, with letters of 10 kB."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from faults.api import Api
from faults.cluster import Cluster
from faults.scenarios.people import bring
from faults.stage import Lux, Options, Sink, Stage, _tied

# Six merge fields, three links, and enough words for 10 kB of message with both parts.
_PARAGRAPH = (
    "The days get longer, and so does the list of what came in this week: boots that have walked, sandals that want to, and a "
    "pair of brogues that took their maker eleven days. We photographed all of them in daylight, without tricks. "
)
_BODY = "".join(
    f'<tr><td style="padding:12px 24px;font-family:Georgia,serif;font-size:16px;line-height:24px;color:#222222">{_PARAGRAPH}</td></tr>'
    for _ in range(13)
)
CONTENT = {
    "subject": "{{ contact.first_name }}, what came in this week",
    "preheader": "For {{ contact.organisation }}, and for you",
    "kind": "html",
    "source": "<html><body><table role=\"presentation\" width=\"600\"><tr><td><h1>Hello {{ contact.first_name }} {{ contact.last_name }}</h1>"
    "<p>You work at {{ contact.organisation }}, we write to {{ contact.email }}, in {{ contact.language }}, and call {{ contact.phone }}.</p>"
    "<p><a href=\"https://shop.example/new?from=mail\">What is new</a> <a href=\"https://shop.example/sale\">What is less</a> "
    f"<a href=\"https://shop.example/about\">Who we are</a></p></td></tr>{_BODY}</table>"
    "<p><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p></body></html>",
    "text": "Hello {{ contact.first_name }} {{ contact.last_name }}\n\nWhat is new: https://shop.example/new\n\n" + _PARAGRAPH * 3 + "\n\n{{ unsubscribe_url }}\n",
}


def options(asked: argparse.Namespace, postgres: str | None = None) -> Options:
    """As the fault scenarios want them."""
    return Options(asked.binary, asked.sink, postgres, 1, asked.quick, True, asked.proxy, asked.bench)


@contextlib.contextmanager
def stage(asked: argparse.Namespace, name: str, engine: str) -> Iterator[Stage]:
    """A stage; for PostgreSQL with a durable server of its own."""
    if engine == "postgres":
        with Cluster() as cluster, Stage(options(asked), name, "postgres", postgres=cluster.url) as found:
            yield found
    else:
        with Stage(options(asked), name) as found:
            yield found


def invite(api: Api, name: str, count: int) -> str:
    """A list of people who agreed, with every field filled; its id."""
    list_id = api.create_list(name)
    for begin in range(0, count, 100_000):
        rows = ["email,first_name,last_name,organisation,phone,language"]
        rows += [
            f"{name.lower()}{n}@example{n % 50}.com,Maja{n},Holm{n},Company {n % 1000},+45 20 {n:08},en"
            for n in range(begin, min(begin + 100_000, count))
        ]
        from faults.scenarios.imports import finish

        mapping = {
            "map": "email,first_name,last_name,organisation,phone,language", "consent": "subscribed", "list": list_id,
            "consent_source": "Fair 2025, paper form",
        }
        done = finish(api, api.start_import("\n".join(rows).encode(), f"{name}.csv", **mapping)["id"], 1800)
        if done["counts"]["created"] != len(rows) - 1:
            raise RuntimeError(f"the import for the benchmark went wrong: {done}")
    return list_id


def light(stage: Stage, *faults: str) -> Sink:
    """A sink that costs little."""
    return stage.sink(list(faults), ["--no-digest"])


def program(asked: argparse.Namespace, *words: str, limit: float = 1800) -> dict:
    """A command of `lux-bench` and the figures it tells."""
    done = subprocess.run(_tied([str(asked.bench), *words]), capture_output=True, text=True, timeout=limit, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"lux-bench {words[0]}: {done.stderr[-800:]}")
    return json.loads(done.stdout.splitlines()[-1])


__all__ = ["CONTENT", "Api", "Lux", "Path", "Sink", "Stage", "bring", "invite", "light", "options", "program", "stage"]
