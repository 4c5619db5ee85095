//! DKIM (RFC 6376, RFC 8301, RFC 8463): keys, their DNS records, and signatures.
//!
//! Own writing of the signature on `ring`: the kept library that signs does so with slower arithmetic that leaks its timing and
//! brings a second copy of most of our cryptography. What is signed is `relaxed/relaxed`; `From` and its like are signed once
//! more than they occur, so that nobody can add another.

mod canonical;
mod key;
mod sign;
mod signing;

pub use key::{Algorithm, Pair, generate, record};
pub use sign::Signer;
pub use signing::Signing;

#[cfg(test)]
mod tests;
