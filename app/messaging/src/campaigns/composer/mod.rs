//! Writing a campaign: who gets it, what they read, through what, when; then the last look.

mod audience;
mod checks;
mod files;
mod languages;
mod look;
mod page;
mod plan;
mod send;
mod sender;
mod title;
mod trial;
mod work;

use super::{api, words};
use crate::parts::Hand;
use crate::people;
use crate::senders::api::all_senders;
use contract::campaigns::{Campaign, CampaignState};
use contract::contacts::{List, Tag as ContactTag};
use contract::senders::Sender;
use contract::{CampaignId, Capability, Fault};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_params_map;
use leptos_router::lazy_route;
use page::Composer;
use session::{Problems, Viewer};

/// What can be chosen from.
#[derive(Clone, Copy)]
pub(super) struct Stock {
    senders: Resource<Result<Vec<Sender>, Fault>>,
    lists: Resource<Result<Vec<List>, Fault>>,
    tags: Resource<Result<Vec<ContactTag>, Fault>>,
}

/// `/campaigns/:id/edit`
#[derive(Debug)]
pub struct ComposerRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct ComposerReads {
    campaign: Resource<Result<Campaign, Fault>>,
    stock: Stock,
}

impl ComposerReads {
    fn new() -> Self {
        let params = use_params_map();
        let id = Memo::new(move |_| params.with(|p| p.get("id")).and_then(|id| id.parse::<CampaignId>().ok()));
        let stream = use_stream();
        let (contacts, senders) = (stream.changes("contact"), stream.changes("sender."));
        Self {
            // Not with every event: what is being written must not be drawn anew.
            campaign: Resource::new(
                move || id.get(),
                |id| async move { api::get_campaign(id.ok_or_else(|| Fault::missing("Campaign"))?).await },
            ),
            stock: Stock {
                senders: Resource::new(move || senders.get(), |_| all_senders()),
                lists: Resource::new(move || contacts.get(), |_| people::all_lists()),
                tags: Resource::new(move || contacts.get(), |_| people::all_tags()),
            },
        }
    }
}

#[lazy_route]
impl LazyRoute for ComposerRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = ComposerReads::new();
        let ComposerReads { campaign, stock } = this;
        view! {
            <Suspended resource=campaign bones=Bones::Form(8) let:stored>
                {match can_edit(stored.state) {
                    true => view! { <Composer stored campaign stock /> }.into_any(),
                    false => view! { <TooLate stored /> }.into_any(),
                }}
            </Suspended>
        }
        .into_any()
    }
}

fn can_edit(state: CampaignState) -> bool {
    matches!(state, CampaignState::Draft | CampaignState::Scheduled | CampaignState::Paused)
}

/// Words of something that goes out or went out stand.
#[component]
fn TooLate(stored: Campaign) -> impl IntoView {
    let text = match stored.state {
        CampaignState::Preparing | CampaignState::Sending => {
            "It is going out now. Pause it to change its sender; its words and its audience are fixed."
        }
        _ => "It has ended. Duplicate it to send its words again.",
    };
    view! {
        <PageTitle title=stored.draft.name.clone() mark=move || words::state(stored.state) />
        <Card>
            <Empty title="This campaign cannot be edited now" text icon=IconName::Lock>
                <LinkButton href=format!("/campaigns/{}", stored.id) kind=ButtonKind::Primary>"Show the campaign"</LinkButton>
            </Empty>
        </Card>
    }
    .into_any()
}
