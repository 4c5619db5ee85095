//! The tile board: one figure each, its trend, and what wants attention.

use super::Reads;
use super::layout::{self, TileId};
use contract::Fault;
use contract::campaigns::EmailSummary;
use contract::contacts::{AudienceSummary, DayCount};
use contract::live::DeliverySummary;
use kit::*;
use leptos::prelude::*;
use session::Viewer;
use ui_platform::accounts::api::set_preference;

/// The board. A move is kept at once; if that fails the board says so.
#[component]
pub fn Tiles(reads: Reads) -> impl IntoView {
    // What the person moved on this page wins over what was kept when it was made.
    let moved = RwSignal::new(None::<Vec<TilePlace<TileId>>>);
    let places = Signal::derive(move || {
        moved.get().unwrap_or_else(|| layout::read(reads.layout.get().and_then(Result::ok).flatten().as_deref()))
    });
    let (toasts, read) = (use_toasts(), use_fault_words::<Fault>());
    let change = Callback::new(move |next: Vec<TilePlace<TileId>>| {
        let text = layout::write(&next);
        moved.set(Some(next));
        leptos::task::spawn_local(async move {
            if let Err(fault) = set_preference(layout::NAME.to_owned(), text).await {
                toasts.fault(read.read(&fault));
            }
        });
    });
    settled_over(Bones::Tiles(6), move || {
        let board = view! {
            <Board label="Tiles" tiles=places name=|id: &TileId| id.title().to_owned() on_change=change let:id>
                {tile(id, reads)}
            </Board>
        };
        Some(board.into_any())
    })
}

fn tile(id: TileId, reads: Reads) -> AnyView {
    match id {
        TileId::Email => {
            view! { <Suspended resource=reads.email bones=Bones::Figures(1) let:s><EmailTile s /></Suspended> }
                .into_any()
        }
        TileId::Campaigns => {
            view! { <Suspended resource=reads.email bones=Bones::Figures(1) let:s><CampaignsTile s /></Suspended> }
                .into_any()
        }
        TileId::Engagement => {
            view! { <Suspended resource=reads.email bones=Bones::Figures(1) let:s><EngagementTile s /></Suspended> }
                .into_any()
        }
        TileId::Calendar => {
            view! { <Suspended resource=reads.email bones=Bones::Figures(1) let:s><CalendarTile s /></Suspended> }
                .into_any()
        }
        TileId::Audience => {
            view! { <Suspended resource=reads.audience bones=Bones::Figures(1) let:s><AudienceTile s /></Suspended> }
                .into_any()
        }
        TileId::Delivery => {
            view! { <Suspended resource=reads.delivery bones=Bones::Figures(1) let:s><DeliveryTile s /></Suspended> }
                .into_any()
        }
    }
}

fn values(days: &[DayCount]) -> Vec<f64> {
    days.iter().map(|d| f64::from(u32::try_from(d.count.max(0)).unwrap_or(u32::MAX))).collect()
}

fn part(of: i64, whole: i64) -> Option<f64> {
    let float = |n: i64| f64::from(u32::try_from(n.max(0)).unwrap_or(u32::MAX));
    (whole > 0).then(|| float(of) / float(whole) * 100.0)
}

fn spark_words(what: &str, days: &[DayCount]) -> String {
    let total: i64 = days.iter().map(|d| d.count).sum();
    format!("{what} per day, {} in 30 days", format::number(total))
}

/// Change in percent against the days before; nothing to compare with is nothing to show.
fn change(now: i64, before: i64) -> Option<f64> {
    part(now, before).map(|p| p - 100.0)
}

#[component]
fn EmailTile(s: EmailSummary) -> impl IntoView {
    let delta = change(s.accepted, s.accepted_before).map(|change| {
        view! { <Delta change unit="%" base=Some(format!("from {}", format::number(s.accepted_before))) /> }
    });
    let (sending, unknown) = (s.now_sending.first().cloned(), s.unknown);
    let spark = spark_words("Messages accepted", &s.per_day);
    let asks = move || {
        let live = sending.clone().map(|c| {
            view! { <TileAsk href=format!("/campaigns/{}", c.id) tone=Tone::Note shape=Shape::Live text=format!("{} is sending", c.name) /> }
        });
        let unsure = (unknown > 0).then(|| {
            let text = format!("{} with unknown outcome", format::count(unknown, "message", "messages"));
            view! { <TileAsk href="/campaigns?state=finished_with_failures" tone=Tone::Warn shape=Shape::Unsure text /> }
        });
        view! { {live} {unsure} }
    };
    let is_live = !s.now_sending.is_empty();
    view! {
        <Tile title="Email" icon=IconName::Mail href=Some("/campaigns".to_owned()) live=is_live asks=asks>
            <Figure name="Accepted by servers, 30 days" value=Some(format::number(s.accepted)) big=true>{delta}</Figure>
            <Spark label=spark values=values(&s.per_day) />
        </Tile>
    }
    .into_any()
}

#[component]
fn CampaignsTile(s: EmailSummary) -> impl IntoView {
    let moving = s.sending + s.scheduled + s.paused + s.drafts;
    let words = format!("{} sending, {} scheduled, {} held, {} drafts", s.sending, s.scheduled, s.paused, s.drafts);
    let paused = s.paused;
    let asks = move || {
        (paused > 0).then(|| {
            let text = format!("{} held", format::count(paused, "campaign is", "campaigns are"));
            view! { <TileAsk href="/campaigns?state=paused" tone=Tone::Warn shape=Shape::Stop text /> }
        })
    };
    view! {
        <Tile title="Campaigns" icon=IconName::Campaign href=Some("/campaigns".to_owned()) asks=asks>
            <Figure name="In motion" value=Some(format::number(moving)) big=true><Faint tiny=true>{words}</Faint></Figure>
        </Tile>
    }
    .into_any()
}

#[component]
fn AudienceTile(s: AudienceSummary) -> impl IntoView {
    let delta = change(s.added, s.added_before).map(|change| {
        view! { <Delta change unit="%" base=Some(format!("{} added in 30 days", format::number(s.added))) /> }
    });
    let (subscribed, contacts, suppressed) = (s.subscribed, s.contacts, s.suppressed);
    let asks = move || {
        let share = format::share(format::whole(subscribed), format::whole(contacts)).unwrap_or_else(|| "None".into());
        let blocked = (suppressed > 0).then(|| {
            let text = format!("{} suppressed", format::number(suppressed));
            view! { <TileAsk href="/contacts?status=suppressed" tone=Tone::Bad shape=Shape::Stop text /> }
        });
        view! {
            <TileAsk href="/contacts?status=subscribed" tone=Tone::Good text=format!("{} can be mailed ({share})", format::number(subscribed)) />
            {blocked}
        }
    };
    view! {
        <Tile title="Audience" icon=IconName::People href=Some("/contacts".to_owned()) asks=asks>
            <Figure name="Contacts" value=Some(format::number(s.contacts)) big=true>{delta}</Figure>
            <Spark label=spark_words("Contacts added", &s.per_day) values=values(&s.per_day) />
        </Tile>
    }
    .into_any()
}

#[component]
fn EngagementTile(s: EmailSummary) -> impl IntoView {
    let rate = part(s.opened, s.accepted).map(|p| format::decimal(p, 1));
    let delta = part(s.opened, s.accepted).zip(part(s.opened_before, s.accepted_before)).map(|(now, before)| {
        view! { <Delta change=now - before unit="pt" base=Some(format!("from {} %", format::decimal(before, 1))) /> }
    });
    let clicks = part(s.clicked, s.accepted).map(|p| format!("{} % clicked", format::decimal(p, 1)));
    let leaves = part(s.unsubscribed, s.accepted).map(|p| format!("{} % unsubscribed", format::decimal(p, 2)));
    let asks = move || {
        [clicks.clone(), leaves.clone()]
            .into_iter()
            .flatten()
            .map(|text| view! { <TileAsk href="/campaigns" text /> })
            .collect_view()
    };
    view! {
        <Tile title="Engagement" icon=IconName::Chart href=Some("/campaigns".to_owned()) asks=asks>
            <Figure
                name="Opened by a person, 30 days"
                value=rate
                unit=Some("%".to_owned())
                missing=Some("Nothing was accepted in 30 days".to_owned())
                big=true
            >
                {delta}
            </Figure>
            <Spark label=spark_words("First opens", &s.opens_per_day) values=values(&s.opens_per_day) />
        </Tile>
    }
    .into_any()
}

#[component]
fn CalendarTile(s: EmailSummary) -> impl IntoView {
    let viewer = Viewer::here();
    let count = i64::try_from(s.coming.len()).unwrap_or(0);
    let coming = s.coming;
    let asks = move || {
        coming
            .iter()
            .take(2)
            .map(|c| {
                let at = c.scheduled.map(|at| viewer.brief(at)).unwrap_or_default();
                view! { <TileAsk href=format!("/campaigns/{}", c.id) shape=Shape::Wait text=format!("{}: {at}", c.name) /> }
            })
            .collect_view()
    };
    view! {
        <Tile title="Calendar" icon=IconName::Calendar href=Some("/campaigns?state=scheduled".to_owned()) asks=asks>
            <Figure name="Goes out in 7 days" value=Some(format::number(count)) big=true />
        </Tile>
    }
    .into_any()
}

#[component]
fn DeliveryTile(s: DeliverySummary) -> impl IntoView {
    let DeliverySummary { senders, handed_day, troubled } = s;
    let good = senders - i64::try_from(troubled.len()).unwrap_or(senders);
    let asks = move || {
        let bad = troubled
            .iter()
            .map(|s| view! { <TileAsk href="/settings/senders" tone=Tone::Bad shape=Shape::Stop text=format!("{}: {}", s.name, s.detail) /> })
            .collect_view();
        let fine = (good > 0).then(|| {
            view! { <TileAsk href="/settings/senders" tone=Tone::Good text=format!("{} without trouble", format::count(good, "sender", "senders")) /> }
        });
        let missing = (senders == 0)
            .then(|| view! { <TileAsk href="/settings/senders" shape=Shape::Wait text="No sender is connected" /> });
        view! { {bad} {fine} {missing} }
    };
    view! {
        <Tile title="Delivery" icon=IconName::Send href=Some("/settings/senders".to_owned()) asks=asks>
            <Figure name="Handed over, 24 hours" value=Some(format::number(handed_day)) big=true />
        </Tile>
    }
    .into_any()
}
