//! Small tools that the pages of this cluster share.

mod hand;
mod paged;
mod steady;

pub use hand::Hand;
pub use paged::Paged;
pub use session::Fetched;
pub use steady::{Arriving, Steady};

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use std::time::Duration;

/// Follows `source`, but only once it has been quiet for `millis`. On the server and at first it is what `source` says.
pub fn settled<T: Clone + PartialEq + Send + Sync + 'static>(
    source: impl Fn() -> T + Send + Sync + 'static,
    millis: u64,
) -> Signal<T> {
    let source = Memo::new(move |_| source());
    let out = RwSignal::new(source.get_untracked());
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(Some(handle)) = timer.try_update_value(Option::take) {
            handle.clear();
        }
    };
    Effect::new(move |_| {
        let now = source.get();
        stop();
        if out.with_untracked(|before| *before != now) {
            let handle = set_timeout_with_handle(
                move || {
                    let _ = out.try_set(now);
                },
                Duration::from_millis(millis),
            );
            timer.set_value(handle.ok());
        }
    });
    // The effect is gone with its page; its timer must be as well.
    Owner::on_cleanup(stop);
    out.into()
}

/// A dialog that opens when the address says `?new=1`, and gives the plain address back when it closes.
pub fn opened_by_address(plain: &'static str) -> RwSignal<bool> {
    let query = use_query_map();
    let go = StoredValue::new(use_navigate());
    let wanted = Memo::new(move |_| query.with(|q| q.get("new").is_some()));
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if wanted.get() {
            open.set(true);
        }
    });
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        if was == Some(true) && !is && wanted.get_untracked() {
            go.with_value(|go| go(plain, NavigateOptions { replace: true, scroll: false, ..Default::default() }));
        }
        is
    });
    open
}

/// Percent-encodes what does not belong into a query value.
pub fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// An address with those parts of the query that say something.
pub fn address(path: &str, parts: &[(&str, &str)]) -> String {
    let query: Vec<String> =
        parts.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}={}", escape(v))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_says_only_what_is_asked_for() {
        assert_eq!(address("/campaigns", &[("state", ""), ("q", "")]), "/campaigns");
        assert_eq!(
            address("/campaigns", &[("state", "draft"), ("q", "50 % & more")]),
            "/campaigns?state=draft&q=50%20%25%20%26%20more"
        );
    }
}
