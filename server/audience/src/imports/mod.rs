//! Imports: a CSV file becomes contacts.
//!
//! Nouns: upload, preview, plan, try (reads everything and writes no contact), run, batch, checkpoint, rejected row.
//!
//! Invariants:
//! - `created + updated + unchanged + skipped + duplicates + rejected = read`, at every checkpoint.
//! - A batch is one transaction: contacts, consents, tags, lists, rejected rows, seen addresses, counts and the checkpoint.
//!   So a crash loses nothing and doubles nothing, and a resumed run ends with the counts of an undisturbed one.
//! - Nobody who unsubscribed is turned back.
//! - Memory does not grow with the file: rows above 512 kB and cells above 64 kB are passed over and rejected.
//!
//! SQL is in `store`, bytes in `reader`, pure decisions in `rules`, `detect` and `guess`.

mod detect;
mod files;
mod guess;
pub mod jobs;
mod reader;
mod rules;
mod run;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use files::ImportFiles;
pub use run::{Leave, Trouble, Worker};
pub use service::{ImportService, MAX_BYTES};
pub use store::Key;
