//! The audience cluster as messaging sees it.

use async_trait::async_trait;
use audience::people;
use contract::campaigns::{Audience as Wanted, AudienceCount, AudienceNames};
use contract::{CompanyId, ContactId, Micros};
use kernel::{DbError, Tx};
use messaging::ports::{Audience, Moment, Person, Resolved, Suppression};

/// Joins messaging's port to the functions of the audience cluster.
pub struct People;

#[async_trait]
impl Audience for People {
    async fn count(&self, tx: &mut Tx, company: CompanyId, audience: &Wanted) -> Result<AudienceCount, DbError> {
        people::count(tx, company, audience).await
    }

    async fn resolve(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        audience: &Wanted,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<Resolved>, DbError> {
        let found = people::resolve(tx, company, audience, after, limit).await?;
        Ok(found.into_iter().map(|r| Resolved { contact: r.contact, email: r.email, reason: r.reason }).collect())
    }

    async fn people(&self, tx: &mut Tx, company: CompanyId, contacts: &[ContactId]) -> Result<Vec<Person>, DbError> {
        Ok(people::people(tx, company, contacts).await?.into_iter().map(person).collect())
    }

    async fn sample(&self, tx: &mut Tx, company: CompanyId) -> Result<Option<Person>, DbError> {
        Ok(people::sample(tx, company, &Wanted::default()).await?.map(person))
    }

    async fn unsubscribe(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        contact: ContactId,
        source: &str,
        reason: Option<&str>,
        at: Micros,
    ) -> Result<bool, DbError> {
        people::unsubscribe(tx, company, contact, source, reason, at).await
    }

    async fn resubscribe(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        contact: ContactId,
        source: &str,
        at: Micros,
    ) -> Result<bool, DbError> {
        people::resubscribe(tx, company, contact, source, at).await
    }

    async fn suppress(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        address: &str,
        reason: &str,
        source: &str,
        at: Micros,
    ) -> Result<bool, DbError> {
        people::suppress(tx, company, address, reason, source, at).await
    }

    async fn suppress_many(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        rows: Vec<Suppression>,
    ) -> Result<Vec<String>, DbError> {
        let rows: Vec<people::NewSuppression> = rows
            .into_iter()
            .map(|row| people::NewSuppression {
                address: row.address,
                reason: row.reason,
                source: row.source,
                at: row.at.0,
                code: row.code,
                campaign: row.campaign.map(|id| id.0),
            })
            .collect();
        people::suppress_many(tx, company, &rows).await
    }

    async fn release(&self, tx: &mut Tx, company: CompanyId, address: &str) -> Result<bool, DbError> {
        people::unsuppress(tx, company, address).await
    }

    async fn by_addresses(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        addresses: &[String],
    ) -> Result<Vec<(String, ContactId)>, DbError> {
        people::by_addresses(tx, company, addresses).await
    }

    async fn withheld(&self, tx: &mut Tx, company: CompanyId, address: &str) -> Result<Option<String>, DbError> {
        people::withheld(tx, company, address).await
    }

    async fn record(&self, tx: &mut Tx, company: CompanyId, moments: Vec<Moment>) -> Result<(), DbError> {
        let moments: Vec<people::NewMoment> = moments
            .into_iter()
            .map(|m| people::NewMoment {
                contact: m.contact,
                kind: m.kind,
                title: m.title,
                detail: m.detail,
                href: m.href,
                at: m.at,
            })
            .collect();
        people::record(tx, company, &moments).await
    }

    async fn count_empty(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        audience: &Wanted,
        names: &[String],
    ) -> Result<Vec<i64>, DbError> {
        people::count_empty(tx, company, audience, names).await
    }

    async fn count_shared(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        one: &Wanted,
        other: &Wanted,
    ) -> Result<i64, DbError> {
        people::count_shared(tx, company, one, other).await
    }

    async fn count_alike(&self, tx: &mut Tx, company: CompanyId, audience: &Wanted) -> Result<i64, DbError> {
        people::count_alike(tx, company, audience).await
    }

    async fn field_keys(&self, tx: &mut Tx, company: CompanyId) -> Result<Option<Vec<String>>, DbError> {
        people::field_keys(tx, company).await.map(Some)
    }

    async fn names(&self, tx: &mut Tx, company: CompanyId, audience: &Wanted) -> Result<AudienceNames, DbError> {
        people::names(tx, company, audience).await
    }
}

fn person(p: people::Person) -> Person {
    Person {
        contact: p.contact,
        email: p.email,
        first_name: p.first_name,
        last_name: p.last_name,
        organisation: p.organisation,
        phone: p.phone,
        zone: p.zone,
        language: p.language,
        fields: p.fields,
        consent: p.consent,
        suppressed: p.suppressed,
    }
}
