//! Writes the gallery inside the shell as one HTML file, to look at without a server:
//! `cargo run -p kit --features ssr --example gallery [modal|sheet|float|palette] > gallery.html`

mod page;

use kit::*;
use leptos::prelude::*;
use page::Page;
use std::{fs, io::Write, path::Path};

fn css(dir: &Path, out: &mut String) {
    let mut files: Vec<_> =
        fs::read_dir(dir).map(|found| found.flatten().map(|file| file.path()).collect()).unwrap_or_default();
    files.sort();
    for file in files {
        if file.is_dir() {
            css(&file, out);
        } else if let Ok(text) = fs::read_to_string(&file) {
            out.push_str(&text);
        }
    }
}

/// One part that lies over the page, drawn open: `modal`, `sheet`, `float`, `palette`.
#[component]
fn Opened(what: Option<String>) -> impl IntoView {
    let open = RwSignal::new(true);
    let footer =
        || view! { <Button>"Keep sending"</Button><Button kind=ButtonKind::Danger>"Cancel for 4,216 people"</Button> };
    let groups = vec![PaletteGroup {
        title: "Campaigns".to_owned(),
        entries: vec![
            PaletteEntry::link("1", "Winter glaze launch", IconName::Campaign, "#").hint("Sending"),
            PaletteEntry::link("2", "Winter workshop dates", IconName::Campaign, "#").hint("Draft"),
        ],
    }];
    match what.as_deref() {
        Some("modal") => view! {
            <Modal open title="Cancel “Winter glaze launch”?" footer alert=true>
                <p class="soft">"4,216 people will not get it. What is handed over cannot be called back."</p>
            </Modal>
        }
        .into_any(),
        Some("sheet") => view! {
            <Sheet open title="Edit the contact" footer>
                <Field label="Name" name="n"><TextInput value=RwSignal::new("Alba Reyes".to_owned()) /></Field>
            </Sheet>
        }
        .into_any(),
        Some("float") => view! {
            <Float open title="Work in the background" note="Updated 10:42:08 CET">
                <Rows>
                    <Row title="Winter glaze launch" detail="8,252 of 12,480 · 118 per minute · 36 min left" before=|| view! { <Ring percent=66 /> }>
                        <Button size=Size::Small>"Pause"</Button>
                    </Row>
                    <Row title="Import “Stockist fair leads.csv”" detail="3,310 of 8,090 rows · 8 s left" before=|| view! { <Ring percent=41 /> }>
                        <Button size=Size::Small>"Cancel"</Button>
                    </Row>
                </Rows>
            </Float>
        }
        .into_any(),
        Some("palette") => view! { <Palette open query=RwSignal::new("winter".to_owned()) groups on_pick=|_| () /> }.into_any(),
        _ => ().into_any(),
    }
}

fn main() -> std::io::Result<()> {
    let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../style");
    let mut sheet = fs::read_to_string(style.join("tokens.css"))?;
    css(&style, &mut sheet);
    let owner = Owner::new();
    let body = owner.with(|| view! { <Page /><IconSprite /><Opened what=std::env::args().nth(1) /> }.to_html());
    let mut out = std::io::stdout().lock();
    write!(
        out,
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Kit</title><style>{sheet}</style><body>{body}</body></html>"
    )
}
