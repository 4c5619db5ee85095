//! Platform cluster.
