//! Audience pages.
