//! Customers once they are contacts: what decides whether a mail goes to them, as it changes over the weeks.

use super::people::{List, Person, Reader};
use contract::Micros;
use uuid::Uuid;

/// A contact, as the ledger's play needs it.
#[derive(Clone, Debug)]
pub struct Member {
    /// Row.
    pub contact: Uuid,
    /// Address, if there is one.
    pub email: Option<String>,
    /// Came.
    pub created: Micros,
    /// Lists.
    pub lists: Vec<List>,
    /// Tags.
    pub tags: Vec<&'static str>,
    /// Whether they ever agreed to email.
    pub agreed: bool,
    /// Said no.
    pub left: Option<Micros>,
    /// Mail is withheld since.
    pub withheld: Option<Micros>,
    /// How much they care, 0 to 1.
    pub keen: f64,
    /// How they read.
    pub reader: Reader,
}

impl Member {
    /// A person under a contact's id.
    pub fn new(contact: Uuid, person: &Person) -> Self {
        Self {
            contact,
            email: (!person.email.is_empty()).then(|| person.email.clone()),
            created: person.created,
            lists: person.lists.clone(),
            tags: person.tags.clone(),
            agreed: person.proof.is_some(),
            left: person.left.map(|(at, _)| at),
            withheld: None,
            keen: person.keen,
            reader: person.reader,
        }
    }

    /// Why a campaign that starts at `at` leaves them out, in the order in which reasons win; empty if it does not.
    pub fn left_out(&self, at: Micros) -> &'static str {
        let before = |then: Option<Micros>| then.is_some_and(|then| then <= at);
        match self {
            _ if self.email.is_none() => "no_address",
            _ if before(self.left) => "unsubscribed",
            _ if before(self.withheld) => "suppressed",
            _ if !self.agreed => "no_consent",
            _ => "",
        }
    }
}
