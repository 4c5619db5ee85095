//! Tiles and charts.

use super::Exhibit;
use crate::*;
use leptos::prelude::*;

#[component]
pub(super) fn Tiles() -> impl IntoView {
    let tiles = RwSignal::new(vec![
        TilePlace::new("Email"),
        TilePlace::new("Ads"),
        TilePlace { is_wide: true, ..TilePlace::new("CRM") },
    ]);
    let rising = vec![21.0, 22.5, 22.0, 23.1, 22.8, 24.6, 23.9, 25.2, 26.0, 25.1, 27.4];
    let draw = move |name: &'static str| {
        let rising = rising.clone();
        match name {
            "Ads" => view! {
                <Tile title="Ads" icon=IconName::Target asks=|| view! { <TileAsk href="#spend" text="Record spend" /> }>
                    <Figure name="Spend, 30 days" missing="No spend recorded" big=true />
                </Tile>
            }
            .into_any(),
            name => view! {
                <Tile
                    title=name
                    icon=IconName::Mail
                    href="#mail"
                    live=name == "Email"
                    asks=|| view! {
                        <TileAsk href="#send" tone=Tone::Note shape=Shape::Live text="Winter glaze launch is sending, 66 %" />
                        <TileAsk href="#unknown" tone=Tone::Warn shape=Shape::Unsure text="4 messages with unknown outcome" />
                    }
                >
                    <Figure name="Opened by a person, 30 days" value="24.1" unit="%" big=true>
                        <Delta change=1.3 unit="pt" base="from 22.8 %" trend=Trend::Good />
                    </Figure>
                    <Spark label="Rising from 21 to 27 percent" values=rising />
                </Tile>
            }
            .into_any(),
        }
    };
    view! {
        <Exhibit title="Board and tiles">
            <Board label="Tiles" tiles name=|name| (*name).to_owned() on_change=move |next| tiles.set(next) let:name>
                {draw(name)}
            </Board>
        </Exhibit>
    }
    .into_any()
}

fn days(kind: ChartKind) -> ChartData {
    let wave = |base: f64, at: u32| base + f64::from(at * 7 % 11) * 4.0 + f64::from(at) * 2.0;
    let count = if kind == ChartKind::Bars { 8 } else { 30 };
    ChartData {
        x_name: "Day".to_owned(),
        x: (1..=count).map(|day| format!("{day} Nov")).collect(),
        unit: Unit::Money("€"),
        series: vec![
            Series::new(
                "This period",
                "purple-text",
                (0..count).map(|at| if at == 12 { None } else { Some(wave(60.0, at)) }).collect(),
            ),
            Series::before("The period before", (0..count).map(|at| Some(wave(40.0, at + 3))).collect()),
        ],
    }
}

#[component]
pub(super) fn Charts() -> impl IntoView {
    view! {
        <Exhibit title="Chart">
            <Card title="Revenue by day">
                <CardBody>
                    <Chart label="Revenue by day" data=days(ChartKind::Line) height=180 />
                </CardBody>
            </Card>
            <Card title="Orders by day">
                <CardBody>
                    <Chart label="Orders by day" data=days(ChartKind::Bars) kind=ChartKind::Bars height=140 />
                </CardBody>
            </Card>
            <Card title="Cost per customer">
                <CardBody>
                    <Chart label="Cost per customer" data=ChartData::default() height=120 missing="No spend recorded in November" />
                </CardBody>
            </Card>
        </Exhibit>
    }
    .into_any()
}
