//! One message on one connection, and exactly what became of it.
//!
//! The line that everything turns on: content is written and flushed first, the end mark after it in a write of its own.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::config::Timeouts;
use super::connection::{Break, Connection};
use super::reply::Reply;
use super::stuff::dot_stuff;
use super::verdict;
use crate::email::outcome::{Outcome, Stage};
use crate::email::transport::Envelope;

/// Content goes out in pieces of this size, each within its own limit.
const PIECE: usize = 64 * 1024;
const END_MARK: &[u8] = b".\r\n";

/// What became of the message and of the connection.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// The connection can be used again.
    pub(super) keep: bool,
    /// The connection was gone before the server took note of this message: try once on a fresh one.
    pub(super) stale: bool,
}

impl Done {
    const fn kept(outcome: Outcome) -> Self {
        Self { outcome, keep: true, stale: false }
    }

    const fn lost(outcome: Outcome) -> Self {
        Self { outcome, keep: false, stale: false }
    }

    fn broken(stage: Stage, broken: &Break) -> Self {
        Self::lost(match broken {
            Break::Garbage(_) => Outcome::SenderTrouble { failure: broken.failure(stage) },
            _ => Outcome::NotHandedOver { stage, reason: broken.words() },
        })
    }

    fn refused(stage: Stage, reply: &Reply) -> Self {
        let outcome = verdict::refusal(stage, reply);
        // after 421 the server hangs up; after an answer out of turn nobody knows which question comes next
        let lost = reply.code == 421
            || !(400..600).contains(&reply.code)
            || matches!(reply.code, 500..=504) && stage != Stage::End;
        Self { outcome, keep: !lost, stale: false }
    }
}

/// The time left for this message.
struct Clock {
    end: Instant,
    limits: Timeouts,
}

impl Clock {
    fn at_most(&self, step: Duration) -> Duration {
        step.min(self.end.saturating_duration_since(Instant::now()))
    }

    fn command(&self) -> Duration {
        self.at_most(self.limits.command)
    }
}

/// Sends one message.
pub(super) async fn send(connection: &mut Connection, limits: Timeouts, envelope: &Envelope, message: &[u8]) -> Done {
    let clock = Clock { end: Instant::now() + limits.total, limits };
    connection.used += 1;
    let content = dot_stuff(message);
    if let Some(outcome) = impossible(connection, envelope, content.len()) {
        return Done::kept(outcome);
    }
    let opening = Opening::new(connection, envelope, &content);
    let opened = if connection.can.pipelining {
        open_in_one(connection, &clock, &opening).await
    } else {
        open_step_by_step(connection, &clock, &opening).await
    };
    match opened {
        Ok(()) => write_content(connection, &clock, &content).await,
        Err(done) => {
            connection.dirty = true;
            done
        }
    }
}

/// What can be known without asking.
fn impossible(connection: &Connection, envelope: &Envelope, size: usize) -> Option<Outcome> {
    let refuse = |stage, code, enhanced: &str, text: String| {
        Some(Outcome::RefusedPermanent {
            stage,
            code,
            enhanced: crate::email::outcome::Enhanced::parse(enhanced),
            text,
        })
    };
    if connection.can.size > 0 && size > connection.can.size {
        let text = format!("The message has {size} bytes, the server takes at most {}", connection.can.size);
        return refuse(Stage::Mail, 552, "5.3.4", text);
    }
    if envelope.to.needs_smtputf8() && !connection.can.smtputf8 {
        return refuse(
            Stage::Rcpt,
            553,
            "5.6.7",
            "The server cannot send to addresses with letters beyond ASCII".to_owned(),
        );
    }
    None
}

/// The commands before the content.
struct Opening {
    reset: bool,
    mail: String,
    rcpt: String,
}

impl Opening {
    fn new(connection: &Connection, envelope: &Envelope, content: &[u8]) -> Self {
        let mut mail = format!("MAIL FROM:<{}>", envelope.from);
        if connection.can.size > 0 {
            mail.push_str(&format!(" SIZE={}", content.len()));
        }
        if connection.can.eight_bit && !content.is_ascii() {
            mail.push_str(" BODY=8BITMIME");
        }
        if connection.can.smtputf8 && (envelope.to.needs_smtputf8() || envelope.from.needs_smtputf8()) {
            mail.push_str(" SMTPUTF8");
        }
        mail.push_str("\r\n");
        Self { reset: connection.dirty, mail, rcpt: format!("RCPT TO:<{}>\r\n", envelope.to) }
    }
}

/// All commands in one write, then all replies (RFC 2920).
async fn open_in_one(connection: &mut Connection, clock: &Clock, opening: &Opening) -> Result<(), Done> {
    let reset = if opening.reset { "RSET\r\n" } else { "" };
    let batch = [reset, &opening.mail, &opening.rcpt, "DATA\r\n"].concat();
    // when writing fails, the server may have left a reason to read
    let written = connection.write(batch.as_bytes(), clock.command()).await;
    let limit = if written.is_ok() { clock.command() } else { Duration::from_millis(100) };
    if opening.reset {
        read_reset(connection, limit).await?;
    }
    let mail = first_reply(connection, limit).await?;
    let rcpt =
        connection.reply(limit).await.map_err(|broken| refused_or_broken(Stage::Mail, &mail, Stage::Rcpt, &broken))?;
    let earlier = if mail.is_success() { (Stage::Rcpt, &rcpt) } else { (Stage::Mail, &mail) };
    let data = connection
        .reply(limit)
        .await
        .map_err(|broken| refused_or_broken(earlier.0, earlier.1, Stage::Data, &broken))?;
    connection.dirty = true;
    if mail.is_success() && rcpt.is_success() {
        return if data.code == 354 { Ok(()) } else { Err(Done::refused(Stage::Data, &data)) };
    }
    let mut done = Done::refused(earlier.0, earlier.1);
    if data.code == 354 {
        // the server waits for content although nobody is to get it
        let end = connection.ask(".\r\n", clock.command()).await;
        done.keep = done.keep && end.is_ok_and(|reply| reply.code != 421);
    } else {
        done.keep = done.keep && (400..600).contains(&data.code) && data.code != 421;
    }
    Err(done)
}

/// One command after the other, for servers that cannot do better.
async fn open_step_by_step(connection: &mut Connection, clock: &Clock, opening: &Opening) -> Result<(), Done> {
    if opening.reset {
        let _ = connection.write(b"RSET\r\n", clock.command()).await;
        read_reset(connection, clock.command()).await?;
    }
    let written = connection.write(opening.mail.as_bytes(), clock.command()).await;
    let limit = if written.is_ok() { clock.command() } else { Duration::from_millis(100) };
    let mail = first_reply(connection, limit).await?;
    connection.dirty = true;
    if !mail.is_success() {
        return Err(Done::refused(Stage::Mail, &mail));
    }
    let rcpt =
        connection.ask(&opening.rcpt, clock.command()).await.map_err(|broken| Done::broken(Stage::Rcpt, &broken))?;
    if !rcpt.is_success() {
        return Err(Done::refused(Stage::Rcpt, &rcpt));
    }
    let data =
        connection.ask("DATA\r\n", clock.command()).await.map_err(|broken| Done::broken(Stage::Data, &broken))?;
    if data.code == 354 { Ok(()) } else { Err(Done::refused(Stage::Data, &data)) }
}

async fn read_reset(connection: &mut Connection, limit: Duration) -> Result<(), Done> {
    match connection.reply(limit).await {
        Ok(reply) if reply.is_success() => {
            connection.dirty = false;
            Ok(())
        }
        Ok(reply) => Err(Done { stale: true, keep: false, ..Done::refused(Stage::Mail, &reply) }),
        Err(broken) => Err(Done { stale: !matches!(broken, Break::Timeout), ..Done::broken(Stage::Mail, &broken) }),
    }
}

/// The reply to `MAIL`. If the connection is gone here, the server did not look at this message.
async fn first_reply(connection: &mut Connection, limit: Duration) -> Result<Reply, Done> {
    match connection.reply(limit).await {
        Ok(reply) if reply.code == 421 => Err(Done { stale: true, ..Done::refused(Stage::Mail, &reply) }),
        Ok(reply) => Ok(reply),
        Err(broken) => Err(Done { stale: matches!(broken, Break::Lost(_)), ..Done::broken(Stage::Mail, &broken) }),
    }
}

/// A clear refusal is worth more than the break that came after it.
fn refused_or_broken(stage: Stage, reply: &Reply, next: Stage, broken: &Break) -> Done {
    if reply.is_success() { Done::broken(next, broken) } else { Done { keep: false, ..Done::refused(stage, reply) } }
}

async fn write_content(connection: &mut Connection, clock: &Clock, content: &[u8]) -> Done {
    for piece in content.chunks(PIECE) {
        if let Err(broken) = connection.write(piece, clock.at_most(clock.limits.data)).await {
            // the server may have said why before it hung up
            return match connection.reply(Duration::from_millis(100)).await {
                Ok(reply) => Done { keep: false, ..Done::refused(Stage::Data, &reply) },
                Err(_) => Done::broken(Stage::Data, &broken),
            };
        }
    }
    // last look before the point of no return: a server that spoke or hung up cannot have the message
    tokio::task::yield_now().await;
    match connection.interruption().await {
        Some(Ok(reply)) => return Done { keep: false, ..Done::refused(Stage::Data, &reply) },
        Some(Err(broken)) => return Done::broken(Stage::Data, &broken),
        None => {}
    }
    write_end(connection, clock).await
}

async fn write_end(connection: &mut Connection, clock: &Clock) -> Done {
    let limit = clock.at_most(clock.limits.data);
    let taken = match timeout(limit, connection.write_some(END_MARK)).await {
        Ok(Ok(taken)) => taken,
        Ok(Err(error)) if connection.failed_write_is_nothing() => return Done::broken(Stage::Data, &Break::io(&error)),
        Ok(Err(error)) => return unknown(&Break::io(&error)),
        // a write that never became ready has taken nothing from an open connection; TLS may hold it half-sent
        Err(_) if connection.failed_write_is_nothing() => return Done::broken(Stage::Data, &Break::Timeout),
        Err(_) => return unknown(&Break::Timeout),
    };
    if let Err(broken) = connection.write(END_MARK.get(taken..).unwrap_or_default(), limit).await {
        return unknown(&broken);
    }
    match connection.reply(clock.at_most(clock.limits.end)).await {
        Ok(reply) if reply.is_success() => {
            connection.dirty = false;
            Done::kept(Outcome::Accepted { code: reply.code, text: reply.text })
        }
        Ok(reply) => Done::refused(Stage::End, &reply),
        Err(broken) => unknown(&broken),
    }
}

fn unknown(broken: &Break) -> Done {
    Done::lost(Outcome::Unknown { reason: format!("{} after the whole message was written", broken.words()) })
}
