"""A file of 100,000 rows with everything that goes wrong in real ones: the counts add up, memory stays flat, and a
process that is killed in the middle changes nothing."""

from __future__ import annotations

import csv
import io
import time

from .. import judge
from ..api import Api, wait_until
from ..nasty import TARGETS, encoded, known, nasty
from ..report import Report
from ..stage import Lux, Memory, Options, Stage

ENDED = ("finished", "cancelled", "failed")
MEMORY_MB = 64


def sqlite(options: Options, report: Report) -> None:
    """On SQLite."""
    _run(options, report, "sqlite")


def postgres(options: Options, report: Report) -> None:
    """On PostgreSQL."""
    _run(options, report, "postgres")


def _run(options: Options, report: Report, engine: str) -> None:
    # Rows are settled 4,000 at a time; fewer would leave no middle to be killed in.
    rows = 12_000 if options.quick else 100_000
    with Stage(options, "import", engine) as stage:
        api = stage.api(stage.lux())
        _whole(stage, report, api, rows)
        _cancelled(stage, report, api, rows)
        report.faults("panics in the log", stage.alarms())
    if not options.quick:
        with Stage(options, "import-spelled", engine) as stage:
            _spellings(stage, report, stage.api(stage.lux()))
            report.faults("panics in the log", stage.alarms())
    with Stage(options, "import-killed", engine) as stage:
        _killed(stage, report, rows, 1 if options.quick else 3)
        report.faults("panics in the log", stage.alarms())


def start(api: Api, content: bytes, name: str, list_id: str | None = None, consent: str = "subscribed") -> str:
    """Starts an import of a file as the generator writes it; its id. Delimiter and encoding are left to be found out."""
    mapping = {"map": TARGETS, "consent": consent, "tag": "faults"}
    if list_id:
        mapping["list"] = list_id
    if consent == "subscribed":
        mapping["consent_source"] = "Fair 2025, paper form"
    return api.start_import(content, name, **mapping)["id"]


def finish(api: Api, id: str, limit: float = 300) -> dict:
    """Waits for the end."""
    return wait_until("the import ends", lambda: (i := api.get_import(id))["state"] in ENDED and i, limit)


def _judge(report: Report, api: Api, done: dict, file, before: dict[str, tuple[str, str]], what: str) -> None:
    report.equal(f"{what}: state", done["state"], "finished")
    report.table(
        ["", "read", *judge.IMPORT_PARTS],
        [[who, *(counts[part] for part in ("read", *judge.IMPORT_PARTS))] for who, counts in (("Lux", done["counts"]), ("generator", file.counts))],
    )
    report.faults(f"{what}: counts that differ", judge.importing(done["counts"], file.counts))
    report.equal(f"{what}: bytes settled of bytes sent", done["bytes_done"], done["bytes"])
    rejected = list(csv.reader(io.StringIO(api.rejected(done["id"]), newline="")))
    head, lines = rejected[0], rejected[1:]
    report.equal(f"{what}: head of the rejected file", head[:2], ["line", "reason"])
    report.faults(f"{what}: rejected rows that differ", judge.rejects(lines, file.rejected))
    there, wanted = api.contacts(), before | file.people
    report.equal(f"{what}: contacts", len(there), len(wanted))
    report.faults(f"{what}: contacts that differ", judge.people(there, wanted))


def _whole(stage: Stage, report: Report, api: Api, rows: int) -> None:
    lux = stage.processes[0]
    before = known(1000)
    done = finish(api, start(api, encoded(before, "utf-8"), "known.csv"))
    report.equal("people who were there before", done["counts"]["created"], 1000)
    file = nasty(rows, stage.options.seed, 1000)
    content = encoded(file, "utf-8")
    report.injected(f"a file of {rows:,} rows, {len(content) / 1e6:.1f} MB, one cell of 2 MB, the last line cut off")
    memory, begun = Memory(lux.pid), time.monotonic()
    done = finish(api, start(api, content, "nasty.csv"))
    took, growth = time.monotonic() - begun, memory.close()
    report.say(f"{rows / took:,.0f} rows a second; memory {memory.before / 1024:.1f} MB before, at most {memory.highest / 1024:.1f} MB")
    report.check(f"memory grows under {MEMORY_MB} MB", growth < MEMORY_MB, f"{growth:.1f} MB")
    _judge(report, api, done, file, before.people, "nasty")
    forged = done["counts"] | {"created": done["counts"]["created"] - 1}
    report.control("one contact that was not counted", judge.importing(forged, file.counts))
    lines = list(csv.reader(io.StringIO(api.rejected(done["id"]), newline="")))[1:]
    report.control("one rejected row that is missing", judge.rejects(lines[1:], file.rejected))
    report.control("one person lost", judge.people({}, dict([next(iter(file.people.items()))])))


def _spellings(stage: Stage, report: Report, api: Api) -> None:
    before: dict[str, tuple[str, str]] = {}
    variants = ("utf-8 with a mark", "latin-1", "utf-16 little", "utf-16 big", "utf-16 unmarked", "glued from two")
    for index, variant in enumerate(variants):
        file = nasty(500, stage.options.seed + 1 + index, mark=f"v{index}")
        report.injected(f"a file in {variant}")
        done = finish(api, start(api, encoded(file, variant), f"{variant}.csv"))
        _judge(report, api, done, file, before, variant)
        before |= file.people


def _cancelled(stage: Stage, report: Report, api: Api, rows: int) -> None:
    list_id = api.create_list("Cancelled")
    file = nasty(max(100_000, rows * 2), stage.options.seed + 50, mark="c")
    id = start(api, encoded(file, "utf-8"), "cancelled.csv", list_id)
    wait_until("some rows are settled", lambda: api.get_import(id)["counts"]["read"] > 0, 60, 0.01)
    api.call("POST", f"/imports/{id}/cancel")
    report.injected("cancelled after the first rows")
    time.sleep(1)
    first = api.get_import(id)
    time.sleep(1)
    done = api.get_import(id)
    report.equal("cancelled: state", done["state"], "cancelled")
    report.equal("cancelled: nothing more is read", done["counts"], first["counts"])
    report.check("cancelled: before the end", done["counts"]["read"] < file.counts["read"], f"{done['counts']['read']} of {file.counts['read']} rows")
    report.faults("cancelled: counts that do not add up", judge.importing(done["counts"], {}))
    members = api.call("GET", f"/lists/{list_id}")["contacts"]
    report.equal("cancelled: contacts on the list are those that were counted", members, done["counts"]["created"])


def _killed(stage: Stage, report: Report, rows: int, kills: int) -> None:
    lux = stage.lux()
    api = stage.api(lux)
    before = known(1000)
    finish(api, start(api, encoded(before, "utf-8"), "known.csv"))
    file = nasty(rows, stage.options.seed, 1000)
    id = start(api, encoded(file, "utf-8"), "killed.csv")
    middle = 0
    marks = sorted(stage.random.uniform(0, 0.8) * rows for _ in range(kills))
    for mark in marks:
        middle += _kill_at(stage, report, lux, api, id, mark)
    done = finish(api, id)
    report.check("killed: at least one kill was in the middle", middle > 0, f"{middle} of {kills}")
    _judge(report, api, done, file, before.people, f"killed {kills} times")


def _kill_at(stage: Stage, report: Report, lux: Lux, api: Api, id: str, mark: float) -> int:
    def reached() -> dict | None:
        now = api.get_import(id)
        return now if now["state"] in ENDED or now["counts"]["read"] > mark else None

    now = wait_until(f"{mark:.0f} rows are settled", reached, 120, 0.01)
    # Anywhere within the next batch.
    time.sleep(stage.random.uniform(0, 0.08))
    lux.kill()
    report.injected(f"kill -9 with {now['counts']['read']} rows settled")
    lux.start()
    after = api.get_import(id)
    report.say(f"after the restart: {after['state']}, {after['counts']['read']} rows settled, ready in {lux.ready_after:.2f} s")
    report.check("what was settled before the kill still is", after["counts"]["read"] >= now["counts"]["read"])
    return after["state"] == "running"
