use super::Fetched;
use contract::Fault;
use kit::{Bones, FaultView, Skeleton, use_fault_words};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// Like `Suspended`, for what changes while it is looked at: what is drawn stays in place, and its children get a signal.
/// A connection that is lost for a moment leaves the last value standing.
#[component]
pub fn Steady<T, V, C>(
    /// What is fetched, again with every change.
    resource: Resource<Result<T, Fault>>,
    /// The shape of what will come.
    #[prop(default = Bones::Rows(5))]
    bones: Bones,
    /// Draws the value.
    children: C,
) -> impl IntoView
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
    C: Fn(Signal<T>) -> V + Send + Sync + 'static,
{
    let children = StoredValue::new(children);
    view! {
        <Transition fallback=move || view! { <Skeleton shape=bones /> }>
            <OfResource resource children />
        </Transition>
    }
    .into_any()
}

/// Made inside of the transition, so that what it reads is waited for there.
#[component]
fn OfResource<T, V, C>(resource: Resource<Result<T, Fault>>, children: StoredValue<C>) -> impl IntoView
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
    C: Fn(Signal<T>) -> V + Send + Sync + 'static,
{
    let answer = Signal::derive(move || resource.get());
    let retry = Callback::new(move |()| resource.refetch());
    view! { <Drawn answer retry bones=None children /> }
}

/// The same for what is fetched once the page is awake.
#[component]
pub fn Arriving<T, V, C>(
    /// What is fetched.
    fetched: Fetched<T>,
    /// The shape of what will come.
    #[prop(default = Bones::Rows(5))]
    bones: Bones,
    /// Draws the value.
    children: C,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
    C: Fn(Signal<T>) -> V + Send + Sync + 'static,
{
    view! { <Drawn answer=fetched.value() retry=fetched.retry() bones=Some(bones) children=StoredValue::new(children) /> }.into_any()
}

#[component]
fn Drawn<T, V, C>(
    answer: Signal<Option<Result<T, Fault>>>,
    retry: Callback<()>,
    bones: Option<Bones>,
    children: StoredValue<C>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
    C: Fn(Signal<T>) -> V + Send + Sync + 'static,
{
    let reader = use_fault_words::<Fault>();
    let last = Memo::new(move |before: Option<&Option<T>>| match answer.get() {
        Some(Ok(value)) => Some(value),
        Some(Err(Fault::Busy { .. })) | None => before.cloned().flatten(),
        Some(Err(_)) => None,
    });
    let fault = Memo::new(move |_| answer.get().and_then(Result::err));
    let has_value = Memo::new(move |_| last.with(Option::is_some));
    let shown = move || {
        if has_value.get() {
            let first = last.get_untracked()?;
            let value = Signal::derive(move || last.get().unwrap_or_else(|| first.clone()));
            return Some(children.with_value(|draw| draw(value).into_any()));
        }
        match fault.get() {
            Some(fault) => Some(view! { <FaultView words=reader.read(&fault) on_retry=retry /> }.into_any()),
            None => bones.map(|shape| view! { <Skeleton shape /> }.into_any()),
        }
    };
    view! { {shown} }.into_any()
}
