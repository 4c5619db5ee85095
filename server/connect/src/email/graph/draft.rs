//! Hand-over in two steps: a draft, then its sending; and what became of it when an answer is lost.

use reqwest::Client;
use serde::Deserialize;

use super::client::{Parcel, Said, Shared, accepted, outcome};
use super::verdict::{Step, Verdict};
use crate::email::outcome::{Outcome, Stage};
use crate::email::transport::Trace;
use crate::http::Answer;

/// Ids that stay the same when the message moves to another folder.
const STEADY: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");
/// Times a draft is sent: the second only after it was seen to be still there.
const TRIES: usize = 2;

#[derive(Deserialize)]
struct Item {
    id: String,
    #[serde(default, rename = "internetMessageId")]
    message_id: String,
}

#[derive(Deserialize)]
struct Items {
    value: Vec<Item>,
}

#[derive(Clone, Copy)]
enum Folder {
    Drafts,
    Sent,
}

impl Folder {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Drafts => "drafts",
            Self::Sent => "sentitems",
        }
    }
}

/// Where the message is now.
enum Place {
    Sent,
    Draft(String),
    Nowhere,
    /// It could not be looked up.
    Unseen,
}

/// Hands one message over.
pub(super) async fn send(shared: &Shared, mailbox: &str, parcel: &Parcel) -> Outcome {
    let draft = match create(shared, mailbox, parcel).await {
        Ok(draft) => draft,
        Err(outcome) => return outcome,
    };
    let outcome = send_draft(shared, mailbox, parcel, draft).await;
    if matches!(outcome, Outcome::Accepted { .. }) {
        tidy(shared, mailbox).await;
    }
    outcome
}

/// Makes the draft. When the answer is lost, it may be there all the same: then it is taken, so that no copy stays behind.
async fn create(shared: &Shared, mailbox: &str, parcel: &Parcel) -> Result<String, Outcome> {
    let url = shared.at(mailbox, &["messages"]);
    let post = |http: &Client| {
        let request = http.post(url.clone()).header("content-type", "text/plain").header(STEADY.0, STEADY.1);
        request.body(parcel.body.clone())
    };
    match shared.ask(Step::Create, mailbox, post).await {
        Said::Yes(answer) => match made(&answer) {
            Some(id) => Ok(id),
            None => found_draft(shared, mailbox, parcel, "Microsoft 365 made a draft and did not say which").await,
        },
        Said::No(Verdict::No(Outcome::NotHandedOver { reason, .. })) => {
            found_draft(shared, mailbox, parcel, &reason).await
        }
        Said::No(verdict) => Err(outcome(verdict)),
    }
}

fn made(answer: &Answer) -> Option<String> {
    serde_json::from_slice::<Item>(&answer.body).ok().map(|item| item.id).filter(|id| !id.is_empty())
}

async fn found_draft(shared: &Shared, mailbox: &str, parcel: &Parcel, reason: &str) -> Result<String, Outcome> {
    match look_in(shared, mailbox, parcel, Folder::Drafts).await {
        Ok(Some(id)) => Ok(id),
        // nothing was told to go, so nothing went
        _ => Err(Outcome::NotHandedOver { stage: Stage::Data, reason: reason.to_owned() }),
    }
}

async fn send_draft(shared: &Shared, mailbox: &str, parcel: &Parcel, mut draft: String) -> Outcome {
    let mut reason = String::new();
    for _ in 0..TRIES {
        let url = shared.at(mailbox, &["messages", &draft, "send"]);
        let post = |http: &Client| http.post(url.clone()).header("content-length", "0").header(STEADY.0, STEADY.1);
        reason = match shared.ask(Step::SendDraft, mailbox, post).await {
            Said::Yes(answer) => return accepted(&answer),
            Said::No(Verdict::No(no)) => {
                discard(shared, mailbox, &draft).await;
                return no;
            }
            Said::No(Verdict::Open(reason)) => reason,
            Said::No(Verdict::Gone | Verdict::Token) => "the draft was gone when it was to be sent".to_owned(),
        };
        match find(shared, mailbox, parcel).await {
            Place::Sent => {
                let text = "Microsoft 365 took it; the answer was lost and the message found in Sent Items".to_owned();
                return Outcome::Accepted { code: 202, text };
            }
            Place::Draft(id) => draft = id,
            Place::Nowhere => {
                return Outcome::Unknown { reason: format!("{reason}, and it is in neither Sent Items nor Drafts") };
            }
            Place::Unseen => return Outcome::Unknown { reason: format!("{reason}, and it could not be looked up") },
        }
    }
    // still a draft after all: once it is away, it certainly was not sent
    match discard(shared, mailbox, &draft).await {
        true => Outcome::NotHandedOver {
            stage: Stage::End,
            reason: format!("{reason}; it was still a draft and was removed"),
        },
        false => Outcome::Unknown { reason },
    }
}

/// What became of a message that was handed over a while ago. A draft that is still there is removed: it was never sent.
pub(super) async fn trace(shared: &Shared, mailbox: &str, message_id: &str) -> Trace {
    let parcel = Parcel { body: String::new(), message_id: format!("<{message_id}>") };
    match look_in(shared, mailbox, &parcel, Folder::Sent).await {
        Ok(Some(_)) => return Trace::Sent,
        Ok(None) => {}
        Err(()) => return Trace::Unasked,
    }
    match look_in(shared, mailbox, &parcel, Folder::Drafts).await {
        Ok(Some(id)) if discard(shared, mailbox, &id).await => Trace::NotSent,
        Ok(Some(_)) | Err(()) => Trace::Unasked,
        Ok(None) => Trace::Nowhere,
    }
}

/// Looks a few times, since a message takes a while from the Drafts to Sent Items. A draft counts only at the second look: at the
/// first it may be on its way.
async fn find(shared: &Shared, mailbox: &str, parcel: &Parcel) -> Place {
    let mut place = Place::Unseen;
    for (index, wait) in shared.config.looks.iter().enumerate() {
        tokio::time::sleep(*wait).await;
        place = match look_in(shared, mailbox, parcel, Folder::Sent).await {
            Ok(Some(_)) => return Place::Sent,
            Err(()) => Place::Unseen,
            Ok(None) => match look_in(shared, mailbox, parcel, Folder::Drafts).await {
                Ok(Some(id)) => Place::Draft(id),
                Ok(None) => Place::Nowhere,
                Err(()) => Place::Unseen,
            },
        };
        if index > 0 && matches!(place, Place::Draft(_)) {
            break;
        }
    }
    place
}

async fn look_in(shared: &Shared, mailbox: &str, parcel: &Parcel, folder: Folder) -> Result<Option<String>, ()> {
    let mut url = shared.at(mailbox, &["mailFolders", folder.as_str(), "messages"]);
    let wanted = parcel.message_id.replace('\'', "''");
    url.query_pairs_mut()
        .append_pair("$filter", &format!("internetMessageId eq '{wanted}'"))
        .append_pair("$select", "id,internetMessageId")
        .append_pair("$top", "5");
    let get = |http: &Client| http.get(url.clone()).header(STEADY.0, STEADY.1);
    let Said::Yes(answer) = shared.ask(Step::Look, mailbox, get).await else { return Err(()) };
    let items: Items = serde_json::from_slice(&answer.body).map_err(|_| ())?;
    // checked here too: a server that does not filter must not make another message ours
    Ok(items.value.into_iter().find(|item| item.message_id == parcel.message_id).map(|item| item.id))
}

/// Removes a draft that was certainly not sent; remembers it when that fails.
async fn discard(shared: &Shared, mailbox: &str, draft: &str) -> bool {
    let url = shared.at(mailbox, &["messages", draft]);
    let delete = |http: &Client| http.delete(url.clone()).header(STEADY.0, STEADY.1);
    match shared.ask(Step::Discard, mailbox, delete).await {
        Said::Yes(_) => true,
        Said::No(_) => {
            shared.leave(mailbox, draft);
            false
        }
    }
}

/// Removes drafts that were left behind while the mailbox was throttled.
pub(super) async fn tidy(shared: &Shared, mailbox: &str) {
    for draft in shared.take_left(mailbox) {
        let url = shared.at(mailbox, &["messages", &draft]);
        let delete = |http: &Client| http.delete(url.clone()).header(STEADY.0, STEADY.1);
        match shared.ask(Step::Discard, mailbox, delete).await {
            Said::Yes(_) | Said::No(Verdict::Gone) => {}
            Said::No(_) => {
                shared.leave(mailbox, &draft);
                return;
            }
        }
    }
}
