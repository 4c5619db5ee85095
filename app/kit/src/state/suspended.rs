//! One door to everything that is fetched.

use super::{Bones, FaultView, Skeleton, use_fault_words};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// Shows a resource: bones while it loads, `empty` when it holds nothing, the fault with a retry, or its value.
/// While it loads again the old value stays.
#[component]
pub fn Suspended<T, F, V, C>(
    /// What is fetched.
    resource: Resource<Result<T, F>>,
    /// The shape of what will come.
    #[prop(default = Bones::Rows(5))]
    bones: Bones,
    /// Says whether a value counts as nothing.
    #[prop(optional, into)]
    is_empty: Option<Callback<T, bool>>,
    /// Shown for nothing; an `Empty`.
    #[prop(optional, into)]
    empty: ViewFn,
    /// Draws the value: `<Suspended resource let:page>..</Suspended>`.
    children: C,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
    C: Fn(T) -> V + Send + Sync + 'static,
{
    let reader = use_fault_words::<F>();
    let retry = Callback::new(move |()| resource.refetch());
    let busy = RwSignal::new(false);
    let shown = move || {
        resource.get().map(|answer| match answer {
            Ok(value) if is_empty.is_some_and(|is_empty| is_empty.run(value.clone())) => empty.run(),
            Ok(value) => children(value).into_any(),
            Err(fault) => view! { <FaultView words=reader.read(&fault) on_retry=retry busy /> }.into_any(),
        })
    };
    let set_pending = SignalSetter::map(move |pending| busy.set(pending));
    view! { <Transition fallback=move || view! { <Skeleton shape=bones /> } set_pending>{shown}</Transition> }
        .into_any()
}

/// The same four states for what does not come from a `Resource` (a live stream, a local store): `None` is loading.
#[component]
pub fn Waiting<T, F, V, C>(
    /// `None` while waiting, then the answer.
    #[prop(into)]
    value: Signal<Option<Result<T, F>>>,
    /// The shape of what will come.
    #[prop(default = Bones::Rows(5))]
    bones: Bones,
    /// Tries again.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
    /// Draws the value.
    children: C,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    F: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
    C: Fn(T) -> V + Send + Sync + 'static,
{
    let reader = use_fault_words::<F>();
    (move || match value.get() {
        None => view! { <Skeleton shape=bones /> }.into_any(),
        Some(Ok(value)) => children(value).into_any(),
        Some(Err(fault)) => match on_retry {
            Some(on_retry) => view! { <FaultView words=reader.read(&fault) on_retry /> }.into_any(),
            None => view! { <FaultView words=reader.read(&fault) /> }.into_any(),
        },
    })
    .into_any()
}
