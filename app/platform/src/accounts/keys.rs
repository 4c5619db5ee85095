use super::api;
use contract::accounts::{ApiKey, ApiKeyMade};
use contract::{Capability, Fault};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::{Problems, SETTINGS, Viewer};

mod create;
use create::CreateKey;

/// `/settings/keys`
#[derive(Debug)]
pub struct KeysRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
#[derive(Debug)]
struct KeysReads {
    keys: Resource<Result<Vec<ApiKey>, Fault>>,
}

impl KeysReads {
    fn new() -> Self {
        Self { keys: Resource::new(|| (), |()| api::api_keys()) }
    }
}

#[lazy_route]
impl LazyRoute for KeysRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = KeysReads::new();
        view! { <KeysPage keys=this.keys /> }.into_any()
    }
}

#[component]
fn KeysPage(keys: Resource<Result<Vec<ApiKey>, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let open = RwSignal::new(false);
    view! {
        <PageTitle title="Settings">
            <LinkButton href="/api">"Read the API reference"</LinkButton>
            <When is=move || viewer.may(Capability::ApiKeysManage)>
                <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| open.set(true)>"Make a key"</Button>
            </When>
        </PageTitle>
        <Tabs label="Settings" items=TabLink::of(&SETTINGS, "/settings/keys") />
        <Suspended
            resource=keys
            bones=Bones::Table(3, 4)
            is_empty=Callback::new(|all: Vec<ApiKey>| all.is_empty())
            empty=move || {
                view! {
                    <Card>
                        <Empty
                            title="No API keys"
                            text="A key lets a program of yours read and write what you choose here, without a password."
                            icon=IconName::Plug
                        />
                    </Card>
                }
            }
            let:all
        >
            <Card bleed=true>
                <KeyTable all keys />
            </Card>
        </Suspended>
        <CreateKey open keys />
    }
    .into_any()
}

#[component]
fn KeyTable(all: Vec<ApiKey>, keys: Resource<Result<Vec<ApiKey>, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, confirm, read) = (use_toasts(), use_confirm(), use_fault_words::<Fault>());
    let menu = move |key: ApiKey| {
        vec![
            MenuItem::run("Revoke", move || {
                let id = key.id;
                let question = Question::danger(
                    format!("Revoke “{}”?", key.name),
                    "Programs that use it are refused from now on. A revoked key cannot come back.",
                    "Revoke key",
                );
                confirm.ask(question, move || {
                    leptos::task::spawn_local(async move {
                        match api::revoke_api_key(id).await {
                            Ok(()) => {
                                toasts.ok("Key revoked");
                                keys.refetch();
                            }
                            Err(fault) => toasts.fault(read.read(&fault)),
                        }
                    });
                });
            })
            .danger(),
        ]
    };
    let columns = vec![
        Column::named(
            "Key",
            |k: &ApiKey| k.name.clone(),
            |k: &ApiKey| view! { <Named title=k.name.clone() detail=format!("{}…", k.prefix) /> }.into_any(),
        ),
        Column::wide("May", |k: &ApiKey| k.scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(", ").into_any()),
        Column::new("Made", move |k: &ApiKey| viewer.brief(k.created).into_any()),
        Column::new("Last used", move |k: &ApiKey| {
            k.used.map_or_else(|| "Never".to_owned(), |at| viewer.brief(at)).into_any()
        }),
    ];
    view! { <Table label="API keys" columns rows=all key=|k: &ApiKey| k.id.to_string() menu=menu /> }.into_any()
}
