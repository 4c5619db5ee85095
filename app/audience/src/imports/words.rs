//! How the states of an import read, said once.

use contract::imports::{Import, ImportState};
use kit::{Shape, Status, Tone, format};
use leptos::prelude::*;

/// The state as a status.
pub fn state(state: ImportState) -> AnyView {
    match state {
        ImportState::Uploading => view! { <Status tone=Tone::Note shape=Shape::Live>"Uploading"</Status> },
        ImportState::Mapping => view! { <Status tone=Tone::Warn shape=Shape::Wait>"Waits for its columns"</Status> },
        ImportState::Trying => view! { <Status tone=Tone::Note shape=Shape::Live>"Checking"</Status> },
        ImportState::Tried => view! { <Status shape=Shape::Wait>"Checked, not started"</Status> },
        ImportState::Running => view! { <Status tone=Tone::Note shape=Shape::Live>"Importing"</Status> },
        ImportState::Finished => view! { <Status tone=Tone::Good>"Finished"</Status> },
        ImportState::Cancelled => view! { <Status shape=Shape::Stop>"Cancelled"</Status> },
        ImportState::Failed => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Failed"</Status> },
    }
    .into_any()
}

/// How far it is and how long it takes, in words.
pub fn progress(import: &Import) -> String {
    let mut parts = vec![
        format!(
            "{} of {}",
            format::bytes(format::whole(import.bytes_done)),
            format::bytes(format::whole(import.bytes))
        ),
        format::count(import.counts.read, "row", "rows"),
    ];
    parts.extend(import.per_second.map(|n| format!("{} per second", format::number(n))));
    parts.extend(import.seconds_left.map(|n| format::time_left(format::whole(n))));
    parts.join(" · ")
}
