//! The gallery inside the shell, as the server writes it and the browser wakes it up.

use kit::{gallery::Gallery, *};
use leptos::prelude::*;

fn nav() -> Vec<NavGroup> {
    vec![
        NavGroup::top(vec![
            Place::new("/", "Home", IconName::Home),
            Place::new("/approvals", "Approvals", IconName::Check).count(Some(3)).hot(),
            Place::new("/calendar", "Calendar", IconName::Calendar),
        ]),
        NavGroup::new(
            "Reach",
            vec![
                Place::new("/campaigns", "Campaigns", IconName::Campaign),
                Place::new("/email", "Email", IconName::Mail),
                Place::new("/texts", "Text messages", IconName::Text).count(Some(3)),
                Place::new("/social", "Social", IconName::Social),
            ],
        ),
        NavGroup::new(
            "Audience",
            vec![
                Place::new("/contacts", "Contacts", IconName::People),
                Place::new("/segments", "Segments", IconName::Rings),
                Place::new("/crm", "CRM", IconName::Deal),
            ],
        ),
        NavGroup::new(
            "Workspace",
            vec![
                Place::new("/connections", "Connections", IconName::Plug),
                Place::new("/kit", "Settings", IconName::Sliders),
            ],
        ),
    ]
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let slots = ShellSlots {
        firm: ViewFn::from(|| view! { <FirmMenu name="Emberfold Ceramics" items=Vec::new() /> }),
        user: ViewFn::from(|| view! { <UserMenu name="Mira Solberg" role="Editor" items=Vec::new() /> }),
        bar: ViewFn::from(|| {
            view! {
                <WorkButton running=3 percent=66 on_press=|()| () />
                <BellButton count=5 on_press=|()| () />
                <span class="desk"><Button size=Size::Small icon=IconName::Stop>"Emergency stop"</Button></span>
            }
        }),
        sheet: ViewFn::from(|| ()),
    };
    view! {
        <KitRoot>
            <Shell
                nav=nav()
                short=vec!["/", "/calendar", "/approvals", "/contacts"]
                path="/kit"
                crumbs=vec![Crumb::link("Settings", "/settings"), Crumb::here("Kit")]
                on_search=|()| ()
                slots
            >
                <Gallery />
            </Shell>
        </KitRoot>
    }
}
