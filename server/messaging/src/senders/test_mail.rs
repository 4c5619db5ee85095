//! The short mail behind "Send a test".

use super::rules::told;
use crate::engine::outlet::Outlet;
use crate::gate::Pass;
use connect::email::{Address, Mailbox, Message, Outcome, address, mime};
use contract::senders::TestStep;
use contract::{Fault, Micros};

const TEXT: &str = "This is a test from Lux.\n\nIt came through the sender named below, so the sender works.\n";

/// Sends it and tells the steps up to the answer of the server. Nothing is sent when the connection does not work.
pub(super) async fn send(outlet: &Outlet, pass: Pass, token: &str, now: Micros) -> Result<Vec<TestStep>, Fault> {
    let mut steps: Vec<TestStep> = outlet.transport.probe().await.steps.into_iter().map(told).collect();
    if steps.iter().any(|step| !step.ok) {
        return Ok(steps);
    }
    let to = pass.to().clone();
    let bytes = mime::build(&message(outlet, &to, token, now))
        .map_err(|error| Fault::invalid("from_name", error.to_string()))?;
    steps.push(step(&to, pass.hand_over(&*outlet.transport, &outlet.from, &bytes).await));
    Ok(steps)
}

fn message(outlet: &Outlet, to: &Address, token: &str, now: Micros) -> Message {
    let from = match outlet.from_name.as_str() {
        "" => Mailbox::bare(outlet.from.clone()),
        name => Mailbox::named(name, outlet.from.clone()),
    };
    let id = format!("{token}@{}", outlet.from.domain());
    let mut message = Message::new(from, Mailbox::bare(to.clone()), format!("Test of {}", outlet.name), id, now.0);
    message.reply_to = address::normalise(&outlet.reply_to).ok().map(Mailbox::bare);
    message.text = format!("{TEXT}\nSender: {}\nFrom: {}\n", outlet.name, outlet.from);
    message.auto_submitted = true;
    message
}

fn step(to: &Address, outcome: Outcome) -> TestStep {
    let ok = matches!(outcome, Outcome::Accepted { .. });
    let detail = match outcome {
        Outcome::Accepted { code, text } => {
            format!("The server took it: {code} {text}. Look into the mailbox, also under spam.")
        }
        other => other.to_string(),
    };
    TestStep { name: format!("Send to {to}"), ok, detail }
}
