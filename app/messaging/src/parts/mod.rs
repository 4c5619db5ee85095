//! Small tools that the pages of this cluster share.

mod hand;
mod steady;

pub use hand::Hand;
pub use steady::Steady;

use leptos::prelude::*;
use std::time::Duration;

/// Follows `source`, but only once it has been quiet for `millis`. On the server and at first it is what `source` says.
pub fn settled<T: Clone + PartialEq + Send + Sync + 'static>(source: impl Fn() -> T + Send + Sync + 'static, millis: u64) -> Signal<T> {
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
    let query: Vec<String> = parts.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}={}", escape(v))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_says_only_what_is_asked_for() {
        assert_eq!(address("/campaigns", &[("state", ""), ("q", "")]), "/campaigns");
        assert_eq!(address("/campaigns", &[("state", "draft"), ("q", "50 % & more")]), "/campaigns?state=draft&q=50%20%25%20%26%20more");
    }
}
