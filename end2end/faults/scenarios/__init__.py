"""The scenarios by name. Each takes the options and a report, and writes what it did and found into the report."""

from __future__ import annotations

from collections.abc import Callable

from ..report import Report
from ..stage import Options
from . import answered, campaign, database, edited, hostile, idle, imports, mime, nodes, poison, restored, stop, variants

Scenario = Callable[[Options, Report], None]

# Name, whether it needs PostgreSQL, what it is, and the scenario.
ALL: dict[str, tuple[bool, str, Scenario]] = {
    "import": (False, "a nasty file is imported, killed and cancelled on SQLite", imports.sqlite),
    "import-postgres": (True, "the same on PostgreSQL", imports.postgres),
    "campaign": (False, "fault 1: a campaign with kill -9 on the way on SQLite", campaign.sqlite),
    "campaign-postgres": (True, "the same on PostgreSQL", campaign.postgres),
    "campaign-workers": (True, "the same with two worker processes", campaign.workers),
    "hostile": (False, "fault 5: a mail server that refuses, cuts off and falls silent", hostile.run),
    "mime": (False, "messages, links and the way out by an independent reader", mime.run),
    "stop": (False, "faults 3 and 4: SIGTERM on the way, and moves from two sides at once", stop.run),
    "after-250": (False, "fault 2: kill -9 between the server's answer and our record of it", answered.killed),
    "swallowed": (False, "fault 6: the final answer of one message in a hundred never comes back", answered.swallowed),
    "edited": (False, "fault 7: everything that can be edited is, during a send", edited.run),
    "variants": (False, "fault 10: spellings and lists that overlap, and people who leave on the way", variants.run),
    "restored": (False, "fault 8: a restored snapshot beside the original", restored.run),
    "due": (True, "fault 9: four nodes, and campaigns that fall due at one moment", nodes.due),
    "asleep": (True, "fault 15: a node sleeps past its lease and wakes up", nodes.asleep),
    "dying": (True, "fault 16: one of three nodes is killed every five seconds", nodes.dying),
    "terminated": (False, "fault 11: PostgreSQL ends all our sessions every half second", database.terminated),
    "crashed": (False, "fault 12: PostgreSQL crashes and comes back", database.crashed),
    "exhausted": (False, "fault 13: 300 foreign connections take every place", database.exhausted),
    "held": (False, "fault 14: a foreign transaction keeps its snapshot open", database.held),
    "poison": (False, "fault 17: jobs that panic, recurse, hoard, hang and spin", poison.run),
    "idle": (False, "memory at rest and time to start", idle.run),
}

# What runs with `--quick`: as part of every test run.
QUICK = ("import", "campaign", "campaign-workers", "hostile", "mime", "stop")
