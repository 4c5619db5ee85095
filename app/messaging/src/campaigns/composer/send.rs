use super::page::Parts;
use super::*;

/// Sends the words as they stand to a few addresses, marked as a test.
#[component]
pub fn TestDialog(parts: Parts, open: RwSignal<bool>) -> impl IntoView {
    let viewer = Viewer::here();
    let (hand, work, problems) = (Hand::here(), parts.work, Problems::new());
    let to = RwSignal::new(viewer.0.with_untracked(|me| me.email.clone()));
    let busy = RwSignal::new(false);
    let send = move |()| {
        let (list, contact) = (addresses(&to.get_untracked()), parts.preview.contact().get_untracked());
        busy.set(true);
        leptos::task::spawn_local(async move {
            let is_saved = work.save(false).await;
            let answer = if is_saved {
                api::send_test(work.id, list.clone(), contact).await
            } else {
                Err(Fault::conflict("The draft could not be saved, so no test was sent. Close this to see why."))
            };
            busy.set(false);
            if problems.keep(answer).is_some() {
                open.set(false);
                hand.toasts.ok(format!("Test sent to {}", format::count(list.len() as i128, "address", "addresses")));
            }
        });
    };
    view! {
        <Modal open title="Send a test">
            <Stack>
                {move || problems.besides(&["to"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=send>
                    <Field label="Send it to" name="test-addresses" help="Up to ten, separated by commas or on lines of their own." error=problems.of("to")>
                        <TextArea value=to rows=3 />
                    </Field>
                    <Soft>"The subject says that it is a test. It is written for the person in the preview; opens and clicks do not count."</Soft>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true icon=IconName::Send busy>"Send test"</Button>
                    </Line>
                </Form>
            </Stack>
        </Modal>
    }
    .into_any()
}

/// Addresses as typed, each once.
fn addresses(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in text.split([',', ';', '\n', ' ']).map(str::trim).filter(|p| !p.is_empty()) {
        if !all.iter().any(|known| known.eq_ignore_ascii_case(part)) {
            all.push(part.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn addresses_are_split_however_they_are_typed() {
        assert_eq!(
            addresses(" a@x.example, b@x.example\nA@X.example;; c@x.example "),
            ["a@x.example", "b@x.example", "c@x.example"]
        );
        assert!(addresses(" , ").is_empty());
    }
}
