//! What is opened seldom comes when it is first opened.

use leptos::prelude::*;
use std::pin::Pin;

/// Fetches the code of a part and answers with how to draw it: a call of a `#[lazy]` function.
#[derive(Clone, Copy, Debug)]
pub struct LaterCode(StoredValue<Fetcher, LocalStorage>);

type Fetcher = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ViewFn>>>>;

impl LaterCode {
    /// Of a `#[lazy]` function.
    pub fn new<C: Future<Output = ViewFn> + 'static>(fetch: impl Fn() -> C + 'static) -> Self {
        Self(StoredValue::new_local(Box::new(move || Box::pin(fetch()))))
    }
}

/// Draws nothing until `open` first turns true; then fetches the code and draws the part, which stays. The part itself
/// watches `open`.
#[component]
pub fn Later(
    /// Whether the part is open.
    open: RwSignal<bool>,
    /// Its code.
    code: LaterCode,
) -> impl IntoView {
    let part = RwSignal::new(None::<ViewFn>);
    let asked = StoredValue::new(false);
    Effect::new(move |_| {
        if open.get() && !asked.get_value() {
            asked.set_value(true);
            let fetched = code.0.with_value(|fetch| fetch());
            leptos::task::spawn_local(async move {
                let drawn = fetched.await;
                let _ = part.try_set(Some(drawn));
            });
        }
    });
    (move || part.get().map(|part| untrack(move || part.run()))).into_any()
}
