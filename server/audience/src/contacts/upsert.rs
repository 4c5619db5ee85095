//! Decides what a checked draft changes, for one contact or for a batch of thousands. No I/O: the store reads what is
//! known before and writes the [`Plan`] after.

use super::rules::{Checked, Profile};
use contract::Micros;
use contract::contacts::ConsentState;
use kernel::db::simple_uuid;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// A contact as it is now, with what a write may touch.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Id.
    pub id: Uuid,
    /// Columns.
    pub profile: Profile,
    /// Email consent.
    pub consent: Option<ConsentState>,
    /// Run of an import that met it last.
    pub mark: Option<Uuid>,
    /// Tags.
    pub tags: BTreeSet<Uuid>,
    /// Lists.
    pub lists: BTreeSet<Uuid>,
}

/// A checked draft.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// Columns.
    pub checked: Checked,
    /// Tags to have.
    pub tags: Option<Vec<Uuid>>,
    /// Lists to be on.
    pub lists: Option<Vec<Uuid>>,
    /// Whether tags and lists that are not named are taken off.
    pub exact: bool,
    /// Email consent and its proof.
    pub consent: Option<(ConsentState, Arc<str>)>,
}

/// What became of a draft for a known contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Something changed.
    Updated,
    /// It was so already.
    Unchanged,
}

/// How drafts are written.
#[derive(Clone, Debug)]
pub struct How {
    /// How a new contact came in.
    pub source: Arc<str>,
    /// Title of the timeline entry of a changed contact, if it gets one.
    pub title: Option<String>,
    /// Page the entry leads to.
    pub href: String,
    /// Whether a person decided for this one contact: only then may "unsubscribed" be turned.
    pub deliberate: bool,
    /// Now.
    pub now: Micros,
}

/// A whole row of the contact table.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    #[serde(rename = "i", serialize_with = "simple_uuid")]
    pub id: Uuid,
    #[serde(rename = "e")]
    pub email: Option<String>,
    #[serde(rename = "f")]
    pub first_name: String,
    #[serde(rename = "l")]
    pub last_name: String,
    #[serde(rename = "p")]
    pub phone: String,
    #[serde(rename = "o")]
    pub organisation: String,
    #[serde(rename = "z")]
    pub zone: String,
    #[serde(rename = "g")]
    pub language: String,
    /// JSON object as text.
    #[serde(rename = "x")]
    pub fields: String,
    #[serde(rename = "s")]
    pub search: String,
    #[serde(rename = "n")]
    pub sort_name: String,
    /// Only read when the row is new.
    #[serde(rename = "c")]
    pub consent: &'static str,
}

/// Consent of one contact.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentRow {
    #[serde(rename = "i", serialize_with = "simple_uuid")]
    pub contact: Uuid,
    #[serde(rename = "s")]
    pub state: &'static str,
    #[serde(rename = "o")]
    pub source: Arc<str>,
}

/// A contact with a tag or a list.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Pair {
    #[serde(rename = "i", serialize_with = "simple_uuid")]
    pub contact: Uuid,
    #[serde(rename = "g", serialize_with = "simple_uuid")]
    pub group: Uuid,
}

/// An entry of the timeline.
#[derive(Clone, Debug, Serialize)]
pub struct MomentRow {
    #[serde(rename = "i", serialize_with = "simple_uuid")]
    pub contact: Uuid,
    #[serde(rename = "k")]
    pub kind: String,
    #[serde(rename = "t")]
    pub title: String,
    #[serde(rename = "d")]
    pub detail: String,
    #[serde(rename = "h")]
    pub href: String,
    #[serde(rename = "a")]
    pub at: i64,
}

/// Everything that a batch writes; each part is one statement.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Run of the import that writes; new contacts carry it from the start.
    pub mark: Option<Uuid>,
    /// Known contacts that the run met and that get its mark.
    pub met: Vec<Uuid>,
    /// New rows.
    pub inserts: Vec<Written>,
    /// Changed rows.
    pub updates: Vec<Written>,
    /// Consent of new contacts, whose row carries the state already.
    pub first_consents: Vec<ConsentRow>,
    /// Consent of known ones.
    pub consents: Vec<ConsentRow>,
    /// Tags to put on.
    pub tag_add: Vec<Pair>,
    /// Tags to take off.
    pub tag_remove: Vec<Pair>,
    /// Lists to put on.
    pub list_add: Vec<Pair>,
    /// Lists to take off.
    pub list_remove: Vec<Pair>,
    /// Timeline.
    pub moments: Vec<MomentRow>,
}

/// What an entry of the timeline says about a consent.
pub fn consent_title(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Subscribed => "Subscribed to email",
        ConsentState::Unsubscribed => "Unsubscribed from email",
        ConsentState::None => "Consent to email taken back to none",
    }
}

fn written(id: Uuid, profile: &Profile, consent: ConsentState) -> Written {
    Written {
        id,
        email: profile.email.clone(),
        first_name: profile.first_name.clone(),
        last_name: profile.last_name.clone(),
        phone: profile.phone.clone(),
        organisation: profile.organisation.clone(),
        zone: profile.zone.clone(),
        language: profile.language.clone(),
        fields: if profile.fields.is_empty() { "{}".to_owned() } else { kernel::db::json_rows(&profile.fields) },
        search: profile.search(),
        sort_name: profile.sort_name(),
        consent: consent.as_str(),
    }
}

impl Plan {
    /// Adds what a draft changes about a known contact.
    pub fn change(&mut self, known: &Known, incoming: &Incoming, how: &How) -> Outcome {
        let id = known.id;
        let mut profile = known.profile.clone();
        let current = known.consent.unwrap_or(ConsentState::None);
        let mut changed = incoming.checked.overlay(&mut profile);
        if changed {
            self.updates.push(written(id, &profile, current));
        }
        changed |=
            groups(id, incoming.tags.as_deref(), &known.tags, incoming.exact, &mut self.tag_add, &mut self.tag_remove);
        changed |= groups(
            id,
            incoming.lists.as_deref(),
            &known.lists,
            incoming.exact,
            &mut self.list_add,
            &mut self.list_remove,
        );
        let consent = incoming
            .consent
            .as_ref()
            .filter(|(state, _)| *state != current && (how.deliberate || current != ConsentState::Unsubscribed));
        if let Some((state, source)) = consent {
            self.consents.push(ConsentRow { contact: id, state: state.as_str(), source: Arc::clone(source) });
            let kind = if *state == ConsentState::Subscribed { "subscribed" } else { "unsubscribed" };
            self.moment(id, kind, consent_title(*state).to_owned(), source.to_string(), how);
            changed = true;
        }
        if !changed {
            return Outcome::Unchanged;
        }
        if let Some(title) = &how.title {
            self.moment(
                id,
                if how.href.is_empty() { "changed" } else { "imported" },
                title.clone(),
                String::new(),
                how,
            );
        }
        Outcome::Updated
    }

    /// Adds a new contact. Its first timeline entry is the row itself.
    pub fn create(&mut self, id: Uuid, incoming: &Incoming) {
        let mut profile = Profile::default();
        incoming.checked.overlay(&mut profile);
        let consent = incoming.consent.as_ref().map_or(ConsentState::None, |(state, _)| *state);
        self.inserts.push(written(id, &profile, consent));
        if let Some((state, source)) = incoming.consent.as_ref().filter(|(s, _)| *s != ConsentState::None) {
            self.first_consents.push(ConsentRow { contact: id, state: state.as_str(), source: Arc::clone(source) });
        }
        let pairs = |groups: &Option<Vec<Uuid>>| {
            let unique: BTreeSet<Uuid> = groups.iter().flatten().copied().collect();
            unique.into_iter().map(move |group| Pair { contact: id, group }).collect::<Vec<_>>()
        };
        self.tag_add.extend(pairs(&incoming.tags));
        self.list_add.extend(pairs(&incoming.lists));
    }

    fn moment(&mut self, contact: Uuid, kind: &str, title: String, detail: String, how: &How) {
        let href = how.href.clone();
        self.moments.push(MomentRow { contact, kind: kind.to_owned(), title, detail, href, at: how.now.0 });
    }
}

fn groups(
    contact: Uuid,
    wanted: Option<&[Uuid]>,
    has: &BTreeSet<Uuid>,
    exact: bool,
    add: &mut Vec<Pair>,
    remove: &mut Vec<Pair>,
) -> bool {
    let Some(wanted) = wanted else { return false };
    let wanted: BTreeSet<Uuid> = wanted.iter().copied().collect();
    let before = add.len() + remove.len();
    add.extend(wanted.difference(has).map(|group| Pair { contact, group: *group }));
    if exact {
        remove.extend(has.difference(&wanted).map(|group| Pair { contact, group: *group }));
    }
    add.len() + remove.len() > before
}
