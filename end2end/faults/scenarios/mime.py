"""Messages as they reached the sink, read by Python's `email`; links and the way out, used as mail programs use them."""

from __future__ import annotations

import email
import email.policy
import html.parser
import re
import time
import urllib.parse
from email.message import EmailMessage
from pathlib import Path

from ..api import Api, fetch
from ..report import Report
from ..stage import Options, Sink, Stage
from . import people
from .campaign import wait_for_end, weigh

BASE = "https://lux.example"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# As a browser sends it: from the page that the link led to.
OWN_PAGE = BROWSER | FORM | {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
# As a mail provider sends it: from its own machines, with nothing of ours.
PROVIDER = FORM | {"Origin": "https://mail.provider.example", "Sec-Fetch-Site": "cross-site"}
ONE_CLICK = b"List-Unsubscribe=One-Click"

SUBJECT = "Grüße an {{ contact.first_name }} – 20 % på sko 👟 und noch ein sehr langer Betreff, der gefaltet werden muss, weil er nicht auf eine Zeile passt"
# Text of each link, as the author writes the target, and where a click must lead, byte for byte.
LINKS = [
    ("plain", "https://shop.example/shoes", "https://shop.example/shoes"),
    ("query", "https://shop.example/a%2Fb?x=1&y=%C3%A6&z=a+b#part", "https://shop.example/a%2Fb?x=1&y=%C3%A6&z=a+b#part"),
    ("entity", "https://shop.example/?a=1&amp;b=2&amp;amp=3", "https://shop.example/?a=1&b=2&amp=3"),
    ("odd", "https://shop.example/;m=1?u=https%3A%2F%2Fevil.example%2F&empty=&=", "https://shop.example/;m=1?u=https%3A%2F%2Fevil.example%2F&empty=&="),
]
LONG = "ord " * 800
CONTENT = {
    "subject": SUBJECT,
    "preheader": "Ærlig talt: det bliver koldt",
    "kind": "html",
    "source": "<html><head><title>Sko</title></head><body><h1>Grüße, {{ contact.first_name }}</h1>\n.\n..two dots\n<p>" + LONG + "</p>"
    + "".join(f'<p><a href="{written}">{text}</a></p>' for text, written, _ in LINKS)
    + '<p><a href="mailto:post@lovstraede.example">write</a> <a href="tel:+4512345678">call</a></p>'
    + "<p>{{ contact.email }}</p><p><a href=\"{{ unsubscribe_url }}\">leave</a></p></body></html>",
    "text": "Grüße, {{ contact.first_name }}\n.\n..two dots\n.hidden\nFrom the start\n" + LONG + "\n{{ unsubscribe_url }}\n",
}


class _Page(html.parser.HTMLParser):
    """Links by their text, and pictures."""

    def __init__(self, text: str):
        super().__init__()
        self.links: dict[str, str] = {}
        self.pictures: list[dict[str, str | None]] = []
        self._open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._open = dict(attrs).get("href")
        if tag == "img":
            self.pictures.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        if self._open is not None and data.strip():
            self.links[data.strip()] = self._open
            self._open = None


def run(options: Options, report: Report) -> None:
    """One small campaign, looked at from all sides."""
    with Stage(options, "mime", base_url=BASE) as stage:
        lux = stage.lux()
        api, sink = stage.api(lux), stage.sink(save=True)
        list_id = api.create_list("Mime")
        addresses = [f"person{n}@example.com" for n in range(12)] + ["dot@xn--bcher-kva.example"]
        people.bring(api, list_id, addresses)
        id = api.create_campaign("Grüße", api.create_sender(sink.port), [list_id], CONTENT)
        api.move(id, "send")
        campaign = wait_for_end(api, id, 60)
        sent = time.monotonic()
        weigh(report, api, sink, id, campaign, addresses, [])
        mails = _read(sink)
        report.equal("mails in the store", len(mails), len(addresses))
        for address, raw in mails.items():
            _message(report, address, raw, loud=address == addresses[0])
        broken = next(iter(mails.values())).replace(b"\r\n", b"\n", 1)
        report.control("a line that ends without a carriage return", _lines(broken))
        # Nobody reads within a second of the hand-over; who does is taken for a machine.
        time.sleep(max(0.0, 1.5 - (time.monotonic() - sent)))
        _touch(report, lux.url, api, id, {a: _parse(raw) for a, raw in mails.items()})
        report.faults("panics in the log", stage.alarms())


def _read(sink: Sink) -> dict[str, bytes]:
    return {path.name.split("-", 1)[1].removesuffix(".eml").lower(): path.read_bytes() for path in Path(sink.folder).iterdir()}


def _parse(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _lines(raw: bytes) -> list[str]:
    found = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        found.append("a line does not end with CRLF")
    longest = max(len(line) for line in raw.split(b"\r\n"))
    if longest > 998:
        found.append(f"a line has {longest} bytes")
    if any(byte > 127 for byte in raw):
        found.append("there are bytes above 127")
    return found


def _message(report: Report, address: str, raw: bytes, loud: bool) -> None:
    message, found = _parse(raw), _lines(raw)
    number = re.search(r"\d+", address)
    name = f"P{number.group()}" if number and address.startswith("person") else "P12"

    def must(what: str, good: bool) -> None:
        if not good:
            found.append(what)

    must(f"type {message.get_content_type()}", message.get_content_type() == "multipart/alternative")
    parts = [part.get_content_type() for part in message.iter_parts()]
    must(f"parts {parts}", parts == ["text/plain", "text/html"])
    must(f"subject {message['Subject']!r}", message["Subject"] == SUBJECT.replace("{{ contact.first_name }}", name))
    sender = message["From"].addresses[0]
    must(f"From {sender}", (sender.addr_spec, sender.display_name) == ("post@lovstraede.example", "Løvstræde Sko"))
    must(f"To {message['To']}", message["To"].addresses[0].addr_spec == address)
    must(f"Message-ID {message['Message-ID']}", bool(re.fullmatch(r"<[^<>@\s]+@lovstraede\.example>", str(message["Message-ID"]).strip())))
    must(f"Date {message['Date']}", message["Date"].datetime is not None and abs(message["Date"].datetime.timestamp() - time.time()) < 600)
    must(f"MIME-Version {message['MIME-Version']}", str(message["MIME-Version"]) == "1.0")
    must(f"List-Id {message['List-Id']}", bool(re.search(r"<[^<>\s]+\.[^<>\s]+>$", str(message["List-Id"]))))
    ways = re.findall(r"<([^>]+)>", str(message["List-Unsubscribe"]).replace("\n", ""))
    must(f"List-Unsubscribe {ways}", any(re.fullmatch(rf"{BASE}/u/[\w.-]+", way) for way in ways))
    must(f"List-Unsubscribe has no mailto: {ways}", any(way.startswith("mailto:") for way in ways))
    must(f"List-Unsubscribe-Post {message['List-Unsubscribe-Post']}", message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click")
    for header in ("Subject", "From", "To", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"):
        must(f"{header} is there {len(message.get_all(header, []))} times", len(message.get_all(header, [])) == 1)
    must(f"defects {message.defects}", not message.defects)
    found.extend(_bodies(message, name, address))
    if loud:
        for header in ("Subject", "From", "To", "Message-ID", "Date", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"):
            report.say(f"  {header}: {str(message[header])[:150]}")
    report.faults(f"{address}: what is wrong with the message", found)


def _bodies(message: EmailMessage, name: str, address: str) -> list[str]:
    found = []
    bodies = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
    text, page = bodies.get("text/plain", ""), _Page(bodies.get("text/html", ""))
    wanted = f"Grüße, {name}\n.\n..two dots\n.hidden\nFrom the start\n"
    if not text.replace("\r\n", "\n").startswith(wanted):
        found.append(f"the text begins {text[:80]!r}")
    if f"Grüße, {name}" not in bodies.get("text/html", "") or "\n.\n..two dots\n" not in bodies.get("text/html", "").replace("\r\n", "\n"):
        found.append("the HTML lost its words or its dots")
    if address not in bodies.get("text/html", ""):
        found.append("the address is not in the HTML")
    for word, _, _ in LINKS:
        if not re.fullmatch(rf"{BASE}/c/[\w.-]+", page.links.get(word, "")):
            found.append(f"the link {word} is {page.links.get(word)}")
    if page.links.get("write") != "mailto:post@lovstraede.example" or page.links.get("call") != "tel:+4512345678":
        found.append("mailto or tel was changed")
    if not re.fullmatch(rf"{BASE}/u/[\w.-]+", page.links.get("leave", "")):
        found.append(f"the way out is {page.links.get('leave')}")
    pixels = [p for p in page.pictures if re.fullmatch(rf"{BASE}/o/[\w.-]+", p.get("src") or "")]
    if len(pixels) != 1 or pixels[0].get("alt") != "":
        found.append(f"pixels: {pixels}")
    return found


def _tampered(url: str) -> list[str]:
    """Each with one thing changed: the payload, the MAC, the length."""
    head, token = url.rsplit("/", 1)
    payload, dot, mac = token.partition(".")
    flip = {"A": "B"}.get
    return [
        f"{head}/{payload[:20]}{flip(payload[20], 'A')}{payload[21:]}{dot}{mac}",
        f"{head}/{payload}{dot}{flip(mac[0], 'A')}{mac[1:]}",
        f"{head}/{payload}{dot}{mac[:-2]}",
        f"{head}/{payload}",
        f"{head}/{payload}{dot}{mac}A",
    ]


def _touch(report: Report, url: str, api: Api, id: str, messages: dict[str, EmailMessage]) -> None:
    pages, ways = {}, {}
    for address, message in messages.items():
        html_part = next(p for p in message.iter_parts() if p.get_content_type() == "text/html")
        pages[address] = _Page(html_part.get_content())
        ways[address] = next(w for w in re.findall(r"<([^>]+)>", str(message["List-Unsubscribe"])) if w.startswith("https"))

    def local(address: str) -> str:
        return url + urllib.parse.urlsplit(address).path

    def pixel(who: str) -> str:
        return local(next(p["src"] for p in pages[who].pictures if "/o/" in (p["src"] or "")) or "")

    people_ = sorted(messages)
    clicker, header, opener, leaver, looker, prober = people_[1:7]
    for word, _, target in LINKS:
        code, headers, _ = fetch(local(pages[clicker].links[word]), headers=BROWSER)
        report.check(f"click on {word}", code in (302, 307) and headers.get("location") == target, f"{code} {headers.get('location')}")
        report.check(f"click on {word} is not stored", "no-store" in headers.get("cache-control", ""), headers.get("cache-control", "none"))
        code, headers, _ = fetch(local(pages[header].links[word]), "HEAD", headers=BROWSER)
        report.check(f"HEAD of {word} leads there too", code in (302, 307) and headers.get("location") == target, f"{code}")
    code, headers, body = fetch(pixel(opener), headers=BROWSER)
    report.check("pixel", code == 200 and headers.get("content-type") == "image/gif" and body.startswith(b"GIF89a"), f"{code} {headers.get('content-type')}")
    code, _, body = fetch(pixel(header), "HEAD", headers=BROWSER)
    report.check("HEAD of the pixel", code == 200 and not body, f"{code}")
    machine = fetch(pixel(looker), headers={"User-Agent": "curl/8.5.0"})[0]
    report.equal("pixel for a machine", machine, 200)

    for what, address in (("link", pages[prober].links["plain"]), ("pixel", pixel(prober)), ("way out", ways[prober])):
        codes = [fetch(local(forged), headers=BROWSER)[0] for forged in _tampered(address)]
        report.equal(f"forged {what}", codes, [404] * len(codes))
    stranger = [fetch(local(forged), "POST", ONE_CLICK, PROVIDER)[0] for forged in _tampered(ways[prober])]
    report.equal("one-click with a forged token tells nothing", stranger, [200] * len(stranger))
    crossed = local(pages[prober].links["plain"]).replace("/c/", "/u/")
    report.equal("a click's token opens no other door", fetch(crossed, headers=BROWSER)[0], 404)

    _leave(report, api, id, local(ways[leaver]), leaver, local(ways[looker]), looker, prober)
    _report(report, api, id, {clicker}, {clicker, opener}, {leaver}, len(LINKS))


def _consent(api: Api, address: str) -> str:
    row = api.contacts(f"?search={urllib.parse.quote(address)}")[address]
    return row["consent"]


def _left(api: Api, id: str) -> set[str]:
    return {row["address"] for row in api.recipients(id, "unsubscribed")}


def _leave(report: Report, api: Api, id: str, way: str, leaver: str, looked: str, looker: str, prober: str) -> None:
    code, headers, body = fetch(looked, headers=BROWSER)
    report.check("GET of the way out is a page", code == 200 and "html" in headers.get("content-type", ""), f"{code}")
    report.check("the page has a button that posts", b"<form" in body and b'method="post"' in body.lower(), "")
    fetch(looked, "HEAD", headers=BROWSER)
    report.equal("GET and HEAD change nothing", _consent(api, looker), "subscribed")
    report.equal("forged tokens change nothing", _consent(api, prober), "subscribed")

    code, _, _ = fetch(way, "POST", ONE_CLICK, PROVIDER)
    report.equal("one-click from a provider", code, 200)
    report.equal("it acts at once", _consent(api, leaver), "unsubscribed")
    report.equal("again is no fault", fetch(way, "POST", ONE_CLICK, PROVIDER)[0], 200)
    report.equal("the campaign knows", _left(api, id), {leaver})

    code, headers, _ = fetch(f"{way}/back", "POST", b"", OWN_PAGE)
    report.check("coming back", code in (200, 303), f"{code}")
    report.equal("it is taken back", _consent(api, leaver), "subscribed")
    report.equal("and the campaign knows that too", _left(api, id), set())
    code, _, _ = fetch(way, "POST", urllib.parse.urlencode({"reason": "Too many mails, <b>really</b>"}).encode(), OWN_PAGE)
    report.check("the page's button", code in (200, 303), f"{code}")
    report.equal("the button acts too", _consent(api, leaver), "unsubscribed")


def _report(report: Report, api: Api, id: str, clicked: set[str], opened: set[str], left: set[str], clicks: int) -> None:
    got = api.call("GET", f"/campaigns/{id}/report")
    figures = got["engagement"]
    report.table(
        ["", "opened", "clicked", "unsubscribed"],
        [["report", figures["opened"], figures["clicked"], figures["unsubscribed"]], ["script", len(opened), len(clicked), len(left)]],
    )
    report.equal("opened in the report", figures["opened"], len(opened))
    report.equal("clicked in the report", figures["clicked"], len(clicked))
    report.equal("unsubscribed in the report", figures["unsubscribed"], len(left))
    report.equal("opened by a machine in the report", figures["machine_opened"], 1)
    links = {link["url"]: (link["people"], link["clicks"]) for link in got["links"]}
    report.equal("clicks per link", [links.get(target) for _, _, target in LINKS], [(1, 1)] * clicks)
    for state, wanted in (("opened", opened), ("clicked", clicked), ("unsubscribed", left)):
        report.equal(f"rows that {state}", {row["address"] for row in api.recipients(id, state)}, wanted)


