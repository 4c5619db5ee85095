//! Eight campaigns: what they say, whom they go to, and what became of them.

use super::calendar::{Calendar, ZONE};
use super::house::{self, House};
use super::ledger::{Pick, Played, Sending, play};
use super::members::Member;
use super::people::List;
use super::returns::{self, Return};
use super::store::{self, Outcome};
use super::words::{self, Words};
use crate::wiring::App;
use anyhow::{Context, Result, anyhow, ensure};
use contract::campaigns::{Audience, CampaignDraft, CampaignState, RecipientState, When};
use contract::templates::Content;
use contract::{Actor, CampaignId, Micros, TagId, TemplateId};
use kernel::TestClock;
use kernel::db::json_rows;
use messaging::render::{Compiled, Options};

pub use super::words::Design;

/// A campaign that went out.
struct Mailing {
    words: &'static Words,
    days_ago: i64,
    clock: &'static str,
    /// Whether it was planned, or started by hand.
    planned: bool,
    pick: Pick,
    pull: f64,
    unanswered: usize,
    breaks_at: Option<f64>,
}

const PAST: [Mailing; 5] = [
    Mailing {
        words: &words::WORKSHOPS,
        days_ago: 79,
        clock: "10:00",
        planned: false,
        pick: Pick { lists: &[List::Workshops], tags: &["studio visitor"], without: &[] },
        pull: 0.46,
        unanswered: 0,
        breaks_at: None,
    },
    Mailing {
        words: &words::SECONDS,
        days_ago: 57,
        clock: "09:30",
        planned: true,
        pick: Pick { lists: &[List::Newsletter, List::Seconds], tags: &[], without: &[] },
        pull: 0.36,
        unanswered: 2,
        breaks_at: None,
    },
    Mailing {
        words: &words::SHAPES,
        days_ago: 36,
        clock: "09:00",
        planned: true,
        pick: Pick { lists: &[List::Stockists], tags: &["interior designer"], without: &[] },
        pull: 0.43,
        unanswered: 0,
        breaks_at: None,
    },
    Mailing {
        words: &words::WINTER,
        days_ago: 9,
        clock: "09:30",
        planned: true,
        pick: Pick { lists: &[List::Newsletter], tags: &[], without: &["stockist"] },
        pull: 0.39,
        unanswered: 4,
        breaks_at: None,
    },
    Mailing {
        words: &words::KILN,
        days_ago: 2,
        clock: "10:30",
        planned: false,
        pick: Pick { lists: &[List::Newsletter, List::Workshops], tags: &[], without: &[] },
        pull: 0.41,
        unanswered: 0,
        breaks_at: Some(0.62),
    },
];

/// What there is to tell about campaigns.
#[derive(Debug)]
pub struct Sent {
    /// How many there are.
    pub campaigns: usize,
    /// The planned one, and when it starts.
    pub planned: (String, String),
}

/// Makes the templates.
pub async fn templates(app: &App, editor: &Actor, clock: &TestClock, calendar: &Calendar) -> Result<Vec<TemplateId>> {
    let mut made = Vec::new();
    for (design, days) in Design::ALL.into_iter().zip([88, 61, 15]) {
        clock.set(calendar.back(days));
        let template = app.templates.create(editor, design.name().into(), design.example().content()).await?;
        made.push(template.id);
    }
    Ok(made)
}

/// Makes all campaigns.
pub async fn send(
    app: &App,
    clock: &TestClock,
    calendar: &Calendar,
    house: &House,
    mut members: Vec<Member>,
) -> Result<Sent> {
    let mut door = returns::open(app, clock, calendar, house).await?;
    for (seed, mailing) in (1..).zip(&PAST) {
        let back = went_out(app, clock, calendar, house, &mut members, mailing, seed).await?;
        door.take(app, house, back).await?;
    }
    door.close(app, calendar, house).await?;
    let planned = plan(app, clock, calendar, house).await?;
    let mut campaigns = PAST.len() + 1;
    let everybody = Pick { lists: &[List::Newsletter], tags: &[], without: &[] };
    // The second has hardly begun: nobody has thought of whom it goes to.
    for (words, days, pick) in [(&words::GIFTS, 6, Some(&everybody)), (&words::THANKS, 1, None)] {
        clock.set(calendar.back(days).plus_seconds(-1_500));
        let mut draft = draft(app, house, words, pick).await?;
        draft.sender = draft.sender.filter(|_| pick.is_some());
        app.campaigns.create(&house.editor, draft).await?;
        campaigns += 1;
    }
    Ok(Sent { campaigns, planned })
}

async fn draft(app: &App, house: &House, words: &Words, pick: Option<&Pick>) -> Result<CampaignDraft> {
    let template = Design::ALL.iter().position(|d| *d == words.design).and_then(|place| house.templates.get(place));
    let mut audience = Audience::default();
    if let Some(pick) = pick {
        audience.lists = pick.lists.iter().map(|l| house.list(*l)).collect::<Result<_>>()?;
        audience.tags = tags(app, house, pick.tags).await?;
        audience.exclude_tags = tags(app, house, pick.without).await?;
    }
    Ok(CampaignDraft {
        name: words.name.into(),
        content: words.content(),
        template: template.copied(),
        sender: Some(house.sender),
        from_name: String::new(),
        reply_to: String::new(),
        audience,
        track_opens: true,
        track_clicks: true,
        ..CampaignDraft::default()
    })
}

async fn tags(app: &App, house: &House, names: &[&str]) -> Result<Vec<TagId>> {
    let all = app.contacts.tags(&house.system).await?;
    let id = |name: &&str| {
        let found = all.iter().find(|tag| tag.name == *name);
        found.map(|tag| tag.id).with_context(|| format!("nobody has the tag {name}"))
    };
    names.iter().map(id).collect()
}

/// One that starts next week.
async fn plan(app: &App, clock: &TestClock, calendar: &Calendar, house: &House) -> Result<(String, String)> {
    let words = &words::FAIR;
    clock.set(calendar.back(1).plus_seconds(-5_400));
    let pick = Pick { lists: &[List::Stockists], tags: &[], without: &[] };
    let draft = draft(app, house, words, Some(&pick)).await?;
    let made = app.campaigns.create(&house.editor, draft).await?;
    clock.set(calendar.back(1));
    let (at, wall) = calendar.workday(-6, "09:00")?;
    app.campaigns.schedule(&house.approver, made.id, When { wall, zone: ZONE.into() }).await?;
    Ok((words.name.into(), calendar.zone.full(at)))
}

async fn went_out(
    app: &App,
    clock: &TestClock,
    calendar: &Calendar,
    house: &House,
    members: &mut [Member],
    mailing: &Mailing,
    seed: u64,
) -> Result<Vec<Return>> {
    let (at, wall) = calendar.workday(mailing.days_ago, mailing.clock)?;
    clock.set(at.plus_seconds(-27 * 3600));
    let draft = draft(app, house, mailing.words, Some(&mailing.pick)).await?;
    let made = app.campaigns.create(&house.editor, draft).await?;
    clock.set(at);
    let look = app.campaigns.last_look(&house.approver, made.id).await?;
    ensure!(look.blockers.is_empty(), "{} cannot be sent: {}", mailing.words.name, look.blockers.join(" "));
    let links = links(made.id, &made.draft.content, mailing.words.name)?;

    let start = at.plus_seconds(2);
    let sending = Sending {
        campaign: made.id,
        name: mailing.words.name,
        sender: house.sender,
        start,
        pick: &mailing.pick,
        links: links.len(),
        pull: mailing.pull,
        unanswered: mailing.unanswered,
        breaks_at: mailing.breaks_at,
    };
    let played = play(&sending, members, calendar, seed);
    let planned = mailing.planned.then_some((at, wall));
    let outcome = outcome(&played, &made.draft.content, start, planned);
    let mut tx = app.db.begin(house.company).await?;
    store::set_outcome(&mut tx, house.company, made.id, &outcome).await?;
    store::write_ledger(&mut tx, house.company, made.id, &links, &played.ledger).await?;
    let (health, detail) =
        if mailing.breaks_at.is_some() { ("failing", outcome.reason.as_str()) } else { ("good", "") };
    store::set_health(&mut tx, house.company, house.sender, health, detail, outcome.updated).await?;
    tx.commit().await?;
    Ok(played.returns)
}

/// Where its rows say it stands.
fn outcome(played: &Played, content: &Content, start: Micros, planned: Option<(Micros, String)>) -> Outcome {
    let rows = &played.ledger.recipients;
    let is_any = |states: &[RecipientState]| rows.iter().any(|row| states.iter().any(|s| s.as_str() == row.state));
    let (state, reason, held_by, finished) = if is_any(&[RecipientState::Pending]) {
        let reason = format!(
            "The server of {} refuses the user name or password: 535 5.7.8 authentication failed",
            house::SENDER
        );
        (CampaignState::Paused, reason, "trouble", None)
    } else if is_any(&[RecipientState::Failed, RecipientState::Unknown]) {
        (CampaignState::FinishedWithFailures, String::new(), "", Some(Micros(played.last)))
    } else {
        (CampaignState::Finished, String::new(), "", Some(Micros(played.last)))
    };
    Outcome {
        state,
        reason,
        held_by,
        planned,
        zone: ZONE,
        frozen: json_rows(content),
        last: rows.last().map(|row| row.contact),
        started: start,
        finished,
        updated: Micros(played.last + 1_000),
    }
}

/// Where its links lead, in the order in which the engine numbers them.
fn links(campaign: CampaignId, content: &Content, name: &str) -> Result<Vec<String>> {
    let options = Options {
        campaign,
        campaign_name: name,
        company_name: house::NAME,
        company_address: house::ADDRESS,
        company_website: house::WEBSITE,
        track_opens: true,
        track_clicks: true,
        fields: None,
        lenient: false,
    };
    let compiled = Compiled::new(content, &options).map_err(|problems| {
        let words: Vec<String> = problems.into_iter().map(|p| p.message).collect();
        anyhow!("{name} cannot be written: {}", words.join(" "))
    })?;
    Ok(compiled.links().to_vec())
}
