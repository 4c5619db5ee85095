use super::detail::MessageSheet;
use super::{api, words};
use crate::campaigns::recipient_status;
use crate::parts::{Paged, Steady, address};
use contract::campaigns::RecipientState;
use contract::messages::{Message, MessageQuery};
use contract::{Cursor, Fault, MessageId, Page};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::lazy_route;
use session::Viewer;

/// What the address says: which messages, and which one is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Asked {
    pub search: String,
    pub state: Option<RecipientState>,
}

impl Asked {
    fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        Self { search: get("q").unwrap_or_default(), state: get("state").and_then(|s| s.parse().ok()) }
    }

    pub fn address(&self, shown: Option<MessageId>) -> String {
        let shown = shown.map(|id| id.to_string()).unwrap_or_default();
        let state = self.state.map_or("", RecipientState::as_str);
        address("/messages", &[("state", state), ("q", &self.search), ("show", &shown)])
    }
}

/// `/messages`
#[derive(Debug)]
pub struct MessagesRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct MessagesReads {
    asked: Memo<Asked>,
    shown: Memo<Option<MessageId>>,
    first: Resource<Result<Page<Message>, Fault>>,
}

impl MessagesReads {
    fn new() -> Self {
        let query = use_query_map();
        let asked = Memo::new(move |_| query.with(|q| Asked::read(|name| q.get(name))));
        let shown = Memo::new(move |_| query.with(|q| q.get("show")).and_then(|id| id.parse().ok()));
        let changed = use_stream().changes("message.");
        let first = Resource::new(move || (asked.get(), changed.get()), |(asked, _)| page(asked, None));
        Self { asked, shown, first }
    }
}

#[lazy_route]
impl LazyRoute for MessagesRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = MessagesReads::new();
        view! { <MessagesPage this /> }.into_any()
    }
}

async fn page(asked: Asked, cursor: Option<Cursor>) -> Result<Page<Message>, Fault> {
    api::message_page(MessageQuery { search: asked.search, state: asked.state, cursor, limit: 50 }).await
}

#[component]
fn MessagesPage(this: MessagesReads) -> impl IntoView {
    let MessagesReads { asked, shown, first } = this;
    view! {
        <PageTitle title="Messages" detail="Receipts, codes and confirmations that programs send, each to one address." />
        <Tabs label="Messages by state" items=Signal::derive(move || tabs(&asked.get())) />
        <Search asked />
        <Steady resource=first bones=Bones::Table(8, 5) let:page>
            <MessageBody asked page />
        </Steady>
        <MessageSheet asked shown />
    }
    .into_any()
}

fn tabs(asked: &Asked) -> Vec<TabLink> {
    let tab = |(label, state): (&str, Option<RecipientState>)| {
        TabLink::new(Asked { state, ..asked.clone() }.address(None), label, asked.state == state)
    };
    words::TABS.map(tab).to_vec()
}

#[component]
fn Search(asked: Memo<Asked>) -> impl IntoView {
    let go = StoredValue::new(use_navigate());
    let text = RwSignal::new(asked.with_untracked(|a| a.search.clone()));
    let typed = Bind::new(text, move |now: String| {
        text.set(now.clone());
        let next = Asked { search: now, ..asked.get_untracked() };
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        go.with_value(|go| go(&next.address(None), options));
    });
    view! {
        <ToolsRow>
            <AffixInput icon=IconName::Search value=typed kind=InputKind::Search placeholder="Address" label="Search messages" />
        </ToolsRow>
    }
    .into_any()
}

#[component]
fn MessageBody(asked: Memo<Asked>, page: Signal<Page<Message>>) -> impl IntoView {
    let is_empty = Memo::new(move |_| page.with(|p| p.items.is_empty()));
    move || match is_empty.get() {
        true => view! { <Card>{nothing(&asked.get())}</Card> }.into_any(),
        false => view! { <MessageTable asked page /> }.into_any(),
    }
}

fn nothing(asked: &Asked) -> AnyView {
    match (asked.search.is_empty(), asked.state) {
        (true, None) => view! {
            <Empty
                title="No messages yet"
                text="Your shop or your application can send single messages through Lux by its API. They go ahead of campaigns, and what became of each shows here."
                icon=IconName::Send
            >
                <LinkButton href="/settings/keys" icon=IconName::Key>"API keys"</LinkButton>
            </Empty>
        }
        .into_any(),
        (true, Some(state)) => view! {
            <Empty title="None here" text=words::none_in(state) icon=IconName::Send>
                <LinkButton href="/messages">"Show all messages"</LinkButton>
            </Empty>
        }
        .into_any(),
        (false, _) => view! {
            <Empty title="No message matches" text="No address has these letters." icon=IconName::Search>
                <LinkButton href="/messages">"Clear the search"</LinkButton>
            </Empty>
        }
        .into_any(),
    }
}

#[component]
fn MessageTable(asked: Memo<Asked>, page: Signal<Page<Message>>) -> impl IntoView {
    let paged = Paged::new(page, asked, |a, b| a.id == b.id);
    let more = paged.more(move |cursor| self::page(asked.get_untracked(), cursor));
    let viewer = Viewer::here();
    // A link opens the message over the list that is asked for now.
    let columns = Signal::derive(move || columns(viewer, asked.get()));
    view! {
        <Card bleed=true>
            <Table label="Messages" columns rows=paged.rows key=|m: &Message| m.id.to_string() />
            <Pager
                shown=Signal::derive(move || paged.rows.with(|r| r.len() as u64))
                total=paged.total
                on_more=Callback::new(move |()| { more.dispatch(()); })
                has_more=Signal::derive(move || paged.next.with(Option::is_some))
                busy=more.pending()
            />
        </Card>
    }
    .into_any()
}

fn columns(viewer: Viewer, asked: Asked) -> Vec<Column<Message>> {
    vec![
        Column::named(
            "To",
            |m: &Message| m.to.clone(),
            move |m: &Message| {
                let href = asked.address(Some(m.id));
                view! { <Named title=m.to.clone() detail=m.subject.clone() href /> }
            },
        ),
        Column::new("State", |m: &Message| recipient_status(m.state)),
        Column::wide("Detail", |m: &Message| format::clip(&m.detail, 120)),
        Column::wide(
            "Template",
            |m: &Message| if m.template_name.is_empty() { "–".to_owned() } else { m.template_name.clone() },
        ),
        Column::new(
            "Sender",
            |m: &Message| if m.sender_name.is_empty() { "Deleted".to_owned() } else { m.sender_name.clone() },
        ),
        Column::new("When", move |m: &Message| viewer.brief(words::last(m))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_state_and_search_and_the_open_message_and_reads_back() {
        let id: MessageId = "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap();
        let asked = Asked { search: "a b".into(), state: Some(RecipientState::Failed) };
        assert_eq!(asked.address(Some(id)), format!("/messages?state=failed&q=a%20b&show={id}"));
        let back = Asked::read(|name| match name {
            "q" => Some("a b".into()),
            "state" => Some("failed".into()),
            _ => None,
        });
        assert_eq!(back, asked);
        assert_eq!(Asked::default().address(None), "/messages");
    }
}
