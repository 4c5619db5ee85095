//! Cards, rows, tabs.

use super::Exhibit;
use crate::*;
use leptos::prelude::*;

#[component]
pub(super) fn Frames() -> impl IntoView {
    let tabs = vec![
        TabLink::new("#report", "Report", true),
        TabLink::new("#people", "Recipients", false).count(13_412),
        TabLink::new("#links", "Links", false),
    ];
    let views = vec![TabLink::new("#month", "Month", true), TabLink::new("#week", "Week", false)];
    view! {
        <Exhibit title="Tabs, crumbs, cards, rows">
            <Tabs label="Campaign" items=tabs />
            <Line apart=true>
                <Tabs label="View" items=views segmented=true />
                <Crumbs items=vec![Crumb::link("Campaigns", "#campaigns"), Crumb::here("Winter glaze launch")] />
            </Line>
            <Card title="Goes out" aside=|| view! { <Count value=2 /> } footer=|| view! { <Faint tiny=true>"All times in CET"</Faint> }>
                <Rows>
                    <Row title="Winter glaze launch" detail="Email to 12,480 people" href="#one" before=|| view! { <Kind color="email" /> }>
                        <Status tone=Tone::Note shape=Shape::Live>"Sending"</Status>
                    </Row>
                    <Row title="Pickup reminder" href="#two" on=true before=|| view! { <Kind color="sms" /> }>
                        <Status shape=Shape::Wait>"Scheduled"</Status>
                    </Row>
                </Rows>
            </Card>
            <Card title="Consent">
                <CardBody>
                    <Facts>
                        <Fact name="Email">"Given 4 March 2025, by form"</Fact>
                        <Fact name="Text">"Never asked"</Fact>
                    </Facts>
                </CardBody>
            </Card>
            <AskList title="Needs you" count=2>
                <Ask icon=IconName::Plug what="Reconnect Instagram" why="Refused since Tue 18 Nov 16:05, 2 posts held">
                    <LinkButton href="#connect" size=Size::Small>"Reconnect"</LinkButton>
                </Ask>
                <Ask icon=IconName::Query what="4 messages with unknown outcome" why="Not sent again on their own">
                    <Button size=Size::Small>"Check"</Button>
                </Ask>
            </AskList>
        </Exhibit>
    }
    .into_any()
}
