//! Reusable email designs, and what an email looks like before it goes out.
//!
//! A template is words and markup, nothing more: campaigns copy it when they start from it, so changing or deleting one
//! changes nothing that was written before. A preview never fails over content: what is wrong comes with it, in words.
//!
//! [`Service`] is what people see, `preview` writes, `starters` are the layouts a new template begins with, `store` holds
//! the SQL.

mod preview;
mod service;
mod starters;
pub(crate) mod store;

pub use service::Service;

#[cfg(test)]
mod tests;
