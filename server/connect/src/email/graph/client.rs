//! The transport: requests with a token, a few at once per mailbox, never before the time a mailbox was told to wait for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::config::{Config, Mode};
use super::verdict::{self, Step, Verdict, trouble};
use super::{draft, probe};
use crate::email::address::Address;
use crate::email::headers;
use crate::email::outcome::{Enhanced, Outcome, Stage};
use crate::email::transport::{Envelope, Probe, Trace, Transport};
use crate::http::{self, Answer, Broken};
use crate::oauth::Tokens;
use crate::{Failure, Kind, Status};

/// More than any answer we read has.
const MOST: usize = 256 * 1024;

/// The Graph transport. Cheap to clone; clones share connections, tokens and what mailboxes were told.
#[derive(Clone)]
pub struct Graph {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) config: Config,
    base: reqwest::Url,
    http: reqwest::Client,
    pub(super) tokens: Arc<dyn Tokens>,
    mailboxes: Mutex<HashMap<String, Arc<Desk>>>,
}

/// One mailbox.
struct Desk {
    slots: Semaphore,
    not_before: Mutex<Option<Instant>>,
    /// Drafts that could not be removed yet.
    left: Mutex<Vec<String>>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

/// The message as Graph takes it, and the marks it can be found by.
pub(super) struct Parcel {
    pub(super) body: String,
    /// With brackets.
    pub(super) message_id: String,
}

/// What came of one request.
pub(super) enum Said {
    /// A success.
    Yes(Answer),
    /// Anything else, judged.
    No(Verdict),
}

impl Graph {
    /// A transport that asks nothing yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(config: Config, http: reqwest::Client, tokens: Arc<dyn Tokens>) -> Result<Self, Failure> {
        let base =
            reqwest::Url::parse(&config.base_url).ok().filter(|url| !url.cannot_be_a_base()).ok_or_else(|| {
                trouble(
                    Kind::Config,
                    Status::Permanent,
                    Step::Token,
                    "The address of Microsoft Graph is not usable.",
                    "",
                )
            })?;
        Ok(Self { shared: Arc::new(Shared { config, base, http, tokens, mailboxes: Mutex::default() }) })
    }

    async fn hand_over(&self, envelope: &Envelope, message: &[u8]) -> Outcome {
        let shared = &self.shared;
        let (mailbox, parcel) = match parcel(&shared.config, envelope, message) {
            Ok(ready) => ready,
            Err(outcome) => return outcome,
        };
        let desk = shared.desk(&mailbox);
        let Ok(_slot) = desk.slots.acquire().await else {
            return Outcome::NotHandedOver { stage: Stage::Connect, reason: "the sender was shut down".to_owned() };
        };
        if let Some(failure) = desk.told_to_wait(&mailbox) {
            return Outcome::SenderTrouble { failure };
        }
        let outcome = match shared.uses_drafts().await {
            Ok(true) => Box::pin(draft::send(shared, &mailbox, &parcel)).await,
            Ok(false) => shared.send_mail(&mailbox, &parcel).await,
            Err(failure) => Outcome::SenderTrouble { failure },
        };
        desk.learn(&outcome);
        outcome
    }
}

impl Desk {
    /// The failure to answer with while the mailbox was told to wait.
    fn told_to_wait(&self, mailbox: &str) -> Option<Failure> {
        let until = (*self.not_before.lock().unwrap_or_else(PoisonError::into_inner))?;
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        let text = format!("Microsoft 365 asked {mailbox} to wait.");
        let failure = trouble(Kind::Busy, Status::Temporary, Step::Token, &text, "");
        Some(failure.with("retry_after", left.as_secs_f64().to_string()))
    }

    fn learn(&self, outcome: &Outcome) {
        if let Outcome::SenderTrouble { failure } = outcome
            && let Some(wait) = failure.retry_after()
        {
            let until = Instant::now() + wait;
            let mut known = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
            *known = (*known).max(Some(until));
        }
    }
}

impl Shared {
    fn desk(&self, mailbox: &str) -> Arc<Desk> {
        let mut desks = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Desk {
            slots: Semaphore::new(self.config.at_once.max(1)),
            not_before: Mutex::default(),
            left: Mutex::default(),
        };
        Arc::clone(desks.entry(mailbox.to_owned()).or_insert_with(|| Arc::new(fresh())))
    }

    /// Whether messages go as drafts. A token that names no permission has them from Exchange, for single mailboxes: then
    /// only `Mail.Send` is certain.
    async fn uses_drafts(&self) -> Result<bool, Failure> {
        Ok(match self.config.mode {
            Mode::Draft => true,
            Mode::Send => false,
            Mode::Auto => {
                let roles = probe::roles(&self.tokens.token().await?).unwrap_or_default();
                roles.iter().any(|role| role == "Mail.ReadWrite")
            }
        })
    }

    /// Drafts of a mailbox that still have to go.
    pub(super) fn take_left(&self, mailbox: &str) -> Vec<String> {
        std::mem::take(&mut *self.desk(mailbox).left.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn leave(&self, mailbox: &str, draft: &str) {
        let desk = self.desk(mailbox);
        let mut left = desk.left.lock().unwrap_or_else(PoisonError::into_inner);
        if left.len() < 1000 {
            left.push(draft.to_owned());
        }
    }

    /// An address below `/users/{mailbox}`.
    pub(super) fn at(&self, mailbox: &str, path: &[&str]) -> reqwest::Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["users", mailbox]).extend(path);
        }
        url
    }

    /// A request with a token, and once more with a new one when the first was refused: that is before anything is done.
    pub(super) async fn ask(
        &self,
        step: Step,
        mailbox: &str,
        make: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Said {
        let mut is_last = false;
        loop {
            let token = match self.tokens.token().await {
                Ok(token) => token,
                Err(failure) => return Said::No(Verdict::No(Outcome::SenderTrouble { failure })),
            };
            let request = make(&self.http).bearer_auth(token.expose_secret());
            let answer = match http::ask(request, MOST).await {
                Ok(answer) => answer,
                Err(broken) => return Said::No(lost(step, broken)),
            };
            if (200..300).contains(&answer.status) {
                return Said::Yes(answer);
            }
            match verdict::judge(step, mailbox, &answer) {
                Verdict::Token if is_last => {
                    return Said::No(Verdict::No(Outcome::SenderTrouble {
                        failure: signed_out(step, mailbox, &answer),
                    }));
                }
                Verdict::Token => {
                    self.tokens.refused(&token).await;
                    is_last = true;
                }
                verdict => return Said::No(verdict),
            }
        }
    }

    async fn send_mail(&self, mailbox: &str, parcel: &Parcel) -> Outcome {
        let url = self.at(mailbox, &["sendMail"]);
        let post = |http: &reqwest::Client| {
            http.post(url.clone()).header("content-type", "text/plain").body(parcel.body.clone())
        };
        match self.ask(Step::SendMail, mailbox, post).await {
            Said::Yes(answer) => accepted(&answer),
            Said::No(verdict) => outcome(verdict),
        }
    }
}

/// What a verdict means where nothing more can be found out.
pub(super) fn outcome(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::No(outcome) => outcome,
        Verdict::Open(reason) => Outcome::Unknown { reason },
        Verdict::Token | Verdict::Gone => {
            Outcome::Unknown { reason: "Microsoft 365 does not know the message any more".to_owned() }
        }
    }
}

/// A success, whatever stands in it: the number is only for asking Microsoft.
pub(super) fn accepted(answer: &Answer) -> Outcome {
    let text = match answer.header("request-id") {
        Some(id) => format!("Microsoft 365 took it, request {id}"),
        None => "Microsoft 365 took it".to_owned(),
    };
    Outcome::Accepted { code: answer.status, text }
}

fn lost(step: Step, broken: Broken) -> Verdict {
    match broken {
        Broken::NotSent(words) => {
            let text = format!("Microsoft Graph cannot be reached: {words}.");
            let fix = "Check that this machine may reach graph.microsoft.com on port 443.";
            Verdict::No(Outcome::SenderTrouble {
                failure: trouble(Kind::Unreachable, Status::Temporary, step, &text, fix),
            })
        }
        Broken::Open(words) if step.can_send() => Verdict::Open(format!("{words} after the message was on its way")),
        Broken::Open(words) => Verdict::No(Outcome::NotHandedOver { stage: Stage::Data, reason: words }),
    }
}

fn signed_out(step: Step, mailbox: &str, answer: &Answer) -> Failure {
    let code = verdict::said(answer).code;
    let (_, text, fix) =
        verdict::explain("InvalidAuthenticationToken", mailbox, step).unwrap_or((Kind::Auth, String::new(), ""));
    trouble(Kind::Auth, Status::Permanent, step, &text, fix).with("code", format!("401 {code}"))
}

/// Checks that Graph will read the same recipient and sender out of the message as the engine means.
fn parcel(config: &Config, envelope: &Envelope, message: &[u8]) -> Result<(String, Parcel), Outcome> {
    let refuse = |stage, code, enhanced, text: &str| {
        Err(Outcome::RefusedPermanent { stage, code, enhanced: Enhanced::parse(enhanced), text: text.to_owned() })
    };
    let Some((fields, _)) = headers::split(message) else {
        return refuse(Stage::Data, 554, "5.6.0", "The message cannot be read");
    };
    let one = |name: &str| {
        let mut found = fields.iter().filter(|field| field.is(name));
        found.next().filter(|_| found.next().is_none()).map(headers::Field::unfolded)
    };
    let to = one("To").unwrap_or_default();
    let is_alone = !fields.iter().any(|field| field.is("Cc") || field.is("Bcc"));
    if !is_alone || !headers::only_address(&to).is_some_and(|to| to.eq_ignore_ascii_case(envelope.to.as_str())) {
        return refuse(Stage::Rcpt, 553, "5.6.0", "The message is addressed to somebody else than its recipient");
    }
    let from = one("From").unwrap_or_default();
    let (Some(mailbox), Some(message_id)) = (headers::only_address(&from), one("Message-ID")) else {
        return refuse(Stage::Data, 554, "5.6.0", "The message has no single From address or no Message-ID");
    };
    let body = STANDARD.encode(message);
    if body.len() > config.most_bytes {
        let text = format!(
            "The message has {} bytes, Microsoft 365 takes at most {}",
            message.len(),
            config.most_bytes / 4 * 3
        );
        return refuse(Stage::Data, 552, "5.3.4", &text);
    }
    Ok((mailbox.to_owned(), Parcel { body, message_id }))
}

#[async_trait]
impl Transport for Graph {
    async fn send(&self, envelope: &Envelope, message: &[u8]) -> Outcome {
        Box::pin(self.hand_over(envelope, message)).await
    }

    async fn trace(&self, from: &Address, message_id: &str) -> Trace {
        // without drafts there is no permission to read
        match self.shared.uses_drafts().await {
            Ok(true) => draft::trace(&self.shared, from.as_str(), message_id).await,
            Ok(false) | Err(_) => Trace::Unasked,
        }
    }

    async fn probe(&self) -> Probe {
        Box::pin(probe::run(&self.shared)).await
    }

    async fn close(&self) {
        let known: Vec<String> =
            self.shared.mailboxes.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        for mailbox in known {
            draft::tidy(&self.shared, &mailbox).await;
        }
    }
}
