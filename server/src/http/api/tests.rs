//! The API as a caller sees it, on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "test"
)]

mod description;
mod events;
mod flow;
mod house;
mod imports;
mod keyed;
mod matrix;

use house::{House, both_houses};
