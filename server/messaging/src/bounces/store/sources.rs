//! Mailboxes, hooks, return addresses and rules.

use contract::accounts::Secret;
use contract::bounces::{AfterRead, BounceHook, BounceMailbox, BounceRules, HookKind, MailboxDraft, MailboxKind};
use contract::senders::TlsMode;
use contract::{CompanyId, HookId, MailboxId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use serde::Serialize;
use uuid::Uuid;

kernel::sql! {
    RULES = "SELECT soft_limit, soft_of, hold_bounces, hold_complaints, hold_after FROM bounce_rule WHERE company_id = $1";
    SET_RULES = "INSERT INTO bounce_rule (company_id, soft_limit, soft_of, hold_bounces, hold_complaints, hold_after)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (company_id) DO UPDATE
        SET soft_limit = excluded.soft_limit, soft_of = excluded.soft_of, hold_bounces = excluded.hold_bounces,
            hold_complaints = excluded.hold_complaints, hold_after = excluded.hold_after";
    MAILBOXES = "SELECT id, name, kind, host, port, tls, login, folder, after_read, move_to, every_minutes, return_address, is_active,
            bookmark, epoch, state, detail, checked_at, letters, reports, updated_at
        FROM bounce_mailbox
        WHERE company_id = $1
        ORDER BY name, id";
    MAILBOX = "SELECT id, name, kind, host, port, tls, login, folder, after_read, move_to, every_minutes, return_address, is_active,
            bookmark, epoch, state, detail, checked_at, letters, reports, updated_at
        FROM bounce_mailbox
        WHERE company_id = $1 AND id = $2";
    DUE = "SELECT company_id, id FROM bounce_mailbox
        WHERE is_active AND COALESCE(checked_at, 0) + every_minutes * 60000000 <= $1
        ORDER BY checked_at, id
        LIMIT 1000";
    ADD_MAILBOX = "INSERT INTO bounce_mailbox (company_id, id, name, kind, host, port, tls, login, folder, after_read, move_to,
            every_minutes, return_address, is_active, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)";
    // Another mailbox is read from its beginning; what comes twice is known by its id.
    CHANGE_MAILBOX = "UPDATE bounce_mailbox
        SET name = $3, kind = $4, host = $5, port = $6, tls = $7, login = $8, folder = $9, after_read = $10, move_to = $11,
            every_minutes = $12, return_address = $13, is_active = $14, updated_at = $15,
            bookmark = CASE WHEN $16 THEN '' ELSE bookmark END,
            epoch = CASE WHEN $16 THEN epoch + 1 ELSE epoch END,
            state = CASE WHEN $16 THEN 'new' ELSE state END,
            detail = CASE WHEN $16 THEN '' ELSE detail END,
            checked_at = CASE WHEN $16 THEN NULL ELSE checked_at END
        WHERE company_id = $1 AND id = $2";
    DROP_MAILBOX = "DELETE FROM bounce_mailbox WHERE company_id = $1 AND id = $2";
    DROP_LETTERS = "DELETE FROM bounce_letter WHERE company_id = $1 AND mailbox_id = $2";
    // Only where the mailbox is still the one that was looked into.
    LOOKED = "UPDATE bounce_mailbox
        SET bookmark = $4, letters = letters + $5, reports = reports + $6
        WHERE company_id = $1 AND id = $2 AND epoch = $3";
    CHECKED = "UPDATE bounce_mailbox SET state = $4, detail = $5, checked_at = $6
        WHERE company_id = $1 AND id = $2 AND epoch = $3";
    LETTERS = "SELECT letter, is_untidy FROM bounce_letter WHERE company_id = $1 AND mailbox_id = $2";
    ADD_LETTERS = sqlite "INSERT INTO bounce_letter (company_id, mailbox_id, letter, is_untidy)
        SELECT $1, $2, value ->> 'l', value ->> 'u' FROM json_each($3)
        WHERE true
        ON CONFLICT (company_id, mailbox_id, letter) DO UPDATE SET is_untidy = excluded.is_untidy",
    postgres "INSERT INTO bounce_letter (company_id, mailbox_id, letter, is_untidy)
        SELECT $1, $2, l, u <> 0 FROM json_to_recordset($3::json) AS x(l text, u bigint)
        ON CONFLICT (company_id, mailbox_id, letter) DO UPDATE SET is_untidy = excluded.is_untidy";
    FORGET_LETTERS = sqlite "DELETE FROM bounce_letter
        WHERE company_id = $1 AND mailbox_id = $2 AND letter IN (SELECT value FROM json_each($3))",
    postgres "DELETE FROM bounce_letter
        WHERE company_id = $1 AND mailbox_id = $2 AND letter IN (SELECT value FROM json_array_elements_text($3::json))";
    SENDERS = "SELECT r.sender_id, r.mailbox_id FROM bounce_return r
        JOIN sender s ON s.company_id = r.company_id AND s.id = r.sender_id
        WHERE r.company_id = $1
        ORDER BY s.name, r.sender_id";
    CLEAR_SENDERS = "DELETE FROM bounce_return WHERE company_id = $1 AND mailbox_id = $2";
    SET_SENDER = "INSERT INTO bounce_return (company_id, sender_id, mailbox_id)
        SELECT company_id, id, $3 FROM sender WHERE company_id = $1 AND id = $2
        ON CONFLICT (company_id, sender_id) DO UPDATE SET mailbox_id = excluded.mailbox_id";
    RETURN_OF = "SELECT m.return_address
        FROM bounce_return r
        JOIN bounce_mailbox m ON m.company_id = r.company_id AND m.id = r.mailbox_id
        WHERE r.company_id = $1 AND r.sender_id = $2 AND m.return_address <> '' AND m.is_active";
    HOOKS = "SELECT id, name, kind, used_at, events, detail, updated_at FROM bounce_hook
        WHERE company_id = $1
        ORDER BY name, id";
    HOOK = "SELECT id, name, kind, used_at, events, detail, updated_at FROM bounce_hook
        WHERE company_id = $1 AND id = $2";
    ADD_HOOK = "INSERT INTO bounce_hook (company_id, id, name, kind, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)";
    CHANGE_HOOK = "UPDATE bounce_hook SET name = $3, updated_at = $4 WHERE company_id = $1 AND id = $2";
    DROP_HOOK = "DELETE FROM bounce_hook WHERE company_id = $1 AND id = $2";
    USED_HOOK = "UPDATE bounce_hook SET used_at = $3, events = events + $4, detail = '' WHERE company_id = $1 AND id = $2";
    REFUSED_HOOK = "UPDATE bounce_hook SET detail = $3 WHERE company_id = $1 AND id = $2 AND detail <> $3";
}

/// The company's rules, or the usual ones.
pub async fn rules(tx: &mut Tx, company: CompanyId) -> Result<BounceRules, DbError> {
    let found: Option<(i64, i64, i64, i64, i64)> = tx.query(RULES).bind(company.0).fetch_optional().await?;
    let small = |n: i64| u32::try_from(n).unwrap_or(0);
    Ok(found.map_or_else(BounceRules::default, |(limit, of, bounces, complaints, after)| BounceRules {
        soft_limit: small(limit),
        soft_of: small(of),
        hold_bounces: small(bounces),
        hold_complaints: small(complaints),
        hold_after: small(after),
    }))
}

/// Replaces the rules.
pub async fn set_rules(tx: &mut Tx, company: CompanyId, rules: &BounceRules) -> Result<(), DbError> {
    let query = tx.query(SET_RULES).bind(company.0).bind(i64::from(rules.soft_limit)).bind(i64::from(rules.soft_of));
    let query = query.bind(i64::from(rules.hold_bounces)).bind(i64::from(rules.hold_complaints));
    query.bind(i64::from(rules.hold_after)).execute_one().await
}

#[derive(kernel::FromRow)]
struct MailboxRow {
    id: Uuid,
    name: String,
    kind: String,
    host: String,
    port: i64,
    tls: String,
    login: String,
    folder: String,
    after_read: String,
    move_to: String,
    every_minutes: i64,
    return_address: String,
    is_active: bool,
    bookmark: String,
    epoch: i64,
    state: String,
    detail: String,
    checked_at: Option<i64>,
    letters: i64,
    reports: i64,
    updated_at: i64,
}

/// A mailbox as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// As people see it, without its senders.
    pub mailbox: BounceMailbox,
    /// Where the next look goes on.
    pub bookmark: String,
    /// Grows when the bookmark is void.
    pub epoch: i64,
}

impl TryFrom<MailboxRow> for Stored {
    type Error = DbError;

    fn try_from(row: MailboxRow) -> Result<Self, DbError> {
        let wrong = |column| DbError::Inconsistency { table: "bounce_mailbox", column, row: row.id.to_string() };
        let kind = match row.kind.as_str() {
            "imap" => MailboxKind::Imap,
            "pop3" => MailboxKind::Pop3,
            _ => return Err(wrong("kind")),
        };
        let tls = [TlsMode::Tls, TlsMode::Starttls, TlsMode::None].into_iter().find(|tls| tls.as_str() == row.tls);
        let after =
            [AfterRead::Mark, AfterRead::Move, AfterRead::Delete].into_iter().find(|a| a.as_str() == row.after_read);
        let draft = MailboxDraft {
            kind,
            port: u16::try_from(row.port).map_err(|_| wrong("port"))?,
            tls: tls.ok_or_else(|| wrong("tls"))?,
            after: after.ok_or_else(|| wrong("after_read"))?,
            minutes: u32::try_from(row.every_minutes).map_err(|_| wrong("every_minutes"))?,
            name: row.name,
            host: row.host,
            user: row.login,
            secret: None,
            folder: row.folder,
            move_to: row.move_to,
            return_address: row.return_address,
            senders: Vec::new(),
            active: row.is_active,
        };
        let mailbox = BounceMailbox {
            id: MailboxId(row.id),
            draft,
            state: row.state,
            detail: row.detail,
            checked: row.checked_at.map(Micros),
            letters: row.letters,
            reports: row.reports,
            updated: Micros(row.updated_at),
        };
        Ok(Self { mailbox, bookmark: row.bookmark, epoch: row.epoch })
    }
}

async fn with_senders(tx: &mut Tx, company: CompanyId, all: &mut [Stored]) -> Result<(), DbError> {
    let senders: Vec<(Uuid, Uuid)> = tx.query(SENDERS).bind(company.0).fetch_all().await?;
    for stored in all {
        let own = senders.iter().filter(|(_, mailbox)| *mailbox == stored.mailbox.id.0);
        stored.mailbox.draft.senders = own.map(|(sender, _)| SenderId(*sender)).collect();
    }
    Ok(())
}

/// Mailboxes by name.
pub async fn mailboxes(tx: &mut Tx, company: CompanyId) -> Result<Vec<Stored>, DbError> {
    let rows: Vec<MailboxRow> = tx.query(MAILBOXES).bind(company.0).fetch_all().await?;
    let mut all = rows.into_iter().map(Stored::try_from).collect::<Result<Vec<_>, _>>()?;
    with_senders(tx, company, &mut all).await?;
    Ok(all)
}

/// One mailbox.
pub async fn mailbox(tx: &mut Tx, company: CompanyId, id: MailboxId) -> Result<Option<Stored>, DbError> {
    let row: Option<MailboxRow> = tx.query(MAILBOX).bind(company.0).bind(id.0).fetch_optional().await?;
    let Some(row) = row else { return Ok(None) };
    let mut one = [Stored::try_from(row)?];
    with_senders(tx, company, &mut one).await?;
    let [one] = one;
    Ok(Some(one))
}

/// Mailboxes of all companies whose turn it is.
pub async fn due(tx: &mut Tx, now: Micros) -> Result<Vec<(CompanyId, MailboxId)>, DbError> {
    let rows: Vec<(Uuid, Uuid)> = tx.query(DUE).bind(now.0).fetch_all().await?;
    Ok(rows.into_iter().map(|(company, id)| (CompanyId(company), MailboxId(id))).collect())
}

/// Adds a mailbox.
pub async fn add_mailbox(
    tx: &mut Tx,
    company: CompanyId,
    id: MailboxId,
    draft: &MailboxDraft,
    now: Micros,
) -> Result<(), DbError> {
    let query = tx.query(ADD_MAILBOX).bind(company.0).bind(id.0).bind(draft.name.clone()).bind(draft.kind.as_str());
    let query = query.bind(draft.host.clone()).bind(i64::from(draft.port)).bind(draft.tls.as_str());
    let query = query.bind(draft.user.clone()).bind(draft.folder.clone()).bind(draft.after.as_str());
    let query = query.bind(draft.move_to.clone()).bind(i64::from(draft.minutes)).bind(draft.return_address.clone());
    query.bind(draft.active).bind(now.0).execute_one().await?;
    set_senders(tx, company, id, &draft.senders).await
}

/// Changes a mailbox; `is_other` says that it is another one now, whose letters nobody has read.
pub async fn change_mailbox(
    tx: &mut Tx,
    company: CompanyId,
    id: MailboxId,
    draft: &MailboxDraft,
    is_other: bool,
    now: Micros,
) -> Result<(), DbError> {
    let query = tx.query(CHANGE_MAILBOX).bind(company.0).bind(id.0).bind(draft.name.clone()).bind(draft.kind.as_str());
    let query = query.bind(draft.host.clone()).bind(i64::from(draft.port)).bind(draft.tls.as_str());
    let query = query.bind(draft.user.clone()).bind(draft.folder.clone()).bind(draft.after.as_str());
    let query = query.bind(draft.move_to.clone()).bind(i64::from(draft.minutes)).bind(draft.return_address.clone());
    query.bind(draft.active).bind(now.0).bind(is_other).execute_one().await?;
    if is_other {
        tx.query(DROP_LETTERS).bind(company.0).bind(id.0).execute().await?;
    }
    set_senders(tx, company, id, &draft.senders).await
}

async fn set_senders(tx: &mut Tx, company: CompanyId, id: MailboxId, senders: &[SenderId]) -> Result<(), DbError> {
    tx.query(CLEAR_SENDERS).bind(company.0).bind(id.0).execute().await?;
    for sender in senders {
        tx.query(SET_SENDER).bind(company.0).bind(sender.0).bind(id.0).execute().await?;
    }
    Ok(())
}

/// Removes a mailbox.
pub async fn drop_mailbox(tx: &mut Tx, company: CompanyId, id: MailboxId) -> Result<bool, DbError> {
    Ok(tx.query(DROP_MAILBOX).bind(company.0).bind(id.0).execute().await? == 1)
}

/// Moves the bookmark; false when the mailbox is another one meanwhile.
pub async fn looked(
    tx: &mut Tx,
    company: CompanyId,
    id: MailboxId,
    epoch: i64,
    bookmark: &str,
    letters: i64,
    reports: i64,
) -> Result<bool, DbError> {
    let query = tx.query(LOOKED).bind(company.0).bind(id.0).bind(epoch).bind(bookmark).bind(letters).bind(reports);
    Ok(query.execute().await? == 1)
}

/// How the last look went.
pub async fn checked(
    tx: &mut Tx,
    company: CompanyId,
    id: MailboxId,
    epoch: i64,
    trouble: Option<&str>,
    now: Micros,
) -> Result<(), DbError> {
    let state = if trouble.is_some() { "failing" } else { "good" };
    let query = tx.query(CHECKED).bind(company.0).bind(id.0).bind(epoch).bind(state);
    query.bind(trouble.unwrap_or_default()).bind(now.0).execute().await.map(drop)
}

/// A letter that was read, and whether it still has to be put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownLetter {
    /// Its id in the mailbox.
    #[serde(rename = "l")]
    pub letter: String,
    #[serde(rename = "u")]
    untidy: i64,
}

impl KnownLetter {
    /// One.
    pub fn new(letter: String, is_untidy: bool) -> Self {
        Self { letter, untidy: i64::from(is_untidy) }
    }
}

/// Letters of a mailbox that were read and lie there still, and whether they have to be put aside.
pub async fn letters(tx: &mut Tx, company: CompanyId, id: MailboxId) -> Result<Vec<(String, bool)>, DbError> {
    tx.query(LETTERS).bind(company.0).bind(id.0).fetch_all().await
}

/// Remembers letters.
pub async fn add_letters(
    tx: &mut Tx,
    company: CompanyId,
    id: MailboxId,
    letters: &[KnownLetter],
) -> Result<(), DbError> {
    if letters.is_empty() {
        return Ok(());
    }
    tx.query(ADD_LETTERS).bind(company.0).bind(id.0).bind(json_rows(letters)).execute().await.map(drop)
}

/// Forgets letters that are put aside or gone.
pub async fn forget_letters(tx: &mut Tx, company: CompanyId, id: MailboxId, letters: &[String]) -> Result<(), DbError> {
    if letters.is_empty() {
        return Ok(());
    }
    tx.query(FORGET_LETTERS).bind(company.0).bind(id.0).bind(json_rows(letters)).execute().await.map(drop)
}

/// Base of the return addresses of a sender's messages.
pub async fn return_of(tx: &mut Tx, company: CompanyId, sender: SenderId) -> Result<Option<String>, DbError> {
    tx.query(RETURN_OF).bind(company.0).bind(sender.0).fetch_scalar_optional().await
}

#[derive(kernel::FromRow)]
struct HookRow {
    id: Uuid,
    name: String,
    kind: String,
    used_at: Option<i64>,
    events: i64,
    detail: String,
    updated_at: i64,
}

impl TryFrom<HookRow> for BounceHook {
    type Error = DbError;

    fn try_from(row: HookRow) -> Result<Self, DbError> {
        let wrong = || DbError::Inconsistency { table: "bounce_hook", column: "kind", row: row.id.to_string() };
        Ok(Self {
            id: HookId(row.id),
            kind: row.kind.parse::<HookKind>().map_err(|()| wrong())?,
            name: row.name,
            url: String::new(),
            secrets: 0,
            used: row.used_at.map(Micros),
            events: row.events,
            detail: row.detail,
            updated: Micros(row.updated_at),
        })
    }
}

/// Hooks by name, without address and secrets.
pub async fn hooks(tx: &mut Tx, company: CompanyId) -> Result<Vec<BounceHook>, DbError> {
    let rows: Vec<HookRow> = tx.query(HOOKS).bind(company.0).fetch_all().await?;
    rows.into_iter().map(BounceHook::try_from).collect()
}

/// One hook.
pub async fn hook(tx: &mut Tx, company: CompanyId, id: HookId) -> Result<Option<BounceHook>, DbError> {
    let row: Option<HookRow> = tx.query(HOOK).bind(company.0).bind(id.0).fetch_optional().await?;
    row.map(BounceHook::try_from).transpose()
}

/// Adds a hook.
pub async fn add_hook(
    tx: &mut Tx,
    company: CompanyId,
    id: HookId,
    name: &str,
    kind: HookKind,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(ADD_HOOK).bind(company.0).bind(id.0).bind(name).bind(kind.as_str()).bind(now.0).execute_one().await
}

/// Renames a hook.
pub async fn change_hook(tx: &mut Tx, company: CompanyId, id: HookId, name: &str, now: Micros) -> Result<(), DbError> {
    tx.query(CHANGE_HOOK).bind(company.0).bind(id.0).bind(name).bind(now.0).execute_one().await
}

/// Removes a hook.
pub async fn drop_hook(tx: &mut Tx, company: CompanyId, id: HookId) -> Result<bool, DbError> {
    Ok(tx.query(DROP_HOOK).bind(company.0).bind(id.0).execute().await? == 1)
}

/// Notes a good call.
pub async fn used_hook(tx: &mut Tx, company: CompanyId, id: HookId, events: i64, now: Micros) -> Result<(), DbError> {
    tx.query(USED_HOOK).bind(company.0).bind(id.0).bind(now.0).bind(events).execute().await.map(drop)
}

/// Notes why a call was refused.
pub async fn refused_hook(tx: &mut Tx, company: CompanyId, id: HookId, why: &str) -> Result<(), DbError> {
    tx.query(REFUSED_HOOK).bind(company.0).bind(id.0).bind(why).execute().await.map(drop)
}

/// A new secret as the vault takes it.
pub fn to_vault(secret: &Secret) -> secrecy::SecretString {
    secrecy::SecretString::from(secret.0.clone())
}
