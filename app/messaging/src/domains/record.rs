//! One DNS record: what to publish, and what was found.

use super::words;
use contract::domains::{DomainKey, RecordCheck, RecordState, SendingDomain};
use kit::*;
use leptos::prelude::*;

/// All records of a domain.
pub fn records(domain: SendingDomain) -> AnyView {
    let keys = domain.keys.into_iter().map(key).collect_view();
    view! {
        {keys}
        {check("SPF", "Who may send for the domain.", domain.spf)}
        {check("DMARC", "What receivers do with mail that fails.", domain.dmarc)}
    }
    .into_any()
}

/// What a card of a record says.
struct Told {
    title: String,
    about: &'static str,
    state: RecordState,
    name: String,
    wanted: String,
    found: String,
    words: String,
}

fn key(key: DomainKey) -> AnyView {
    card(Told {
        title: format!("DKIM key, {}", words::kind(key.kind)),
        about: words::role(&key),
        state: key.state,
        name: key.record_name,
        // What is found as it should be need not be shown twice.
        found: if key.state == RecordState::Good { String::new() } else { key.found },
        wanted: key.record_text,
        words: key.words,
    })
}

fn check(title: &str, about: &'static str, check: RecordCheck) -> AnyView {
    let RecordCheck { state, name, found, wanted, words } = check;
    card(Told { title: title.to_owned(), about, state, name, wanted, found, words })
}

fn card(told: Told) -> AnyView {
    let Told { title, about, state, name, wanted, found, words } = told;
    let said = (!words.is_empty()).then(|| view! { <Soft>{words}</Soft> });
    let copy_name = format!("Copy the name of {title}");
    let copy_value = format!("Copy the value of {title}");
    let value = (!wanted.is_empty()).then(|| {
        view! {
            <Fact name="Value">
                <code>{wanted.clone()}</code>
                " "
                <CopyButton text=wanted label=copy_value />
            </Fact>
        }
    });
    let found = (!found.is_empty()).then(|| view! { <Fact name="Found"><code>{found}</code></Fact> });
    view! {
        <Card title aside=move || words::record(state)>
            <CardBody>
                <Soft>{about}</Soft>
                <Facts>
                    <Fact name="Type">"TXT"</Fact>
                    <Fact name="Name">
                        <code>{name.clone()}</code>
                        " "
                        <CopyButton text=name label=copy_name />
                    </Fact>
                    {value}
                    {found}
                </Facts>
                {said}
            </CardBody>
        </Card>
    }
    .into_any()
}
