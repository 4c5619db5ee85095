use super::*;
use crate::parts::{Arriving, Paged};
use contract::campaigns::Explanation;
use session::Fetched;

/// Everybody in the ledger, with filter, search, paging and export; all of it in the address.
#[component]
pub fn Recipients(
    report: Signal<CampaignReport>,
    asked: Memo<Asked>,
    people: Resource<Result<Page<RecipientRow>, Fault>>,
) -> impl IntoView {
    let id = report.with_untracked(|r| r.campaign.id);
    view! {
        <Tools report asked id />
        <Steady resource=people bones=Bones::Table(10, 5) let:page>
            <Body report asked page id />
        </Steady>
    }
    .into_any()
}

#[component]
fn Tools(report: Signal<CampaignReport>, asked: Memo<Asked>, id: CampaignId) -> impl IntoView {
    let may_export = Viewer::here().may(Capability::ContactsExport);
    let go = StoredValue::new(use_navigate());
    let change = move |next: &Asked| {
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        go.with_value(|go| go(&next.address(id), options));
    };
    let text = RwSignal::new(asked.with_untracked(|a| a.search.clone()));
    let typed = Bind::new(text, move |now: String| {
        text.set(now.clone());
        change(&Asked { search: now, ..asked.get_untracked() });
    });
    let state = Bind::new(Signal::derive(move || asked.with(|a| a.state.clone())), move |value: String| {
        change(&Asked { state: value, ..asked.get_untracked() })
    });
    let options = Signal::derive(move || report.with(choices));
    let export = Signal::derive(move || {
        asked.with(|a| {
            address(&format!("/files/campaigns/{id}/recipients.csv"), &[("state", &a.state), ("search", &a.search)])
        })
    });
    view! {
        <ToolsRow>
            <AffixInput icon=IconName::Search value=typed kind=InputKind::Search placeholder="Address" label="Search recipients" />
            <Select value=state options label="State" />
            <Spring />
            {may_export.then(|| view! { <LinkButton href=export download="recipients.csv" icon=IconName::Download>"Export CSV"</LinkButton> })}
        </ToolsRow>
    }
    .into_any()
}

/// The filters with how many each shows.
fn filters(report: &CampaignReport) -> [(&'static str, &'static str, i64); 13] {
    let (c, e) = (&report.campaign.counts, &report.engagement);
    [
        ("", "Everybody", c.total()),
        ("accepted", "Accepted", c.accepted),
        ("opened", "Opened", e.opened),
        ("clicked", "Clicked", e.clicked),
        ("unsubscribed", "Unsubscribed", e.unsubscribed),
        ("bounced", "Came back", e.bounced),
        ("complained", "Reported as spam", e.complained),
        ("failed", "Failed", c.failed),
        ("unknown", "Unknown", c.unknown),
        ("skipped", "Left out", c.skipped),
        ("cancelled", "Not sent, cancelled", c.cancelled),
        ("handed", "Being handed over", c.handed),
        ("pending", "Waiting", c.pending),
    ]
}

fn choices(report: &CampaignReport) -> Vec<Choice> {
    filters(report).map(|(value, label, n)| Choice::new(value, format!("{label}, {}", format::number(n)))).to_vec()
}

fn count_of(report: &CampaignReport, state: &str) -> Option<u64> {
    filters(report).into_iter().find(|(value, ..)| *value == state).map(|(_, _, n)| format::whole(n))
}

#[component]
fn Body(
    report: Signal<CampaignReport>,
    asked: Memo<Asked>,
    page: Signal<Page<RecipientRow>>,
    id: CampaignId,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| page.with(|p| p.items.is_empty()));
    move || {
        if is_empty.get() {
            return view! {
                <Card>
                    <Empty title="Nobody here" text="No recipient is in this state and has these letters in the address." icon=IconName::People>
                        <LinkButton href=people_in(id, "")>"Show everybody"</LinkButton>
                    </Empty>
                </Card>
            }
            .into_any();
        }
        view! { <People report asked page id /> }.into_any()
    }
}

#[component]
fn People(
    report: Signal<CampaignReport>,
    asked: Memo<Asked>,
    page: Signal<Page<RecipientRow>>,
    id: CampaignId,
) -> impl IntoView {
    let paged = Paged::new(page, asked, |a, b| a.contact == b.contact);
    let more = paged.more(move |cursor| super::page(Some(id), asked.get_untracked(), cursor));
    // The report has counted every state; a search is not counted.
    let total = Signal::derive(move || {
        asked.with(|a| report.with(|r| if a.search.is_empty() { count_of(r, &a.state) } else { None }))
    });
    let viewed = RwSignal::new(None::<RecipientRow>);
    let menu = move |row: RecipientRow| {
        let href = format!("/contacts/{}", row.contact);
        vec![
            MenuItem::run("What happened", move || viewed.set(Some(row.clone()))).icon(IconName::Query),
            MenuItem::link("Open contact", href).icon(IconName::Person),
        ]
    };
    view! {
        <Card bleed=true>
            <Table label="Recipients" columns=columns() rows=paged.rows key=|r: &RecipientRow| r.contact.to_string() menu=menu />
            <Pager
                shown=Signal::derive(move || paged.rows.with(|r| r.len() as u64))
                total
                on_more=Callback::new(move |()| { more.dispatch(()); })
                has_more=Signal::derive(move || paged.next.with(Option::is_some))
                busy=more.pending()
            />
        </Card>
        <Detail viewed id />
    }
    .into_any()
}

fn columns() -> Vec<Column<RecipientRow>> {
    let viewer = Viewer::here();
    vec![
        Column::named("Person", shown, |r: &RecipientRow| {
            view! { <Named title=shown(r) href=format!("/contacts/{}", r.contact) /> }
        }),
        Column::new("State", |r: &RecipientRow| words::recipient(r.state)),
        Column::new("Detail", move |r: &RecipientRow| detail(viewer, r)),
        Column::wide("Tries", |r: &RecipientRow| format::number(r.attempts)),
        Column::new("Changed", move |r: &RecipientRow| {
            r.at.map_or_else(|| "Not yet".to_owned(), |at| viewer.brief(at))
        }),
    ]
}

fn shown(row: &RecipientRow) -> String {
    if row.address.is_empty() { "No address".to_owned() } else { row.address.clone() }
}

/// What the person did, or else what the server said.
fn detail(viewer: Viewer, row: &RecipientRow) -> String {
    let did = [
        ("Reported as spam", row.complained),
        ("Came back", row.bounced),
        ("Unsubscribed", row.unsubscribed),
        ("Clicked", row.clicked),
        ("Opened", row.opened),
    ];
    did.into_iter()
        .find_map(|(what, at)| Some(format!("{what} {}", viewer.brief(at?))))
        .unwrap_or_else(|| format::clip(&row.detail, 120))
}

/// Everything about one recipient of this campaign.
#[component]
fn Detail(viewed: RwSignal<Option<RecipientRow>>, id: CampaignId) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(viewed.with(Option::is_some)));
    Effect::new(move |_| {
        if !open.get() && viewed.with_untracked(Option::is_some) {
            viewed.set(None);
        }
    });
    let title = Signal::derive(move || viewed.with(|v| v.as_ref().map(shown).unwrap_or_default()));
    let facts = move || {
        viewed.get().map(|row| {
            let contact = row.contact;
            let told = Fetched::new(|| (), move |()| api::explain_recipient(id, contact));
            view! {
                <Stack>
                    <Line>
                        {words::recipient(row.state)}
                        <Faint tiny=true>{format::count(i64::from(row.attempts), "try", "tries")}</Faint>
                    </Line>
                    <Arriving fetched=told bones=Bones::Rows(4) let:told>
                        <Story told />
                    </Arriving>
                    {row.bounce_class.map(|class| view! { <Notice>{crate::bounces::class_words(class)}</Notice> })}
                    <Line>
                        <LinkButton href=format!("/contacts/{contact}") icon=IconName::Person>"Open contact"</LinkButton>
                    </Line>
                </Stack>
            }
        })
    };
    view! { <Sheet open title>{facts}</Sheet> }.into_any()
}

/// The answer, then what happened in order.
#[component]
fn Story(told: Signal<Explanation>) -> impl IntoView {
    let viewer = Viewer::here();
    let verdict = move || told.with(|t| t.verdict.clone());
    let steps = move || {
        let rows = told.get().steps.into_iter().map(|step| {
            let at = step.at.map(|at| viewer.full(at)).unwrap_or_default();
            view! { <Row title=step.text detail=at /> }
        });
        rows.collect_view()
    };
    let named = move || {
        let Explanation { route, message_id, .. } = told.get();
        let fact = |name: &'static str, text: String| (!text.is_empty()).then(|| view! { <Fact name>{text}</Fact> });
        view! { <Facts>{fact("Sender", route)} {fact("Message-ID", message_id)}</Facts> }
    };
    view! {
        <p>{verdict}</p>
        <Rows label="What happened">{steps}</Rows>
        {named}
    }
    .into_any()
}
