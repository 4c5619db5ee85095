"""The peer of templates: Jinja2, compiled once, escaping in HTML. Arguments: HTML file, text file, messages, items."""

import json
import sys
import time

from jinja2 import Environment, StrictUndefined

html, text = (open(path, encoding="utf-8").read() for path in sys.argv[1:3])
count, items = int(sys.argv[3]), int(sys.argv[4])
subject, _, text = text.partition("\n")
compiled = Environment(autoescape=True, undefined=StrictUndefined).from_string(html)
plain = Environment(autoescape=False, undefined=StrictUndefined)
subject, text = plain.from_string(subject), plain.from_string(text)
token = "t" * 60
shared = {
    "unsubscribe_url": f"https://news.example.com/u/{token}",
    "pixel": f"https://news.example.com/o/{token}",
    "links": [f"https://news.example.com/c/{token}"] * 3,
}
contact = {
    "last_name": "Example", "organisation": "Example Ltd", "email": "alex.example@example.com", "phone": "+45 00 00 00 00",
    "language": "en", "fields": {"things": [f"Item number {n}" for n in range(items)]},
}
size, begun = 0, time.perf_counter()
for number in range(count):
    values = shared | {"contact": contact | {"first_name": f"Person {number}"}}
    size += len(compiled.render(values)) + len(subject.render(values)) + len(text.render(values))
print(json.dumps({"per_second": count / (time.perf_counter() - begun), "bytes": size}))
