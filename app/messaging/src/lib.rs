//! Pages of the messaging cluster: campaigns, templates, senders, bounces.

pub mod bounces;
pub mod campaigns;
mod content;
mod parts;
pub mod people;
pub mod senders;
pub mod templates;
