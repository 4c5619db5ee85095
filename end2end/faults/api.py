"""The public API of Lux, as far as the scenarios need it."""

from __future__ import annotations

import http.client
import itertools
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

# What a connection does when its server is killed.
GONE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


class Refused(Exception):
    """An answer of 400 and above."""

    def __init__(self, status: int, body: str, what: str):
        super().__init__(f"{what}: {status} {body[:400]}")
        self.status = status
        self.body = body


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


# No proxy of the environment, and redirects are answers.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)


def fetch(
    url: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None, timeout: float = 30
) -> tuple[int, dict[str, str], bytes]:
    """One request; every status is an answer. Names of headers are in lower case."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with _opener.open(request, timeout=timeout) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def wait_until(what: str, holds: Callable[[], Any], limit: float, step: float = 0.1) -> Any:
    """Asks until it holds and answers that; a server that is away is no answer yet."""
    end = time.monotonic() + limit
    while True:
        try:
            found = holds()
            if found:
                return found
        except GONE:
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {limit:.0f} s")
        time.sleep(step)


class Api:
    """Calls with several keys in turn: each may ask only so often, and a watcher of a kill asks often."""

    def __init__(self, url: str, keys: list[str]):
        self.url = url
        self.keys = itertools.cycle(keys)
        self.count = len(keys)

    def raw(self, method: str, path: str, body: bytes | None = None, kind: str = "", timeout: float = 60) -> bytes:
        """One call that must succeed. A limit of calls is waited for, as a client should."""
        for left in range(100, -1, -1):
            headers = {"Authorization": f"Bearer {next(self.keys)}"} | ({"Content-Type": kind} if kind else {})
            status, answered, content = fetch(f"{self.url}/api/v1{path}", method, body, headers, timeout)
            if status not in (429, 503) or not left:
                break
            # Another key may still have room.
            if left % self.count == 0:
                time.sleep(min(float(answered.get("retry-after", "1")), 5))
        if status >= 400:
            raise Refused(status, content.decode("utf-8", "replace"), f"{method} {path.split('?')[0]}")
        return content

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call with JSON."""
        sent = None if body is None else json.dumps(body).encode()
        content = self.raw(method, path, sent, "application/json" if sent is not None else "")
        return json.loads(content) if content else None

    def pages(self, path: str, limit: int) -> Iterator[dict]:
        """All items of a paged list."""
        cursor = None
        while True:
            query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
            page = self.call("GET", f"{path}{'&' if '?' in path else '?'}{urllib.parse.urlencode(query)}")
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    # Contacts

    def create_list(self, name: str) -> str:
        """Its id."""
        return self.call("POST", "/lists", {"name": name})["id"]

    def contacts(self, query: str = "") -> dict[str, dict]:
        """All contacts by address."""
        return {row["email"]: row for row in self.pages(f"/contacts{query}", 200)}

    def contact(self, id: str) -> dict:
        """One, whole."""
        return self.call("GET", f"/contacts/{id}")

    # Imports

    def start_import(self, content: bytes, name: str, **mapping: Any) -> dict:
        """Uploads a file and starts it; the mapping goes into the query."""
        query = urllib.parse.urlencode({"name": name, **mapping})
        return json.loads(self.raw("POST", f"/imports?{query}", content, "text/csv", timeout=300))

    def get_import(self, id: str) -> dict:
        """Where it stands."""
        return self.call("GET", f"/imports/{id}")

    def rejected(self, id: str) -> str:
        """The file of rejected rows."""
        return self.raw("GET", f"/imports/{id}/rejected.csv").decode("utf-8")

    # Senders and campaigns

    def create_sender(self, port: int, pool: int = 8, from_name: str = "Løvstræde Sko") -> str:
        """An unprotected SMTP sender on this machine; its id."""
        draft = {
            "name": f"Sink {port}", "host": "127.0.0.1", "port": port, "tls": "none", "user": "",
            "from_email": "post@lovstraede.example", "from_name": from_name, "reply_to": "", "pool": pool, "rates": {},
        }
        return self.call("POST", "/senders", draft)["id"]

    def change_sender(self, id: str, **what: Any) -> dict:
        """A merge patch."""
        return self.call("PATCH", f"/senders/{id}", what)

    def create_campaign(self, name: str, sender: str, lists: list[str], content: dict) -> str:
        """A draft; its id."""
        draft = {"name": name, "sender": sender, "audience": {"lists": lists}, "content": content}
        return self.call("POST", "/campaigns", draft)["id"]

    def move(self, campaign: str, what: str) -> dict:
        """send, pause, resume or cancel."""
        return self.call("POST", f"/campaigns/{campaign}/{what}")

    def campaign(self, id: str) -> dict:
        """State and counts."""
        return self.call("GET", f"/campaigns/{id}")

    def events(self, kind: str) -> list[dict]:
        """All events of a kind, oldest first."""
        found, after = [], 0
        while True:
            page = self.call("GET", f"/events?after={after}&limit=1000")
            found += [event for event in page["items"] if event["kind"] == kind]
            if not page["items"]:
                return found
            after = int(page["next"])

    def consent(self, contact: str, state: str) -> dict:
        """Records what a person said about email."""
        return self.call("POST", f"/contacts/{contact}/consent", {"channel": "email", "state": state, "source": "Asked"})

    def recipients(self, id: str, state: str | None = None) -> list[dict]:
        """The whole ledger, or the part in one state."""
        return list(self.pages(f"/campaigns/{id}/recipients{f'?state={state}' if state else ''}", 200))
