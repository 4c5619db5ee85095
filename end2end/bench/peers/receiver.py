"""The peer of tracking: a Flask application that stores each hit with one INSERT, durable before the reply.

Run by gunicorn. LEDGER names the SQLite file."""

import os
import sqlite3
import threading
import time

from flask import Flask, Response, redirect

app = Flask(__name__)
local = threading.local()
PIXEL = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b"


def store(kind: str, token: str) -> None:
    """One row, one commit."""
    if not hasattr(local, "ledger"):
        local.ledger = sqlite3.connect(os.environ["LEDGER"], timeout=60, isolation_level=None)
        local.ledger.execute("PRAGMA journal_mode = WAL")
        local.ledger.execute("PRAGMA synchronous = FULL")
        local.ledger.execute("CREATE TABLE IF NOT EXISTS hit (id INTEGER PRIMARY KEY, kind TEXT, token TEXT, at REAL)")
    local.ledger.execute("INSERT INTO hit (kind, token, at) VALUES (?, ?, ?)", (kind, token, time.time()))


@app.get("/o/<token>")
def opened(token: str) -> Response:
    """The pixel."""
    store("open", token)
    return Response(PIXEL, mimetype="image/gif", headers={"Cache-Control": "no-store"})


@app.get("/c/<token>")
def clicked(token: str) -> Response:
    """A link."""
    store("click", token)
    return redirect("https://shop.example/new?from=mail")
