//! Why a contact did or did not get a campaign, told from what was stored when it was decided.

use super::rules::reason_text;
use super::service::{Service, found};
use super::store::Stored;
use super::store::recipients::{self, Line};
use contract::campaigns::{ExplainedStep, Explanation, RecipientState};
use contract::contacts::ConsentState;
use contract::{Actor, CampaignId, ContactId, Fault, Micros};

/// Tells it.
pub(super) async fn explain(
    service: &Service,
    actor: &Actor,
    id: CampaignId,
    contact: ContactId,
) -> Result<Explanation, Fault> {
    let company = actor.company;
    let mut tx = service.parts.db.read(company).await?;
    let stored = found(&mut tx, company, id).await?;
    if let Some(line) = recipients::line(&mut tx, company, id, contact).await? {
        return Ok(Explanation {
            contact,
            verdict: verdict(&line),
            state: Some(line.state),
            steps: steps(&line, stored.prepared),
            route: line.route,
            message_id: line.message_id,
        });
    }
    let person = service.parts.audience.people(&mut tx, company, &[contact]).await?.into_iter().next();
    let person = person.ok_or_else(|| Fault::missing("Contact"))?;
    let today = today(person.consent, person.suppressed.as_deref());
    Ok(Explanation {
        contact,
        verdict: absent(&stored),
        state: None,
        steps: vec![ExplainedStep { at: Some(service.now()), text: today }],
        route: String::new(),
        message_id: String::new(),
    })
}

/// Of somebody who is not in the ledger.
fn absent(stored: &Stored) -> String {
    match stored.prepared {
        None => "Nobody is a recipient yet: who gets it is worked out when the campaign starts.",
        Some(_) => {
            "Not a recipient: when the campaign was prepared, this contact was on none of its lists and tags, was excluded, or did not exist yet."
        }
    }
    .to_owned()
}

fn today(consent: ConsentState, suppressed: Option<&str>) -> String {
    let says = match consent {
        ConsentState::Subscribed => "subscribed to email",
        ConsentState::Unsubscribed => "unsubscribed from email",
        ConsentState::None => "without consent to email",
    };
    match suppressed {
        Some(reason) => format!("Today: {says}, and mail is withheld ({})", reason_text(reason).to_lowercase()),
        None => format!("Today: {says}"),
    }
}

/// The answer in a sentence.
fn verdict(line: &Line) -> String {
    use RecipientState as S;
    let why = why(line);
    let route = if line.route.is_empty() { String::new() } else { format!(" through {}", line.route) };
    match line.state {
        S::Pending if line.attempts > 0 => format!("Waits for another try. {why}"),
        S::Pending => "Waits for its turn.".to_owned(),
        S::Claimed => "Is being written.".to_owned(),
        S::Handed => format!("Is being handed over{route}."),
        S::Accepted if line.complained.is_some() => format!("Arrived{route}, and was reported as spam."),
        S::Accepted if line.bounced.is_some() => {
            format!("The server took it{route}, and it came back later.")
        }
        S::Accepted => format!("The server took it{route}."),
        S::Failed => format!("Did not arrive. {why}"),
        S::Skipped => format!("Was left out. {why}"),
        S::Unknown => format!("It is not known whether it arrived: it was handed over{route} and no answer came."),
        S::Cancelled => "The campaign was cancelled before its turn.".to_owned(),
    }
    .trim()
    .to_owned()
}

/// Code and words of the server as sentences.
fn why(line: &Line) -> String {
    let text = reason_text(&line.reason);
    match (text, line.detail.as_str()) {
        ("", "") => String::new(),
        ("", detail) => format!("{detail}."),
        (text, "") => format!("{text}."),
        (text, detail) => format!("{text}: {detail}."),
    }
    .replace("..", ".")
}

/// What happened, in order of time.
fn steps(line: &Line, prepared: Option<Micros>) -> Vec<ExplainedStep> {
    let tries = match line.attempts {
        0 | 1 => String::new(),
        n => format!(", try {n}"),
    };
    let handed = if line.route.is_empty() { "Handed over".into() } else { format!("Handed to {}", line.route) };
    let test = line.variant.map(|n| {
        let of = if line.is_sample { "in the sample of the test" } else { "chosen for the rest" };
        format!("Written in variant {}, {of}", n + 1)
    });
    let ended = match line.state {
        RecipientState::Accepted => Some("The server took it".to_owned()),
        RecipientState::Failed => Some(format!("Refused. {}", why(line))),
        RecipientState::Skipped => Some(format!("Left out. {}", why(line))),
        RecipientState::Unknown => Some("No answer came".to_owned()),
        RecipientState::Cancelled => Some("The campaign was cancelled".to_owned()),
        RecipientState::Pending | RecipientState::Claimed | RecipientState::Handed => None,
    };
    let next = (line.state == RecipientState::Pending && line.next.0 > 0).then_some(line.next);
    let all = [
        (prepared, Some("The campaign was prepared and this contact was in it".to_owned())),
        (line.claimed, test),
        (line.handed, Some(format!("{handed}{tries}"))),
        (line.settled, ended),
        (line.opened, Some("First opened".to_owned())),
        (line.clicked, Some("First clicked".to_owned())),
        (line.unsubscribed, Some("Unsubscribed through it".to_owned())),
        (line.bounced, Some("Came back".to_owned())),
        (line.complained, Some("Reported as spam".to_owned())),
        (next, Some("Not before this time".to_owned())),
    ];
    let mut steps: Vec<ExplainedStep> = all
        .into_iter()
        .filter_map(|(at, text)| Some(ExplainedStep { at: Some(at?), text: text?.trim().to_owned() }))
        .collect();
    steps.sort_by_key(|step| step.at);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(state: RecipientState) -> Line {
        Line { state, ..Line::default() }
    }

    #[test]
    fn every_state_has_a_sentence() {
        use RecipientState as S;
        let sent = |state| Line { route: "News".into(), ..line(state) };
        assert_eq!(verdict(&line(S::Pending)), "Waits for its turn.");
        assert_eq!(verdict(&sent(S::Accepted)), "The server took it through News.");
        assert_eq!(
            verdict(&Line { bounced: Some(Micros(2)), ..sent(S::Accepted) }),
            "The server took it through News, and it came back later."
        );
        assert_eq!(
            verdict(&Line { reason: "hard".into(), detail: "550 no such user".into(), ..line(S::Failed) }),
            "Did not arrive. Address does not work: 550 no such user."
        );
        assert_eq!(
            verdict(&Line { reason: "frequency_cap".into(), ..line(S::Skipped) }),
            "Was left out. Had as many messages lately as your company allows."
        );
        assert_eq!(
            verdict(&Line { reason: "deferred".into(), attempts: 2, ..line(S::Pending) }),
            "Waits for another try. Server kept putting it off."
        );
        assert_eq!(verdict(&line(S::Failed)), "Did not arrive.");
        assert!(verdict(&sent(S::Unknown)).contains("not known"));
        assert_eq!(verdict(&line(S::Cancelled)), "The campaign was cancelled before its turn.");
    }

    #[test]
    fn what_happened_is_told_in_order_and_without_what_did_not() {
        let line = Line {
            claimed: Some(Micros(2)),
            handed: Some(Micros(3)),
            settled: Some(Micros(4)),
            opened: Some(Micros(9)),
            clicked: Some(Micros(8)),
            attempts: 2,
            route: "News".into(),
            variant: Some(1),
            is_sample: true,
            ..line(RecipientState::Accepted)
        };
        let told: Vec<String> = steps(&line, Some(Micros(1))).into_iter().map(|step| step.text).collect();
        assert_eq!(
            told,
            [
                "The campaign was prepared and this contact was in it",
                "Written in variant 2, in the sample of the test",
                "Handed to News, try 2",
                "The server took it",
                "First clicked",
                "First opened",
            ]
        );
        assert_eq!(steps(&self::line(RecipientState::Pending), None), []);
    }

    #[test]
    fn who_is_not_in_it_is_told_how_they_stand_today() {
        assert_eq!(today(ConsentState::Subscribed, None), "Today: subscribed to email");
        assert_eq!(
            today(ConsentState::Unsubscribed, Some("complained")),
            "Today: unsubscribed from email, and mail is withheld (complained before)"
        );
    }
}
