use super::api;
use super::asked::{Asked, NEW_HOOK, NEW_MAILBOX, PLAIN, Tab};
use super::hooks::Hooks;
use super::mailboxes::Mailboxes;
use super::returned::Returned;
use super::rules::Rules;
use crate::parts::Steady;
use contract::bounces::{Bounce, BounceQuery, BounceSetup};
use contract::{Capability, Cursor, Fault, Page};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_query_map;
use leptos_router::lazy_route;
use session::{SETTINGS, Viewer};

/// `/settings/bounces`
#[derive(Debug)]
pub struct BouncesRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct BouncesReads {
    tab: Memo<Tab>,
    asked: Memo<Asked>,
    setup: Resource<Result<BounceSetup, Fault>>,
    list: Resource<Result<Page<Bounce>, Fault>>,
}

impl BouncesReads {
    fn new() -> Self {
        let query = use_query_map();
        let tab = Memo::new(move |_| query.with(|q| Tab::read(|name| q.get(name))));
        let asked = Memo::new(move |_| query.with(|q| Asked::read(|name| q.get(name))));
        let changed = use_stream().changes("bounce.");
        Self {
            tab,
            asked,
            setup: Resource::new(move || changed.get(), |_| api::setup()),
            list: Resource::new(
                move || (tab.get(), asked.get(), changed.get()),
                |(tab, asked, _)| async move {
                    // The other tabs show no list.
                    if tab == Tab::Returned { bounces(asked, None).await } else { Ok(Page::empty()) }
                },
            ),
        }
    }
}

#[lazy_route]
impl LazyRoute for BouncesRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = BouncesReads::new();
        view! { <BouncesPage this /> }.into_any()
    }
}

/// A page of bounces.
pub(super) async fn bounces(asked: Asked, cursor: Option<Cursor>) -> Result<Page<Bounce>, Fault> {
    let Asked { class, campaign, search } = asked;
    api::bounce_page(BounceQuery { class, campaign, search, cursor, limit: 50 }).await
}

#[component]
fn BouncesPage(this: BouncesReads) -> impl IntoView {
    let BouncesReads { tab, asked, setup, list } = this;
    let may = Viewer::here().may(Capability::SendersManage);
    let body = move || match tab.get() {
        Tab::Returned => view! { <Returned asked setup list /> }.into_any(),
        Tab::Rules => view! {
            <Steady resource=setup bones=Bones::Form(5) let:setup>
                <Rules setup />
            </Steady>
        }
        .into_any(),
        Tab::Sources => view! {
            <Steady resource=setup bones=Bones::Table(4, 4) let:setup>
                <Stack>
                    <Mailboxes setup />
                    <Hooks setup />
                </Stack>
            </Steady>
        }
        .into_any(),
    };
    let parts = Signal::derive(move || {
        let now = tab.get();
        Tab::ALL.into_iter().map(|(tab, label)| TabLink::new(tab.href(), label, tab == now)).collect::<Vec<_>>()
    });
    view! {
        <PageTitle title="Settings">
            <When is=move || may && tab.get() == Tab::Sources>
                <LinkButton href=NEW_HOOK icon=IconName::Plus>"New hook"</LinkButton>
                <LinkButton href=NEW_MAILBOX kind=ButtonKind::Primary icon=IconName::Plus>"New mailbox"</LinkButton>
            </When>
        </PageTitle>
        <Tabs label="Settings" items=TabLink::of(&SETTINGS, PLAIN) />
        <Tabs label="Bounces" items=parts segmented=true />
        {body}
    }
    .into_any()
}
