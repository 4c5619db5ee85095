use super::run::RunView;
use super::{api, words};
use crate::contacts::api::{fields, lists};
use contract::contacts::{Field as CustomField, List};
use contract::imports::{Import, ImportState, Preview};
use contract::{Fault, ImportId};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_params_map;
use leptos_router::lazy_route;

mod mapping;
use mapping::Mapping;

/// `/imports/:id`
#[derive(Debug)]
pub struct ImportRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct ImportReads {
    import: Resource<Result<Import, Fault>>,
    look: Resource<Result<Preview, Fault>>,
    fields: Resource<Result<Vec<CustomField>, Fault>>,
    lists: Resource<Result<Vec<List>, Fault>>,
}

impl ImportReads {
    fn new() -> Self {
        let params = use_params_map();
        let id = Memo::new(move |_| params.with(|p| p.get("id")).and_then(|id| id.parse::<ImportId>().ok()));
        let changed = use_stream().changes("import.");
        Self {
            import: Resource::new(
                move || (id.get(), changed.get()),
                |(id, _)| async move { api::get_import(id.ok_or_else(|| Fault::missing("Import"))?).await },
            ),
            look: Resource::new(
                move || id.get(),
                |id| async move {
                    let id = id.ok_or_else(|| Fault::missing("Import"))?;
                    // Only what is still to be mapped is looked into; the file of a finished one may be gone.
                    match is_to_map(api::get_import(id).await?.state) {
                        true => api::look_into(id, None).await,
                        false => Err(Fault::conflict("This import has been mapped already.")),
                    }
                },
            ),
            fields: Resource::new(|| (), |()| fields()),
            lists: Resource::new(|| (), |()| lists()),
        }
    }
}

#[lazy_route]
impl LazyRoute for ImportRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = ImportReads::new();
        view! { <ImportPage route=this /> }.into_any()
    }
}

fn is_to_map(state: ImportState) -> bool {
    matches!(state, ImportState::Mapping | ImportState::Trying | ImportState::Tried)
}

#[component]
fn ImportPage(route: ImportReads) -> impl IntoView {
    let ImportReads { import, look, fields, lists } = route;
    // The mapping keeps what was chosen while figures come in, so it hangs on the kind of page, not on every figure.
    let stage = Memo::new(move |_| import.get().and_then(Result::ok).map(|i| (i.id, i.name, is_to_map(i.state))));
    let shown = Signal::derive(move || import.get().and_then(Result::ok));
    let body = move || {
        stage.get().map(|(_, _, is_mapping)| {
            if is_mapping {
                view! { <Mapping shown import look fields lists /> }.into_any()
            } else {
                view! { <RunView shown import /> }.into_any()
            }
        })
    };
    view! {
        <Suspended resource=import bones=Bones::Form(6) let:current>
            <PageTitle title=current.name.clone() mark=move || words::state(current.state) />
        </Suspended>
        <Transition fallback=|| view! { <Skeleton shape=Bones::Table(6, 3) /> }>{body}</Transition>
    }
    .into_any()
}
