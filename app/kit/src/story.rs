//! What happened, and what changed.

use crate::{Icon, IconName};
use leptos::prelude::*;

/// What happened, newest first; holds `TimelineItem`s.
#[component]
pub fn Timeline(
    /// Names the list.
    #[prop(into)]
    label: Signal<String>,
    /// `TimelineItem`s.
    children: Children,
) -> impl IntoView {
    view! { <ol class="timeline" aria-label=move || label.get()>{children()}</ol> }
}

/// One thing that happened.
#[component]
pub fn TimelineItem(
    /// The drawing of its kind.
    icon: IconName,
    /// When, in words: a `Time`, or a text.
    #[prop(into)]
    when: ViewFnOnce,
    /// What somebody said or wrote.
    #[prop(optional, into)]
    said: MaybeProp<String>,
    /// What happened.
    children: Children,
) -> impl IntoView {
    view! {
        <li>
            <span class="mark">
                <Icon name=icon />
            </span>
            <div class="what">
                {children()} {move || said.get().map(|said| view! { <div class="said">{said}</div> })}
            </div>
            <span class="when">{when.run()}</span>
        </li>
    }
}

/// A line of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// In both.
    Same(String),
    /// Taken away.
    Gone(String),
    /// Added.
    New(String),
}

/// The shortest way from one text to the other, line by line.
#[must_use]
pub fn diff_lines(before: &str, after: &str) -> Vec<DiffLine> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = longest(&a, &b);
    let (mut old, mut new) = (a.iter(), b.iter());
    let mut out = Vec::new();
    for (left, right) in same {
        // Everything before the next common line was taken away, then added.
        let gone = left - (a.len() - old.len());
        let fresh = right - (b.len() - new.len());
        out.extend(old.by_ref().take(gone).map(|line| DiffLine::Gone((*line).to_owned())));
        out.extend(new.by_ref().take(fresh).map(|line| DiffLine::New((*line).to_owned())));
        out.extend(old.next().map(|line| DiffLine::Same((*line).to_owned())));
        new.next();
    }
    out.extend(old.map(|line| DiffLine::Gone((*line).to_owned())));
    out.extend(new.map(|line| DiffLine::New((*line).to_owned())));
    out
}

/// Places of the longest common run of lines, as pairs.
fn longest(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    let mut best = vec![0_u32; (a.len() + 1) * width];
    let at = |best: &[u32], i: usize, j: usize| best.get(i * width + j).copied().unwrap_or_default();
    for (i, left) in a.iter().enumerate().rev() {
        for (j, right) in b.iter().enumerate().rev() {
            let value =
                if left == right { at(&best, i + 1, j + 1) + 1 } else { at(&best, i + 1, j).max(at(&best, i, j + 1)) };
            if let Some(cell) = best.get_mut(i * width + j) {
                *cell = value;
            }
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while let (Some(left), Some(right)) = (a.get(i), b.get(j)) {
        if left == right {
            out.push((i, j));
            i += 1;
            j += 1;
        } else if at(&best, i + 1, j) >= at(&best, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

/// What changed, line by line, with signs beside the colours.
#[component]
pub fn Diff(
    /// What it is of: “Subject”.
    #[prop(into)]
    title: Signal<String>,
    /// The text before.
    #[prop(into)]
    before: Signal<String>,
    /// The text after.
    #[prop(into)]
    after: Signal<String>,
) -> impl IntoView {
    let line = |line: DiffLine| match line {
        DiffLine::Same(text) => view! { <div><span>{text}</span></div> }.into_any(),
        DiffLine::Gone(text) => view! { <del><span>{text}</span></del> }.into_any(),
        DiffLine::New(text) => view! { <ins><span>{text}</span></ins> }.into_any(),
    };
    view! {
        <div class="diff">
            <div class="at">{move || title.get()}</div>
            {move || diff_lines(&before.get(), &after.get()).into_iter().map(line).collect_view()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{DiffLine::*, diff_lines};

    #[test]
    fn only_the_changed_line_is_marked() {
        let lines = diff_lines("Hello\nA small door\nBye", "Hello\nA small door, only today\nBye");
        assert_eq!(
            lines,
            [
                Same("Hello".into()),
                Gone("A small door".into()),
                New("A small door, only today".into()),
                Same("Bye".into())
            ]
        );
    }

    #[test]
    fn the_same_text_has_no_change() {
        assert!(diff_lines("a\nb", "a\nb").iter().all(|line| matches!(line, Same(_))));
    }

    #[test]
    fn lines_added_at_either_end_are_new() {
        assert_eq!(diff_lines("b", "a\nb\nc"), [New("a".into()), Same("b".into()), New("c".into())]);
    }
}
