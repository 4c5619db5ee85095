use super::editor::SenderEditor;
use super::order::Order;
use super::quota::Quotas;
use super::test::TestMail;
use super::{api, words};
use crate::parts::{Hand, Steady};
use contract::senders::Sender;
use contract::{Capability, Fault, SenderId};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::lazy_route;
use session::{SETTINGS, Viewer};

/// `/settings/senders`
#[derive(Debug)]
pub struct SendersRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct SendersReads {
    senders: Resource<Result<Vec<Sender>, Fault>>,
}

impl SendersReads {
    fn new() -> Self {
        let stream = use_stream();
        let (senders, campaigns) = (stream.changes("sender."), stream.changes("campaign."));
        Self { senders: Resource::new(move || (senders.get(), campaigns.get()), |_| api::all_senders()) }
    }
}

#[lazy_route]
impl LazyRoute for SendersRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = SendersReads::new();
        view! { <SendersPage senders=this.senders /> }.into_any()
    }
}

/// What the sheet shows, as the address says: a new sender, one of them, or nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Edited {
    New,
    One(SenderId),
}

fn edited_of(get: impl Fn(&str) -> Option<String>) -> Option<Edited> {
    if get("new").is_some() {
        return Some(Edited::New);
    }
    get("edit").and_then(|id| id.parse().ok()).map(Edited::One)
}

#[component]
fn SendersPage(senders: Resource<Result<Vec<Sender>, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let query = use_query_map();
    let edited = Memo::new(move |_| query.with(|q| edited_of(|name| q.get(name))));
    let mailing = RwSignal::new(None::<Sender>);
    let may = viewer.may(Capability::SendersManage);
    view! {
        <PageTitle title="Settings">
            {may.then(|| view! { <LinkButton href="/settings/senders?new=1" kind=ButtonKind::Primary icon=IconName::Plus>"New sender"</LinkButton> })}
        </PageTitle>
        <Tabs label="Settings" items=TabLink::of(&SETTINGS, "/settings/senders") />
        <Steady resource=senders bones=Bones::Table(3, 5) let:all>
            <SenderBody all mailing />
            <EditSheet edited all />
        </Steady>
        <TestMail sender=mailing />
    }
    .into_any()
}

#[component]
fn SenderBody(all: Signal<Vec<Sender>>, mailing: RwSignal<Option<Sender>>) -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let is_empty = Memo::new(move |_| all.with(Vec::is_empty));
    move || if is_empty.get() { nothing(may).into_any() } else { body(all, mailing, may) }
}

fn body(all: Signal<Vec<Sender>>, mailing: RwSignal<Option<Sender>>, may: bool) -> AnyView {
    view! {
        <Stack>
            <SenderTable all mailing />
            <Quotas all />
            {may.then(|| view! { <Order all /> })}
        </Stack>
    }
    .into_any()
}

fn nothing(may: bool) -> impl IntoView {
    let text = if may {
        "A sender is the mail server or the Microsoft 365 mailboxes your campaigns go out through, with the name and address that people see. For a mail server you need its host, a user and a password; for Microsoft 365 an application of your tenant and its secret."
    } else {
        "A sender is the mail server that campaigns go out through. An admin of your company can add one."
    };
    view! {
        <Card>
            <Empty title="No senders yet" text icon=IconName::Send>
                {may
                    .then(|| {
                        view! { <LinkButton href="/settings/senders?new=1" kind=ButtonKind::Primary icon=IconName::Plus>"Add a sender"</LinkButton> }
                    })}
            </Empty>
        </Card>
    }
}

/// Opens with the address and gives the plain address back when it closes.
#[component]
fn EditSheet(edited: Memo<Option<Edited>>, all: Signal<Vec<Sender>>) -> impl IntoView {
    let go = StoredValue::new(use_navigate());
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(edited.get().is_some()));
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        if was == Some(true) && !is && edited.with_untracked(Option::is_some) {
            let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
            go.with_value(|go| go("/settings/senders", options));
        }
        is
    });
    let sender = Signal::derive(move || match edited.get() {
        Some(Edited::One(id)) => all.with(|all| all.iter().find(|s| s.id == id).cloned()),
        Some(Edited::New) | None => None,
    });
    view! { <SenderEditor open sender /> }
}

#[component]
fn SenderTable(all: Signal<Vec<Sender>>, mailing: RwSignal<Option<Sender>>) -> impl IntoView {
    let viewer = Viewer::here();
    let menu = menu(viewer, mailing);
    let may = viewer.may(Capability::SendersManage);
    let columns = vec![
        Column::named(
            "Sender",
            |s: &Sender| s.name.clone(),
            move |s: &Sender| {
                let detail = if s.from_name.is_empty() {
                    s.from_email.clone()
                } else {
                    format!("{} <{}>", s.from_name, s.from_email)
                };
                let href = may.then(|| format!("/settings/senders?edit={}", s.id));
                view! { <Named title=s.name.clone() detail href /> }
            },
        ),
        Column::new("Health", move |s: &Sender| health_cell(viewer, s)),
        Column::wide("Through", words::through),
        Column::wide("Limits", |s: &Sender| words::limits(&s.effective())),
        Column::num("Sent in 24 h", |s: &Sender| sent(s)),
    ];
    view! {
        <Card bleed=true>
            <Table label="Senders" columns rows=all key=|s: &Sender| s.id.to_string() menu=menu />
        </Card>
    }
    .into_any()
}

fn sent(sender: &Sender) -> String {
    match sender.effective().per_day {
        Some(limit) => format!("{} of {}", format::number(sender.sent_day), format::number(limit)),
        None => format::number(sender.sent_day),
    }
}

fn health_cell(viewer: Viewer, sender: &Sender) -> AnyView {
    let health = &sender.health;
    let since = health.at.map(|at| format!("since {}", viewer.brief(at)));
    let until = health.until.map(|at| format!("tried again {}", viewer.brief(at)));
    let is_good = health.state == "good";
    let detail =
        [(!health.detail.is_empty()).then(|| health.detail.clone()), if is_good { None } else { since }, until];
    let detail = detail.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let small = (!detail.is_empty()).then(|| view! { <Faint tiny=true>{detail}</Faint> });
    let status = words::health(health);
    view! { <Stack gap=Gap::Small>{status} {small}</Stack> }.into_any()
}

fn menu(viewer: Viewer, mailing: RwSignal<Option<Sender>>) -> impl Fn(Sender) -> Vec<MenuItem> + Send + Sync + 'static {
    let (hand, confirm) = (Hand::here(), use_confirm());
    move |sender: Sender| {
        if !viewer.may(Capability::SendersManage) {
            return Vec::new();
        }
        let (id, name) = (sender.id, sender.name.clone());
        let delete = move || {
            let question = Question::danger(
                format!("Delete the sender {name}?"),
                "Its password is removed with it. Reports of campaigns that went through it stay.",
                "Delete sender",
            );
            confirm.ask(question, move || {
                hand.call("sender.deleted", api::delete_sender(id), move |()| hand.toasts.ok("Sender deleted"))
            });
        };
        vec![
            MenuItem::link("Edit", format!("/settings/senders?edit={id}")).icon(IconName::Pencil),
            MenuItem::run("Send a test mail", move || mailing.set(Some(sender.clone()))).icon(IconName::Mail),
            MenuItem::run("Delete", delete).icon(IconName::Trash).danger(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_the_sheet_shows() {
        let id: SenderId = "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap();
        assert_eq!(edited_of(|name| (name == "edit").then(|| id.to_string())), Some(Edited::One(id)));
        assert_eq!(edited_of(|name| (name == "new").then(|| "1".to_owned())), Some(Edited::New));
        assert_eq!(edited_of(|_| None), None);
        assert_eq!(edited_of(|name| (name == "edit").then(|| "x".to_owned())), None);
    }
}
