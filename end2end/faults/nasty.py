"""Files of contacts with everything that goes wrong in real ones, and what must come of them.

The outcome is known from writing each row, never from reading the file again: reader and expectation share no code.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

HEAD = "Email;First name;Last name;Company;Note"
TARGETS = "email,first_name,last_name,organisation,-"
BAD = [
    "{n}.example.com", "{n}@@example.com", "a@b@example{n}.com", "@example{n}.com", "p{n}@", "p{n}@example", "p{n}@.example.com",
    "p{n}@example..com", ".p{n}@example.com", "p{n}.@example.com", "p..{n}@example.com", "p {n}@example.com", "p{n}@exa mple.com",
    "p{n}@192.0.2.7", "p{n}@-example.com", '"p {n}"@example.com', "p{n}@example.com,q@example.com", "<p{n}@example.com",
    "p" * 65 + "{n}@example.com", "p{n}@" + "d" * 64 + ".com", "p{n}@" + "abcdefgh." * 30 + "com",
]


@dataclass
class Nasty:
    """A file being written, and what must come of it."""

    random: random.Random
    mark: str = ""
    text: list[str] = field(default_factory=list)
    line: int = 1
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("read", "created", "updated", "unchanged", "skipped", "duplicates", "rejected"), 0)
    )
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    glued: list[bytes] = field(default_factory=list)

    def put(self, cells: list[str], end: str | None = None) -> None:
        """One row; cells are quoted where they must be, and now and then where they need not."""
        written = ";".join(self._cell(cell) for cell in cells)
        end = end or self.random.choice(["\r\n", "\r\n", "\n"])
        self.text.append(written + end)
        # A carriage return with its line feed is one line, as an editor counts.
        self.line += written.replace("\r\n", "\n").count("\n") + 1

    def _cell(self, cell: str) -> str:
        must = any(c in cell for c in ';"\r\n')
        return '"' + cell.replace('"', '""') + '"' if must or self.random.random() < 0.1 else cell

    def good(self, address: str, first: str, last: str, company: str, fate: str = "created", shown: str | None = None) -> None:
        """A row that is taken. `shown` is the address as the file spells it."""
        self.counts["read"] += 1
        self.counts[fate] += 1
        words = [" ".join(part.split()) for part in (first, last, company)]
        self.people[address] = (" ".join(word for word in words[:2] if word), words[2])
        self.put([shown or address, first, last, company, "plain"])

    def again(self, shown: str) -> None:
        """A row with an address that the file had before: the first one counts."""
        self.counts["read"] += 1
        self.counts["duplicates"] += 1
        self.put([shown, "Second", "Time", "Other", ""])

    def bad(self, cells: list[str], reason: str) -> None:
        """A row that is refused."""
        self.counts["read"] += 1
        self.counts["rejected"] += 1
        self.rejected[self.line] = reason
        self.put(cells)


def known(count: int) -> Nasty:
    """People who are there before: a plain file."""
    file = Nasty(random.Random(1))
    file.put(HEAD.split(";"), "\n")
    for n in range(count):
        file.good(f"known{n}@example.com", f"Known {n}", "Person", "Before")
    return file


def nasty(rows: int, seed: int, known_rows: int = 0, mark: str = "") -> Nasty:
    """`rows` rows, the truncated last one among them. Of those who are there before, every second one changes.
    `mark` keeps the addresses of one file apart from those of another."""
    file = Nasty(random.Random(seed), mark)
    file.put(HEAD.split(";"), "\r\n")
    taken: list[str] = []
    huge_at = rows // 3
    while file.counts["read"] < rows - 1:
        n = file.counts["read"]
        if n == huge_at and not mark:
            file.bad([f"huge{n}@example.com", "Huge", "Cell", "ACME", 'ha\n;"" ' * 300_000], "cell longer than")
        elif n < 2 * known_rows and n % 2:
            which = n // 2
            changed = which % 2 == 1
            fate = "updated" if changed else "unchanged"
            file.good(f"known{which}@example.com", f"Known {which}", "Person", "After" if changed else "Before", fate)
        else:
            _row(file, n, taken, rows - 1 - n)
        if file.random.random() < 0.01:
            file.text.append("\r\n")
            file.line += 1
    file.counts["read"] += 1
    file.counts["rejected"] += 1
    file.rejected[file.line] = "never closed"
    file.text.append('last@example.com;"cut off in the mid')
    return file


def _row(file: Nasty, n: int, taken: list[str], left: int) -> None:
    kind, k = file.random.random(), f"{n}{file.mark}"
    if kind < 0.03 and taken:
        file.again(_respelled(file.random, file.random.choice(taken)))
    elif kind < 0.06:
        file.bad([file.random.choice(BAD).format(n=k), "Bad\nAddress", f"Number; {n}", "", ""], "not an email address")
    elif kind < 0.07:
        file.bad(["", "No", "Address", "ACME", file.random.choice(["", "x"])], "no email address")
    elif kind < 0.08:
        file.bad([f"few{k}@example.com", "Too", "few"], "columns instead of")
    elif kind < 0.09:
        file.bad([f"many{k}@example.com", "Too", "many", "cells", "in", "here"], "columns instead of")
        if left > 1 and file.random.random() < 0.5:
            # The address comes again in a row that is sound: a refused row does not count as seen.
            file.good(f"many{k}@example.com", "Now", "Sound", "")
    elif kind < 0.10:
        file.good(f"idn{k}@xn--bcher-kva.example", "Jörg", f"Bücher {n}", "", shown=f"IDN{k}@Bücher.Example")
    elif kind < 0.11:
        file.good(f"formula{k}@example.com", "'", "Tis", "=SUM(A1;A2)")
    elif kind < 0.13:
        file.good(f"spaced{k}@example.com", "  Spaced ", "\tOut ", "", shown=f"  Spaced{k}@Example.com ")
    elif kind < 0.30:
        address = f"lines{k}@example.com"
        file.good(address, f'Jörg "{n}"', "Müller", "Øst; & Søn\r\nA/S\n\n\nÅrhus", shown=address.title())
        taken.append(address)
    else:
        address = f"person{k}@example{n % 97}.com"
        file.good(address, f"First{n}", "Sørensen" if n % 3 else "O'Hara, Jr.", "ACME" if n % 2 else "")
        taken.append(address)


def _respelled(random_: random.Random, address: str) -> str:
    return random_.choice([address.upper(), address.title(), f" {address.swapcase()}  "])


def encoded(file: Nasty, variant: str) -> bytes:
    """The bytes of a file in one of the spellings that spreadsheets write."""
    text = "".join(file.text)
    return {
        "utf-8": lambda: text.encode(),
        "utf-8 with a mark": lambda: b"\xef\xbb\xbf" + text.encode(),
        "latin-1": lambda: text.encode("latin-1"),
        "utf-16 little": lambda: b"\xff\xfe" + text.encode("utf-16-le"),
        "utf-16 big": lambda: b"\xfe\xff" + text.encode("utf-16-be"),
        "utf-16 unmarked": lambda: text.encode("utf-16-le"),
        "glued from two": lambda: b"".join(
            line.encode("latin-1" if index % 5 == 4 else "utf-8") for index, line in enumerate(file.text)
        ),
    }[variant]()
