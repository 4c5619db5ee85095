//! Looks into a mailbox: fetch, take in and move the bookmark in one commit, then put the reports aside.
//!
//! Safe to end between any two lines. Before the commit nothing has happened, and the same letters are fetched again;
//! after it, the letters that still have to be put aside are known by name. A letter that comes twice is known by its id.

use super::intake::{Desk, Item};
use super::service::{MAILBOX_SECRET, Parts};
use super::store::events::Source;
use super::store::sources::{self, KnownLetter, Stored};
use super::token;
use async_trait::async_trait;
use connect::Failure;
use connect::email::bounce::{self, Access, Action, After, Batch, Class, Guard, Inbox, Report, ReportKind};
use contract::bounces::{AfterRead, MailboxDraft, MailboxKind};
use contract::senders::TlsMode;
use contract::{CompanyId, Fault, MailboxId, Micros};
use kernel::{DbError, VaultError};
use secrecy::SecretString;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// Letters of one commit.
const BATCH: usize = 50;
/// Batches of one look; what is left waits for the next.
const BATCHES: usize = 40;

/// Opens mailboxes.
#[async_trait]
pub trait Dialer: Send + Sync {
    /// Reaches the server, signs in and opens the folder.
    async fn open(&self, kind: MailboxKind, access: &Access) -> Result<Box<dyn Inbox>, Failure>;
}

/// Over the network.
#[derive(Debug)]
pub struct Dial;

#[async_trait]
impl Dialer for Dial {
    async fn open(&self, kind: MailboxKind, access: &Access) -> Result<Box<dyn Inbox>, Failure> {
        Ok(match kind {
            MailboxKind::Imap => Box::new(bounce::Imap::open(access).await?),
            MailboxKind::Pop3 => Box::new(bounce::Pop3::open(access).await?),
        })
    }
}

/// Reads mailboxes. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    parts: Parts,
    dialer: Arc<dyn Dialer>,
}

/// Why a look ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The mailbox cannot be read; its page says why.
    #[error(transparent)]
    Mailbox(#[from] Failure),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Its secret cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Reader {
    /// On these parts.
    pub fn new(parts: Parts, dialer: Arc<dyn Dialer>) -> Self {
        Self { parts, dialer }
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Opens a mailbox with these settings, reads nothing.
    pub(super) async fn open(&self, draft: &MailboxDraft, secret: SecretString) -> Result<Box<dyn Inbox>, Failure> {
        self.dialer.open(draft.kind, &access(draft, secret)).await
    }

    /// One look; nothing where the mailbox is gone or switched off. What stands in its way is noted on the mailbox.
    pub(super) async fn look(&self, company: CompanyId, id: MailboxId) -> Result<(), ReadError> {
        let mut tx = self.parts.db.read(company).await?;
        let stored = sources::mailbox(&mut tx, company, id).await?;
        let secret = self.parts.vault.get(&mut tx, company, MAILBOX_SECRET, &id.to_string()).await?;
        drop(tx);
        let Some(stored) = stored.filter(|stored| stored.mailbox.draft.active) else { return Ok(()) };
        let done = self.read(company, &stored, secret.unwrap_or_default()).await;
        let trouble = match &done {
            Err(ReadError::Mailbox(failure)) => Some(in_words(failure)),
            _ => None,
        };
        if trouble.is_some() || done.is_ok() {
            let mut tx = self.parts.db.begin(company).await?;
            let now = self.parts.clock.now();
            sources::checked(&mut tx, company, id, stored.epoch, trouble.as_deref(), now).await?;
            // Most looks find what the last one found, which is no news.
            if trouble.is_none() != (stored.mailbox.state == "good") {
                let payload = serde_json::json!({ "is_good": trouble.is_none() });
                kernel::outbox::record(&mut tx, company, "bounce.mailbox_changed", id, &payload, now);
            }
            tx.commit().await?;
        }
        match done {
            // It is noted; trying again before its time helps nobody.
            Err(ReadError::Mailbox(_)) => Ok(()),
            other => other,
        }
    }

    async fn read(&self, company: CompanyId, stored: &Stored, secret: SecretString) -> Result<(), ReadError> {
        let id = stored.mailbox.id;
        let mut inbox = self.open(&stored.mailbox.draft, secret).await?;
        let mut tx = self.parts.db.read(company).await?;
        let known = sources::letters(&mut tx, company, id).await?;
        drop(tx);
        let untidy: Vec<String> = known.iter().filter(|(_, is)| *is).map(|(letter, _)| letter.clone()).collect();
        let mut known: HashSet<String> = known.into_iter().map(|(letter, _)| letter).collect();
        self.tidy(&mut *inbox, company, stored, &untidy).await?;
        let mut bookmark = stored.bookmark.clone();
        for _ in 0..BATCHES {
            let batch = inbox.letters(&bookmark, &known, BATCH).await?;
            let (is_more, next) = (batch.more, batch.bookmark.clone());
            known.extend(batch.letters.iter().map(|letter| letter.id.clone()));
            let Some(handled) = self.take(company, stored, batch).await? else { break };
            self.tidy(&mut *inbox, company, stored, &handled).await?;
            bookmark = next;
            if !is_more {
                break;
            }
        }
        inbox.close().await?;
        self.forget_deleted(company, stored, &known).await?;
        Ok(())
    }

    /// Puts letters aside, then forgets that they have to be. POP3 only deletes when the session ends well, so there they
    /// are forgotten once the next look finds them gone.
    async fn tidy(
        &self,
        inbox: &mut dyn Inbox,
        company: CompanyId,
        stored: &Stored,
        letters: &[String],
    ) -> Result<(), ReadError> {
        if letters.is_empty() {
            return Ok(());
        }
        inbox.tidy(letters).await?;
        if stored.mailbox.draft.kind == MailboxKind::Imap {
            let mut tx = self.parts.db.begin(company).await?;
            sources::forget_letters(&mut tx, company, stored.mailbox.id, letters).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn forget_deleted(
        &self,
        company: CompanyId,
        stored: &Stored,
        known: &HashSet<String>,
    ) -> Result<(), ReadError> {
        let draft = &stored.mailbox.draft;
        if draft.kind != MailboxKind::Pop3 || draft.after != AfterRead::Delete || known.is_empty() {
            return Ok(());
        }
        // The session ended well: what was to be deleted is.
        let mut tx = self.parts.db.begin(company).await?;
        let all = sources::letters(&mut tx, company, stored.mailbox.id).await?;
        let gone: Vec<String> = all.into_iter().filter(|(_, is_untidy)| *is_untidy).map(|(letter, _)| letter).collect();
        sources::forget_letters(&mut tx, company, stored.mailbox.id, &gone).await?;
        Ok(tx.commit().await?)
    }

    /// What the letters say, the bookmark, and which of them are to be put aside: one commit. `None` when the mailbox is
    /// another one meanwhile.
    async fn take(&self, company: CompanyId, stored: &Stored, batch: Batch) -> Result<Option<Vec<String>>, ReadError> {
        let id = stored.mailbox.id;
        let now = self.parts.clock.now();
        let (mut items, mut handled, mut letters) = (Vec::new(), Vec::new(), Vec::new());
        let (read, is_pop) = (batch.letters.len(), stored.mailbox.draft.kind == MailboxKind::Pop3);
        for letter in batch.letters {
            let report = bounce::read(&letter.raw);
            let is_report = report.kind != ReportKind::Other;
            items.extend(self.items(company, &report, now));
            let is_untidy = is_report && (!is_pop || stored.mailbox.draft.after == AfterRead::Delete);
            if is_untidy {
                handled.push(letter.id.clone());
            }
            if is_untidy || is_pop {
                letters.push(KnownLetter::new(letter.id, is_untidy));
            }
        }
        let reports = count(items.iter().map(|item: &Item| &item.dedupe).collect::<HashSet<_>>().len());
        let mut tx = self.parts.db.begin(company).await?;
        if !sources::looked(&mut tx, company, id, stored.epoch, &batch.bookmark, count(read), reports).await? {
            return Ok(None);
        }
        sources::forget_letters(&mut tx, company, id, &batch.gone).await?;
        sources::add_letters(&mut tx, company, id, &letters).await?;
        let desk = Desk {
            company,
            audience: &*self.parts.audience,
            ids: &*self.parts.ids,
            source: Source { kind: "mailbox", id: id.0, name: stored.mailbox.draft.name.clone() },
            // Anybody can write to a mailbox.
            is_trusted: false,
            rules: sources::rules(&mut tx, company).await?,
            now,
        };
        desk.take(&mut tx, &items).await?;
        tx.commit().await?;
        Ok(Some(handled))
    }

    /// What a letter says, one item per person.
    fn items(&self, company: CompanyId, report: &Report, now: Micros) -> Vec<Item> {
        let row = report.to.iter().find_map(|address| token::row_of(&self.parts.vault, company, address));
        let attempt = report.original.attempt.as_deref().and_then(|text| Uuid::parse_str(text).ok());
        // Still being tried, and delivered, are no news; a complaint has no action.
        let counts = |notice: &&bounce::Notice| {
            notice.action == Action::Failed || matches!(notice.class, Class::Complaint | Class::AutoReply)
        };
        let has_trace = row.is_some() || attempt.is_some() || report.original.message_id.is_some();
        let notices = report.notices.iter().filter(counts);
        // An automatic answer that is about no message of ours is nobody's business.
        let notices = notices.filter(|notice| notice.class != Class::AutoReply || has_trace);
        notices
            .enumerate()
            .map(|(at, notice)| {
                let told = [&notice.address, &notice.original_address, &report.original.to];
                let mut addresses: Vec<String> = told.into_iter().flatten().cloned().collect();
                addresses.dedup();
                let code = match (&notice.status, notice.feedback.as_str()) {
                    (_, feedback) if !feedback.is_empty() => feedback.to_owned(),
                    (status, _) => status.map(|status| status.to_string()).unwrap_or_default(),
                };
                let who = addresses.first().cloned().unwrap_or_else(|| at.to_string());
                Item {
                    dedupe: format!("mail:{}:{who}", report.id),
                    class: super::class_of(notice.class),
                    addresses,
                    row,
                    message_id: report.original.message_id.clone(),
                    attempt,
                    code,
                    words: notice.diagnostic.clone(),
                    at: now,
                }
            })
            .collect()
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// What went wrong, for the page of the mailbox.
pub(super) fn in_words(failure: &Failure) -> String {
    use connect::Kind;
    let said = failure.detail("text").unwrap_or_default();
    let what = match failure.kind {
        Kind::Auth => "The server refuses user or password.",
        Kind::Unreachable => "The server cannot be reached.",
        Kind::Timeout => "The server did not answer in time.",
        Kind::Tls => "No encrypted connection could be made.",
        Kind::Refused => "The server says no.",
        _ => "The mailbox cannot be read.",
    };
    format!("{what} {said}").trim().chars().take(500).collect()
}

fn access(draft: &MailboxDraft, secret: SecretString) -> Access {
    Access {
        host: draft.host.clone(),
        port: draft.port,
        tls: match draft.tls {
            TlsMode::Tls => Guard::Implicit,
            TlsMode::Starttls => Guard::StartTls,
            TlsMode::None => Guard::None,
        },
        user: draft.user.clone(),
        secret,
        folder: draft.folder.clone(),
        after: match draft.after {
            AfterRead::Mark => After::Mark,
            AfterRead::Move => After::Move(draft.move_to.clone()),
            AfterRead::Delete => After::Delete,
        },
        ca_pem: None,
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Mailbox(failure) => Self::conflict(in_words(&failure)),
            ReadError::Db(error) => error.into(),
            ReadError::Vault(error) => error.into(),
        }
    }
}
