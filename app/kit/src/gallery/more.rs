//! Stories, files, code.

use super::Exhibit;
use crate::*;
use leptos::prelude::*;

#[component]
pub(super) fn Stories() -> impl IntoView {
    view! {
        <Exhibit title="Timeline and diff">
            <Timeline label="Alba Reyes">
                <TimelineItem icon=IconName::Eye when=|| view! { <Time text="10:42 CET" iso="2025-11-20T09:42:00Z" /> }>
                    "Opened “Winter glaze launch”"
                </TimelineItem>
                <TimelineItem icon=IconName::Call when=|| "Tue 18 Nov" said="Send two samples first.">
                    "Ines called"
                </TimelineItem>
            </Timeline>
            <Diff
                title="Subject and first line"
                before="A small door for you\nHello Alba,"
                after="A small door, only today\nHello Alba,"
            />
        </Exhibit>
    }
    .into_any()
}

#[component]
pub(super) fn Files(tag: &'static str) -> impl IntoView {
    let (toasts, shortcuts) = (use_toasts(), use_shortcuts());
    let code = RwSignal::new("<h1>Winter glaze</h1>\n<p>\n  Hello {{first_name}},\n</p>".to_owned());
    let take = move |files: Vec<web_sys::File>| {
        for file in files {
            toasts.ok(format!("{}, {}", file.name(), file.type_()));
        }
    };
    let palette = RwSignal::new(false);
    palette_key(palette);
    let query = RwSignal::new(String::new());
    let groups = move || {
        let wanted = query.get().to_lowercase();
        let all = [
            PaletteEntry::link("1", "Winter glaze launch", IconName::Campaign, "#campaign").hint("Sending"),
            PaletteEntry::link("2", "Winter workshop dates", IconName::Campaign, "#campaign").hint("Draft"),
        ];
        let entries = all.into_iter().filter(|entry| entry.label.to_lowercase().contains(&wanted)).collect();
        let action = PaletteEntry::action("3", "New campaign", IconName::Plus).hint("N");
        vec![
            PaletteGroup { title: "Campaigns".to_owned(), entries },
            PaletteGroup { title: "Actions".to_owned(), entries: vec![action] },
        ]
    };
    view! {
        <Exhibit title="Files, code, search, look">
            <DropZone label="Drop a CSV file here, or choose one" help="CSV up to 200 MB" accept=".csv,text/csv" on_files=take />
            <Field label="HTML" name=format!("html-{tag}") help="Esc, then Tab leaves the field.">
                <CodeField value=code rows=5 />
            </Field>
            <HtmlPreview title="Preview" html="<p>Hello Alba,</p>" height=72 />
            <Line>
                <Button icon=IconName::Search on_press=move |()| palette.set(true)>"Search"</Button>
                <Button icon=IconName::Keyboard on_press=move |()| shortcuts.show()>"Shortcuts"</Button>
            </Line>
            <ThemeSwitch />
            {(tag == "d")
                .then(|| {
                    view! {
                        <Palette open=palette query groups on_pick=move |entry: PaletteEntry| toasts.ok(entry.label) />
                    }
                })}
        </Exhibit>
    }
    .into_any()
}

#[component]
pub(super) fn Composing() -> impl IntoView {
    let item = |key: &str, name: &str, icon| ArrangeItem { key: key.to_owned(), name: name.to_owned(), icon };
    let items = RwSignal::new(vec![
        item("picture", "Picture", IconName::Image),
        item("heading", "Heading", IconName::Heading),
        item("text", "Text", IconName::Lines),
    ]);
    let shift = move |(from, to): (usize, usize)| {
        items.update(|items| {
            if from < items.len() {
                let item = items.remove(from);
                items.insert(to.min(items.len()), item);
            }
        });
    };
    let open = RwSignal::new(Some("text".to_owned()));
    let text = RwSignal::new("Hello Alba, we fired sixty pieces in one go.".to_owned());
    let less = vec![("Unsubscribed".to_owned(), 512_u64), ("No consent for “New work”".to_owned(), 420)];
    view! {
        <Exhibit title="Composing">
            <Arrange label="Blocks" items on_move=shift open let:key>
                <TextArea value=text label=key />
            </Arrange>
            <Funnel
                label="From matched to sent"
                start=("In the segment now".to_owned(), 13_412)
                less
                less_words="Not sent to, by reason"
                end=("Will get it".to_owned(), 12_480)
            />
            <Card title="As Alba Reyes sees it">
                <InboxLine from="Emberfold" time="09:30" subject="The winter glaze is out of the kiln, Alba" preview="Sixty pieces, one firing." />
                <CardBody>
                    <Stages label="Stage 3 of 5, offer" at=3 of=5 />
                </CardBody>
            </Card>
        </Exhibit>
    }
    .into_any()
}

#[component]
pub(super) fn Icons() -> impl IntoView {
    let one = |name: &IconName| {
        let name = *name;
        view! {
            <span title=name.href()>
                <Icon name big=true />
            </span>
        }
    };
    view! {
        <Exhibit title="Icons">
            <Line>{IconName::ALL.iter().map(one).collect_view()}</Line>
        </Exhibit>
    }
    .into_any()
}
