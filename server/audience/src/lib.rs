//! Audience cluster: [`contacts`], [`imports`] and, for messaging, [`people`].
//!
//! The server makes a [`contacts::ContactService`] and an [`imports::ImportService`], registers their jobs with
//! [`contacts::jobs::register`] and [`imports::jobs::register`], and wires the [`ports`].

mod built;
pub mod contacts;
mod csv;
pub mod imports;
pub mod people;
pub mod ports;
