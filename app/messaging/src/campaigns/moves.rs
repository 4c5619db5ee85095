//! What can be done with a campaign from a menu or a button; each asks where it should and tells how it ended.

use super::api;
use crate::parts::Hand;
use contract::campaigns::{CampaignState, Counts, Rework, ReworkOrder};
use contract::{CampaignId, Capability};
use kit::*;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use session::Viewer;

type Go = StoredValue<Box<dyn Fn(&str) + Send + Sync>>;

/// The moves of this page. Take it while the component is made.
#[derive(Clone, Copy)]
pub struct Moves {
    /// Makes the calls.
    pub hand: Hand,
    confirm: Confirm,
    go: Go,
    viewer: Viewer,
}

impl Moves {
    /// The moves of this page.
    pub fn here() -> Self {
        let go = use_navigate();
        let go: Box<dyn Fn(&str) + Send + Sync> = Box::new(move |href| go(href, Default::default()));
        Self { hand: Hand::here(), confirm: use_confirm(), go: StoredValue::new(go), viewer: Viewer::here() }
    }

    /// Goes to another page.
    pub fn go(self, href: &str) {
        self.go.with_value(|go| go(href));
    }

    /// A new draft with the same words, opened in the composer.
    pub fn duplicate(self, id: CampaignId) {
        self.hand.call("campaign.created", api::duplicate_campaign(id), move |made| {
            self.hand.toasts.ok("Campaign duplicated");
            self.go(&format!("/campaigns/{}/edit", made.id));
        });
    }

    /// A second try for those who did not read it, opened in the composer.
    pub fn resend(self, id: CampaignId, name: &str) {
        let title = format!("A second try for who did not read {name}?");
        let text = "Makes a draft for those who got it and neither opened nor clicked. Nothing is sent yet. Many people \
            read their mail a day or two later, so give them 48 hours.";
        self.confirm.ask(Question::plain(title, text, "Make the draft"), move || {
            self.hand.call("campaign.created", api::resend(id, true), move |made| {
                self.hand.toasts.ok("A draft for those who did not read it");
                self.go(&format!("/campaigns/{}/edit", made.id));
            });
        });
    }

    /// Ends a test by hand, after a question that says how many get the variant.
    pub fn choose(self, id: CampaignId, variant: u32, waiting: i64) {
        let people = format::count(waiting, "person", "people");
        let text = format!("{people} who wait get this variant. The test ends, and this cannot be taken back.");
        self.confirm.ask(Question::plain("Send this variant to the rest?", text, "Send it"), move || {
            self.hand.call("campaign.winner", api::choose_winner(id, variant), move |_| {
                self.hand.toasts.ok("The rest gets this variant");
            });
        });
    }

    /// Holds.
    pub fn pause(self, id: CampaignId) {
        self.hand.call("campaign.paused", api::pause(id), move |_| {
            self.hand.toasts.action("Paused. What is being handed over finishes.", "Resume", move || self.resume(id));
        });
    }

    /// Goes on.
    pub fn resume(self, id: CampaignId) {
        self.hand.call("campaign.resumed", api::resume(id), move |_| self.hand.toasts.ok("Sending goes on"));
    }

    /// Back to draft.
    pub fn unschedule(self, id: CampaignId) {
        self.hand.call("campaign.unscheduled", api::unschedule(id), move |_| {
            self.hand.toasts.ok("Not scheduled any more; it is a draft again")
        });
    }

    /// Decides about those who failed or of whom nothing is known, after a question that says what it means for them.
    fn rework(self, id: CampaignId, what: Rework, count: i64) {
        let (question, done) = rework_words(what, count);
        self.confirm.ask(question, move || {
            let order = ReworkOrder { what, contacts: Vec::new(), sure: true };
            self.hand.call("campaign.reworked", api::rework_recipients(id, order), move |did| {
                self.hand.toasts.ok(format!("{} {done}", format::count(did.recipients, "recipient", "recipients")));
            });
        });
    }

    /// What can be done about recipients that did not end well.
    fn repairs(self, id: CampaignId, state: CampaignState, counts: &Counts) -> Vec<MenuItem> {
        use CampaignState as S;
        if !matches!(state, S::Sending | S::Paused | S::Finished | S::FinishedWithFailures) {
            return Vec::new();
        }
        let choices = [
            (counts.failed, "Try failed again", IconName::Undo, Rework::RetryFailed),
            (counts.unknown, "Look unknown up", IconName::Search, Rework::UnknownCheck),
            (counts.unknown, "Count unknown as sent", IconName::Check, Rework::UnknownSent),
            (counts.unknown, "Send unknown again", IconName::Undo, Rework::UnknownAgain),
        ];
        choices
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, words, icon, what)| {
                MenuItem::run(format!("{words} ({})", format::number(count)), move || self.rework(id, what, count))
                    .icon(icon)
            })
            .collect()
    }

    /// Ends it, after a question that says what cannot be called back.
    pub fn cancel(self, id: CampaignId, name: &str, counts: &Counts) {
        let question = Question::danger(format!("Cancel {name}?"), cancel_text(counts), cancel_action(counts))
            .stay("Keep sending");
        self.confirm.ask(question, move || {
            self.hand.call("campaign.cancelled", api::cancel(id), move |_| self.hand.toasts.ok("Campaign cancelled"));
        });
    }

    /// Removes it; `home` is where to go then, if this page shows it.
    pub fn delete(self, id: CampaignId, name: &str, state: CampaignState, home: Option<&'static str>) {
        let (text, action) = match state {
            CampaignState::Draft => ("The draft cannot come back.", "Delete draft"),
            _ => (
                "Its report goes with it and cannot come back. Export the recipients first if you need them.",
                "Delete campaign",
            ),
        };
        let question = Question::danger(format!("Delete {name}?"), text, action);
        self.confirm.ask(question, move || {
            self.hand.call("campaign.deleted", api::delete_campaign(id), move |()| {
                self.hand.toasts.ok("Campaign deleted");
                if let Some(home) = home {
                    self.go(home);
                }
            });
        });
    }

    /// The lines of a menu for a campaign in this state.
    pub fn menu(
        self,
        id: CampaignId,
        name: &str,
        state: CampaignState,
        counts: Counts,
        home: Option<&'static str>,
    ) -> Vec<MenuItem> {
        let mut items = Vec::new();
        let (may_write, may_send) =
            (self.viewer.may(Capability::CampaignsWrite), self.viewer.may(Capability::CampaignsSend));
        let [to_cancel, to_delete, to_resend] = [(); 3].map(|()| name.to_owned());
        if may_write && matches!(state, CampaignState::Draft | CampaignState::Paused) && home.is_none() {
            items.push(MenuItem::link("Edit", format!("/campaigns/{id}/edit")).icon(IconName::Pencil));
        }
        if may_send && home.is_none() {
            items.extend(match state {
                CampaignState::Sending => Some(MenuItem::run("Pause", move || self.pause(id)).icon(IconName::Pause)),
                CampaignState::Paused => Some(MenuItem::run("Resume", move || self.resume(id)).icon(IconName::Play)),
                CampaignState::Scheduled => {
                    Some(MenuItem::run("Unschedule", move || self.unschedule(id)).icon(IconName::Undo))
                }
                _ => None,
            });
        }
        if may_write {
            items.push(MenuItem::run("Duplicate", move || self.duplicate(id)).icon(IconName::Copy));
            if matches!(state, CampaignState::Finished | CampaignState::FinishedWithFailures) {
                let again = move || self.resend(id, &to_resend);
                items.push(MenuItem::run("Second try", again).icon(IconName::Undo));
            }
        }
        if may_send {
            items.extend(self.repairs(id, state, &counts));
        }
        if may_send && home.is_none() && is_running(state) {
            items
                .push(MenuItem::run("Cancel", move || self.cancel(id, &to_cancel, &counts)).icon(IconName::X).danger());
        }
        if may_write && (state == CampaignState::Draft || state.is_ended()) {
            items.push(
                MenuItem::run("Delete", move || self.delete(id, &to_delete, state, home))
                    .icon(IconName::Trash)
                    .danger(),
            );
        }
        items
    }
}

/// Whether there is something to cancel.
pub fn is_running(state: CampaignState) -> bool {
    matches!(
        state,
        CampaignState::Scheduled | CampaignState::Preparing | CampaignState::Sending | CampaignState::Paused
    )
}

/// The question, and how its answer is told.
fn rework_words(what: Rework, count: i64) -> (Question, &'static str) {
    let people = format::count(count, "recipient", "recipients");
    match what {
        Rework::RetryFailed => (
            Question::plain(
                format!("Try {people} again?"),
                "They failed before. Who unsubscribed, complained or does not exist is left out; limits and hours hold as always.",
                "Try again",
            ),
            "tried again",
        ),
        Rework::UnknownCheck => (
            Question::plain(
                format!("Look {people} up?"),
                "Lux asks Microsoft 365 what became of these messages, up to 500 at once. What it finds among the sent ones counts as sent; what was never sent is sent now; the others stay as they are.",
                "Look up",
            ),
            "settled",
        ),
        Rework::UnknownSent => (
            Question::plain(
                format!("Count {people} as sent?"),
                "The message was handed over and no answer came. Nothing is sent; the report counts them as accepted from now on.",
                "Count as sent",
            ),
            "counted as sent",
        ),
        Rework::UnknownAgain => (
            Question::danger(
                format!("Send to {people} again?"),
                "The message was handed over and no answer came, so some have it already. They get it a second time.",
                "Send again",
            ),
            "sent again",
        ),
    }
}

fn cancel_text(counts: &Counts) -> String {
    if counts.total() == 0 {
        return "Nobody has got it. A cancelled campaign cannot be resumed; duplicate it to start over.".to_owned();
    }
    let gone = counts.accepted + counts.handed;
    format!(
        "{} will not get it. {} already handed over cannot be called back. A cancelled campaign cannot be resumed; pausing can.",
        format::count(counts.pending + counts.claimed, "person", "people"),
        format::count(gone, "message", "messages"),
    )
}

fn cancel_action(counts: &Counts) -> String {
    match counts.pending + counts.claimed {
        0 => "Cancel campaign".to_owned(),
        left => format!("Cancel for {}", format::count(left, "person", "people")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelling_says_who_misses_out_and_what_is_gone() {
        let counts = Counts { pending: 4216, handed: 12, accepted: 8214, ..Counts::default() };
        assert!(cancel_text(&counts).starts_with("4,216 people will not get it. 8,226 messages already handed over"));
        assert_eq!(cancel_action(&counts), "Cancel for 4,216 people");
        assert_eq!(cancel_action(&Counts::default()), "Cancel campaign");
    }
}
