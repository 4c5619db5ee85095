//! Answers for parts deep inside a page.

use contract::Fault;
use leptos::prelude::*;

/// What a part deep inside a page asks for once the page is awake: previews, counts, looks. The server draws its bones.
///
/// Not a `Resource`: the server draws what stands inside of another resource more than once, and each drawing would number
/// its resources anew, so that the browser would take up the wrong answers.
pub struct Fetched<T: Send + Sync + 'static> {
    value: RwSignal<Option<Result<T, Fault>>>,
    again: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Fetched<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Fetched<T> {}

impl<T: Clone + Send + Sync + 'static> Fetched<T> {
    /// Fetches now and whenever `source` changes; an answer that a later question overtook is dropped.
    pub fn new<S, Fut>(source: impl Fn() -> S + Send + Sync + 'static, fetch: impl Fn(S) -> Fut + 'static) -> Self
    where
        S: Clone + PartialEq + Send + Sync + 'static,
        Fut: Future<Output = Result<T, Fault>> + 'static,
    {
        let (value, again, turn) = (RwSignal::new(None), RwSignal::new(0_u32), StoredValue::new(0_u32));
        let source = Memo::new(move |_| source());
        Effect::new(move |_| {
            again.track();
            let own = turn.get_value().wrapping_add(1);
            turn.set_value(own);
            let call = fetch(source.get());
            leptos::task::spawn_local(async move {
                let answer = call.await;
                if turn.try_get_value() == Some(own) {
                    let _ = value.try_set(Some(answer));
                }
            });
        });
        Self { value, again }
    }

    /// The last answer.
    pub fn value(self) -> Signal<Option<Result<T, Fault>>> {
        self.value.into()
    }

    /// Asks again.
    pub fn retry(self) -> Callback<()> {
        let again = self.again;
        Callback::new(move |()| again.update(|n| *n = n.wrapping_add(1)))
    }
}
