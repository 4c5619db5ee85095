//! Pages of the messaging cluster: campaigns, single messages, templates, senders, sending domains, delivery, bounces.

pub mod bounces;
pub mod campaigns;
mod content;
pub mod delivery;
pub mod domains;
pub mod messages;
mod parts;
pub mod people;
pub mod senders;
pub mod templates;
