-- A domain that mail is sent from. What receivers find about it is kept as it was found last.
CREATE TABLE sending_domain (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    -- lower case, international ones in punycode
    domain TEXT NOT NULL,
    signs BOOLEAN NOT NULL,
    -- contract::domains::RecordCheck as JSON
    spf TEXT NOT NULL,
    dmarc TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID,
    -- when DNS answered last, and when it was asked last
    checked_at BIGINT,
    asked_at BIGINT,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, domain)
);
SELECT lux_scope('sending_domain');
CREATE INDEX sending_domain_asked ON sending_domain (asked_at, id);

-- Its keys. Secret halves are in `secret` (kind `dkim`, named by domain and selector), never here.
CREATE TABLE sending_domain_key (
    company_id UUID NOT NULL,
    domain_id UUID NOT NULL,
    selector TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('rsa', 'ed25519')),
    -- grows when keys are renewed: of one kind the newest whose record was found signs
    generation BIGINT NOT NULL,
    public_key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('unchecked', 'good', 'weak', 'missing', 'wrong', 'unreachable')),
    found TEXT NOT NULL,
    words TEXT NOT NULL,
    checked_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, domain_id, selector),
    FOREIGN KEY (company_id, domain_id) REFERENCES sending_domain (company_id, id) ON DELETE CASCADE
);
SELECT lux_scope('sending_domain_key');
