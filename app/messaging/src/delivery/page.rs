use super::accounts::AccountsCard;
use super::api;
use super::caps::CapsCard;
use super::limits::LimitsCard;
use super::resting::RestingCard;
use super::retry::RetryCard;
use crate::campaigns::api::get_caps;
use crate::parts::Steady;
use contract::Fault;
use contract::campaigns::Caps;
use contract::sending::{Policy, RestingDomain};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::SETTINGS;

const PLAIN: &str = "/settings/delivery";

/// `/settings/delivery`
#[derive(Debug)]
pub struct DeliveryRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct DeliveryReads {
    policy: Resource<Result<Policy, Fault>>,
    caps: Resource<Result<Caps, Fault>>,
    resting: Resource<Result<Vec<RestingDomain>, Fault>>,
}

impl DeliveryReads {
    fn new() -> Self {
        let stream = use_stream();
        let (policy, caps) = (stream.changes("sending.policy"), stream.changes("caps."));
        // Domains begin and end their rest while something goes out.
        let going = (stream.changes("campaign."), stream.changes("message."));
        Self {
            policy: Resource::new(move || policy.get(), |_| api::delivery_policy()),
            caps: Resource::new(move || caps.get(), |_| get_caps()),
            resting: Resource::new(move || (going.0.get(), going.1.get()), |_| api::resting_domains()),
        }
    }
}

#[lazy_route]
impl LazyRoute for DeliveryRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = DeliveryReads::new();
        view! { <DeliveryPage this /> }.into_any()
    }
}

#[component]
fn DeliveryPage(this: DeliveryReads) -> impl IntoView {
    let DeliveryReads { policy, caps, resting } = this;
    let again = Callback::new(move |()| resting.refetch());
    let (retry_dirty, caps_dirty) = (RwSignal::new(false), RwSignal::new(false));
    let dirty = Signal::derive(move || retry_dirty.get() || caps_dirty.get());
    view! {
        <PageTitle title="Settings" />
        <Tabs label="Settings" items=TabLink::of(&SETTINGS, PLAIN) />
        <UnsavedGuard dirty text="How mail is delivered has changes that are not saved." />
        <Split side=400>
            <Steady resource=policy bones=Bones::Form(6) let:policy>
                <Stack gap=Gap::Large>
                    <RetryCard policy dirty=retry_dirty />
                    <LimitsCard policy />
                    <AccountsCard policy />
                </Stack>
            </Steady>
            <Stack gap=Gap::Large>
                <Steady resource=caps bones=Bones::Form(3) let:caps>
                    <CapsCard caps dirty=caps_dirty />
                </Steady>
                <Steady resource=resting bones=Bones::Rows(2) let:resting>
                    <RestingCard resting again />
                </Steady>
            </Stack>
        </Split>
    }
    .into_any()
}
