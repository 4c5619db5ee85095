//! Durable queue. Knows no domain.
