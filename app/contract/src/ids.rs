//! Identifiers: one newtype per noun over a UUID v7, so that a contact can never be passed for a list.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

ids! {
    /// A company: the tenant that owns all other data.
    CompanyId,
    /// A person who signs in.
    UserId,
    /// One signed-in browser.
    SessionId,
    /// A pending invitation to a company.
    InvitationId,
    /// A key for the public API.
    ApiKeyId,
    /// A person in the audience.
    ContactId,
    /// A custom field definition.
    FieldId,
    /// A tag.
    TagId,
    /// A static list of contacts.
    ListId,
    /// One import of a file of contacts.
    ImportId,
    /// An account that mail is sent through.
    SenderId,
    /// A domain that mail is sent from.
    DomainId,
    /// A reusable email design.
    TemplateId,
    /// An email campaign.
    CampaignId,
    /// A file that goes with a campaign.
    FileId,
    /// A single message.
    MessageId,
    /// A bounce or complaint.
    BounceId,
    /// A mailbox that returned messages come to.
    MailboxId,
    /// An address that a provider tells bounces to.
    HookId,
}
