//! From all to those who remain, with every reason counted.

use crate::{Icon, IconName, format};
use leptos::prelude::*;

/// How many, why fewer, how many remain.
#[component]
pub fn Funnel(
    /// Names it: “From matched to sent”.
    #[prop(into)]
    label: Signal<String>,
    /// The words and the count at the start: “In the segment now”, 13,412.
    #[prop(into)]
    start: Signal<(String, u64)>,
    /// Why fewer, reason by reason; zeros are left out.
    #[prop(into)]
    less: Signal<Vec<(String, u64)>>,
    /// The words over the reasons: “Not sent to, by reason”.
    #[prop(into)]
    less_words: String,
    /// The words and the count at the end: “Will get it”, 12,480.
    #[prop(into)]
    end: Signal<(String, u64)>,
) -> impl IntoView {
    let lost = move || less.with(|less| less.iter().map(|(_, count)| count).sum::<u64>());
    let minus = |count: u64| if count == 0 { "0".to_owned() } else { format!("−{}", format::number(count)) };
    let reason = move |(words, count): (String, u64)| {
        view! { <li class="line apart soft"><span>{words}</span><span>{minus(count)}</span></li> }
    };
    view! {
        <div class="funnel" role="group" aria-label=move || label.get()>
            <div class="line apart">
                <span>{move || start.get().0}</span>
                <b>{move || format::number(start.get().1)}</b>
            </div>
            <details>
                <summary class="line apart">
                    <span class="line"><Icon name=IconName::Right tint="faint" />{less_words}</span>
                    <span>{move || minus(lost())}</span>
                </summary>
                <ul>
                    {move || less.get().into_iter().filter(|(_, count)| *count > 0).map(reason).collect_view()}
                </ul>
            </details>
            <div class="line apart sum">
                <span>{move || end.get().0}</span>
                <b>{move || format::number(end.get().1)}</b>
            </div>
        </div>
    }
    .into_any()
}

/// How far along a fixed way: stage 3 of 5.
#[component]
pub fn Stages(
    /// “Stage 3 of 5, offer”.
    #[prop(into)]
    label: Signal<String>,
    /// How many are reached.
    #[prop(into)]
    at: Signal<u8>,
    /// How many there are.
    #[prop(into)]
    of: Signal<u8>,
) -> impl IntoView {
    view! {
        <div class="stages" role="img" aria-label=move || label.get()>
            {move || (0..of.get()).map(|stage| view! { <i class:on=move || { stage < at.get() }></i> }).collect_view()}
        </div>
    }
}

/// A message as a list of mail shows it.
#[component]
pub fn InboxLine(
    /// Who it is from.
    #[prop(into)]
    from: Signal<String>,
    /// Its subject.
    #[prop(into)]
    subject: Signal<String>,
    /// Its preview text.
    #[prop(into)]
    preview: Signal<String>,
    /// When it comes.
    #[prop(optional, into)]
    time: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <div class="inbox">
            <b>{move || from.get()}</b>
            " "
            <span>{move || time.get()}</span>
            <div>{move || subject.get()}</div>
            <span>{move || preview.get()}</span>
        </div>
    }
}
