//! The words that the browser, the API and the server share.
//!
//! One module per domain: ids, requests, replies and the service trait. Nothing here does I/O, and
//! everything compiles to WebAssembly. A service trait takes the [`Actor`] first: whoever calls it,
//! a page, the API or a job, is checked by the service itself.

pub mod accounts;
pub mod actor;
pub mod bounces;
pub mod campaigns;
pub mod contacts;
pub mod domains;
pub mod fault;
pub mod ids;
pub mod imports;
pub mod live;
pub mod messages;
pub mod page;
pub mod senders;
pub mod sending;
pub mod templates;
pub mod time;
pub mod tracking;

pub use actor::{Actor, Capability, Client, Role, Who};
pub use fault::{Fault, FieldError};
pub use ids::*;
pub use page::{Cursor, Page};
pub use time::{Micros, Zone, ZoneSpan};
