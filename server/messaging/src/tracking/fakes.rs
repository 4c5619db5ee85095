//! An audience and a company in memory, for tests of services.

use crate::ports::{Audience, Companies, CompanyInfo, Moment, Person, Resolved};
use crate::render::example_person;
use async_trait::async_trait;
use contract::campaigns::{AudienceCount, AudienceNames};
use contract::contacts::ConsentState;
use contract::{CompanyId, ContactId, Micros, Zone};
use kernel::{DbError, Tx};
use std::sync::Mutex;

#[derive(Default)]
pub(crate) struct FakeAudience {
    pub people: Mutex<Vec<(CompanyId, Person)>>,
    pub moments: Mutex<Vec<Moment>>,
}

impl FakeAudience {
    pub fn add(&self, company: CompanyId, contact: ContactId, first_name: &str) {
        let person = Person { contact, first_name: first_name.into(), ..example_person(&[]) };
        self.people.lock().unwrap().push((company, person));
    }

    pub fn consent(&self, contact: ContactId) -> ConsentState {
        self.people.lock().unwrap().iter().find(|(_, p)| p.contact == contact).map(|(_, p)| p.consent).unwrap()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.moments.lock().unwrap().iter().map(|m| m.kind.clone()).collect()
    }

    fn set(&self, company: CompanyId, contact: ContactId, to: ConsentState) -> bool {
        let mut people = self.people.lock().unwrap();
        let Some((_, person)) = people.iter_mut().find(|(c, p)| *c == company && p.contact == contact) else {
            return false;
        };
        std::mem::replace(&mut person.consent, to) != to
    }
}

#[async_trait]
impl Audience for FakeAudience {
    async fn count(
        &self,
        _: &mut Tx,
        _: CompanyId,
        _: &contract::campaigns::Audience,
    ) -> Result<AudienceCount, DbError> {
        Ok(AudienceCount::default())
    }

    async fn resolve(
        &self,
        _: &mut Tx,
        _: CompanyId,
        _: &contract::campaigns::Audience,
        _: Option<ContactId>,
        _: i64,
    ) -> Result<Vec<Resolved>, DbError> {
        Ok(Vec::new())
    }

    async fn people(&self, _: &mut Tx, company: CompanyId, contacts: &[ContactId]) -> Result<Vec<Person>, DbError> {
        let people = self.people.lock().unwrap();
        Ok(people
            .iter()
            .filter(|(c, p)| *c == company && contacts.contains(&p.contact))
            .map(|(_, p)| p.clone())
            .collect())
    }

    async fn sample(&self, _: &mut Tx, _: CompanyId) -> Result<Option<Person>, DbError> {
        Ok(None)
    }

    async fn unsubscribe(
        &self,
        _: &mut Tx,
        company: CompanyId,
        contact: ContactId,
        _: &str,
        _: Option<&str>,
        _: Micros,
    ) -> Result<bool, DbError> {
        Ok(self.set(company, contact, ConsentState::Unsubscribed))
    }

    async fn resubscribe(
        &self,
        _: &mut Tx,
        company: CompanyId,
        contact: ContactId,
        _: &str,
        _: Micros,
    ) -> Result<bool, DbError> {
        Ok(self.set(company, contact, ConsentState::Subscribed))
    }

    async fn suppress(&self, _: &mut Tx, _: CompanyId, _: &str, _: &str, _: &str, _: Micros) -> Result<bool, DbError> {
        Ok(false)
    }

    async fn release(&self, _: &mut Tx, _: CompanyId, _: &str) -> Result<bool, DbError> {
        Ok(false)
    }

    async fn by_addresses(&self, _: &mut Tx, _: CompanyId, _: &[String]) -> Result<Vec<(String, ContactId)>, DbError> {
        Ok(Vec::new())
    }

    async fn withheld(&self, _: &mut Tx, _: CompanyId, _: &str) -> Result<Option<String>, DbError> {
        Ok(None)
    }

    async fn record(&self, _: &mut Tx, _: CompanyId, moments: Vec<Moment>) -> Result<(), DbError> {
        self.moments.lock().unwrap().extend(moments);
        Ok(())
    }

    async fn names(
        &self,
        _: &mut Tx,
        _: CompanyId,
        _: &contract::campaigns::Audience,
    ) -> Result<AudienceNames, DbError> {
        Ok(AudienceNames::default())
    }
}

pub(crate) struct FakeCompanies;

#[async_trait]
impl Companies for FakeCompanies {
    async fn get(&self, _: CompanyId) -> Result<CompanyInfo, DbError> {
        Ok(CompanyInfo {
            name: "Brød & Co".into(),
            address: "Main Street 1".into(),
            website: String::new(),
            zone: Zone::utc(),
        })
    }
}
