//! Pages of the messaging cluster: campaigns, templates, senders, sending domains, bounces.

pub mod bounces;
pub mod campaigns;
mod content;
pub mod domains;
mod parts;
pub mod people;
pub mod senders;
pub mod templates;
