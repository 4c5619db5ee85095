//! Pages of the audience cluster: contacts, lists, tags, fields, imports.

pub mod contacts;
pub mod imports;
