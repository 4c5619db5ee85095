use super::*;
use crate::content::Desk;
use crate::parts::settled;
use contract::campaigns::{Audience, CampaignDraft, Plan};
use contract::{ListId, Micros, TagId, TemplateId};
use gloo_timers::future::TimeoutFuture;

/// Quiet time after a change before the draft is saved, in ms.
const QUIET: u64 = 1_000;

/// How often a save that waits for another one looks again, in ms.
const LOOK_AGAIN: u32 = 50;

/// How saving stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Saving {
    /// All is saved, or will be in a moment.
    Quiet,
    /// On its way.
    Busy,
    /// It was refused, with the reason.
    Failed(String),
    /// Somebody else saved first.
    Conflict(String),
}

/// Lists and tags on one side of an audience.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picks {
    pub lists: Vec<ListId>,
    pub tags: Vec<TagId>,
}

impl Picks {
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.tags.is_empty()
    }

    /// Puts one in or takes it out.
    pub fn set_list(&mut self, id: ListId, is_on: bool) {
        self.lists.retain(|own| *own != id);
        if is_on {
            self.lists.push(id);
        }
    }

    /// Puts one in or takes it out.
    pub fn set_tag(&mut self, id: TagId, is_on: bool) {
        self.tags.retain(|own| *own != id);
        if is_on {
            self.tags.push(id);
        }
    }
}

/// The campaign that is being written, and how it is saved.
#[derive(Clone, Copy)]
pub struct Work {
    pub id: CampaignId,
    pub name: RwSignal<String>,
    pub desk: Desk,
    template: StoredValue<Option<TemplateId>>,
    pub sender: RwSignal<String>,
    pub from_name: RwSignal<String>,
    pub reply_to: RwSignal<String>,
    pub to: RwSignal<Picks>,
    pub without: RwSignal<Picks>,
    pub track_opens: RwSignal<bool>,
    pub track_clicks: RwSignal<bool>,
    /// When within a day, on whose clock, how often, which variants.
    pub plan: RwSignal<Plan>,
    /// The campaign as the server has it.
    pub stored: RwSignal<Campaign>,
    /// What was sent with the last save; the server may have tidied it.
    sent: RwSignal<CampaignDraft>,
    pub saving: RwSignal<Saving>,
    pub refused: Problems,
    hand: Hand,
}

impl Work {
    pub fn of(campaign: &Campaign) -> Self {
        let draft = &campaign.draft;
        let audience = draft.audience.clone();
        let work = Self {
            id: campaign.id,
            name: RwSignal::new(draft.name.clone()),
            desk: Desk::of(&draft.content),
            template: StoredValue::new(draft.template),
            sender: RwSignal::new(draft.sender.map(|s| s.to_string()).unwrap_or_default()),
            from_name: RwSignal::new(draft.from_name.clone()),
            reply_to: RwSignal::new(draft.reply_to.clone()),
            to: RwSignal::new(Picks { lists: audience.lists, tags: audience.tags }),
            without: RwSignal::new(Picks { lists: audience.exclude_lists, tags: audience.exclude_tags }),
            track_opens: RwSignal::new(draft.track_opens),
            track_clicks: RwSignal::new(draft.track_clicks),
            plan: RwSignal::new(draft.plan.clone()),
            stored: RwSignal::new(campaign.clone()),
            sent: RwSignal::new(draft.clone()),
            saving: RwSignal::new(Saving::Quiet),
            refused: Problems::new(),
            hand: Hand::here(),
        };
        // The order of lists and a parsed sender may differ from what is stored; only changes made here count.
        work.sent.set(untrack(|| work.read()));
        work
    }

    /// What stands there now. Tracks all of it.
    pub fn read(self) -> CampaignDraft {
        CampaignDraft {
            name: self.name.get(),
            content: self.desk.read(),
            template: self.template.get_value(),
            sender: self.sender.with(|s| s.parse().ok()),
            from_name: self.from_name.get(),
            reply_to: self.reply_to.get(),
            audience: self.audience(),
            track_opens: self.track_opens.get(),
            track_clicks: self.track_clicks.get(),
            plan: self.plan.get(),
        }
    }

    /// Who is chosen now. Tracks it.
    pub fn audience(self) -> Audience {
        let (to, without) = (self.to.get(), self.without.get());
        Audience { lists: to.lists, tags: to.tags, exclude_lists: without.lists, exclude_tags: without.tags }
    }

    /// What was saved last. Tracks it.
    pub fn sent(self) -> CampaignDraft {
        self.sent.get()
    }

    /// Whether something here is not saved. Tracks all of it.
    pub fn is_dirty(self) -> bool {
        let now = self.read();
        self.sent.with(|sent| *sent != now)
    }

    /// Puts another content in, with the template it came from.
    pub fn start_over(self, content: contract::templates::Content, template: Option<TemplateId>) {
        self.template.set_value(template);
        self.desk.fill(content);
    }

    /// Saves by itself once a person pauses.
    pub fn save_by_itself(self) {
        let quiet = settled(move || self.read(), QUIET);
        Effect::new(move |was_here: Option<()>| {
            quiet.track();
            let stands = !matches!(self.saving.get_untracked(), Saving::Conflict(_));
            if was_here.is_some() && stands && untrack(|| self.is_dirty()) {
                leptos::task::spawn_local(async move {
                    self.save(false).await;
                });
            }
        });
    }

    /// Saves now; true if all that stands here is saved then. Forced, it goes over somebody else's change.
    pub async fn save(self, is_forced: bool) -> bool {
        while self.saving.get_untracked() == Saving::Busy {
            TimeoutFuture::new(LOOK_AGAIN).await;
        }
        let draft = untrack(|| self.read());
        let is_saved = self.sent.with_untracked(|sent| *sent == draft);
        if is_saved && self.saving.get_untracked() == Saving::Quiet {
            return true;
        }
        self.saving.set(Saving::Busy);
        let seen: Option<Micros> = (!is_forced).then(|| self.stored.with_untracked(|c| c.updated));
        match api::update_campaign(self.id, draft.clone(), seen).await {
            Ok(campaign) => {
                self.refused.clear();
                self.sent.set(draft);
                self.stored.set(campaign);
                self.saving.set(Saving::Quiet);
                true
            }
            Err(Fault::Conflict { message }) => {
                self.saving.set(Saving::Conflict(message));
                false
            }
            Err(fault) => {
                self.saving.set(Saving::Failed(fault.to_string()));
                let _ = self.refused.keep::<()>(Err(fault));
                false
            }
        }
    }

    /// Saves because a person asked for it; what stands in the way is told.
    pub async fn ensure(self) -> bool {
        let is_saved = self.save(false).await;
        if let Saving::Failed(words) | Saving::Conflict(words) = self.saving.get_untracked() {
            self.hand.toasts.fault(FaultWords::new("Not saved", words));
        }
        is_saved
    }

    /// Saves because a person asked for it, and nothing more.
    pub fn save_now(self) {
        leptos::task::spawn_local(async move {
            self.ensure().await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_picked_once_and_can_be_taken_out() {
        let id: ListId = "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap();
        let mut picks = Picks::default();
        picks.set_list(id, true);
        picks.set_list(id, true);
        assert_eq!(picks.lists, [id]);
        picks.set_list(id, false);
        assert!(picks.is_empty());
    }
}
