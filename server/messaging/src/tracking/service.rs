//! The tracking service.

use super::hits::{Hit, HitWork};
use super::keys::Keys;
use super::rules::cut;
use super::store::{self, Who};
use super::token::{Token, TokenKind};
use crate::ports::{Audience, Companies};
use async_trait::async_trait;
use contract::tracking::{Tracking, UnsubscribeView, Visit};
use contract::{CampaignId, CompanyId, Fault};
use kernel::{Clock, Db, DbError, GroupCommit};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Campaigns whose targets are kept in memory.
const KEPT: usize = 1000;
/// Times a hit is handed in again when the database was busy.
const TRIES: usize = 3;

type Targets = HashMap<(CompanyId, CampaignId), Arc<Vec<String>>>;

/// Answers what recipients touch. Cheap to clone; clones share the writer of hits.
#[derive(Clone)]
pub struct Tracker {
    pub(super) db: Db,
    pub(super) keys: Keys,
    pub(super) audience: Arc<dyn Audience>,
    pub(super) companies: Arc<dyn Companies>,
    pub(super) clock: Arc<dyn Clock>,
    group: GroupCommit<HitWork>,
    targets: Arc<RwLock<Targets>>,
}

impl Tracker {
    /// Starts the writer of hits. Must be called inside the runtime.
    pub fn start(
        db: Db,
        keys: Keys,
        audience: Arc<dyn Audience>,
        companies: Arc<dyn Companies>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let group = GroupCommit::start(db.clone(), HitWork { audience: Arc::clone(&audience) });
        Self { db, keys, audience, companies, clock, group, targets: Arc::default() }
    }

    pub(super) fn token(&self, text: &str, kind: TokenKind) -> Result<Token, Fault> {
        self.keys.verify(text, kind).ok_or_else(|| Fault::missing("Link"))
    }

    /// Where a link leads. What is in memory is of mail that went out, and so cannot change; tests go to the table.
    async fn find_target(&self, token: &Token) -> Result<String, Fault> {
        let key = (token.company, token.campaign);
        let number = usize::from(token.link);
        let missing = || Fault::missing("Link");
        let kept = self.targets.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(kept) = kept.filter(|_| !token.test) {
            return kept.get(number).cloned().ok_or_else(missing);
        }
        let mut tx = self.db.read(token.company).await?;
        let links = store::links(&mut tx, token.company, token.campaign).await?;
        let target = links.get(number).cloned().ok_or_else(missing)?;
        if !token.test {
            let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
            if targets.len() >= KEPT {
                targets.clear();
            }
            targets.insert(key, Arc::new(links));
        }
        Ok(target)
    }

    /// Returns once the hit is committed.
    async fn count(&self, token: &Token, visit: Visit) -> Result<(), DbError> {
        let hit = Hit {
            who: who(token),
            kind: token.kind,
            link: token.link,
            at: self.clock.now(),
            agent: cut(&visit.agent, 300),
            address: self.keys.hash_address(token.company, &visit.address),
        };
        let mut tries = 1;
        loop {
            match self.group.submit(hit.clone()).await {
                Err(error) if error.is_transient() && tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }
}

pub(super) fn who(token: &Token) -> Who {
    Who { company: token.company, campaign: token.campaign, contact: token.contact }
}

#[async_trait]
impl Tracking for Tracker {
    async fn open(&self, token: &str, visit: Visit) -> Result<(), Fault> {
        let token = self.token(token, TokenKind::Open)?;
        if token.test {
            return Ok(());
        }
        Ok(self.count(&token, visit).await?)
    }

    async fn click(&self, token: &str, visit: Visit) -> Result<String, Fault> {
        let token = self.token(token, TokenKind::Click)?;
        let target = self.find_target(&token).await?;
        if !token.test {
            // A person who clicked gets where they want to go, even when we cannot write it down.
            if let Err(error) = self.count(&token, visit).await {
                tracing::error!(%error, campaign = %token.campaign, "a click could not be stored");
            }
        }
        Ok(target)
    }

    async fn target(&self, token: &str) -> Result<String, Fault> {
        let token = self.token(token, TokenKind::Click)?;
        self.find_target(&token).await
    }

    async fn web_view(&self, token: &str) -> Result<String, Fault> {
        let token = self.token(token, TokenKind::View)?;
        self.page(&token).await
    }

    async fn unsubscribe_view(&self, token: &str) -> Result<UnsubscribeView, Fault> {
        let token = self.token(token, TokenKind::Unsubscribe)?;
        self.view(&token).await
    }

    async fn unsubscribe(&self, token: &str, reason: Option<String>, one_click: bool) -> Result<(), Fault> {
        let token = self.token(token, TokenKind::Unsubscribe)?;
        let reason = cut(&reason.unwrap_or_default(), 500);
        if token.test {
            return Ok(());
        }
        Ok(self.leave(&token, &reason, one_click).await?)
    }

    async fn resubscribe(&self, token: &str) -> Result<(), Fault> {
        let token = self.token(token, TokenKind::Unsubscribe)?;
        if token.test {
            return Ok(());
        }
        self.come_back(&token).await
    }
}
