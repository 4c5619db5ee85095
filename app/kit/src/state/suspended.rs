//! One door to everything that is fetched.

use super::{Asked, Bones, FaultView, Skeleton, use_fault_words};
use leptos::prelude::*;

/// Shows a resource: bones while it loads, `empty` when it holds nothing, the fault with a retry, or its value.
/// While it loads again the old value stays.
#[component]
pub fn Suspended<R, V, C>(
    /// What is fetched.
    resource: R,
    /// The shape of what will come.
    #[prop(default = Bones::Rows(5))]
    bones: Bones,
    /// Says whether a value counts as nothing.
    #[prop(optional, into)]
    is_empty: Option<Callback<R::Value, bool>>,
    /// Shown for nothing; an `Empty`.
    #[prop(optional, into)]
    empty: ViewFn,
    /// Draws the value: `<Suspended resource let:page>..</Suspended>`.
    children: C,
) -> impl IntoView
where
    R: Asked,
    V: IntoView + 'static,
    C: Fn(R::Value) -> V + Send + Sync + 'static,
{
    let reader = use_fault_words::<R::Fault>();
    let retry = Callback::new(move |()| resource.ask_again());
    let busy = RwSignal::new(false);
    let shown = Box::new(move || {
        resource.answer().map(|answer| match answer {
            Ok(value) if is_empty.is_some_and(|is_empty| is_empty.run(value.clone())) => empty.run(),
            Ok(value) => children(value).into_any(),
            Err(fault) => view! { <FaultView words=reader.read(&fault) on_retry=retry busy /> }.into_any(),
        })
    });
    boundary(shown, Some(bones), busy)
}

/// What reads fetched values and shows nothing until they are there. While they are fetched again the old drawing stays.
pub fn settled(draw: impl Fn() -> Option<AnyView> + Send + Sync + 'static) -> AnyView {
    boundary(Box::new(draw), None, RwSignal::new(false))
}

/// The same, with bones until they are there.
pub fn settled_over(bones: Bones, draw: impl Fn() -> Option<AnyView> + Send + Sync + 'static) -> AnyView {
    boundary(Box::new(draw), Some(bones), RwSignal::new(false))
}

type Draw = Box<dyn Fn() -> Option<AnyView> + Send + Sync>;

/// The one `Transition` of all: leptos compiles it anew for each type of closure, some 4 KB of WebAssembly each.
fn boundary(draw: Draw, bones: Option<Bones>, pending: RwSignal<bool>) -> AnyView {
    let fallback = move || bones.map(|shape| view! { <Skeleton shape /> });
    let set_pending = SignalSetter::map(move |is_pending| pending.set(is_pending));
    view! { <Transition fallback set_pending>{move || draw()}</Transition> }.into_any()
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
