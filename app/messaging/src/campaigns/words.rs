//! How campaigns and their recipients read, said once.

use contract::campaigns::{CampaignReport, CampaignState, Counts, Engagement, RecipientState};
use kit::{Part, Shape, Status, Tone, format};
use leptos::prelude::*;

/// The state of a campaign.
pub fn state_words(state: CampaignState) -> &'static str {
    match state {
        CampaignState::Draft => "Draft",
        CampaignState::Scheduled => "Scheduled",
        CampaignState::Preparing => "Preparing",
        CampaignState::Sending => "Sending",
        CampaignState::Paused => "Paused",
        CampaignState::Finished => "Finished",
        CampaignState::FinishedWithFailures => "Finished with failures",
        CampaignState::Cancelled => "Cancelled",
        CampaignState::Failed => "Failed",
    }
}

/// The state as a status.
pub fn state(state: CampaignState) -> AnyView {
    let (tone, shape) = match state {
        CampaignState::Draft => (Tone::Plain, Shape::Wait),
        CampaignState::Scheduled => (Tone::Note, Shape::Wait),
        CampaignState::Preparing | CampaignState::Sending => (Tone::Note, Shape::Live),
        CampaignState::Paused => (Tone::Warn, Shape::Stop),
        CampaignState::Finished => (Tone::Good, Shape::Full),
        CampaignState::FinishedWithFailures => (Tone::Warn, Shape::Full),
        CampaignState::Cancelled => (Tone::Plain, Shape::Stop),
        CampaignState::Failed => (Tone::Bad, Shape::Stop),
    };
    view! { <Status tone shape>{state_words(state)}</Status> }.into_any()
}

/// The state of a recipient.
pub fn recipient_words(state: RecipientState) -> &'static str {
    match state {
        RecipientState::Pending | RecipientState::Claimed => "Waiting",
        RecipientState::Handed => "Being handed over",
        RecipientState::Accepted => "Accepted",
        RecipientState::Failed => "Failed",
        RecipientState::Skipped => "Left out",
        RecipientState::Unknown => "Unknown",
        RecipientState::Cancelled => "Not sent, cancelled",
    }
}

/// The state of a recipient as a status.
pub fn recipient(state: RecipientState) -> AnyView {
    let (tone, shape) = match state {
        RecipientState::Pending | RecipientState::Claimed | RecipientState::Skipped => (Tone::Plain, Shape::Wait),
        RecipientState::Handed => (Tone::Note, Shape::Live),
        RecipientState::Accepted => (Tone::Good, Shape::Full),
        RecipientState::Failed => (Tone::Bad, Shape::Stop),
        RecipientState::Unknown => (Tone::Warn, Shape::Unsure),
        RecipientState::Cancelled => (Tone::Plain, Shape::Stop),
    };
    view! { <Status tone shape>{recipient_words(state)}</Status> }.into_any()
}

/// The parts of the bar, in the order they are drawn.
pub fn parts(counts: &Counts) -> Vec<Part> {
    let n = format::whole;
    vec![
        Part::proven("Accepted", n(counts.accepted), "cyan"),
        Part::proven("Failed", n(counts.failed), "danger"),
        Part::unsure("Unknown", n(counts.unknown)),
        Part::hollow("Left out", n(counts.skipped)),
        Part::hollow("Not sent, cancelled", n(counts.cancelled)),
        Part::proven("Being handed over", n(counts.handed), "info"),
        Part::rest("Waiting", n(counts.pending + counts.claimed)),
    ]
}

/// `8,252 of 12,480 done, about 36 min left`
pub fn progress(report: &CampaignReport) -> String {
    let counts = &report.campaign.counts;
    let done = format!("{} of {} done", format::number(counts.settled()), format::number(counts.to_send()));
    match seconds_left(report) {
        Some(left) if report.campaign.state == CampaignState::Sending => {
            format!("{done}, about {}", format::time_left(left))
        }
        _ => done,
    }
}

/// Seconds until it is done at the present rate, where that is known.
pub fn seconds_left(report: &CampaignReport) -> Option<u64> {
    report.finishes.map(|at| format::whole(at.seconds() - report.at.seconds()))
}

/// Share of those whose server took the message; `None` while nobody's did.
pub fn of_accepted(part: i64, counts: &Counts) -> Option<String> {
    format::share(format::whole(part), format::whole(counts.accepted))
}

/// The cell of a share in the list.
pub fn share_cell(part: fn(&Engagement) -> i64, engagement: &Engagement, counts: &Counts) -> String {
    of_accepted(part(engagement), counts).unwrap_or_else(|| "–".to_owned())
}

/// How many people, as the list says it.
pub fn reach(state: CampaignState, counts: &Counts) -> String {
    let whole = counts.to_send();
    match state {
        CampaignState::Draft | CampaignState::Scheduled => "–".to_owned(),
        CampaignState::Preparing | CampaignState::Sending | CampaignState::Paused if whole > 0 => {
            format!("{} of {}", format::number(counts.settled()), format::number(whole))
        }
        _ => format::number(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> Counts {
        Counts { pending: 4, claimed: 1, handed: 2, accepted: 80, failed: 3, skipped: 9, unknown: 1, cancelled: 0 }
    }

    #[test]
    fn the_parts_of_the_bar_are_everybody_in_the_ledger() {
        let sum: u64 = parts(&counts()).iter().map(|p| p.value).sum();
        assert_eq!(i64::try_from(sum).unwrap(), counts().total());
    }

    #[test]
    fn a_share_of_nobody_is_not_available() {
        assert_eq!(of_accepted(3, &Counts::default()), None);
        assert_eq!(of_accepted(20, &counts()), Some("25.0 %".into()));
    }

    #[test]
    fn what_is_under_way_says_how_far_it_is() {
        assert_eq!(reach(CampaignState::Sending, &counts()), "84 of 91");
        assert_eq!(reach(CampaignState::Finished, &counts()), "91");
        assert_eq!(reach(CampaignState::Draft, &Counts::default()), "–");
    }
}
