//! Pages of the messaging cluster: campaigns, templates, senders.

pub mod campaigns;
pub mod senders;
pub mod templates;
