-- Mailboxes that returned messages come to. The secret is in `secret` (kind `bounce mailbox`, named by the id).
CREATE TABLE bounce_mailbox (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('imap', 'pop3')),
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    tls TEXT NOT NULL CHECK (tls IN ('tls', 'starttls', 'none')),
    login TEXT NOT NULL,
    folder TEXT NOT NULL,
    after_read TEXT NOT NULL CHECK (after_read IN ('mark', 'move', 'delete')),
    move_to TEXT NOT NULL,
    every_minutes INTEGER NOT NULL,
    -- base of the signed return addresses, or empty
    return_address TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    -- where the next look goes on; committed together with what the letters said
    bookmark TEXT NOT NULL DEFAULT '',
    -- grows with every change that makes the bookmark void
    epoch INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'good', 'failing')),
    detail TEXT NOT NULL DEFAULT '',
    checked_at INTEGER,
    letters INTEGER NOT NULL DEFAULT 0,
    reports INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, name)
) STRICT;

-- Letters that lie in a mailbox and were read: those that still have to be put aside, and (POP3) those that stay.
CREATE TABLE bounce_letter (
    company_id BLOB NOT NULL,
    mailbox_id BLOB NOT NULL,
    letter TEXT NOT NULL,
    is_untidy INTEGER NOT NULL,
    PRIMARY KEY (company_id, mailbox_id, letter),
    FOREIGN KEY (company_id, mailbox_id) REFERENCES bounce_mailbox (company_id, id) ON DELETE CASCADE
) STRICT;

-- Senders whose returned messages come to a mailbox under a signed address.
CREATE TABLE bounce_return (
    company_id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    mailbox_id BLOB NOT NULL,
    PRIMARY KEY (company_id, sender_id),
    FOREIGN KEY (company_id, sender_id) REFERENCES sender (company_id, id) ON DELETE CASCADE,
    FOREIGN KEY (company_id, mailbox_id) REFERENCES bounce_mailbox (company_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX bounce_return_mailbox ON bounce_return (company_id, mailbox_id);

-- Addresses that providers call. Secrets are in `secret` (kinds `bounce hook` and `bounce hook old`, named by the id).
CREATE TABLE bounce_hook (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('generic', 'postmark', 'sendgrid', 'mailgun', 'ses')),
    used_at INTEGER,
    events INTEGER NOT NULL DEFAULT 0,
    -- why the last call was refused
    detail TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, name)
) STRICT;
