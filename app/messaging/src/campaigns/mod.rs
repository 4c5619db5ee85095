//! The face of campaigns: the list, the composer, the page of one.

pub mod api;
mod composer;
mod list;
mod moves;
mod new;
mod one;
mod words;

pub use composer::ComposerRoute;
pub use list::CampaignsRoute;
pub use one::CampaignRoute;
pub(crate) use words::{recipient as recipient_status, recipient_words};
