//! The platform's own matters: who may come in. One room per domain; [`accounts`] is the first.

pub mod accounts;
