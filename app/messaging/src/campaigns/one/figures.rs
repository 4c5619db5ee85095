use super::*;
use contract::Zone;
use contract::campaigns::{HitCount, Reason};

/// Everybody in the ledger by state; each row leads to the people behind it.
#[component]
pub fn WhatHappened(report: Signal<CampaignReport>) -> impl IntoView {
    let id = report.with_untracked(|r| r.campaign.id);
    let row = move |end: End| {
        let End { title, state, count, of, detail, certainty, color } = end;
        let share = format::share(format::whole(count), of).unwrap_or_default();
        view! {
            <Row title detail=(!detail.is_empty()).then_some(detail) href=people_in(id, state) before=move || view! { <Swatch certainty color /> }>
                <span>{format::number(count)}</span>
                <Faint tiny=true>{share}</Faint>
            </Row>
        }
    };
    let total = move || report.with(|r| format::count(r.campaign.counts.total(), "person", "people"));
    view! {
        <Card title="What happened to each recipient" aside=move || view! { <Faint tiny=true>{total}</Faint> }>
            <Rows label="Recipients by state">{move || report.with(ends).into_iter().map(row).collect_view()}</Rows>
        </Card>
    }
    .into_any()
}

/// One way it ended, or stands, for some recipients.
struct End {
    title: &'static str,
    state: &'static str,
    count: i64,
    of: u64,
    detail: String,
    certainty: Certainty,
    color: &'static str,
}

fn ends(report: &CampaignReport) -> Vec<End> {
    let c = &report.campaign.counts;
    let of = format::whole(c.total());
    let reasons = |all: &[Reason]| {
        all.iter().take(3).map(|r| format!("{} {}", r.text, format::number(r.count))).collect::<Vec<_>>().join(" · ")
    };
    let end = |title, state, count, detail: &str, certainty, color| End {
        title,
        state,
        count,
        of,
        detail: detail.to_owned(),
        certainty,
        color,
    };
    let all = [
        end(
            "Accepted",
            "accepted",
            c.accepted,
            "The mail server took the message. It does not confirm delivery.",
            Certainty::Proven,
            "cyan",
        ),
        end(
            "Came back, of the accepted",
            "bounced",
            report.engagement.bounced,
            "A server took the message and returned it later.",
            Certainty::Proven,
            "warn",
        ),
        end(
            "Reported as spam, of the accepted",
            "complained",
            report.engagement.complained,
            "These people get no more mail.",
            Certainty::Proven,
            "danger",
        ),
        end("Failed", "failed", c.failed, &reasons(&report.failures), Certainty::Proven, "danger"),
        end(
            "Unknown",
            "unknown",
            c.unknown,
            "Handed over, then the line dropped. They may have it, so Lux does not send again.",
            Certainty::Unsure,
            "warn",
        ),
        end("Left out", "skipped", c.skipped, &reasons(&report.skipped), Certainty::Hollow, "text-3"),
        end("Not sent, cancelled", "cancelled", c.cancelled, "", Certainty::Hollow, "text-3"),
        end(
            "Being handed over",
            "handed",
            c.handed,
            "An answer of the mail server is expected soon.",
            Certainty::Proven,
            "info",
        ),
        end("Waiting", "pending", c.pending + c.claimed, "", Certainty::Rest, "text-3"),
    ];
    all.into_iter().filter(|e| e.count > 0 || e.state == "accepted").collect()
}

/// Opens, clicks, unsubscriptions as a share of accepted; machines apart.
#[component]
pub fn PeopleDid(report: Signal<CampaignReport>) -> impl IntoView {
    let share = move |part: fn(&CampaignReport) -> i64| {
        Signal::derive(move || report.with(|r| words::of_accepted(part(r), &r.campaign.counts)))
    };
    let people =
        move |part: fn(&CampaignReport) -> i64| move || report.with(|r| format::count(part(r), "person", "people"));
    let (opens_on, clicks_on) = (
        Memo::new(move |_| report.with(|r| r.campaign.draft.track_opens)),
        Memo::new(move |_| report.with(|r| r.campaign.draft.track_clicks)),
    );
    let opened = move || {
        if opens_on.get() { share(|r| r.engagement.opened).get() } else { None }
    };
    let clicked = move || {
        if clicks_on.get() { share(|r| r.engagement.clicked).get() } else { None }
    };
    let why = |is_on: Memo<bool>| {
        Signal::derive(move || {
            Some(if is_on.get() { "No message was accepted yet" } else { "Not tracked in this campaign" }.to_owned())
        })
    };
    let machines =
        move || report.with(|r| format!("{} more were machines", format::number(r.engagement.machine_opened)));
    let base = move || report.with(|r| format!("Share of {} accepted", format::number(r.campaign.counts.accepted)));
    view! {
        <Card title="What people did" aside=move || view! { <Faint tiny=true>{base}</Faint> }>
            <CardBody>
                <Columns min=150>
                    <Figure name="Opened by a person" value=Signal::derive(opened) missing=why(opens_on)>
                        <Faint tiny=true>{people(|r| r.engagement.opened)} ". " {machines}</Faint>
                    </Figure>
                    <Figure name="Clicked by a person" value=Signal::derive(clicked) missing=why(clicks_on)>
                        <Faint tiny=true>{people(|r| r.engagement.clicked)}</Faint>
                    </Figure>
                    <Figure name="Unsubscribed" value=share(|r| r.engagement.unsubscribed) missing="No message was accepted yet">
                        <Faint tiny=true>{people(|r| r.engagement.unsubscribed)} ", in effect at once"</Faint>
                    </Figure>
                    <Figure name="Came back" value=share(|r| r.engagement.bounced) missing="No message was accepted yet">
                        <Faint tiny=true>{people(|r| r.engagement.bounced)}</Faint>
                    </Figure>
                    <Figure name="Reported as spam" value=share(|r| r.engagement.complained) missing="No message was accepted yet">
                        <Faint tiny=true>{people(|r| r.engagement.complained)}</Faint>
                    </Figure>
                </Columns>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// First opens and clicks per hour from the start.
#[component]
pub fn HourChart(report: Signal<CampaignReport>) -> impl IntoView {
    let viewer = Viewer::here();
    let data = Memo::new(move |_| report.with(|r| chart(&r.hours, &viewer.zone())));
    let zone = move || report.with(|r| viewer.zone().short(r.at).to_owned());
    view! {
        <Card title="Opens and clicks per hour" aside=move || view! { <Faint tiny=true>"Each person once, hours in " {zone}</Faint> }>
            <CardBody>
                <Chart label="Opens and clicks per hour" data missing="Shows once the first hour begins" />
            </CardBody>
        </Card>
    }
    .into_any()
}

fn chart(hours: &[HitCount], zone: &Zone) -> ChartData {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of people in an hour are far below what a float holds exactly"
    )]
    let values = |get: fn(&HitCount) -> i64| hours.iter().map(|h| Some(get(h) as f64)).collect::<Vec<_>>();
    let x = hours.iter().map(|h| {
        let civil = zone.civil(h.at);
        format!("{} {} {:02}:00", civil.day, civil.month_name().get(..3).unwrap_or(""), civil.hour)
    });
    ChartData {
        x_name: "Hour".into(),
        x: x.collect(),
        unit: Unit::Plain,
        series: vec![
            Series::new("Opens", "cyan", values(|h| h.opens)),
            Series::new("Clicks", "purple", values(|h| h.clicks)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Micros;

    #[test]
    fn hours_are_named_by_the_clock_of_the_company() {
        let at = Micros::parse("2025-11-20T09:30:00Z").unwrap();
        let data = chart(&[HitCount { at, opens: 3, clicks: 1 }], &Zone::utc());
        assert_eq!(data.x, ["20 Nov 09:00"]);
        assert_eq!(data.series[0].values, [Some(3.0)]);
    }
}
