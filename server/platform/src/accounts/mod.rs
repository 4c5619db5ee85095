//! Companies, people, sessions and keys.
//!
//! Nouns: a *company* owns all other data. A *person* signs in and can be in several companies, in each with a *role*
//! (the *membership*). A *session* is one signed-in browser, bound to one of the person's companies at a time. An
//! *invitation* offers a membership by link. An *API key* acts for a company within its scopes.
//!
//! Invariants: a company keeps at least one owner. Nobody gives a role above their own. A session ends with the
//! membership it stands on. Of passwords only argon2id hashes are stored, of tokens and keys only SHA-256, authenticator
//! secrets are sealed by the vault. A stranger learns from no answer, and from no answer's time, whether an address is
//! known: mail is always sent by a job.
//!
//! The SQL is in `store`, the decisions in `rules`.

mod jobs;
mod limits;
mod passwords;
mod post;
mod rules;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use jobs::{InvitationMail, ResetMail, Sweep};
pub use post::{NoPost, Post};
pub use service::{NewAdmin, Parts, Service};
