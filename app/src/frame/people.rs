//! Company switcher and the person's own menu.

use contract::Fault;
use contract::accounts::CompanyChange;
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};
use ui_platform::accounts::api;

/// Reloads the application at home: after a switch nothing on the page belongs to this company any more.
fn go_home() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().set_href("/");
    }
}

/// The company and the way to another.
#[component]
pub fn Firm() -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, read) = (use_toasts(), use_fault_words::<Fault>());
    let open = RwSignal::new(false);
    let items = Signal::derive(move || {
        let me = viewer.0.get();
        let mut items: Vec<MenuItem> = me
            .companies
            .iter()
            .map(|other| {
                let company = other.company;
                MenuItem::run(other.name.clone(), move || {
                    leptos::task::spawn_local(async move {
                        match api::switch_company(company).await {
                            Ok(()) => go_home(),
                            Err(fault) => toasts.fault(read.read(&fault)),
                        }
                    });
                })
                .current(company == me.company.id)
            })
            .collect();
        items.push(MenuItem::run("New company", move || open.set(true)).icon(IconName::Plus).rule());
        items
    });
    view! {
        <FirmMenu name=Signal::derive(move || viewer.0.with(|me| me.company.name.clone())) items />
        <Later open code=LaterCode::new(move || new_company(open)) />
    }
}

#[lazy]
fn new_company(open: RwSignal<bool>) -> ViewFn {
    ViewFn::from(move || view! { <NewCompany open /> })
}

#[component]
fn NewCompany(open: RwSignal<bool>) -> impl IntoView {
    let viewer = Viewer::here();
    let name = RwSignal::new(String::new());
    let problems = Problems::new();
    let send = Action::new(move |(): &()| {
        let zone = viewer.0.with_untracked(|me| me.company.zone.name.clone());
        let change = CompanyChange { name: name.get_untracked(), zone, address: String::new(), website: String::new() };
        async move {
            if problems.keep(api::create_company(change).await).is_some() {
                go_home();
            }
        }
    });
    view! {
        <Modal open title="New company">
            <Stack>
                <p>"A company has its own contacts, senders, campaigns and people. Nothing is shared with your other companies."</p>
                {move || problems.besides(&["name"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { send.dispatch(()); }>
                    <Field label="Name" name="company-name" error=problems.of("name")>
                        <TextInput value=name autocomplete="organization" />
                    </Field>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=send.pending()>"Create company"</Button>
                    </Line>
                </Form>
            </Stack>
        </Modal>
    }
}

/// The person and their own menu.
#[component]
pub fn Person() -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, read) = (use_toasts(), use_fault_words::<Fault>());
    let sign_out = move || {
        leptos::task::spawn_local(async move {
            match api::sign_out().await {
                Ok(()) => {
                    if let Some(window) = web_sys::window() {
                        let _ = window.location().set_href("/sign-in");
                    }
                }
                Err(fault) => toasts.fault(read.read(&fault)),
            }
        });
    };
    let items = vec![
        MenuItem::link("Profile and security", "/settings/profile").icon(IconName::Person),
        MenuItem::run("Sign out", sign_out).rule(),
    ];
    view! {
        <UserMenu
            name=Signal::derive(move || viewer.0.with(|me| me.name.clone()))
            role=Signal::derive(move || viewer.0.with(|me| me.role.to_string()))
            items=Signal::stored(items)
        />
    }
}
