//! Database, clock, ids, vault, outbox, egress. Knows no domain.
