//! What messaging needs from the other clusters, as traits that the binary joins to them.
//!
//! [`Audience`] works inside messaging's own transaction, so that a recipient's consent is read in the very transaction
//! that writes the intent to mail them, and an unsubscribe is one commit with the hit that asked for it.

use async_trait::async_trait;
use contract::campaigns::{AudienceCount, AudienceNames};
use contract::contacts::ConsentState;
use contract::{CampaignId, CompanyId, ContactId, Micros, UserId, Zone};
use kernel::{DbError, Tx};
use std::collections::BTreeMap;

/// One member of an audience, as preparing writes it to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The person.
    pub contact: ContactId,
    /// Address, lower-cased, if there is one.
    pub email: Option<String>,
    /// Why the person is left out: `unsubscribed`, `no_consent`, `suppressed`, `no_address`, `invalid_address`; `None` is mailed.
    pub reason: Option<&'static str>,
}

/// A person with everything a message can say about them, and whether they may be mailed now.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The person.
    pub contact: ContactId,
    /// Address or empty.
    pub email: String,
    /// First name or empty.
    pub first_name: String,
    /// Last name or empty.
    pub last_name: String,
    /// Organisation or empty.
    pub organisation: String,
    /// Phone or empty.
    pub phone: String,
    /// IANA zone or empty.
    pub zone: String,
    /// Language or empty.
    pub language: String,
    /// Custom fields by key.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Email consent now.
    pub consent: ConsentState,
    /// Why mail is withheld whatever the consent says.
    pub suppressed: Option<String>,
}

/// One entry for a contact's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Whose.
    pub contact: ContactId,
    /// `sent`, `opened`, `clicked`, `failed`, …
    pub kind: String,
    /// What happened, one clause.
    pub title: String,
    /// More, or empty.
    pub detail: String,
    /// Page it leads to, or empty.
    pub href: String,
    /// When.
    pub at: Micros,
}

/// An address to withhold mail to, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Normalised.
    pub address: String,
    /// `bounced`, `complained` or `manual`.
    pub reason: &'static str,
    /// Who said so, in words.
    pub source: String,
    /// The server's code, or empty.
    pub code: String,
    /// Whose message came back.
    pub campaign: Option<CampaignId>,
    /// Since when.
    pub at: Micros,
}

/// The audience cluster, inside a transaction of messaging.
#[async_trait]
pub trait Audience: Send + Sync {
    /// Counts an audience now; `matched = will_receive + Σ excluded`.
    async fn count(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        audience: &contract::campaigns::Audience,
    ) -> Result<AudienceCount, DbError>;

    /// Members by contact id, each once, at most `limit` after `after`; fewer than `limit` is the end.
    async fn resolve(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        audience: &contract::campaigns::Audience,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<Resolved>, DbError>;

    /// These people as they are now, in any order; who is gone is absent. One statement for all of them.
    async fn people(&self, tx: &mut Tx, company: CompanyId, contacts: &[ContactId]) -> Result<Vec<Person>, DbError>;

    /// Somebody to show a preview with, if there is anybody who can be mailed.
    async fn sample(&self, tx: &mut Tx, company: CompanyId) -> Result<Option<Person>, DbError>;

    /// Takes the consent to email back; again is no error. Answers whether it changed something.
    async fn unsubscribe(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        contact: ContactId,
        source: &str,
        reason: Option<&str>,
        at: Micros,
    ) -> Result<bool, DbError>;

    /// Gives the consent to email again. Answers whether it changed something.
    async fn resubscribe(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        contact: ContactId,
        source: &str,
        at: Micros,
    ) -> Result<bool, DbError>;

    /// Withholds mail to an address whatever the consent says, for example because it `bounced`. Answers whether it is new.
    async fn suppress(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        address: &str,
        reason: &str,
        source: &str,
        at: Micros,
    ) -> Result<bool, DbError>;

    /// Withholds mail to many addresses, each named once; answers those that were not withheld before.
    async fn suppress_many(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        rows: Vec<Suppression>,
    ) -> Result<Vec<String>, DbError> {
        let mut new = Vec::new();
        for row in rows {
            if self.suppress(tx, company, &row.address, row.reason, &row.source, row.at).await? {
                new.push(row.address);
            }
        }
        Ok(new)
    }

    /// Lets mail to an address through again. Answers whether it was withheld.
    async fn release(&self, tx: &mut Tx, company: CompanyId, address: &str) -> Result<bool, DbError>;

    /// The living contacts with these addresses.
    async fn by_addresses(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        addresses: &[String],
    ) -> Result<Vec<(String, ContactId)>, DbError>;

    /// Why mail to an address is withheld whatever its owner agreed to: `bounced`, `complained`, …
    async fn withheld(&self, tx: &mut Tx, company: CompanyId, address: &str) -> Result<Option<String>, DbError>;

    /// Adds to timelines, in bulk. Contacts that are gone are passed over.
    async fn record(&self, tx: &mut Tx, company: CompanyId, moments: Vec<Moment>) -> Result<(), DbError>;

    /// Of those who get mail: how many have nothing under each name (`first_name`, `fields.<key>`), in the order asked.
    async fn count_empty(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        audience: &contract::campaigns::Audience,
        names: &[String],
    ) -> Result<Vec<i64>, DbError> {
        let _ = (tx, company, audience);
        Ok(vec![0; names.len()])
    }

    /// How many get mail through both audiences.
    async fn count_shared(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        one: &contract::campaigns::Audience,
        other: &contract::campaigns::Audience,
    ) -> Result<i64, DbError> {
        let _ = (tx, company, one, other);
        Ok(0)
    }

    /// How many of those who get mail have an address that differs from another one's only by what follows a plus sign.
    async fn count_alike(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        audience: &contract::campaigns::Audience,
    ) -> Result<i64, DbError> {
        let _ = (tx, company, audience);
        Ok(0)
    }

    /// Keys of the company's custom fields; `None` where they are not known, and then none is refused.
    async fn field_keys(&self, tx: &mut Tx, company: CompanyId) -> Result<Option<Vec<String>>, DbError> {
        let _ = (tx, company);
        Ok(None)
    }

    /// Lists and tags by name; those that are gone are absent.
    async fn names(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        audience: &contract::campaigns::Audience,
    ) -> Result<AudienceNames, DbError>;
}

/// What the world finds about a From domain.
#[async_trait]
pub trait DomainReports: Send + Sync {
    /// Looks into DNS now.
    ///
    /// # Errors
    /// When it cannot be asked.
    async fn report(
        &self,
        company: CompanyId,
        domain: &str,
    ) -> Result<contract::domains::DomainReport, contract::Fault>;
}

/// What messaging says about the company that mails.
#[derive(Clone, Debug, PartialEq)]
pub struct CompanyInfo {
    /// Name.
    pub name: String,
    /// Postal address or empty.
    pub address: String,
    /// Website or empty.
    pub website: String,
    /// Zone of its days and of times without one.
    pub zone: Zone,
}

/// The platform cluster.
#[async_trait]
pub trait Companies: Send + Sync {
    /// The company.
    async fn get(&self, company: CompanyId) -> Result<CompanyInfo, DbError>;

    /// What a user of the company is called, for "by …"; `None` when not known.
    async fn user_name(&self, company: CompanyId, user: UserId) -> Result<Option<String>, DbError> {
        let _ = (company, user);
        Ok(None)
    }
}
