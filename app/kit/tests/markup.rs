//! What the components say to assistive technology, read from the HTML the server makes.
#![cfg(feature = "ssr")]

use kit::*;
use leptos::prelude::*;

/// The HTML of a view, without the markers of hydration.
fn html<V: IntoView + 'static>(make: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    let text = owner.with(|| make().into_view().to_html());
    text.replace("<!>", "")
}

/// Name and attributes of the first element that holds `part`; nothing if there is none.
fn tag<'a>(html: &'a str, part: &str) -> &'a str {
    html.split('<')
        .filter_map(|piece| piece.split_once('>'))
        .map(|(tag, _)| tag)
        .find(|tag| tag.contains(part))
        .unwrap_or_default()
}

#[test]
fn a_field_ties_label_help_and_error_to_its_input() {
    let html = html(|| {
        view! {
            <Field label="From address" name="from" help="Seen by everyone" error="Not an address">
                <TextInput value=RwSignal::new("x".to_owned()) kind=InputKind::Email />
            </Field>
        }
    });
    let input = tag(&html, "class=\"input\"");
    assert!(input.contains("id=\"f-from\"") && input.contains("name=\"from\""), "{input}");
    assert!(input.contains("type=\"email\""), "{input}");
    assert!(input.contains("aria-invalid=\"true\""), "{input}");
    assert!(input.contains("aria-describedby=\"f-from-error f-from-help\""), "{input}");
    assert!(html.contains("<label for=\"f-from\">"), "{html}");
    assert!(tag(&html, "id=\"f-from-help\"").starts_with("span"));
    assert!(html.contains("Not an address"));
}

#[test]
fn a_field_without_an_error_is_not_invalid() {
    let html = html(|| {
        view! {
            <Field label="Name" name="name">
                <TextInput value=RwSignal::new(String::new()) />
            </Field>
        }
    });
    let input = tag(&html, "class=\"input\"");
    assert!(!input.contains("aria-invalid") && !input.contains("aria-describedby"), "{input}");
    assert!(tag(&html, "id=\"f-name-error\"").contains("hidden"), "{html}");
}

#[test]
fn one_field_does_not_lend_its_name_to_the_next_input() {
    let html = html(|| {
        view! {
            <div>
                <Field label="Name" name="name">
                    <TextInput value=RwSignal::new(String::new()) />
                </Field>
                <TextInput value=RwSignal::new(String::new()) label="Alone" />
            </div>
        }
    });
    assert_eq!(html.matches("id=\"f-name\"").count(), 1, "{html}");
    assert!(tag(&html, "aria-label=\"Alone\"").contains("class=\"input\""));
}

#[test]
fn a_blocked_button_says_why_and_stays_reachable() {
    let html = html(|| view! { <Button blocked="Choose an audience first">"Send"</Button> });
    let button = tag(&html, "class=\"btn\"");
    assert!(button.contains("aria-disabled=\"true\""), "{button}");
    assert!(button.contains("title=\"Choose an audience first\""), "{button}");
    assert!(!button.contains(" disabled"), "{button}");
}

#[test]
fn a_busy_button_keeps_its_words() {
    let html = html(|| view! { <Button busy=true kind=ButtonKind::Primary>"Saving"</Button> });
    assert!(tag(&html, "btn primary").contains("aria-busy=\"true\""), "{html}");
    assert!(html.contains("Saving"));
}

#[test]
fn a_button_that_is_a_drawing_has_a_name() {
    let html = html(|| view! { <IconButton icon=IconName::Trash label="Delete the draft" on_press=|()| () /> });
    assert!(tag(&html, "btn only").contains("aria-label=\"Delete the draft\""), "{html}");
    assert!(tag(&html, "class=\"icon\"").contains("aria-hidden=\"true\""), "{html}");
}

#[test]
fn a_status_carries_words_shape_and_colour() {
    let html = html(|| view! { <Status tone=Tone::Warn shape=Shape::Unsure>"Unknown"</Status> });
    assert!(html.contains("class=\"status warn unsure\"") && html.contains("Unknown"), "{html}");
}

#[test]
fn a_missing_figure_says_what_is_missing() {
    let html = html(|| view! { <Figure name="Spend, 30 days" missing="No spend recorded" /> });
    assert!(html.contains("Not available") && html.contains("No spend recorded"), "{html}");
}

#[test]
fn progress_is_told_in_words() {
    let html = html(|| view! { <Progress label="Import" parts=Part::done_of(3_310, 8_090) /> });
    let bar = tag(&html, "role=\"progressbar\"");
    assert!(bar.contains("aria-valuenow=\"3310\"") && bar.contains("aria-valuemax=\"8090\""), "{bar}");
    assert!(bar.contains("aria-valuetext=\"3,310 of 8,090 done\""), "{bar}");
}

#[derive(Clone, PartialEq)]
struct Person {
    name: &'static str,
    spent: i64,
}

fn people_table(selection: Option<Selection>) -> AnyView {
    let columns = vec![
        Column::main(
            "Person",
            |person: &Person| person.name.to_owned(),
            |person| format!("/contacts/{}", person.spent),
        )
        .sort_by("name"),
        Column::num("Spent", |person: &Person| format::money(person.spent, "€")).sort_by("spent"),
    ];
    let rows = vec![Person { name: "Alba Reyes", spent: 128_400 }, Person { name: "Ewan Birch", spent: 0 }];
    let now = Some(Sort { key: "spent".to_owned(), is_descending: true });
    let sorting = Sorting::new(Signal::stored(now), |_| ());
    let key = |person: &Person| person.name.to_owned();
    match selection {
        Some(selection) => view! {
            <Table label="People" columns rows key sorting selection menu=|_: Person| vec![MenuItem::run("Archive", || ())] />
        }
        .into_any(),
        None => view! { <Table label="People" columns rows key sorting /> }.into_any(),
    }
}

#[test]
fn a_table_tells_its_roles_its_order_and_its_labels_on_phones() {
    let html = html(|| people_table(None));
    assert!(html.contains("<caption class=\"vh\">People</caption>"), "{html}");
    assert_eq!(html.matches("role=\"row\"").count(), 3, "{html}");
    assert_eq!(html.matches("aria-sort=\"descending\"").count(), 1, "{html}");
    assert!(html.contains("data-label=\"Spent\""), "{html}");
    assert!(html.contains("€1,284"), "{html}");
    assert!(tag(&html, "href=\"/contacts/128400\"").starts_with("a"));
}

#[test]
fn chosen_rows_are_told_and_menus_are_named_after_their_row() {
    let html = html(|| {
        let selection = Selection::new();
        selection.pick_all();
        people_table(Some(selection))
    });
    assert_eq!(html.matches("aria-selected=\"true\"").count(), 2, "{html}");
    assert!(html.contains("aria-label=\"Select Alba Reyes\""), "{html}");
    assert!(html.contains("aria-label=\"Actions for Ewan Birch\""), "{html}");
    assert!(html.contains("aria-label=\"Select all on this page\""), "{html}");
}

#[test]
fn the_bulk_bar_says_the_true_count() {
    let html = html(|| {
        let selection = Selection::new();
        selection.pick_all();
        view! {
            <BulkBar selection total=13_412>
                <Button>"Tag"</Button>
            </BulkBar>
        }
    });
    assert!(html.contains("13,412 selected"), "{html}");
    assert!(!html.contains("Select all"), "{html}");
}

#[test]
fn nothing_chosen_draws_no_bulk_bar() {
    let html = html(|| {
        view! {
            <BulkBar selection=Selection::new() total=5>
                <Button>"Tag"</Button>
            </BulkBar>
        }
    });
    assert!(!html.contains("bulk"), "{html}");
}

#[test]
fn a_closed_modal_holds_nothing_but_its_name() {
    let html = html(|| {
        view! {
            <Modal open=RwSignal::new(false) title="New segment" alert=true>
                <p>"Inside"</p>
            </Modal>
        }
    });
    let dialog = tag(&html, "class=\"modal\"");
    assert!(dialog.starts_with("dialog") && dialog.contains("role=\"alertdialog\""), "{dialog}");
    assert!(dialog.contains("aria-label=\"New segment\""), "{dialog}");
    assert!(!html.contains("Inside"), "{html}");
}

#[test]
fn a_menu_button_says_that_it_opens_a_menu() {
    let html = html(|| view! { <Menu label="Actions" items=vec![MenuItem::link("Open", "/x")] /> });
    let button = tag(&html, "aria-haspopup=\"menu\"");
    assert!(button.contains("aria-expanded=\"false\"") && button.contains("aria-label=\"Actions\""), "{button}");
    assert!(tag(&html, "role=\"menu\"").contains("popover=\"auto\""), "{html}");
}

#[test]
fn the_shown_tab_is_marked_and_is_a_link() {
    let items =
        vec![TabLink::new("/c/1", "Report", true), TabLink::new("/c/1/people", "Recipients", false).count(13_412)];
    let html = html(|| view! { <Tabs label="Campaign" items /> });
    assert!(tag(&html, "href=\"/c/1\"").contains("aria-current=\"page\""), "{html}");
    assert!(!tag(&html, "href=\"/c/1/people\"").contains("aria-current"), "{html}");
    assert!(html.contains("13,412"));
}

#[test]
fn a_fault_is_an_alert_with_its_trace() {
    let words = FaultWords {
        trace: Some("01J9".to_owned()),
        ..FaultWords::new("The list could not be read", "Nothing was changed.")
    };
    let html = html(|| view! { <FaultView words on_retry=|()| () /> });
    assert!(html.contains("role=\"alert\"") && html.contains("01J9") && html.contains("Try again"), "{html}");
}

#[test]
fn a_fault_that_will_not_pass_offers_no_retry() {
    let words = FaultWords { is_retryable: false, ..FaultWords::new("Not allowed", "Ask the owner for this right.") };
    let html = html(|| view! { <FaultView words on_retry=|()| () /> });
    assert!(!html.contains("Try again"), "{html}");
}

#[derive(Clone)]
struct Denied;

#[test]
fn faults_are_read_by_the_words_the_root_gave() {
    let html = html(|| {
        provide_fault_words::<Denied>(|_| FaultWords::new("You may not see this", "Ask the owner."));
        view! { <Waiting value=Some(Err::<u8, _>(Denied)) let:value>{value}</Waiting> }
    });
    assert!(html.contains("You may not see this"), "{html}");
}

#[test]
fn waiting_is_busy_and_says_so() {
    let html = html(|| view! { <Skeleton shape=Bones::Table(2, 3) /> });
    assert!(tag(&html, "aria-busy=\"true\"").contains("role=\"status\""), "{html}");
    assert_eq!(html.matches("class=\"bone\"").count(), 6, "{html}");
}

fn tiles() -> Vec<TilePlace<&'static str>> {
    vec![TilePlace::new("Email"), TilePlace { is_hidden: true, ..TilePlace::new("Ads") }]
}

#[test]
fn a_tile_can_be_moved_by_keys_and_a_hidden_one_brought_back() {
    let html = html(|| {
        view! {
            <Board label="Tiles" tiles=tiles() name=|name| (*name).to_owned() on_change=|_| () let:name>
                <Tile title=name icon=IconName::Mail>
                    <Figure name="Sent" value="1" />
                </Tile>
            </Board>
        }
    });
    assert!(tag(&html, "id=\"grip-email\"").contains("Move Email; arrow keys move it"), "{html}");
    assert_eq!(html.matches("<article").count(), 1, "{html}");
    assert!(html.contains("Show Ads"), "{html}");
}

#[test]
fn a_chart_holds_a_picture_with_a_name_and_the_same_numbers_as_a_table() {
    let data = ChartData {
        x_name: "Day".to_owned(),
        x: vec!["1 Nov".to_owned(), "2 Nov".to_owned()],
        unit: Unit::Percent,
        series: vec![Series::new("Opened", "cyan", vec![Some(0.241), None])],
    };
    let html = html(|| view! { <Chart label="Open rate by day" data /> });
    assert!(tag(&html, "role=\"img\"").contains("aria-label=\"Open rate by day\""), "{html}");
    assert!(html.contains("24.1 %") && html.contains("not available"), "{html}");
    assert_eq!(html.matches("tabindex=\"0\"").count(), 1, "{html}");
}

#[test]
fn a_chart_without_numbers_says_what_is_missing() {
    let html = html(|| view! { <Chart label="Cost" data=ChartData::default() missing="No spend recorded" /> });
    assert!(html.contains("Not available") && html.contains("No spend recorded"), "{html}");
}

#[test]
fn a_preview_runs_nothing() {
    let html = html(|| view! { <HtmlPreview title="Preview" html="<script>alert(1)</script>" /> });
    let frame = tag(&html, "class=\"preview\"");
    assert!(frame.contains("sandbox=\"\""), "{frame}");
    assert!(!html.contains("<script>"), "{html}");
}

#[test]
fn the_place_one_is_in_is_marked_in_the_rail_and_in_the_bar_of_phones() {
    let html = html(|| {
        let nav = vec![NavGroup::top(vec![
            Place::new("/", "Home", IconName::Home),
            Place::new("/contacts", "Contacts", IconName::People).count(Some(3)),
        ])];
        view! {
            <KitRoot>
                <Shell
                    nav
                    short=vec!["/", "/contacts"]
                    path="/contacts/7"
                    crumbs=vec![Crumb::here("Alba Reyes")]
                    on_search=|()| ()
                    slots=ShellSlots::default()
                >
                    <p>"Page"</p>
                </Shell>
            </KitRoot>
        }
    });
    assert_eq!(html.matches("href=\"/contacts\"").count(), 2, "{html}");
    assert_eq!(html.matches("aria-current=\"page\"").count(), 3, "{html}");
    assert!(tag(&html, "class=\"skip\"").contains("href=\"#main\""), "{html}");
    assert!(tag(&html, "id=\"main\"").starts_with("main"), "{html}");
}

#[test]
fn the_whole_gallery_renders_without_a_browser_and_names_every_button() {
    let html = html(|| view! { <KitRoot><gallery::Gallery /></KitRoot> });
    assert!(html.len() > 20_000);
    for button in html.split("<button").skip(1) {
        let (tag, rest) = button.split_once('>').unwrap();
        let text = rest.split("</button>").next().unwrap();
        let words: String = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, words)| words)).collect();
        assert!(tag.contains("aria-label=") || !words.trim().is_empty(), "a button without a name: {tag}");
    }
}

#[test]
fn no_id_stands_twice_in_the_gallery_but_those_of_tiles() {
    let html = html(|| view! { <KitRoot><gallery::Gallery /></KitRoot> });
    let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    ids.retain(|id| !id.starts_with("grip-"));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
