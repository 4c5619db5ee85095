//! `Idempotency-Key`: asking again with the same key and the same body does nothing twice.
//!
//! A key is bound to the company, the address and the body. While the first request runs, another gets 409; when it is
//! done, another gets the same answer. What was refused (4xx) changed nothing and frees the key.
//!
//! A request whose process died leaves a lease that lapses after a minute. Then it is run again, if running it twice
//! ends where running it once does: the service holds that by a unique name or address, or by the state a campaign is
//! in. Where it would not (a second draft, a second test mail), the answer is 409 `outcome-unknown`: only the caller can
//! look. A request goes on when its caller hangs up; its answer waits for the next try.
//!
//! The body of an upload is hashed while it is read, so a key can only be compared once it is whole.

pub mod store;

use super::endpoint::{Door, Endpoint};
use super::input::Raw;
use super::problem::Problem;
use super::reply::Answer;
use crate::wiring::App;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use contract::{CompanyId, Fault, Micros};
use futures::StreamExt;
use jobs::{Job, JobError, JobRun, Registry, Schedule};
use kernel::{Db, DbError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Kept, Mark, Run};
use tracing::Instrument;

/// Seconds a run counts as alive without a word from it.
const LEASE: i64 = 60;
/// How often a run says that it is alive.
const BEAT: Duration = Duration::from_secs(20);
/// Seconds an answer is kept.
const KEEP: i64 = 48 * 3600;

/// The key of a request, if it has one.
pub fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    // The draft of the standard writes a quoted string, most programs send it bare.
    let text = value.to_str().ok().map(|text| text.trim().trim_matches('"').to_owned());
    match text.filter(|t| (1..=255).contains(&t.len())) {
        Some(text) => Ok(Some(text)),
        None => Err(Fault::invalid("Idempotency-Key", "Send 1 to 255 plain characters, for example a UUID.").into()),
    }
}

/// What a key allows.
enum Verdict {
    /// Run it.
    Go(Run),
    /// It is done: this was the answer.
    Again(Kept),
}

/// Runs an endpoint under a key. The flag says whether the answer is an earlier one.
pub async fn answer(endpoint: Endpoint, mut door: Door, key: String, address: &str) -> Result<(Answer, bool), Problem> {
    let hash = Hash::default();
    let content = match &door.body {
        Raw::Held(bytes) => Some(Sha256::digest(bytes).to_vec()),
        Raw::Coming(_) => None,
    };
    let mark = Mark { request: Sha256::digest(format!("{} {address}", endpoint.method)).to_vec(), content };
    door.body = match door.body {
        Raw::Coming(body) => Raw::Coming(hash.watch(body)),
        held => held,
    };
    let (app, company) = (door.app.clone(), door.actor.company);
    match claim(&app, company, key, &mark, endpoint.once).await? {
        Verdict::Go(run) => {
            // On its own, so that a caller who hangs up cannot stop it half way.
            let work = kernel::fault::with_trace(kernel::fault::trace(), carry_out(endpoint, door, run, mark, hash));
            let done = tokio::spawn(work.in_current_span()).await;
            done.unwrap_or_else(|error| Err(kernel::fault::broken(error).into())).map(|answer| (answer, false))
        }
        Verdict::Again(kept) => {
            let content = match (mark.content, door.body) {
                (None, Raw::Coming(body)) => {
                    drain(body).await?;
                    hash.finish()
                }
                (known, _) => known.unwrap_or_default(),
            };
            if kept.content.as_ref() != Some(&content) {
                return Err(other_request());
            }
            again(kept).map(|answer| (answer, true))
        }
    }
}

async fn claim(app: &App, company: CompanyId, key: String, mark: &Mark, once: bool) -> Result<Verdict, Problem> {
    let now = app.backend.clock.now();
    let lease = now.plus_seconds(LEASE);
    let mut run = Run { company, key, epoch: 1 };
    let mut tx = app.db.begin(company).await.map_err(Fault::from)?;
    if store::begin(&mut tx, &run, mark, lease, now).await.map_err(Fault::from)? {
        tx.commit().await.map_err(Fault::from)?;
        return Ok(Verdict::Go(run));
    }
    let found = store::find(&mut tx, company, &run.key).await.map_err(Fault::from)?;
    let Some(kept) = found else { return Err(under_way(1)) };
    if kept.at >= now.plus_seconds(-KEEP).0 {
        check_same(&kept, mark)?;
        match kept.state.as_str() {
            "done" => return Ok(Verdict::Again(kept)),
            "running" if kept.lease_until > now.0 => return Err(under_way(retry_after(&kept, now))),
            "running" if !once => {}
            _ => return Err(outcome_unknown()),
        }
    }
    run.epoch = kept.epoch;
    if !store::retake(&mut tx, &run, mark, lease, now).await.map_err(Fault::from)? {
        return Err(under_way(1));
    }
    tx.commit().await.map_err(Fault::from)?;
    run.epoch += 1;
    Ok(Verdict::Go(run))
}

fn check_same(kept: &Kept, mark: &Mark) -> Result<(), Problem> {
    let differs = matches!((&kept.content, &mark.content), (Some(a), Some(b)) if a != b);
    if kept.request != mark.request || differs { Err(other_request()) } else { Ok(()) }
}

async fn carry_out(endpoint: Endpoint, door: Door, run: Run, mark: Mark, hash: Hash) -> Result<Answer, Problem> {
    let (app, once) = (door.app.clone(), endpoint.once);
    let mut work = endpoint.run(door);
    let answer = loop {
        tokio::select! {
            answer = &mut work => break answer,
            () = tokio::time::sleep(BEAT) => {
                let lease = app.backend.clock.now().plus_seconds(LEASE);
                if let Err(error) = store::hold(&app.db, &run, lease).await {
                    tracing::warn!(%error, "a running request could not say that it is alive");
                }
            }
        }
    };
    let content = mark.content.unwrap_or_else(|| hash.finish());
    let end = end(&answer, once);
    if let Err(error) = settle(&app.db, &run, content, end).await {
        tracing::error!(%error, "the answer to a keyed request could not be kept");
    }
    answer
}

/// What is to be kept of an answer.
enum End {
    Keep(StatusCode, Option<String>, String),
    Doubt,
    Forget,
}

fn end(answer: &Result<Answer, Problem>, once: bool) -> End {
    match answer {
        Ok(Answer::Told { status, location, body }) => End::Keep(*status, location.clone(), body.clone()),
        // A refusal changed nothing. Trouble may have come after the deed, which matters where nothing else tells.
        Err(problem) if problem.status >= 500 && once => End::Doubt,
        Err(_) | Ok(Answer::Raw(_)) => End::Forget,
    }
}

async fn settle(db: &Db, run: &Run, content: Vec<u8>, end: End) -> Result<(), DbError> {
    match end {
        End::Keep(status, location, body) => store::finish(db, run, content, status.as_u16(), location, &body).await,
        End::Doubt => store::doubt(db, run).await,
        End::Forget => store::release(db, run).await,
    }
}

fn again(kept: Kept) -> Result<Answer, Problem> {
    let status = kept.status.and_then(|s| StatusCode::from_u16(u16::try_from(s).ok()?).ok());
    let status = status.ok_or_else(|| kernel::fault::broken("idempotency: a kept answer has no status"))?;
    Ok(Answer::Told { status, location: kept.location, body: kept.answer.unwrap_or_default() })
}

async fn drain(body: Body) -> Result<(), Problem> {
    let mut stream = body.into_data_stream();
    while let Some(piece) = stream.next().await {
        piece.map_err(|_| Fault::invalid("file", "The upload broke off. Upload the file again."))?;
    }
    Ok(())
}

fn retry_after(kept: &Kept, now: Micros) -> u32 {
    u32::try_from((kept.lease_until - now.0) / 1_000_000).unwrap_or(0).clamp(1, 10)
}

fn under_way(seconds: u32) -> Problem {
    let detail = "The first request with this Idempotency-Key is still running. Ask again shortly for its answer.";
    Problem::new(StatusCode::CONFLICT, "under-way", "Still running", detail).retry_after(seconds)
}

fn other_request() -> Problem {
    let detail = "This Idempotency-Key was used for another request. Use a new key for a new request.";
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "other-request", "Key used before", detail);
    Problem {
        fields: vec![contract::FieldError { field: "Idempotency-Key".into(), message: detail.into() }],
        ..problem
    }
}

fn outcome_unknown() -> Problem {
    let detail = "The first request with this Idempotency-Key was cut off, and whether it took effect is not known. \
                  Look, and if it did not, ask again with a new key.";
    Problem::new(StatusCode::CONFLICT, "outcome-unknown", "Outcome not known", detail)
}

/// The hash of a body that is read as it comes.
#[derive(Clone, Default)]
struct Hash(Arc<Mutex<Sha256>>);

impl Hash {
    fn watch(&self, body: Body) -> Body {
        let hash = self.clone();
        Body::from_stream(body.into_data_stream().inspect(move |piece| {
            if let Ok(bytes) = piece {
                hash.add(bytes);
            }
        }))
    }

    fn add(&self, bytes: &Bytes) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
    }

    fn finish(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize().to_vec()
    }
}

/// Forgets kept answers after 48 hours.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetAnswers {}

impl Job for ForgetAnswers {
    const NAME: &'static str = "api.forget_answers";
    type Context = Db;

    async fn run(self, db: &Db, run: &JobRun) -> Result<(), JobError> {
        while store::purge(db, run.now().plus_seconds(-KEEP)).await? > 0 {
            run.check()?;
        }
        Ok(())
    }
}

/// Makes the hourly purge known.
pub fn register(registry: &mut Registry, db: Db) {
    registry.add::<ForgetAnswers>(Arc::new(db));
    registry.repeat("api.forget_answers", Schedule::Every(Duration::from_secs(3600)), &ForgetAnswers {});
}
