"""The peer of a campaign that keeps a ledger the simple way: one commit for each mail, as small senders do it.

Arguments: port, connections, mails, file with frozen mails, folder for the ledger."""

import json
import smtplib
import sqlite3
import sys
import threading
from email.message import EmailMessage
from email.utils import make_msgid

PORT, CONNECTIONS, COUNT = map(int, sys.argv[1:4])
FROZEN = json.load(open(sys.argv[4], encoding="utf-8"))
LEDGER = f"{sys.argv[5]}/ledger.db"


def opened() -> sqlite3.Connection:
    """Durable, as ours is."""
    ledger = sqlite3.connect(LEDGER, timeout=60, isolation_level=None)
    ledger.execute("PRAGMA journal_mode = WAL")
    ledger.execute("PRAGMA synchronous = FULL")
    return ledger


def lane(begin: int) -> None:
    """One connection and its share of the people."""
    ledger, server = opened(), smtplib.SMTP("127.0.0.1", PORT)
    for number in range(begin, COUNT, CONNECTIONS):
        frozen = FROZEN[number % len(FROZEN)]
        message = EmailMessage()
        message["From"], message["To"] = "post@lovstraede.example", f"peer{number}@example.com"
        message["Subject"], message["Message-ID"] = frozen["subject"], make_msgid(domain="lovstraede.example")
        for name, value in frozen["headers"].items():
            message[name] = value
        message.set_content(frozen["text"])
        message.add_alternative(frozen["html"], subtype="html")
        server.send_message(message)
        ledger.execute("UPDATE recipient SET state = 'sent' WHERE id = ?", (number,))
    server.quit()


first = opened()
first.execute("CREATE TABLE recipient (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")
first.execute("BEGIN")
first.executemany("INSERT INTO recipient VALUES (?, 'pending')", ((n,) for n in range(COUNT)))
first.execute("COMMIT")
threads = [threading.Thread(target=lane, args=(n,)) for n in range(CONNECTIONS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
