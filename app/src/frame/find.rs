use leptos::prelude::*;
#[component]
pub fn Find(open: RwSignal<bool>) -> impl IntoView { let _ = open; }
