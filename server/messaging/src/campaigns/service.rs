//! The service: checks the actor, validates, acts and tells, in one transaction each.

use super::pacing;
use super::preflight::probe::{LinkProbe, WebProbe};
use super::rules::{self, Move};
use super::store::caps;
use super::store::recipients::{self, Which};
use super::store::{self, MadeBy, Stored, figures};
use super::{explain, files, look, moves, preflight, report, rework, standing, summary, test_send};
use crate::engine::Parts;
use crate::ports::DomainReports;
use async_trait::async_trait;
use contract::campaigns::{
    Audience, AudienceCount, Campaign, CampaignDraft, CampaignFile, CampaignQuery, CampaignReport, CampaignRow,
    Campaigns, Caps, Counts, EmailSummary, Explanation, LastLook, NewFile, Preflight, RecipientQuery, RecipientRow,
    ReworkOrder, Reworked, TestStanding, WarmUp, When,
};
use contract::contacts::ExportPart;
use contract::live::{Hit, Need, Work};
use contract::{
    Actor, CampaignId, Capability, CompanyId, ContactId, Cursor, Fault, FileId, Micros, Page, SenderId, UserId, Who,
};
use kernel::{Tx, outbox};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Rows in one part of an export.
const EXPORT_ROWS: i64 = 5000;

/// Campaigns.
#[derive(Clone)]
pub struct Service {
    pub(super) parts: Parts,
    pub(super) links: Arc<dyn LinkProbe>,
    pub(super) domains: Option<Arc<dyn DomainReports>>,
}

impl Service {
    /// Works with the same parts as the engine.
    pub fn new(parts: Parts) -> Self {
        Self { parts, links: Arc::new(WebProbe::default()), domains: None }
    }

    /// Tries links with something else than the real web.
    #[must_use]
    pub fn trying(mut self, links: Arc<dyn LinkProbe>) -> Self {
        self.links = links;
        self
    }

    /// Asks this about From domains; without it the report says that they were not checked.
    #[must_use]
    pub fn asking(mut self, domains: Arc<dyn DomainReports>) -> Self {
        self.domains = Some(domains);
        self
    }

    pub(super) fn now(&self) -> Micros {
        self.parts.clock.now()
    }

    /// The campaign as it is read outside.
    pub(super) async fn shown(
        &self,
        stored: Stored,
        counts: Counts,
        test: Option<TestStanding>,
        waits_until: Option<Micros>,
    ) -> Result<Campaign, Fault> {
        let by = match (stored.created_by, stored.made_by) {
            (Some(user), _) => {
                let name = self.parts.companies.user_name(stored.company, user).await?;
                name.unwrap_or_else(|| "A person who left".into())
            }
            (None, MadeBy::Key) => "An API key".into(),
            (None, MadeBy::System) => "Lux".into(),
            (None, MadeBy::User) => String::new(),
        };
        Ok(Campaign {
            id: stored.id,
            draft: stored.draft,
            state: stored.state,
            state_reason: stored.state_reason,
            counts,
            scheduled: stored.scheduled,
            when: stored.when,
            started: stored.started,
            finished: stored.finished,
            created: stored.created,
            updated: stored.updated,
            by,
            test,
            resend_of: stored.resend_of,
            waits_until,
        })
    }

    pub(super) async fn load(&self, company: CompanyId, id: CampaignId) -> Result<Campaign, Fault> {
        let mut tx = self.parts.db.read(company).await?;
        let stored = found(&mut tx, company, id).await?;
        let counts = figures::counts(&mut tx, company, id).await?;
        let (test, turn) = self.standing(&mut tx, &stored, &counts).await?;
        drop(tx);
        self.shown(stored, counts, test, turn).await
    }

    /// How its test stands, and when the next turn comes if all who are left wait for one.
    pub(super) async fn standing(
        &self,
        tx: &mut Tx,
        stored: &Stored,
        counts: &Counts,
    ) -> Result<(Option<TestStanding>, Option<Micros>), Fault> {
        let test = standing::of_test(tx, stored).await?;
        Ok((test, standing::next_turn(tx, stored, counts, self.now()).await?))
    }
}

/// The campaign, or the fault that looks the same for one of another company.
pub(super) async fn found(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Stored, Fault> {
    store::find(tx, company, id).await?.ok_or_else(|| Fault::missing("Campaign"))
}

/// Who a new campaign is by.
pub(super) fn maker(actor: &Actor) -> (MadeBy, Option<UserId>) {
    match actor.who {
        Who::User { user, .. } => (MadeBy::User, Some(user)),
        Who::ApiKey(_) => (MadeBy::Key, None),
        Who::System => (MadeBy::System, None),
    }
}

fn tidy(mut draft: CampaignDraft) -> CampaignDraft {
    for text in [&mut draft.name, &mut draft.from_name, &mut draft.reply_to] {
        *text = text.trim().to_owned();
    }
    draft
}

fn read_cursor(cursor: Option<&Cursor>) -> Result<(i64, Uuid), Fault> {
    let Some(Cursor(text)) = cursor else { return Ok((i64::MAX, Uuid::max())) };
    let parts = text.split_once(':').and_then(|(at, id)| Some((at.parse().ok()?, Uuid::parse_str(id).ok()?)));
    parts.ok_or_else(|| Fault::invalid("cursor", "That page does not exist. Start again from the first one."))
}

fn bounded(limit: u32, usual: u32, most: u32) -> i64 {
    i64::from(if limit == 0 { usual } else { limit.min(most) })
}

#[async_trait]
impl Campaigns for Service {
    async fn list(&self, actor: &Actor, query: CampaignQuery) -> Result<Page<CampaignRow>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let before = read_cursor(query.cursor.as_ref())?;
        let limit = bounded(query.limit, 25, 100);
        let mut tx = self.parts.db.read(actor.company).await?;
        let mut items = figures::list(&mut tx, actor.company, query.state, &query.search, before, limit + 1).await?;
        let total = figures::how_many(&mut tx, actor.company, query.state, &query.search).await?;
        let size = usize::try_from(limit).unwrap_or(0);
        let is_more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| is_more).map(|row| Cursor(format!("{}:{}", row.updated.0, row.id)));
        Ok(Page { items, next, total: Some(total) })
    }

    async fn get(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsRead)?;
        self.load(actor.company, id).await
    }

    async fn create(&self, actor: &Actor, draft: CampaignDraft) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        let draft = tidy(draft);
        rules::check(&draft)?;
        let (id, now) = (CampaignId(self.parts.ids.uuid()), self.now());
        let mut tx = self.parts.db.begin(actor.company).await?;
        store::insert(&mut tx, actor.company, id, &draft, maker(actor), None, now).await?;
        outbox::record(&mut tx, actor.company, "campaign.created", id, &json!({ "name": draft.name }), now);
        tx.commit().await?;
        self.load(actor.company, id).await
    }

    async fn update(
        &self,
        actor: &Actor,
        id: CampaignId,
        draft: CampaignDraft,
        seen: Option<Micros>,
    ) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        let draft = tidy(draft);
        rules::check(&draft)?;
        let mut tx = self.parts.db.begin(actor.company).await?;
        let stored = found(&mut tx, actor.company, id).await?;
        if !Move::Edit.is_legal(stored.state) {
            return Err(Move::Edit.refuse(stored.state));
        }
        if seen.is_some_and(|seen| seen != stored.updated) {
            return Err(Fault::conflict(
                "Somebody else changed this campaign meanwhile. Load it again to see their change.",
            ));
        }
        if stored.frozen.is_some() && rules::is_frozen_part_changed(&stored.draft, &draft) {
            return Err(Fault::conflict(
                "Content, audience and tracking are fixed since this campaign began. Name, sender, From name and Reply-To can still change.",
            ));
        }
        let now = Micros(self.now().0.max(stored.updated.0 + 1));
        if !store::update(&mut tx, &stored, &draft, now).await? {
            return Err(moves::lost());
        }
        outbox::record(&mut tx, actor.company, "campaign.updated", id, &json!({ "name": draft.name }), now);
        tx.commit().await?;
        self.load(actor.company, id).await
    }

    async fn choose_winner(&self, actor: &Actor, id: CampaignId, variant: u32) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsSend)?;
        standing::choose(self, actor, id, variant).await
    }

    async fn resend(&self, actor: &Actor, id: CampaignId, sure: bool) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        standing::resend(self, actor, id, sure).await
    }

    async fn caps(&self, actor: &Actor) -> Result<Caps, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        Ok(caps::find(&mut tx, actor.company).await?)
    }

    async fn set_caps(&self, actor: &Actor, caps: Caps) -> Result<Caps, Fault> {
        actor.require(Capability::SendersManage)?;
        pacing::check_caps(&caps)?;
        let now = self.now();
        let mut tx = self.parts.db.begin(actor.company).await?;
        caps::put(&mut tx, actor.company, &caps, now).await?;
        outbox::record(&mut tx, actor.company, "caps.changed", actor.company, &json!({ "caps": caps }), now);
        tx.commit().await?;
        Ok(caps)
    }

    async fn warm_up(&self, actor: &Actor, sender: SenderId) -> Result<Option<WarmUp>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        if !caps::has_sender(&mut tx, actor.company, sender).await? {
            return Err(Fault::missing("Sender"));
        }
        Ok(caps::warm_up(&mut tx, actor.company, sender).await?)
    }

    async fn set_warm_up(
        &self,
        actor: &Actor,
        sender: SenderId,
        warm_up: Option<WarmUp>,
    ) -> Result<Option<WarmUp>, Fault> {
        actor.require(Capability::SendersManage)?;
        let now = self.now();
        let mut tx = self.parts.db.begin(actor.company).await?;
        if !caps::has_sender(&mut tx, actor.company, sender).await? {
            return Err(Fault::missing("Sender"));
        }
        let warm_up = match warm_up {
            Some(wanted) => {
                pacing::check_warm_up(&wanted)?;
                // A change goes on with the day it is; a new one begins now.
                let before = caps::warm_up(&mut tx, actor.company, sender).await?;
                let started = wanted.started.or(before.and_then(|b| b.started)).unwrap_or(now).min(now);
                let wanted = WarmUp { started: Some(started), ..wanted };
                caps::put_warm_up(&mut tx, actor.company, sender, &wanted, started).await?;
                Some(wanted)
            }
            None => {
                caps::end_warm_up(&mut tx, actor.company, sender).await?;
                None
            }
        };
        outbox::record(&mut tx, actor.company, "sender.warm-up", sender, &json!({ "warm_up": warm_up }), now);
        tx.commit().await?;
        Ok(warm_up)
    }

    async fn duplicate(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        let stored = found(&mut tx, actor.company, id).await?;
        drop(tx);
        let base: String = stored.draft.name.chars().take(190).collect();
        let draft = CampaignDraft { name: format!("{base} copy"), ..stored.draft };
        let (copy, now) = (CampaignId(self.parts.ids.uuid()), self.now());
        let mut tx = self.parts.db.begin(actor.company).await?;
        store::insert(&mut tx, actor.company, copy, &draft, maker(actor), None, now).await?;
        files::copy(self, &mut tx, actor.company, id, copy).await?;
        outbox::record(&mut tx, actor.company, "campaign.created", copy, &json!({ "name": draft.name }), now);
        tx.commit().await?;
        self.load(actor.company, copy).await
    }

    async fn delete(&self, actor: &Actor, id: CampaignId) -> Result<(), Fault> {
        actor.require(Capability::CampaignsWrite)?;
        let now = self.now();
        let mut tx = self.parts.db.begin(actor.company).await?;
        let stored = found(&mut tx, actor.company, id).await?;
        if !Move::Delete.is_legal(stored.state) {
            return Err(Move::Delete.refuse(stored.state));
        }
        if figures::counts(&mut tx, actor.company, id).await?.open() > 0 {
            return Err(Fault::conflict("Some messages of this campaign are still under way. Try again in a moment."));
        }
        self.parts.links.forget(&mut tx, actor.company, id).await?;
        crate::bounces::store::forget_campaign(&mut tx, actor.company, id).await?;
        if !store::delete(&mut tx, &stored).await? {
            return Err(moves::lost());
        }
        outbox::record(&mut tx, actor.company, "campaign.deleted", id, &json!({ "name": stored.draft.name }), now);
        tx.commit().await?;
        Ok(())
    }

    async fn files(&self, actor: &Actor, id: CampaignId) -> Result<Vec<CampaignFile>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        files::list(self, actor.company, id).await
    }

    async fn add_file(&self, actor: &Actor, id: CampaignId, file: NewFile) -> Result<CampaignFile, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        files::add(self, actor, id, file).await
    }

    async fn remove_file(&self, actor: &Actor, id: CampaignId, file: FileId) -> Result<(), Fault> {
        actor.require(Capability::CampaignsWrite)?;
        files::remove(self, actor, id, file).await
    }

    async fn count_audience(&self, actor: &Actor, audience: Audience) -> Result<AudienceCount, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        Ok(self.parts.audience.count(&mut tx, actor.company, &audience).await?)
    }

    async fn last_look(&self, actor: &Actor, id: CampaignId) -> Result<LastLook, Fault> {
        actor.require(Capability::CampaignsRead)?;
        look::last_look(self, actor.company, id).await
    }

    async fn preflight(&self, actor: &Actor, id: CampaignId, fresh: bool) -> Result<Preflight, Fault> {
        actor.require(Capability::CampaignsRead)?;
        preflight::report(self, actor.company, id, fresh).await
    }

    async fn send_test(
        &self,
        actor: &Actor,
        id: CampaignId,
        to: Vec<String>,
        contact: Option<ContactId>,
    ) -> Result<(), Fault> {
        actor.require(Capability::CampaignsWrite)?;
        test_send::send(self, actor.company, id, to, contact).await
    }

    async fn schedule(&self, actor: &Actor, id: CampaignId, when: When) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsSend)?;
        moves::schedule(self, actor, id, when).await
    }

    async fn unschedule(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsSend)?;
        moves::unschedule(self, actor, id).await
    }

    async fn send(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsSend)?;
        moves::start(self, actor, id, Move::Send).await
    }

    async fn pause(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsSend)?;
        moves::pause(self, actor, id).await
    }

    async fn resume(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsSend)?;
        moves::start(self, actor, id, Move::Resume).await
    }

    async fn explain(&self, actor: &Actor, id: CampaignId, contact: ContactId) -> Result<Explanation, Fault> {
        actor.require(Capability::CampaignsRead)?;
        explain::explain(self, actor, id, contact).await
    }

    async fn rework(&self, actor: &Actor, id: CampaignId, order: ReworkOrder) -> Result<Reworked, Fault> {
        actor.require(Capability::CampaignsSend)?;
        rework::rework(self, actor, id, &order).await
    }

    async fn cancel(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
        actor.require(Capability::CampaignsSend)?;
        moves::cancel(self, actor, id).await
    }

    async fn stop_all(&self, actor: &Actor, reason: String) -> Result<i64, Fault> {
        actor.require(Capability::CampaignsSend)?;
        moves::stop_all(&self.parts, actor, &reason).await
    }

    async fn report(&self, actor: &Actor, id: CampaignId) -> Result<CampaignReport, Fault> {
        actor.require(Capability::CampaignsRead)?;
        report::report(self, actor.company, id).await
    }

    async fn recipients(
        &self,
        actor: &Actor,
        id: CampaignId,
        query: RecipientQuery,
    ) -> Result<Page<RecipientRow>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let which = which(&query)?;
        let limit = bounded(query.limit, 50, 200);
        let mut tx = self.parts.db.read(actor.company).await?;
        found(&mut tx, actor.company, id).await?;
        let (items, next) = recipients::page(&mut tx, actor.company, id, which, &query, limit).await?;
        Ok(Page { items, next, total: None })
    }

    async fn export_recipients(
        &self,
        actor: &Actor,
        id: CampaignId,
        query: RecipientQuery,
    ) -> Result<ExportPart, Fault> {
        actor.require(Capability::CampaignsRead)?;
        actor.require(Capability::ContactsExport)?;
        let which = which(&query)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        found(&mut tx, actor.company, id).await?;
        let (rows, next) = recipients::page(&mut tx, actor.company, id, which, &query, EXPORT_ROWS).await?;
        Ok(ExportPart { csv: report::csv(&rows, query.cursor.is_none()), next })
    }

    async fn search(&self, actor: &Actor, text: String, limit: u32) -> Result<Vec<Hit>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        let rows = store::search(&mut tx, actor.company, &text, i64::from(limit.clamp(1, 50))).await?;
        let hit = |(id, name, subject): (Uuid, String, String)| Hit {
            kind: "campaign".into(),
            title: name,
            subtitle: subject,
            href: format!("/campaigns/{id}"),
        };
        Ok(rows.into_iter().map(hit).collect())
    }

    async fn work(&self, actor: &Actor) -> Result<Vec<Work>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        summary::work(self, actor.company).await
    }

    async fn needs(&self, actor: &Actor) -> Result<Vec<Need>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        summary::needs(self, actor.company).await
    }

    async fn summary(&self, actor: &Actor) -> Result<EmailSummary, Fault> {
        actor.require(Capability::CampaignsRead)?;
        summary::summary(self, actor.company).await
    }
}

fn which(query: &RecipientQuery) -> Result<Which, Fault> {
    Which::parse(query.state.as_deref()).ok_or_else(|| {
        Fault::invalid("state", "There is no such state. Use one of the report's, or opened, clicked, unsubscribed.")
    })
}
