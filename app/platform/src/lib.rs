//! Pages of the platform cluster: accounts, people, keys, company.

pub mod accounts;
