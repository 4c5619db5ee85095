//! Platform pages.
