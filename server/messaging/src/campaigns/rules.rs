//! Pure decisions about campaigns: which move is legal, what may be edited, how long it takes, what codes mean.

use super::pacing;
use contract::campaigns::{Audience, CampaignDraft, CampaignState, CapRule, Counts, Plan, Reason};
use contract::fault::Refusals;
use contract::senders::Rates;
use contract::sending::{Pace, PacePer};
use contract::{Fault, Micros};

/// A scheduled start that is missed by more than this is held for a person instead of fired.
pub const GRACE_SECONDS: i64 = 2 * 3600;

/// Test mails go to at most so many addresses at once.
pub const TEST_ADDRESSES: usize = 10;

/// Most bytes of a source or text part.
pub const SOURCE_BYTES: usize = 1_000_000;

/// What somebody wants to do with a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Start at a time to come.
    Schedule,
    /// Take the time back.
    Unschedule,
    /// Start now.
    Send,
    /// Hold.
    Pause,
    /// Go on.
    Resume,
    /// End without mailing the rest.
    Cancel,
    /// Change what is written.
    Edit,
    /// Remove.
    Delete,
}

impl Move {
    /// The states it is legal from; the store's conditional UPDATEs name the same ones.
    pub fn from(self) -> &'static [CampaignState] {
        use CampaignState as S;
        match self {
            Self::Schedule | Self::Send => &[S::Draft, S::Paused],
            Self::Unschedule => &[S::Scheduled],
            Self::Pause => &[S::Sending],
            Self::Resume => &[S::Paused],
            Self::Cancel => &[S::Scheduled, S::Preparing, S::Sending, S::Paused],
            Self::Edit => &[S::Draft, S::Scheduled, S::Paused],
            Self::Delete => &[S::Draft, S::Finished, S::FinishedWithFailures, S::Cancelled, S::Failed],
        }
    }

    /// Whether it is legal now.
    pub fn is_legal(self, state: CampaignState) -> bool {
        self.from().contains(&state)
    }

    /// The refusal, in words that say where the campaign stands.
    pub fn refuse(self, state: CampaignState) -> Fault {
        let what = match self {
            Self::Schedule => "scheduled",
            Self::Unschedule => "taken off the schedule",
            Self::Send => "started",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Cancel => "cancelled",
            Self::Edit => "edited",
            Self::Delete => "deleted",
        };
        let hint = match (self, state) {
            (Self::Delete, s) if !s.is_ended() => " Cancel it first.",
            (Self::Edit, CampaignState::Sending) => " Pause it first.",
            (Self::Schedule | Self::Send, CampaignState::Scheduled) => " Take it off the schedule first.",
            _ => "",
        };
        Fault::conflict(format!("This campaign cannot be {what}: it is {} now.{hint}", in_words(state)))
    }
}

/// A state as a sentence has it.
pub fn in_words(state: CampaignState) -> &'static str {
    match state {
        CampaignState::Draft => "a draft",
        CampaignState::Scheduled => "scheduled",
        CampaignState::Preparing => "being prepared",
        CampaignState::Sending => "being sent",
        CampaignState::Paused => "paused",
        CampaignState::Finished => "finished",
        CampaignState::FinishedWithFailures => "finished, with failures",
        CampaignState::Cancelled => "cancelled",
        CampaignState::Failed => "failed",
    }
}

/// Refuses what can never be sent or stored; a draft may be incomplete.
pub fn check(draft: &CampaignDraft) -> Result<(), Fault> {
    let mut no = Refusals::new();
    let line = |text: &str| text.chars().any(char::is_control);
    let many = |a: &Audience| {
        [a.lists.len(), a.exclude_lists.len(), a.tags.len(), a.exclude_tags.len()].into_iter().any(|n| n > 200)
    };
    no.check(draft.name.trim().is_empty(), "name", "Give the campaign a name.");
    no.check(draft.name.chars().count() > 200, "name", "A name has at most 200 characters.");
    no.check(line(&draft.name), "name", "A name is a single line.");
    no.check(draft.content.subject.chars().count() > 500, "content.subject", "A subject has at most 500 characters.");
    no.check(line(&draft.content.subject), "content.subject", "A subject is a single line.");
    no.check(
        draft.content.preheader.chars().count() > 500,
        "content.preheader",
        "A preheader has at most 500 characters.",
    );
    no.check(
        draft.content.source.len() > SOURCE_BYTES,
        "content.source",
        "The source is larger than 1 MB. Host images elsewhere and link to them.",
    );
    no.check(draft.content.text.len() > SOURCE_BYTES, "content.text", "The text part is larger than 1 MB.");
    no.check(
        draft.from_name.chars().count() > 200 || line(&draft.from_name),
        "from_name",
        "A From name is a single line of at most 200 characters.",
    );
    let reply = draft.reply_to.trim();
    no.check(
        !reply.is_empty() && connect::email::address::normalise(reply).is_err(),
        "reply_to",
        "Reply-To must be an address such as info@example.com, or empty.",
    );
    no.check(many(&draft.audience), "audience", "Choose at most 200 lists and 200 tags.");
    no.done()?;
    pacing::check(&draft.plan)
}

/// What a change of a campaign whose content is already fixed may not touch.
pub fn is_frozen_part_changed(before: &CampaignDraft, after: &CampaignDraft) -> bool {
    before.content != after.content
        || before.audience != after.audience
        || before.track_opens != after.track_opens
        || before.track_clicks != after.track_clicks
        || fixed(&before.plan) != fixed(&after.plan)
}

/// A plan without what may change at any time: window and cap.
fn fixed(plan: &Plan) -> Plan {
    Plan { window: None, cap: CapRule::Apply, ..plan.clone() }
}

/// The end state that the rows say; `None` while rows are open.
pub fn end_of(counts: &Counts) -> Option<CampaignState> {
    match counts {
        c if c.open() > 0 => None,
        c if c.to_send() == 0 => Some(CampaignState::Failed),
        c if c.failed + c.unknown > 0 => Some(CampaignState::FinishedWithFailures),
        _ => Some(CampaignState::Finished),
    }
}

/// Whether a planned start is so late that a person should decide.
pub fn is_missed(scheduled: Micros, now: Micros) -> bool {
    now.seconds() - scheduled.seconds() > GRACE_SECONDS
}

/// A campaign's own pace as limits.
pub fn rates_of(pace: &Pace) -> Rates {
    let count = Some(pace.count);
    match pace.per {
        PacePer::Minute => Rates { per_minute: count, ..Rates::default() },
        PacePer::Hour => Rates { per_hour: count, ..Rates::default() },
        PacePer::Day => Rates { per_day: count, ..Rates::default() },
    }
}

/// The limits that hold where all of these hold.
pub fn narrowest(all: impl IntoIterator<Item = Rates>) -> Rates {
    let less = |one: Option<u32>, other: Option<u32>| one.into_iter().chain(other).min();
    all.into_iter().fold(Rates::default(), |so_far, next| Rates {
        per_second: less(so_far.per_second, next.per_second),
        per_minute: less(so_far.per_minute, next.per_minute),
        per_hour: less(so_far.per_hour, next.per_hour),
        per_day: less(so_far.per_day, next.per_day),
    })
}

/// What the sender's limits allow for `count` messages: messages per minute at length, and the seconds the last one waits.
/// `None` is as fast as the server takes them.
pub fn forecast(rates: &Rates, count: i64) -> (Option<i64>, Option<i64>) {
    let windows = [(rates.per_second, 1_i64), (rates.per_minute, 60), (rates.per_hour, 3600), (rates.per_day, 86_400)];
    let limits = || windows.iter().filter_map(|(limit, seconds)| limit.map(|l| (i64::from(l).max(1), *seconds)));
    let per_minute = limits().map(|(limit, seconds)| (limit * 60).div_euclid(seconds).max(1)).min();
    // The first window's worth goes at once; each further one waits for its window.
    let seconds = limits().map(|(limit, seconds)| (count.max(1) - 1).div_euclid(limit) * seconds).max();
    (per_minute, seconds)
}

/// Settled per minute, and when it will be done at that rate.
pub fn pace(settled_last_minute: i64, open: i64, now: Micros) -> (Option<i64>, Option<Micros>) {
    if settled_last_minute <= 0 {
        return (None, None);
    }
    let seconds = (open * 60).div_euclid(settled_last_minute) + i64::from(open > 0);
    (Some(settled_last_minute), Some(now.plus_seconds(seconds)))
}

/// What a reason code says, for people.
pub fn reason_text(code: &str) -> &str {
    match code {
        "unsubscribed" => "Unsubscribed",
        "no_consent" => "Never agreed to email",
        "suppressed" => "Withheld after a bounce or complaint",
        "bounced" => "Bounced before",
        "complained" => "Complained before",
        "no_address" => "No email address",
        "invalid_address" => "Address is not valid",
        "duplicate_address" => "Same address as another recipient",
        "frequency_cap" => "Had as many messages lately as your company allows",
        "zone_passed" => "The planned time had passed where they are",
        "has_read" => "Opened or clicked the first one",
        "not_reached" => "Did not get the first one",
        "address_changed" => "Address was changed after the campaign was prepared",
        "deleted" => "Contact was deleted",
        "render_error" => "Message could not be written for this person",
        "hard" => "Address does not work",
        "soft" => "Mailbox has a problem",
        "ignore" => "Server refused this message",
        "block" => "Server refused the sender",
        "deferred" => "Server kept putting it off",
        "connection" => "Connection kept breaking",
        "lost" => "No answer after the message was handed over",
        other => other,
    }
}

/// A count with its words.
pub fn reason(code: &str, count: i64) -> Reason {
    Reason { code: code.to_owned(), text: reason_text(code).to_owned(), count }
}

/// One cell of a CSV file; what a spreadsheet would run as a formula is defused by an apostrophe.
pub fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    if formula || text.contains(['"', ',', '\n', '\r', ';']) {
        format!("\"{mark}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests;
