use super::page::Parts;
use super::*;
use crate::parts::{Arriving, Fetched};
use contract::campaigns::{Finding, FindingItem, Gravity, Place, Preflight};

/// What is known before it goes out: what stands in the way, what to know, and folded away what is in order.
#[component]
pub fn Checks<K: Clone + PartialEq + Send + Sync + 'static>(
    /// The campaign.
    parts: Parts,
    /// Looked at again when this changes.
    key: Memo<K>,
) -> impl IntoView {
    let id = parts.work.id;
    let again = RwSignal::new(0_u32);
    let fetched =
        Fetched::new(move || (key.get(), again.get()), move |(_, times): (K, u32)| api::take_preflight(id, times > 0));
    view! {
        <Arriving fetched bones=Bones::Rows(6) let:report>
            <Report report again />
        </Arriving>
    }
    .into_any()
}

#[component]
fn Report(report: Signal<Preflight>, again: RwSignal<u32>) -> impl IntoView {
    let viewer = Viewer::here();
    let of = move |wanted: fn(Gravity) -> bool| {
        report.with(|r| r.findings.iter().filter(|f| wanted(f.gravity)).cloned().collect::<Vec<_>>())
    };
    let open = move || of(|g| g != Gravity::Good).into_iter().map(row).collect_view();
    let good = Memo::new(move |_| of(|g| g == Gravity::Good).len());
    let is_shown = RwSignal::new(false);
    let rest = move || is_shown.get().then(|| of(|g| g == Gravity::Good).into_iter().map(row).collect_view());
    let words = move || report.with(|r| verdict(r.blockers, r.warnings));
    let tried = move || {
        report.with(|r| r.links_at).map(|at| view! { <Faint tiny=true>"Links tried " {viewer.brief(at)}</Faint> })
    };
    view! {
        <Line apart=true>
            <b role="status">{words}</b>
            <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Retry on_press=move |()| again.update(|n| *n += 1)>"Check again"</Button>
        </Line>
        <Rows label="What stands in the way and what to know">{open}</Rows>
        <Line apart=true>
            <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Check on_press=move |()| is_shown.update(|on| *on = !*on)>
                {move || fold_words(good.get(), is_shown.get())}
            </Button>
            {tried}
        </Line>
        <Rows label="What is in order">{rest}</Rows>
    }
    .into_any()
}

/// The report in a line.
fn verdict(blockers: u32, warnings: u32) -> String {
    match (blockers, warnings) {
        (0, 0) => "Nothing stands in the way".to_owned(),
        (0, n) => format!("Ready, with {} to know", format::count(n, "thing", "things")),
        (n, _) => format!("{} in the way", format::count(n, "thing stands", "things stand")),
    }
}

fn fold_words(good: usize, is_shown: bool) -> String {
    let what = format::count(good as i128, "check is in order", "checks are in order");
    if is_shown { format!("Hide: {what}") } else { what }
}

fn sign(gravity: Gravity) -> (IconName, &'static str, &'static str) {
    match gravity {
        Gravity::Blocker => (IconName::Stop, "bad", "In the way"),
        Gravity::Warning => (IconName::Alert, "warn", "To know"),
        Gravity::NotChecked => (IconName::Query, "", "Not checked"),
        Gravity::Good => (IconName::Check, "good", "In order"),
    }
}

fn place_words(place: Place) -> &'static str {
    match place {
        Place::Content => "Words",
        Place::Audience => "Audience",
        Place::Sender => "Sender",
        Place::Schedule => "When",
        Place::Company => "Company settings",
    }
}

fn row(finding: Finding) -> AnyView {
    let (name, tint, words) = sign(finding.gravity);
    let detail = Some(finding.fix.clone()).filter(|fix| !fix.is_empty());
    let items = finding.items.clone();
    let has_items = !items.is_empty();
    view! {
        <Row title=finding.title detail before=move || view! { <Icon name tint /> }>
            <Faint tiny=true>{format!("{words} · {}", place_words(finding.place))}</Faint>
        </Row>
        {has_items
            .then(|| view! { <li><Facts>{items.into_iter().map(item).collect_view()}</Facts></li> })}
    }
    .into_any()
}

fn item(item: FindingItem) -> AnyView {
    view! { <Fact name=format::clip(&item.what, 60)>{item.detail}</Fact> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_in_a_line_tells_blockers_from_warnings() {
        assert_eq!(verdict(0, 0), "Nothing stands in the way");
        assert_eq!(verdict(0, 1), "Ready, with 1 thing to know");
        assert_eq!(verdict(2, 5), "2 things stand in the way");
        assert_eq!(fold_words(1, false), "1 check is in order");
    }
}
