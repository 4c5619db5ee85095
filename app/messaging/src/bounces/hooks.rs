//! Hooks that providers call: the list, and a sheet that adds or shows one.

use super::asked::{NEW_HOOK, Shown, hook_address, opened_while, shown};
use super::hook::{Made, NewHook, OneHook};
use super::{api, words};
use crate::parts::Hand;
use contract::bounces::{BounceHook, BounceSetup, HookMade};
use contract::{Capability, HookId};
use kit::*;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use session::Viewer;

/// The card with all of them.
#[component]
pub fn Hooks(
    /// What is set.
    setup: Signal<BounceSetup>,
) -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let all = Memo::new(move |_| setup.with(|s| s.hooks.clone()));
    let is_empty = Memo::new(move |_| all.with(Vec::is_empty));
    let body = move || match is_empty.get() {
        true => nothing(may).into_any(),
        false => view! { <HookTable all /> }.into_any(),
    };
    view! {
        <Card title="Hooks of providers" bleed=true>{body}</Card>
        {may.then(|| view! { <HookSheet all /> })}
    }
    .into_any()
}

fn nothing(may: bool) -> impl IntoView {
    let text = if may {
        "Postmark, SendGrid, Mailgun and Amazon SES call an address when a message comes back or somebody complains. Make such an address here and give it to your provider; your own programs may call one, too."
    } else {
        "Providers call Lux when a message comes back or somebody complains. An admin of your company can make an address for that."
    };
    view! {
        <Empty title="No provider calls" text icon=IconName::Plug>
            {may.then(|| view! { <LinkButton href=NEW_HOOK icon=IconName::Plus>"Add a hook"</LinkButton> })}
        </Empty>
    }
}

#[component]
fn HookTable(all: Memo<Vec<BounceHook>>) -> impl IntoView {
    let viewer = Viewer::here();
    let may = viewer.may(Capability::SendersManage);
    let columns = vec![
        Column::named(
            "Hook",
            |h: &BounceHook| h.name.clone(),
            move |h: &BounceHook| {
                let href = may.then(|| hook_address(h.id));
                view! { <Named title=h.name.clone() detail=words::hook_name(h.kind) href /> }
            },
        ),
        Column::new("State", state_cell),
        Column::new("Last call", move |h: &BounceHook| {
            h.used.map_or_else(|| "Not yet".to_owned(), |at| viewer.brief(at))
        }),
        Column::num("Events", |h: &BounceHook| format::number(h.events)),
    ];
    if may {
        let menu = menu();
        view! { <Table label="Hooks" columns rows=all key=|h: &BounceHook| h.id.to_string() menu=menu /> }.into_any()
    } else {
        view! { <Table label="Hooks" columns rows=all key=|h: &BounceHook| h.id.to_string() /> }.into_any()
    }
}

fn state_cell(hook: &BounceHook) -> AnyView {
    let detail = (!hook.detail.is_empty()).then(|| hook.detail.clone());
    let status = words::hook_status(hook);
    view! { <Stack gap=Gap::Small>{status} {detail.map(|detail| view! { <Faint tiny=true>{detail}</Faint> })}</Stack> }
        .into_any()
}

fn menu() -> impl Fn(BounceHook) -> Vec<MenuItem> + Send + Sync + 'static {
    let (hand, confirm) = (Hand::here(), use_confirm());
    move |hook: BounceHook| {
        let (id, name) = (hook.id, hook.name);
        let delete = move || {
            let question = Question::danger(
                format!("Delete the hook {name}?"),
                "Its address is dead from now on: calls of the provider are refused. What it told stays in the list.",
                "Delete hook",
            );
            confirm.ask(question, move || {
                hand.call("bounce.changed", api::delete_hook(id), move |()| hand.toasts.ok("Hook deleted"))
            });
        };
        vec![
            MenuItem::link("Open", hook_address(id)).icon(IconName::Pencil),
            MenuItem::run("Delete", delete).icon(IconName::Trash).danger(),
        ]
    }
}

/// Opens with the address. A secret that was just made stands in it until it closes, and is forgotten then.
#[component]
fn HookSheet(all: Memo<Vec<BounceHook>>) -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(|q| shown::<HookId>("hook", |name| q.get(name))));
    let open = opened_while(Signal::derive(move || wanted.get().is_some()));
    let made = RwSignal::new(None::<HookMade>);
    let guard = Signal::derive(move || made.with(|m| m.as_ref().is_some_and(|m| m.secret.is_some())));
    // Nobody shall find the secret here who opens the sheet later.
    Effect::new(move |_| {
        open.track();
        if made.with_untracked(Option::is_some) {
            made.set(None);
        }
    });
    let title = Signal::derive(move || match wanted.get() {
        Some(Shown::One(id)) => all
            .with(|all| all.iter().find(|one| one.id == id).map(|one| one.name.clone()))
            .unwrap_or_else(|| "Hook".to_owned()),
        Some(Shown::New) | None => "New hook".to_owned(),
    });
    let body = move || {
        if let Some(made_now) = made.get() {
            return Some(view! { <Made made=made_now open /> }.into_any());
        }
        match wanted.get()? {
            Shown::New => Some(view! { <NewHook made open /> }.into_any()),
            Shown::One(id) => Some(view! { <OneHook id all made /> }.into_any()),
        }
    };
    view! { <Sheet open title guard>{body}</Sheet> }.into_any()
}
