//! What came back: figures, and the list with filter, search and paging; all of it in the address.

use super::asked::{Asked, PLAIN, Tab};
use super::detail::{Detail, Viewed};
use super::page::bounces;
use super::words;
use crate::parts::{Paged, Steady};
use contract::bounces::{Bounce, BounceClass, BounceSetup};
use contract::{Capability, Fault, Page};
use kit::*;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use session::Viewer;

/// The tab.
#[component]
pub fn Returned(
    /// Which are asked for.
    asked: Memo<Asked>,
    /// Counts, and what tells of bounces.
    setup: Resource<Result<BounceSetup, Fault>>,
    /// The first page.
    list: Resource<Result<Page<Bounce>, Fault>>,
) -> impl IntoView {
    view! {
        <Stack>
            <Steady resource=setup bones=Bones::Figures(6) let:setup>
                <Troubles setup />
                <Month setup />
            </Steady>
            <Tools asked />
            <Steady resource=list bones=Bones::Table(8, 5) let:page>
                <Body asked page />
            </Steady>
        </Stack>
    }
    .into_any()
}

/// What keeps Lux from learning of bounces.
#[component]
fn Troubles(setup: Signal<BounceSetup>) -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let text = Memo::new(move |_| setup.with(trouble));
    let way = move || view! { <LinkButton href=Tab::Sources.href() size=Size::Small>{if may { "Put it right" } else { "See the sources" }}</LinkButton> };
    move || text.get().map(|text| view! { <Notice tone=Tone::Warn action=way>{text}</Notice> })
}

fn trouble(setup: &BounceSetup) -> Option<String> {
    if setup.mailboxes.is_empty() && setup.hooks.is_empty() {
        return Some(
            "Lux does not learn of what comes back yet: it reads no mailbox and no provider tells it.".to_owned(),
        );
    }
    let mailbox = setup.mailboxes.iter().find(|mailbox| words::is_failing(mailbox));
    if let Some(mailbox) = mailbox {
        return Some(format!("The mailbox {} cannot be read. {}", mailbox.draft.name, mailbox.detail));
    }
    let hook = setup.hooks.iter().find(|hook| !hook.detail.is_empty())?;
    Some(format!("The last call of the hook {} was refused. {}", hook.name, hook.detail))
}

#[component]
fn Month(setup: Signal<BounceSetup>) -> impl IntoView {
    let viewer = Viewer::here();
    let figure = move |class: BounceClass| {
        let value = Signal::derive(move || Some(setup.with(|s| format::number(s.counts.of(class)))));
        view! {
            <Figure name=words::class_plural(class) value>
                <Faint tiny=true>{words::class_words(class)}</Faint>
            </Figure>
        }
    };
    let until = move || format!("Counted {}", viewer.brief(setup.with(|s| s.at)));
    view! {
        <Card title="The last 30 days" aside=move || view! { <Faint tiny=true>{until}</Faint> }>
            <Strip>{BounceClass::ALL.into_iter().map(figure).collect_view()}</Strip>
        </Card>
    }
    .into_any()
}

#[component]
fn Tools(asked: Memo<Asked>) -> impl IntoView {
    let go = StoredValue::new(use_navigate());
    let change = move |next: &Asked| {
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        go.with_value(|go| go(&next.address(), options));
    };
    let text = RwSignal::new(asked.with_untracked(|a| a.search.clone()));
    let typed = Bind::new(text, move |now: String| {
        text.set(now.clone());
        change(&Asked { search: now, ..asked.get_untracked() });
    });
    let class = Signal::derive(move || asked.with(|a| a.class.map(BounceClass::as_str).unwrap_or_default().to_owned()));
    let class =
        Bind::new(class, move |value: String| change(&Asked { class: value.parse().ok(), ..asked.get_untracked() }));
    let options: Vec<Choice> = std::iter::once(Choice::new("", "Every kind"))
        .chain(BounceClass::ALL.map(|class| Choice::new(class.as_str(), words::class_plural(class))))
        .collect();
    let campaign = move || {
        asked.with(|a| a.campaign)?;
        let off = Callback::new(move |()| change(&Asked { campaign: None, ..asked.get_untracked() }));
        Some(view! { <Tag name="One campaign" on_remove=off /> })
    };
    view! {
        <ToolsRow>
            <AffixInput icon=IconName::Search value=typed kind=InputKind::Search placeholder="Address" label="Search what came back" />
            <Select value=class options label="Kind" />
            {campaign}
        </ToolsRow>
    }
    .into_any()
}

#[component]
fn Body(asked: Memo<Asked>, page: Signal<Page<Bounce>>) -> impl IntoView {
    let is_empty = Memo::new(move |_| page.with(|p| p.items.is_empty()));
    move || {
        match (is_empty.get(), asked.with(Asked::is_all)) {
        (false, _) => view! { <List asked page /> }.into_any(),
        (true, true) => view! {
            <Card>
                <Empty
                    title="Nothing came back"
                    text="Messages that are returned and complaints show here as soon as a mailbox or a provider tells Lux of them."
                    icon=IconName::Reply
                >
                    <LinkButton href=Tab::Sources.href()>"See mailboxes and hooks"</LinkButton>
                </Empty>
            </Card>
        }
        .into_any(),
        (true, false) => view! {
            <Card>
                <Empty title="Nothing like this" text="Nothing that came back is of this kind and has these letters in the address." icon=IconName::Search>
                    <LinkButton href=PLAIN>"Show everything"</LinkButton>
                </Empty>
            </Card>
        }
        .into_any(),
    }
    }
}

#[component]
fn List(asked: Memo<Asked>, page: Signal<Page<Bounce>>) -> impl IntoView {
    let paged = Paged::new(page, asked, |a, b| a.id == b.id);
    let more = paged.more(move |cursor| bounces(asked.get_untracked(), cursor));
    let viewed = Viewed::new();
    view! {
        <Card bleed=true>
            <Table label="What came back" columns=columns() rows=paged.rows key=|b: &Bounce| b.id.to_string() menu=move |b: Bounce| lines(viewed, b) />
            <Pager
                shown=Signal::derive(move || paged.rows.with(|r| r.len() as u64))
                on_more=Callback::new(move |()| { more.dispatch(()); })
                has_more=Signal::derive(move || paged.next.with(Option::is_some))
                busy=more.pending()
            />
        </Card>
        <Detail viewed />
    }
    .into_any()
}

fn columns() -> Vec<Column<Bounce>> {
    let viewer = Viewer::here();
    vec![
        Column::named("Address", shown, |b: &Bounce| {
            let href = b.contact.map(|id| format!("/contacts/{id}"));
            view! { <Named title=shown(b) detail=words::class_words(b.class) href /> }
        }),
        Column::new("Kind", |b: &Bounce| words::class_status(b.class)),
        Column::new("Said", |b: &Bounce| format::clip(&words::said(&b.code, &b.words), 90)),
        Column::wide("Campaign", |b: &Bounce| match b.campaign {
            Some(id) => view! { <Named title=b.campaign_name.clone() href=format!("/campaigns/{id}") /> }.into_any(),
            None => view! { <Faint>"Not known"</Faint> }.into_any(),
        }),
        Column::new("Lux", |b: &Bounce| words::effect(&b.effect)),
        Column::new("Came", move |b: &Bounce| viewer.brief(b.received)),
    ]
}

fn lines(viewed: Viewed, bounce: Bounce) -> Vec<MenuItem> {
    let contact =
        bounce.contact.map(|id| MenuItem::link("Open the contact", format!("/contacts/{id}")).icon(IconName::Person));
    let details = MenuItem::run("Details", move || viewed.show(bounce.clone())).icon(IconName::Eye);
    std::iter::once(details).chain(contact).collect()
}

/// What a row is called.
pub(super) fn shown(bounce: &Bounce) -> String {
    if bounce.address.is_empty() { "Address not told".to_owned() } else { bounce.address.clone() }
}
