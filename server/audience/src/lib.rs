//! Audience cluster.
