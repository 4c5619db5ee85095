//! Writes hits in bulk: many requests, one commit.

use super::rules::{Verdict, judge};
use super::store::{self, HitRow, Mark, Touched, Who};
use super::token::TokenKind;
use crate::ports::{Audience, Moment};
use contract::{CompanyId, Micros};
use kernel::{DbError, GroupWork, Tx};
use std::collections::HashMap;
use std::sync::Arc;

/// One request that carried a good signature.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub who: Who,
    pub kind: TokenKind,
    pub link: u16,
    pub at: Micros,
    pub agent: String,
    pub address: String,
}

/// How a batch is written.
#[derive(Clone)]
pub(super) struct HitWork {
    pub audience: Arc<dyn Audience>,
}

/// What a batch adds up to.
#[derive(Default)]
struct Batch<'a> {
    rows: Vec<HitRow<'a>>,
    marks: HashMap<i64, Mark>,
    moments: HashMap<CompanyId, Vec<Moment>>,
}

impl GroupWork for HitWork {
    type Item = Hit;
    type Reply = ();

    async fn write(&self, tx: &mut Tx, hits: &[Hit]) -> Result<Vec<()>, DbError> {
        let mut who: Vec<Who> = hits.iter().map(|h| h.who).collect();
        who.sort_by_key(|w| (w.company, w.campaign, w.contact));
        who.dedup();
        let found = store::touched(tx, &who).await?;
        let mut found: HashMap<Who, Touched> = found.into_iter().map(|t| (key(&t), t)).collect();
        let mut batch = Batch::default();
        for hit in hits {
            // Not in the ledger any more: the campaign was deleted, and there is nothing left to count for.
            if let Some(recipient) = found.get_mut(&hit.who) {
                batch.add(hit, recipient);
            }
        }
        batch.write(tx, &*self.audience).await?;
        Ok(vec![(); hits.len()])
    }
}

fn key(t: &Touched) -> Who {
    Who { company: t.company_id.into(), campaign: t.campaign_id.into(), contact: t.contact_id.into() }
}

impl<'a> Batch<'a> {
    fn add(&mut self, hit: &'a Hit, recipient: &mut Touched) {
        let (verdict, reason) = judge(hit.kind, &hit.agent, recipient.handed_at, hit.at.0);
        let is_click = hit.kind == TokenKind::Click;
        self.rows.push(HitRow {
            who: hit.who,
            kind: if is_click { "click" } else { "open" },
            link: if is_click { i64::from(hit.link) } else { -1 },
            at: hit.at.0,
            agent: &hit.agent,
            address: &hit.address,
            verdict: verdict.as_str(),
            reason,
        });
        let mark = self.marks.entry(recipient.id).or_insert(Mark { id: recipient.id, ..Mark::default() });
        match (verdict, is_click) {
            (Verdict::Machine, false) => mark.machine = mark.machine.or(Some(hit.at.0)),
            // A machine that follows links says nothing about the person.
            (Verdict::Machine, true) => {}
            (Verdict::Person, _) => {
                let mut first = Vec::new();
                if recipient.opened_at.is_none() {
                    recipient.opened_at = Some(hit.at.0);
                    mark.opened = recipient.opened_at;
                    first.push(("opened", "Opened"));
                }
                if is_click && recipient.clicked_at.is_none() {
                    recipient.clicked_at = Some(hit.at.0);
                    mark.clicked = recipient.clicked_at;
                    first.push(("clicked", "Clicked a link in"));
                }
                for (kind, verb) in first {
                    self.moments.entry(hit.who.company).or_default().push(moment(hit, recipient, kind, verb));
                }
            }
        }
    }

    async fn write(self, tx: &mut Tx, audience: &dyn Audience) -> Result<(), DbError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        store::insert_hits(tx, &self.rows).await?;
        let is_news = |m: &Mark| m.opened.is_some() || m.clicked.is_some() || m.machine.is_some();
        let mut marks: Vec<Mark> = self.marks.into_values().filter(is_news).collect();
        marks.sort_by_key(|m| m.id);
        if !marks.is_empty() {
            store::mark(tx, &marks).await?;
        }
        let mut moments: Vec<(CompanyId, Vec<Moment>)> = self.moments.into_iter().collect();
        moments.sort_by_key(|(company, _)| *company);
        for (company, moments) in moments {
            audience.record(tx, company, moments).await?;
        }
        Ok(())
    }
}

fn moment(hit: &Hit, recipient: &Touched, kind: &str, verb: &str) -> Moment {
    Moment {
        contact: hit.who.contact,
        kind: kind.to_owned(),
        title: format!("{verb} {}", recipient.campaign),
        detail: String::new(),
        href: format!("/campaigns/{}", hit.who.campaign),
        at: hit.at,
    }
}
