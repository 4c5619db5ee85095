//! Contacts: rules, and the service on both engines.

mod bulk;
mod people;
mod rules;
mod service;

use crate::contacts::ContactService;
use crate::ports::Alone;
use contract::contacts::{ConsentState, Contact, ContactDraft, Contacts};
use contract::{Actor, ApiKeyId, CompanyId, Role, Who};
use kernel::{Db, TestClock};
use std::sync::Arc;

/// The service with its clock.
pub struct Desk {
    pub contacts: ContactService,
    pub clock: TestClock,
    pub actor: Actor,
    pub stranger: Actor,
    pub db: Db,
}

pub fn desk(db: Db) -> Desk {
    let (clock, ids) = testkit::clock_and_ids();
    let contacts = ContactService::new(db.clone(), Arc::new(clock.clone()), ids, Arc::new(Alone), Arc::new(Alone));
    Desk { contacts, clock, actor: owner(testkit::company(1)), stranger: owner(testkit::company(2)), db }
}

pub fn owner(company: CompanyId) -> Actor {
    Actor::system(company)
}

pub fn with_role(company: CompanyId, role: Role) -> Actor {
    Actor { who: Who::ApiKey(ApiKeyId(uuid::Uuid::nil())), company, role, scopes: None }
}

pub fn draft(email: &str) -> ContactDraft {
    ContactDraft { email: Some(email.into()), ..ContactDraft::default() }
}

pub fn subscribed(email: &str) -> ContactDraft {
    ContactDraft { consent: Some(ConsentState::Subscribed), consent_source: Some("form".into()), ..draft(email) }
}

impl Desk {
    pub async fn add(&self, draft: ContactDraft) -> Contact {
        self.contacts.create(&self.actor, draft).await.unwrap()
    }
}

#[test]
fn every_statement_is_accepted_by_both_engines() {
    testkit::prepare_all();
}
