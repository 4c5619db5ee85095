//! Adds a domain.

use super::api;
use super::list::show_address;
use crate::parts::Hand;
use contract::domains::DomainDraft;
use kit::*;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use session::Problems;

/// Asks for the domain; the sheet then shows its records.
#[component]
pub fn AddForm(
    /// Closes the sheet.
    open: RwSignal<bool>,
) -> impl IntoView {
    let (problems, hand) = (Problems::new(), Hand::here());
    let go = StoredValue::new(use_navigate());
    let domain = RwSignal::new(String::new());
    let add = Action::new(move |(): &()| {
        let draft = DomainDraft { domain: domain.get_untracked() };
        async move {
            if let Some(made) = problems.keep(api::create_domain(draft).await) {
                hand.touch("domain.created");
                hand.toasts.ok(format!("{} added", made.domain));
                let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
                go.with_value(|go| go(&show_address(made.id), options));
            }
        }
    });
    view! {
        {move || problems.besides(&["domain"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { add.dispatch(()); }>
            <Field
                label="Domain"
                name="domain"
                help="The part after the @ of your From address, such as example.com. Mail of domains below it is signed too."
                error=problems.of("domain")
            >
                <TextInput value=domain />
            </Field>
            <Soft>"Lux makes two signing keys. You publish them in your DNS; until they are found there, mail goes out unsigned as before."</Soft>
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=add.pending()>"Add domain"</Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
            </Line>
        </Form>
    }
    .into_any()
}
