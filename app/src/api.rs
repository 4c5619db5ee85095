//! Server functions of the shell: what runs, what needs a person, search over everything, and the two summaries.

#![expect(missing_docs, reason = "the macro makes a struct of the arguments of each function, without documentation")]

use contract::Fault;
use contract::campaigns::EmailSummary;
use contract::contacts::AudienceSummary;
use contract::live::{DeliverySummary, Hit, Need, Work};
use contract::sending::SendingState;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// Long work that runs now.
#[server(prefix = "/fn", endpoint = "live/work", input = GetUrl)]
pub async fn running_work() -> Result<Vec<Work>, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    let imports = session::serve::<dyn contract::imports::Imports>()?;
    let (sends, reads) = futures::try_join!(campaigns.work(&actor), imports.work(&actor))?;
    Ok(sends.into_iter().chain(reads).collect())
}

/// What waits for a person, newest first.
#[server(prefix = "/fn", endpoint = "live/needs", input = GetUrl)]
pub async fn open_needs() -> Result<Vec<Need>, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    let (imports, senders) =
        (session::serve::<dyn contract::imports::Imports>()?, session::serve::<dyn contract::senders::Senders>()?);
    let (a, b, c) = futures::try_join!(campaigns.needs(&actor), imports.needs(&actor), senders.needs(&actor))?;
    let mut all: Vec<Need> = a.into_iter().chain(b).chain(c).collect();
    all.sort_by_key(|need| std::cmp::Reverse(need.at));
    Ok(all)
}

/// Contacts and campaigns that match, a few of each.
#[server(prefix = "/fn", endpoint = "live/search", input = GetUrl)]
pub async fn find_all(text: String) -> Result<Vec<Hit>, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    let contacts = session::serve::<dyn contract::contacts::Contacts>()?;
    let (a, b) = futures::try_join!(campaigns.search(&actor, text.clone(), 6), contacts.search(&actor, text, 6))?;
    Ok(a.into_iter().chain(b).collect())
}

/// Figures of email.
#[server(prefix = "/fn", endpoint = "campaigns/summary", input = GetUrl)]
pub async fn email_figures() -> Result<EmailSummary, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.summary(&actor).await
}

/// Figures of the audience.
#[server(prefix = "/fn", endpoint = "contacts/summary", input = GetUrl)]
pub async fn audience_figures() -> Result<AudienceSummary, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.summary(&actor).await
}

/// How the senders do. Home needs no more of them, and their settings are much to load.
#[server(prefix = "/fn", endpoint = "senders/summary", input = GetUrl)]
pub async fn delivery_figures() -> Result<DeliverySummary, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    let all = senders.list(&actor).await?;
    let troubled = all.iter().filter(|sender| ["failing", "cooling"].contains(&sender.health.state.as_str()));
    Ok(DeliverySummary {
        senders: i64::try_from(all.len()).unwrap_or(i64::MAX),
        handed_day: all.iter().map(|sender| sender.sent_day).sum(),
        troubled: troubled
            .map(|sender| contract::live::SenderTrouble {
                name: sender.name.clone(),
                detail: sender.health.detail.clone(),
            })
            .collect(),
    })
}

/// Emergency stop: nothing new goes out from here on. Answers how many campaigns it held.
#[server(prefix = "/fn", endpoint = "live/stop", input = Json)]
pub async fn stop_everything(reason: String) -> Result<i64, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.stop(&actor, reason).await
}

/// Whether mail may go out.
#[server(prefix = "/fn", endpoint = "live/sending", input = GetUrl)]
pub async fn brake_state() -> Result<SendingState, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.state(&actor).await
}

/// Lets mail out again after the emergency stop.
#[server(prefix = "/fn", endpoint = "live/release", input = Json)]
pub async fn release_sending() -> Result<SendingState, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.release(&actor).await
}

/// Says that this copy of the database is the one that sends.
#[server(prefix = "/fn", endpoint = "live/confirm-copy", input = Json)]
pub async fn confirm_copy() -> Result<SendingState, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.confirm_copy(&actor).await
}
