use super::page::Parts;
use super::*;
use crate::parts::{Arriving, Fetched};
use contract::FileId;
use contract::campaigns::{ALL_FILE_BYTES, CampaignFile, FILE_BYTES, FILES, NewFile};
use leptos::web_sys::File;

/// Attachments, and pictures that the HTML shows.
#[component]
pub fn FilesCard(parts: Parts) -> impl IntoView {
    let id = parts.work.id;
    let may_change = !parts.is_locked && !parts.is_fixed;
    let changed = use_stream().changes("campaign.");
    let fetched = Fetched::new(move || changed.get(), move |_| api::campaign_files(id));
    view! {
        <Card title="Files that go with it">
            <Arriving fetched bones=Bones::Rows(1) let:files>
                <FileRows files id may_change />
            </Arriving>
            {may_change.then(|| view! { <CardBody><AddFiles id /></CardBody> })}
        </Card>
    }
    .into_any()
}

#[component]
fn FileRows(files: Signal<Vec<CampaignFile>>, id: CampaignId, may_change: bool) -> impl IntoView {
    let is_empty = Memo::new(move |_| files.with(Vec::is_empty));
    let rows = move || files.get().into_iter().map(|file| file_row(file, id, may_change)).collect_view();
    move || {
        if is_empty.get() {
            let text = if may_change {
                "None. What you add is attached; a picture that the HTML shows as cid:logo.png stands in the text."
            } else {
                "None."
            };
            view! { <CardBody><Soft>{text}</Soft></CardBody> }.into_any()
        } else {
            view! { <Rows label="Files">{rows}</Rows> }.into_any()
        }
    }
}

fn file_row(file: CampaignFile, id: CampaignId, may_change: bool) -> AnyView {
    let use_words = if file.shown { "shown in the text" } else { "attached" };
    let detail = format!("{}, {use_words}", format::bytes(format::whole(file.bytes)));
    let icon = if file.shown { IconName::Eye } else { IconName::Box };
    let name = file.name.clone();
    view! {
        <Row title=file.name detail before=move || view! { <Icon name=icon /> }>
            {may_change.then(|| view! { <RemoveFile id file=file.id name /> })}
        </Row>
    }
    .into_any()
}

#[component]
fn RemoveFile(id: CampaignId, file: FileId, name: String) -> impl IntoView {
    let (hand, confirm) = (Hand::here(), use_confirm());
    let label = format!("Remove {name}");
    let ask = move |()| {
        let question =
            Question::danger(format!("Remove {name}?"), "It does not go with this campaign any more.", "Remove file");
        confirm.ask(question, move || {
            hand.call("campaign.updated", api::remove_campaign_file(id, file), move |()| {
                hand.toasts.ok("File removed")
            });
        });
    };
    view! { <IconButton icon=IconName::Trash label size=Size::Small on_press=ask /> }.into_any()
}

#[component]
fn AddFiles(id: CampaignId) -> impl IntoView {
    let hand = Hand::here();
    let waiting = RwSignal::new(0_usize);
    let refused = RwSignal::new(None::<String>);
    let add = move |file: File| {
        let name = file.name();
        if file.size() > limit() {
            refused.set(Some(format!("{name} is larger than 5 MB. Host it and link to it.")));
            return;
        }
        waiting.update(|n| *n += 1);
        read_base64(&file, move |body| {
            leptos::task::spawn_local(async move {
                let added = match body {
                    Some(body) => api::add_campaign_file(id, NewFile { name: name.clone(), body })
                        .await
                        .map_err(|f| f.to_string()),
                    None => Err("The browser could not read it. Choose it again.".to_owned()),
                };
                waiting.update(|n| *n = n.saturating_sub(1));
                match added {
                    Ok(file) => {
                        hand.toasts.ok(format!("{} added", file.name));
                        hand.touch("campaign.updated");
                    }
                    Err(why) => refused.set(Some(format!("{name}: {why}"))),
                }
            });
        });
    };
    let take = Callback::new(move |files: Vec<File>| {
        refused.set(None);
        files.into_iter().for_each(add);
    });
    let busy = Memo::new(move |_| waiting.get() > 0);
    view! {
        {move || refused.get().map(|why| view! { <Notice tone=Tone::Bad>{why}</Notice> })}
        <DropZone label="Drop files here, or choose them" help=help() multiple=true disabled=busy on_files=take />
        <When is=move || busy.get()>
            <Soft>"Adding…"</Soft>
        </When>
    }
    .into_any()
}

fn help() -> String {
    let megabytes = |bytes: usize| bytes / (1024 * 1024);
    format!(
        "Up to {} MB each, {} MB and {FILES} files in all. Heavy mail is refused more often: a link is better where it will do.",
        megabytes(FILE_BYTES),
        megabytes(ALL_FILE_BYTES)
    )
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a few million")]
fn limit() -> f64 {
    FILE_BYTES as f64
}
