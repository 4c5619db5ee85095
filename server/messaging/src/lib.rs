//! Messaging cluster.
