//! Messaging pages.
