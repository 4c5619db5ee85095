"""Pure judges: given what was to happen and what did, they list what is wrong. They see no process and no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from .stage import Mail

STATES = ("pending", "claimed", "handed", "accepted", "failed", "skipped", "unknown", "cancelled")
OPEN = ("pending", "claimed", "handed")
IMPORT_PARTS = ("created", "updated", "unchanged", "skipped", "duplicates", "rejected")


def ended_as(counts: dict[str, int]) -> str:
    """The end that the rows say."""
    if any(counts[state] for state in OPEN):
        return "sending"
    if counts["cancelled"]:
        return "cancelled"
    if not sum(counts[state] for state in ("accepted", "failed", "unknown")):
        return "failed"
    return "finished_with_failures" if counts["failed"] or counts["unknown"] else "finished"


def sending(wanted: Iterable[str], never: Iterable[str], mails: list[Mail], rows: list[dict]) -> list[str]:
    """Joins the sink's log with the ledger. `wanted` agreed to mail, `never` did not. True at every instant at which
    nothing is under way: each of `wanted` has one row, nobody got two, and every row agrees with what arrived."""
    wanted, never = set(wanted), set(never)
    found: list[str] = []
    arrived = Counter(mail.to for mail in mails)
    ledger: dict[str, dict] = {}
    for row in rows:
        if row["address"] in ledger:
            found.append(f"{row['address']} has two rows")
        ledger[row["address"]] = row
    for address, times in arrived.items():
        if times > 1:
            found.append(f"{address} got {times} mails")
        if address not in wanted:
            found.append(f"{address} got a mail {'without having agreed' if address in never else 'and is not in the audience'}")
    for address in sorted(wanted - ledger.keys()):
        found.append(f"{address} agreed and has no row")
    for address, row in ledger.items():
        state, times = row["state"], arrived[address]
        if state == "accepted" and not times:
            found.append(f"{address} is accepted and nothing arrived")
        if state not in ("accepted", "unknown") and times:
            found.append(f"{address} is {state} and a mail arrived")
        if state == "skipped" and address in wanted:
            found.append(f"{address} agreed and was skipped: {row['detail']}")
        if state not in ("skipped", "cancelled") and address in never:
            found.append(f"{address} did not agree and is {state}")
    ids = Counter(mail.message_id for mail in mails)
    found += [f"the Message-ID {id} was used {times} times" for id, times in ids.items() if times > 1 or not id]
    return found


def totals(mails: list[Mail], rows: list[dict], campaign: dict) -> list[str]:
    """The API's counts, its rows and the sink must tell the same story, and the state must follow from the rows."""
    counts, found = campaign["counts"], []
    by_state = Counter(row["state"] for row in rows)
    for state in STATES:
        if counts[state] != by_state[state]:
            found.append(f"counts say {counts[state]} {state}, the rows say {by_state[state]}")
    arrived = {mail.to for mail in mails}
    answered = sum(row["state"] == "accepted" for row in rows)
    open_but_there = sum(row["state"] == "unknown" and row["address"] in arrived for row in rows)
    if answered + open_but_there != len(mails):
        found.append(f"accepted {answered} + unknown that arrived {open_but_there} is not the sink's {len(mails)}")
    # A person may pause while rows are open, and cancel when nobody was left to be spared.
    by_person = "paused" if any(counts[s] for s in OPEN) else "cancelled"
    if campaign["state"] not in (ended_as(counts), by_person):
        found.append(f"the campaign is {campaign['state']}, its rows say {ended_as(counts)}")
    return found


def importing(counts: dict[str, int], wanted: dict[str, int]) -> list[str]:
    """Counts against those of the generator, part by part, and the sum."""
    found = [f"{part}: {counts[part]}, wanted {number}" for part, number in wanted.items() if counts[part] != number]
    total = sum(counts[part] for part in IMPORT_PARTS)
    if total != counts["read"]:
        found.append(f"the parts add up to {total}, read are {counts['read']}")
    return found


def people(there: dict[str, dict], wanted: dict[str, tuple[str, str]]) -> list[str]:
    """Contacts by address, with name and organisation, against those of the generator."""
    found = [f"{address} is missing" for address in wanted.keys() - there.keys()]
    found += [f"{address} is there and should not be" for address in there.keys() - wanted.keys()]
    for address in wanted.keys() & there.keys():
        got = (there[address]["name"], there[address]["organisation"])
        if got != wanted[address]:
            found.append(f"{address} is {got}, wanted {wanted[address]}")
    return found


def rejects(rows: list[list[str]], wanted: dict[int, str]) -> list[str]:
    """The rejected file (line, reason, cells) against the lines and kinds of the generator."""
    found, lines = [], Counter(int(row[0]) for row in rows)
    found += [f"line {line} is there {times} times" for line, times in lines.items() if times > 1]
    found += [f"line {line} is missing ({wanted[line]})" for line in sorted(wanted.keys() - lines.keys())]
    found += [f"line {line} should not be there" for line in sorted(lines.keys() - wanted.keys())]
    for row in rows:
        reason = wanted.get(int(row[0]))
        if reason and reason not in row[1]:
            found.append(f"line {row[0]}: {row[1]!r}, wanted {reason!r}")
    return found


# Forged records: each has one fault in it.


def one_doubled(mails: list[Mail]) -> list[Mail]:
    """One recipient got two."""
    return mails + [replace(mails[0], message_id="forged@example", attempt="forged")]


def one_missing(mails: list[Mail], rows: list[dict]) -> list[Mail]:
    """One accepted mail never arrived."""
    accepted = {row["address"] for row in rows if row["state"] == "accepted"}
    victim = next(mail.to for mail in mails if mail.to in accepted)
    return [mail for mail in mails if mail.to != victim]


def one_unwanted(mails: list[Mail], address: str) -> list[Mail]:
    """Somebody got one who must not."""
    return mails + [replace(mails[0], to=address, message_id="forged@example")]


def self_test() -> list[str]:
    """The judges against records made by hand; what they get wrong."""
    def row(address: str, state: str) -> dict:
        return {"address": address, "state": state, "detail": ""}

    def mail(to: str, id: str = "") -> Mail:
        return Mail(to, id or f"{to}.id", "", 0, "a")

    def campaign(state: str, **counts: int) -> dict:
        return {"state": state, "counts": dict.fromkeys(STATES, 0) | counts}

    wanted, never = ["a@x", "b@x", "c@x"], ["n@x"]
    rows = [row("a@x", "accepted"), row("b@x", "unknown"), row("c@x", "unknown"), row("n@x", "skipped")]
    mails = [mail("a@x"), mail("b@x")]
    good = campaign("finished_with_failures", accepted=1, unknown=2, skipped=1)
    wrong: list[str] = []

    def expect(what: str, found: list[str], bad: bool) -> None:
        if bool(found) != bad:
            wrong.append(f"{what}: {'not noticed' if bad else found}")

    expect("a sound campaign", sending(wanted, never, mails, rows) + totals(mails, rows, good), False)
    expect("one mail twice", sending(wanted, never, one_doubled(mails), rows), True)
    expect("one mail twice, in the totals", totals(one_doubled(mails), rows, good), True)
    expect("one mail lost", sending(wanted, never, one_missing(mails, rows), rows), True)
    expect("one mail lost, in the totals", totals(one_missing(mails, rows), rows, good), True)
    expect("mail without consent", sending(wanted, never, one_unwanted(mails, "n@x"), rows), True)
    expect("mail to a stranger", sending(wanted, never, one_unwanted(mails, "z@x"), rows), True)
    expect("no row", sending(wanted, never, mails, rows[:2] + rows[3:]), True)
    expect("two rows", sending(wanted, never, mails, rows + rows[:1]), True)
    expect("a failed row that arrived", sending(wanted, never, mails, [row("a@x", "failed"), *rows[1:]]), True)
    expect("a skipped row that agreed", sending(wanted, never, mails, [*rows[:2], row("c@x", "skipped"), rows[3]]), True)
    expect("a row handed to one who did not agree", sending(wanted, never, mails, [*rows[:3], row("n@x", "unknown")]), True)
    expect("one Message-ID twice", sending(wanted, never, [mail("a@x", "same"), mail("b@x", "same")], rows), True)
    expect("a count that is off", totals(mails, rows, campaign("finished_with_failures", accepted=2, unknown=1, skipped=1)), True)
    expect("a state too good", totals(mails, rows, campaign("finished", accepted=1, unknown=2, skipped=1)), True)
    expect("finished too early", totals(mails[:1], [row("a@x", "accepted"), row("b@x", "pending")], campaign("finished", accepted=1, pending=1)), True)

    counts = {"read": 6, "created": 3, "updated": 1, "unchanged": 0, "skipped": 0, "duplicates": 1, "rejected": 1}
    expect("a sound import", importing(counts, counts), False)
    expect("one row too many", importing(counts | {"created": 4}, counts), True)
    expect("one row not counted", importing(counts | {"read": 7}, counts | {"read": 7}), True)
    there = {"a@x": {"name": "A", "organisation": "O"}}
    expect("sound people", people(there, {"a@x": ("A", "O")}), False)
    expect("a missing person", people(there, {"a@x": ("A", "O"), "b@x": ("B", "")}), True)
    expect("a person too many", people(there, {}), True)
    expect("a wrong name", people(there, {"a@x": ("B", "O")}), True)
    lines = [["3", "no email address", ""], ["9", "cell longer than 64 kB", ""]]
    expect("sound rejects", rejects(lines, {3: "no email", 9: "cell longer"}), False)
    expect("a missing reject", rejects(lines[:1], {3: "no email", 9: "cell longer"}), True)
    expect("a doubled reject", rejects(lines + lines[:1], {3: "no email", 9: "cell longer"}), True)
    expect("a wrong reason", rejects(lines, {3: "no email", 9: "never closed"}), True)
    return wrong
