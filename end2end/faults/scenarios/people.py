"""Contacts for campaigns: some agreed, some said no, some were never asked."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..api import Api
from .imports import finish

CONTENT = {
    "subject": "Hello {{ contact.first_name }}, the new shoes are here",
    "preheader": "Two colours, one price",
    "kind": "html",
    "source": "<html><body><h1>Hello {{ contact.first_name }}</h1><p>See the <a href=\"https://shop.example/shoes?c=1\">shoes</a>.</p>"
    "<p><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p></body></html>",
    "text": "",
}


@dataclass
class People:
    """Who is on the list."""

    list_id: str
    wanted: list[str]
    never: list[str]


def invite(api: Api, count: int, seed: int, name: str = "Everybody") -> People:
    """Puts them on one list: about 80 in 100 agreed, 10 said no, 10 were never asked."""
    draw = random.Random(seed)
    list_id = api.create_list(name)
    groups: dict[str, list[str]] = {"subscribed": [], "unsubscribed": [], "none": []}
    for n in range(count):
        group = draw.choices(list(groups), (8, 1, 1))[0]
        groups[group].append(f"{name.lower()}{n}@example{n % 50}.com")
    for consent, addresses in groups.items():
        if addresses:
            bring(api, list_id, addresses, consent)
    return People(list_id, groups["subscribed"], groups["unsubscribed"] + groups["none"])


def bring(api: Api, list_id: str, addresses: list[str], consent: str = "subscribed") -> None:
    """Imports addresses onto a list with one consent."""
    lines = ["email,first_name", *(f"{address},P{n}" for n, address in enumerate(addresses))]
    mapping = {"map": "email,first_name", "consent": consent, "list": list_id}
    if consent == "subscribed":
        mapping["consent_source"] = "Fair 2025, paper form"
    done = finish(api, api.start_import("\n".join(lines).encode(), f"{consent}.csv", **mapping)["id"])
    if done["counts"]["created"] != len(addresses):
        raise RuntimeError(f"the import of people for the scenario went wrong: {done}")
