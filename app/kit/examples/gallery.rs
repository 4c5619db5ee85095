//! Writes the gallery inside the shell as one HTML file, to look at without a server: `cargo run -p kit --features ssr --example gallery > gallery.html`

use kit::{
    BellButton, Button, Crumb, FirmMenu, IconName, IconSprite, KitRoot, NavGroup, Place, Shell, ShellSlots, Size, UserMenu,
    WorkButton, gallery::Gallery,
};
use leptos::prelude::*;
use std::{fs, io::Write, path::Path};

fn css(dir: &Path, out: &mut String) {
    let mut files: Vec<_> = fs::read_dir(dir).map(|found| found.flatten().map(|file| file.path()).collect()).unwrap_or_default();
    files.sort();
    for file in files {
        if file.is_dir() {
            css(&file, out);
        } else if let Ok(text) = fs::read_to_string(&file) {
            out.push_str(&text);
        }
    }
}

fn nav() -> Vec<NavGroup> {
    vec![
        NavGroup::top(vec![
            Place::new("/", "Home", IconName::Home),
            Place::new("/approvals", "Approvals", IconName::Check).count(Some(3)).hot(),
            Place::new("/calendar", "Calendar", IconName::Calendar),
        ]),
        NavGroup::new("Reach", vec![
            Place::new("/campaigns", "Campaigns", IconName::Campaign),
            Place::new("/email", "Email", IconName::Mail),
            Place::new("/texts", "Text messages", IconName::Text).count(Some(3)),
            Place::new("/social", "Social", IconName::Social),
        ]),
        NavGroup::new("Audience", vec![
            Place::new("/contacts", "Contacts", IconName::People),
            Place::new("/segments", "Segments", IconName::Rings),
            Place::new("/crm", "CRM", IconName::Deal),
        ]),
        NavGroup::new("Workspace", vec![
            Place::new("/connections", "Connections", IconName::Plug),
            Place::new("/kit", "Settings", IconName::Sliders),
        ]),
    ]
}

#[component]
fn Page() -> impl IntoView {
    let slots = ShellSlots {
        firm: ViewFn::from(|| view! { <FirmMenu name="Emberfold Ceramics" items=Vec::new() /> }),
        user: ViewFn::from(|| view! { <UserMenu name="Mira Solberg" role="Editor" items=Vec::new() /> }),
        bar: ViewFn::from(|| view! {
            <WorkButton running=3 percent=66 on_press=|()| () />
            <BellButton count=5 on_press=|()| () />
            <span class="desk"><Button size=Size::Small icon=IconName::Stop>"Emergency stop"</Button></span>
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

fn main() -> std::io::Result<()> {
    let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../style");
    let mut sheet = fs::read_to_string(style.join("tokens.css"))?;
    css(&style, &mut sheet);
    let owner = Owner::new();
    let body = owner.with(|| view! { <IconSprite /><Page /> }.to_html());
    let mut out = std::io::stdout().lock();
    write!(
        out,
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Kit</title><style>{sheet}</style><body>{body}</body></html>"
    )
}
