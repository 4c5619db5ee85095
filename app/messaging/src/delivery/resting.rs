//! Recipient domains that asked for a rest.

use contract::sending::RestingDomain;
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// Who rests, through what, until when and why.
#[component]
pub fn RestingCard(
    /// Those that rest now.
    resting: Signal<Vec<RestingDomain>>,
    /// Looks again.
    again: Callback<()>,
) -> impl IntoView {
    let viewer = Viewer::here();
    let is_empty = Memo::new(move |_| resting.with(Vec::is_empty));
    let row = move |one: RestingDomain| {
        let detail = format!("Through {}. {}", one.sender_name, one.reason);
        let until = format!("Until {}", viewer.brief(one.until));
        view! {
            <Row title=one.domain detail before=|| view! { <Icon name=IconName::Clock tint="warn" /> }>
                <Faint tiny=true>{until}</Faint>
            </Row>
        }
    };
    let body = move || {
        match is_empty.get() {
        true => view! {
            <Empty
                title="No domain rests"
                text="Where a recipient domain says that too much comes at once, Lux leaves it alone for a while and says so here. Messages to it wait; nothing is lost."
                icon=IconName::Clock
            />
        }
        .into_any(),
        false => view! {
            <Rows label="Domains that rest">{move || resting.get().into_iter().map(row).collect_view()}</Rows>
        }
        .into_any(),
    }
    };
    view! {
        <Card
            title="Resting now"
            bleed=true
            aside=move || view! { <IconButton icon=IconName::Retry label="Look again" size=Size::Small on_press=again /> }
        >
            {body}
        </Card>
    }
    .into_any()
}
