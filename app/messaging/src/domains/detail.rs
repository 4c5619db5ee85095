//! One domain, in a sheet: whether its mail is signed, its records, and what can be done.

use super::{api, record, words};
use crate::parts::Hand;
use contract::domains::{DomainChange, SendingDomain};
use contract::{Capability, DomainId};
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// What the sheet holds.
#[component]
pub fn Detail(
    /// Which.
    id: DomainId,
    /// All, as they are now.
    all: Signal<Vec<SendingDomain>>,
    /// Closes the sheet.
    open: RwSignal<bool>,
) -> impl IntoView {
    let domain = Memo::new(move |_| all.with(|all| all.iter().find(|one| one.id == id).cloned()));
    let may = Viewer::here().may(Capability::SendersManage);
    let body = move || match domain.get() {
        Some(domain) => view! {
            <Standing domain=domain.clone() />
            {record::records(domain)}
        }
        .into_any(),
        None => {
            view! { <Empty title="This domain is not there" text="It may have been removed." icon=IconName::Shield /> }
                .into_any()
        }
    };
    view! {
        <Stack>
            {move || (may && domain.with(Option::is_some)).then(|| view! { <Doing id domain open /> })}
            {body}
        </Stack>
    }
    .into_any()
}

#[component]
fn Standing(domain: SendingDomain) -> impl IntoView {
    let viewer = Viewer::here();
    let checked = match domain.checked {
        Some(at) => format!("Checked {}", viewer.brief(at)),
        None => "Not checked yet".to_owned(),
    };
    let renewing = domain.keys.len() > 2;
    let note = match (domain.signs, domain.is_signing, renewing) {
        (false, ..) => Some("Signing is off. Leave it off only where your mail server signs itself."),
        (true, true, true) => Some(
            "New keys wait for their records. The old ones sign until the new ones are found; then their records may go after a week.",
        ),
        (true, false, _) => Some(
            "Publish the records below where your domain is managed, then check them. Lux also looks by itself every hour.",
        ),
        (true, true, false) => None,
    };
    view! {
        <Line apart=true>
            {words::signing(&domain)}
            <Faint tiny=true>{checked}</Faint>
        </Line>
        {note.map(|text| view! { <Notice>{text}</Notice> })}
    }
    .into_any()
}

#[component]
fn Doing(id: DomainId, domain: Memo<Option<SendingDomain>>, open: RwSignal<bool>) -> impl IntoView {
    let (hand, confirm) = (Hand::here(), use_confirm());
    let name = move || domain.with_untracked(|d| d.as_ref().map(|d| d.domain.clone())).unwrap_or_default();
    let check = Action::new(move |(): &()| async move {
        match api::check_domain(id).await {
            Ok(checked) => {
                hand.toasts.ok(words::looked(&checked));
                hand.touch("domain.found");
            }
            Err(fault) => hand.fault(&fault),
        }
    });
    let renew = Action::new(move |(): &()| async move {
        match api::renew_domain(id).await {
            Ok(_) => {
                hand.toasts.ok("New keys made; publish their records");
                hand.touch("domain.renewed");
            }
            Err(fault) => hand.fault(&fault),
        }
    });
    let ask_renew = move |()| {
        let question = Question::plain(
            format!("Renew the keys of {}?", name()),
            "You publish two new records. The old keys sign until the new records are found.",
            "Renew keys",
        );
        confirm.ask(question, move || {
            renew.dispatch(());
        });
    };
    let ask_remove = move |()| {
        let question = Question::danger(
            format!("Remove {}?", name()),
            "Its keys are deleted and mail from it is not signed any more. Added again, it gets new keys and needs new records.",
            "Remove domain",
        );
        confirm.ask(question, move || {
            hand.call("domain.deleted", api::delete_domain(id), move |()| {
                open.set(false);
                hand.toasts.ok("Domain removed");
            });
        });
    };
    let signs =
        Bind::new(Signal::derive(move || domain.with(|d| d.as_ref().is_some_and(|d| d.signs))), move |signs: bool| {
            let said = if signs { "Signing is on" } else { "Signing is off" };
            hand.call("domain.changed", api::change_domain(id, DomainChange { signs }), move |_| hand.toasts.ok(said));
        });
    view! {
        <Line>
            <Button kind=ButtonKind::Primary icon=IconName::Retry busy=check.pending() on_press=move |()| { check.dispatch(()); }>"Check now"</Button>
            <Button icon=IconName::Key busy=renew.pending() on_press=ask_renew>"Renew keys"</Button>
            <Button icon=IconName::Trash on_press=ask_remove>"Remove"</Button>
        </Line>
        <Switch value=signs>"Sign mail of this domain"</Switch>
    }
    .into_any()
}
