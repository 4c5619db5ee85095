//! What lies over the page.

use super::Exhibit;
use crate::*;
use leptos::prelude::*;

#[component]
pub(super) fn Over() -> impl IntoView {
    let (modal, sheet, float) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let (toasts, confirm, live) = (use_toasts(), use_confirm(), use_live());
    let question = || {
        Question::danger(
            "Cancel “Winter glaze launch”?",
            "4,216 people will not get it. What is handed over cannot be called back.",
            "Cancel for 4,216 people",
        )
        .stay("Keep sending")
    };
    let items = move || {
        vec![
            MenuItem::run("Duplicate", move || toasts.ok("Duplicated")).icon(IconName::Copy).key("D"),
            MenuItem::link("View", "#view").icon(IconName::Eye),
            MenuItem::run("Delete", move || toasts.undo("Deleted", || ())).icon(IconName::Trash).danger(),
        ]
    };
    let name = RwSignal::new(String::new());
    view! {
        <Exhibit title="Over the page">
            <Line>
                <Button on_press=move |()| modal.set(true)>"Modal"</Button>
                <Button on_press=move |()| sheet.set(true)>"Sheet"</Button>
                <Button on_press=move |()| float.set(true)>"Float"</Button>
                <Menu label="Actions" items class="btn only" />
                <Button on_press=move |()| toasts.ok("Contact archived")>"Message"</Button>
                <Button on_press=move |()| toasts.undo("Contact archived", move || live.say("Taken back"))>
                    "Message with undo"
                </Button>
                <Button on_press=move |()| toasts.fault(FaultWords::default())>"Fault"</Button>
                <Button kind=ButtonKind::Danger on_press=move |()| confirm.ask(question(), move || toasts.ok("Cancelled"))>
                    "Ask first"
                </Button>
            </Line>
            <Modal
                open=modal
                title="New segment"
                guard=Signal::derive(move || name.with(|name| !name.is_empty()))
                footer=move || {
                    view! {
                        <Button on_press=move |()| modal.set(false)>"Go back"</Button>
                        <Button kind=ButtonKind::Primary on_press=move |()| modal.set(false)>"Make the segment"</Button>
                    }
                }
            >
                <Field label="Name" name="segment-name">
                    <TextInput value=name />
                </Field>
            </Modal>
            <Sheet open=sheet title="Edit the contact">
                <p class="soft">"A panel from the side; from below on a phone."</p>
            </Sheet>
            <Float open=float title="Work in the background" note="Updated 10:42:08 CET">
                <Rows>
                    <Row title="Winter glaze launch" detail="8,252 of 12,480 · 118 per minute · 36 min left" before=|| view! { <Ring percent=66 /> }>
                        <Button size=Size::Small>"Pause"</Button>
                    </Row>
                </Rows>
            </Float>
        </Exhibit>
    }
    .into_any()
}
