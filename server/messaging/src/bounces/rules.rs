//! Pure decisions: which message a report is about, when an address is given up, when a campaign is held.

use super::intake::Item;
use contract::Micros;
use contract::bounces::{BounceClass, BounceRules, MailboxDraft};
use contract::{Fault, FieldError};

/// A message older than this is not counted for its campaign any more.
pub const LATE_DAYS: i64 = 30;
/// A message that nothing came back for so long counts as arrived.
const ARRIVED_DAYS: i64 = 5;
/// Fewer of anything than this hold no campaign, whatever the share is.
const LEAST: i64 = 3;
const DAY: i64 = 86_400;

/// A row of the ledger that a report could be about.
#[derive(Clone, Debug, PartialEq, Eq, kernel::FromRow)]
pub struct Row {
    /// Row.
    pub id: i64,
    /// Campaign.
    pub campaign_id: uuid::Uuid,
    /// Its name.
    pub campaign: String,
    /// Contact.
    pub contact_id: uuid::Uuid,
    /// Address it went to.
    pub address: Option<String>,
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// Last attempt.
    pub attempt_id: Option<uuid::Uuid>,
    /// When it was handed over.
    pub handed_at: Option<i64>,
    /// Class of what came back before.
    pub bounce_class: Option<String>,
    /// Whether the person complained before.
    pub complained_at: Option<i64>,
}

/// The row that a report is about. `candidates` went to one of its addresses; `is_trusted` says that the report's address
/// can be believed by itself.
pub fn choose<'a>(item: &Item, candidates: &'a [Row], is_trusted: bool) -> Option<&'a Row> {
    if let Some(row) = item.row {
        return candidates.iter().find(|candidate| candidate.id == row);
    }
    let mut fits = candidates.iter().filter(|row| row.address.as_ref().is_some_and(|a| item.addresses.contains(a)));
    let proven = |row: &&Row| {
        item.attempt.is_some() && row.attempt_id == item.attempt
            || item.message_id.is_some() && row.message_id == item.message_id
    };
    if let Some(row) = fits.clone().find(proven) {
        return Some(row);
    }
    // A provider tells of what it just did: the last message before that, with room for clocks that differ.
    let before = item.at.0.saturating_add(600 * 1_000_000);
    let was_before = |row: &&Row| row.handed_at.is_some_and(|at| at <= before);
    is_trusted.then(|| fits.by_ref().filter(was_before).max_by_key(|row| (row.handed_at, row.id))).flatten()
}

/// Whether a report still counts for the campaign of its message.
pub fn is_in_time(handed: Option<i64>, now: Micros) -> bool {
    handed.is_some_and(|handed| now.0.saturating_sub(handed) <= LATE_DAYS * DAY * 1_000_000)
}

/// What is known of one message to an address, as far as it matters for soft bounces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Came back for a reason that may pass.
    Soft,
    /// Arrived.
    Arrived,
    /// Says nothing: too young, or came back for another reason.
    Silent,
}

/// What one row of the ledger says. `came_back` is the class of what came back later.
pub fn past(state: &str, reason: &str, came_back: Option<&str>, is_read: bool, handed: i64, now: Micros) -> Past {
    match (came_back, state) {
        (Some("soft"), _) => Past::Soft,
        (Some(_), _) => Past::Silent,
        (None, "failed") if matches!(reason, "soft" | "deferred") => Past::Soft,
        (None, "accepted" | "unknown") if is_read => Past::Arrived,
        (None, "accepted") if now.0.saturating_sub(handed) >= ARRIVED_DAYS * DAY * 1_000_000 => Past::Arrived,
        _ => Past::Silent,
    }
}

/// Whether an address with this past, the newest first, is given up.
pub fn is_exhausted(rules: &BounceRules, past: &[Past]) -> bool {
    let limit = rules.soft_limit.max(1);
    let window = usize::try_from(rules.soft_of.max(limit)).unwrap_or(usize::MAX);
    let known = past.iter().filter(|past| **past != Past::Silent).take(window);
    let soft = known.filter(|past| **past == Past::Soft).count();
    u32::try_from(soft).unwrap_or(u32::MAX) >= limit
}

/// What came back of a campaign so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Bounced, those that say nothing about anybody left out.
    pub bounced: i64,
    /// Of them, blocked.
    pub blocked: i64,
    /// Reported as spam.
    pub complained: i64,
}

/// The most messages at which this many would still be too many: who has sent more need not be counted to the end.
pub fn most_to_count(rules: &BounceRules, standing: &Standing) -> i64 {
    let most = |count: i64, of: i64, share: u32| match share {
        0 => 0,
        _ if count < LEAST => 0,
        share => count.saturating_mul(of) / i64::from(share),
    };
    most(standing.bounced, 1000, rules.hold_bounces).max(most(standing.complained, 10_000, rules.hold_complaints))
}

/// Why a campaign with this standing after so many messages is held, if it is.
pub fn reason_to_hold(rules: &BounceRules, standing: &Standing, sent: i64) -> Option<String> {
    if sent < i64::from(rules.hold_after.max(1)) {
        return None;
    }
    let is_over = |count: i64, of: i64, share: u32| {
        share > 0 && count >= LEAST && count.saturating_mul(of) >= sent.saturating_mul(i64::from(share))
    };
    if is_over(standing.complained, 10_000, rules.hold_complaints) {
        return Some(format!(
            "{} of {sent} people reported it as spam. Look at who gets it before you go on: mailbox providers turn away senders whose mail is reported.",
            standing.complained
        ));
    }
    if is_over(standing.bounced, 1000, rules.hold_bounces) {
        let why = match standing.blocked.saturating_mul(2) > standing.bounced {
            true => "Most were blocked: receivers do not want mail from this sender now.",
            false => "The list may be old.",
        };
        return Some(format!(
            "{} of {sent} messages came back. {why} Look at them before you go on.",
            standing.bounced
        ));
    }
    None
}

/// Words of the timeline.
pub fn moment(class: BounceClass, campaign: &str) -> Option<(&'static str, String)> {
    Some(match class {
        BounceClass::Complaint => ("complained", format!("Reported “{campaign}” as spam")),
        BounceClass::Hard | BounceClass::Soft | BounceClass::Ignore => ("bounced", format!("“{campaign}” came back")),
        BounceClass::Block => ("bounced", format!("“{campaign}” was blocked on its way")),
        BounceClass::AutoReply => return None,
    })
}

/// Rules as they may be.
///
/// # Errors
/// The fields that may not.
pub fn checked_rules(rules: BounceRules) -> Result<BounceRules, Fault> {
    let mut fields = Vec::new();
    let mut need = |is_good: bool, field: &str, message: &str| {
        if !is_good {
            fields.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        }
    };
    need((1..=20).contains(&rules.soft_limit), "soft_limit", "Between 1 and 20.");
    need(
        rules.soft_of >= rules.soft_limit && rules.soft_of <= 20,
        "soft_of",
        "At least as many as must bounce, and at most 20.",
    );
    need(rules.hold_bounces <= 1000, "hold_bounces", "At most 1,000 of a thousand.");
    need(rules.hold_complaints <= 10_000, "hold_complaints", "At most 10,000 of ten thousand.");
    need((1..=1_000_000).contains(&rules.hold_after), "hold_after", "Between 1 and 1,000,000.");
    if fields.is_empty() { Ok(rules) } else { Err(Fault::Invalid { fields }) }
}

/// A mailbox as it may be, trimmed.
///
/// # Errors
/// The fields that may not.
pub fn checked_mailbox(mut draft: MailboxDraft) -> Result<MailboxDraft, Fault> {
    use contract::bounces::{AfterRead, MailboxKind};
    for text in [
        &mut draft.name,
        &mut draft.host,
        &mut draft.user,
        &mut draft.folder,
        &mut draft.move_to,
        &mut draft.return_address,
    ] {
        *text = text.trim().to_owned();
    }
    let mut fields = Vec::new();
    let mut need = |is_good: bool, field: &str, message: &str| {
        if !is_good {
            fields.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        }
    };
    let plain = |text: &str| text.len() <= 250 && !text.chars().any(char::is_control);
    need(!draft.name.is_empty() && plain(&draft.name), "name", "Give it a name.");
    need(
        !draft.host.is_empty() && plain(&draft.host) && !draft.host.contains(['/', ' ']),
        "host",
        "The name of the mail server, for example imap.example.com.",
    );
    need(draft.port > 0, "port", "The port, usually 993 or 995.");
    need(!draft.user.is_empty() && plain(&draft.user), "user", "The user of the mailbox.");
    need(plain(&draft.folder), "folder", "The name of a folder.");
    need((1..=1440).contains(&draft.minutes), "minutes", "Between 1 and 1,440 minutes.");
    if draft.kind == MailboxKind::Pop3 {
        need(draft.after != AfterRead::Move, "after", "POP3 has no folders: delete reports, or leave them.");
        draft.folder.clear();
    }
    match draft.after {
        AfterRead::Move => {
            need(
                !draft.move_to.is_empty() && plain(&draft.move_to),
                "move_to",
                "The folder that reports are moved to.",
            );
            need(
                draft.move_to != draft.folder && !draft.move_to.eq_ignore_ascii_case("inbox"),
                "move_to",
                "Another folder than the one that is read.",
            );
        }
        AfterRead::Mark | AfterRead::Delete => draft.move_to.clear(),
    }
    if draft.return_address.is_empty() {
        need(draft.senders.is_empty(), "return_address", "Senders need an address that their messages come back to.");
    } else {
        match connect::email::address::normalise(&draft.return_address) {
            Ok(address) => {
                need(
                    address.local().len() <= super::token::MAX_BASE && !address.local().contains('+'),
                    "return_address",
                    "At most 20 letters before the @, and no plus: the mark of each message is added there.",
                );
                draft.return_address = address.as_str().to_owned();
            }
            Err(error) => need(false, "return_address", &format!("This is not an address that can get mail: {error}.")),
        }
    }
    if fields.is_empty() { Ok(draft) } else { Err(Fault::Invalid { fields }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Past::{Arrived, Silent, Soft};

    const NOW: Micros = Micros::from_seconds(100 * DAY);

    fn in_a_row(limit: u32) -> BounceRules {
        BounceRules { soft_limit: limit, soft_of: limit, ..BounceRules::default() }
    }

    #[test]
    fn an_address_is_given_up_after_so_many_soft_bounces_in_a_row() {
        let rules = in_a_row(5);
        assert!(!is_exhausted(&rules, &[Soft; 4]));
        assert!(is_exhausted(&rules, &[Soft; 5]));
        assert!(is_exhausted(&rules, &[Soft, Silent, Soft, Soft, Silent, Soft, Soft]));
        assert!(!is_exhausted(&rules, &[Soft, Soft, Soft, Arrived, Soft, Soft]));
        assert!(!is_exhausted(&rules, &[]));
    }

    #[test]
    fn or_after_so_many_of_the_last() {
        let rules = BounceRules { soft_limit: 3, soft_of: 5, ..BounceRules::default() };
        assert!(is_exhausted(&rules, &[Soft, Arrived, Soft, Arrived, Soft]));
        assert!(!is_exhausted(&rules, &[Soft, Arrived, Soft, Arrived, Arrived, Soft]));
    }

    #[test]
    fn what_a_message_says_depends_on_what_came_of_it() {
        let old = NOW.0 - 6 * DAY * 1_000_000;
        let young = NOW.0 - DAY * 1_000_000;
        assert_eq!(past("accepted", "", Some("soft"), true, old, NOW), Soft);
        assert_eq!(past("accepted", "", Some("block"), false, old, NOW), Silent);
        assert_eq!(past("failed", "soft", None, false, old, NOW), Soft);
        assert_eq!(past("failed", "deferred", None, false, old, NOW), Soft);
        assert_eq!(past("failed", "block", None, false, old, NOW), Silent);
        assert_eq!(past("accepted", "", None, false, young, NOW), Silent);
        assert_eq!(past("accepted", "", None, true, young, NOW), Arrived);
        assert_eq!(past("accepted", "", None, false, old, NOW), Arrived);
        assert_eq!(past("unknown", "", None, false, old, NOW), Silent);
    }

    #[test]
    fn a_campaign_is_held_over_its_share_and_not_for_one_or_two() {
        let rules = BounceRules { hold_bounces: 50, hold_complaints: 30, hold_after: 200, ..BounceRules::default() };
        let held = |bounced, blocked, complained, sent| {
            reason_to_hold(&rules, &Standing { bounced, blocked, complained }, sent).is_some()
        };
        assert!(!held(100, 0, 0, 199));
        assert!(held(10, 0, 0, 200));
        assert!(!held(9, 0, 0, 200));
        assert!(!held(0, 0, 2, 200));
        assert!(held(0, 0, 3, 1000));
        assert!(!held(0, 0, 3, 1001));
        let off = BounceRules { hold_bounces: 0, hold_complaints: 0, ..rules };
        assert_eq!(reason_to_hold(&off, &Standing { bounced: 200, blocked: 0, complained: 200 }, 200), None);
    }

    #[test]
    fn counting_stops_where_the_share_cannot_be_reached_any_more() {
        let rules = BounceRules { hold_bounces: 50, hold_complaints: 30, hold_after: 200, ..BounceRules::default() };
        let standing = Standing { bounced: 10, blocked: 0, complained: 0 };
        let most = most_to_count(&rules, &standing);
        assert_eq!(most, 200);
        assert!(reason_to_hold(&rules, &standing, most).is_some());
        assert!(reason_to_hold(&rules, &standing, most + 1).is_none());
        assert_eq!(most_to_count(&rules, &Standing { bounced: 2, blocked: 0, complained: 2 }), 0);
    }

    fn row(id: i64, address: &str, message: &str, handed: i64) -> Row {
        Row {
            id,
            campaign_id: uuid::Uuid::from_u128(1),
            campaign: "News".into(),
            contact_id: uuid::Uuid::from_u128(2),
            address: Some(address.into()),
            message_id: Some(message.into()),
            attempt_id: Some(uuid::Uuid::from_u128(u128::try_from(id).unwrap())),
            handed_at: Some(handed),
            bounce_class: None,
            complained_at: None,
        }
    }

    #[test]
    fn a_report_needs_proof_unless_its_teller_is_trusted() {
        let rows = [row(1, "a@x.example", "m1", 10), row(2, "a@x.example", "m2", 20), row(3, "b@x.example", "m3", 30)];
        let item = Item { addresses: vec!["a@x.example".into()], at: Micros(25), ..Item::example() };
        let id = |item: &Item, trusted| choose(item, &rows, trusted).map(|row| row.id);
        assert_eq!(id(&item, false), None);
        assert_eq!(id(&item, true), Some(2));
        let by_message = Item { message_id: Some("m1".into()), ..item.clone() };
        assert_eq!(id(&by_message, false), Some(1));
        // The Message-ID of somebody else's message proves nothing about this address.
        assert_eq!(id(&Item { message_id: Some("m3".into()), ..item.clone() }, false), None);
        let by_attempt = Item { attempt: Some(uuid::Uuid::from_u128(1)), ..item.clone() };
        assert_eq!(id(&by_attempt, false), Some(1));
        assert_eq!(id(&Item { row: Some(3), ..item.clone() }, false), Some(3));
        assert_eq!(id(&Item { row: Some(9), ..item }, true), None);
    }

    #[test]
    fn a_report_is_late_after_thirty_days() {
        assert!(is_in_time(Some(NOW.0 - 30 * DAY * 1_000_000), NOW));
        assert!(!is_in_time(Some(NOW.0 - 30 * DAY * 1_000_000 - 1), NOW));
        assert!(!is_in_time(None, NOW));
    }
}
