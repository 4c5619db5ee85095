//! Progress and the four states.

use super::Exhibit;
use crate::*;
use leptos::prelude::*;

#[component]
pub(super) fn Progresses() -> impl IntoView {
    let parts = vec![
        Part::proven("Accepted", 8_175, "cyan"),
        Part::proven("Bounced or failed", 48, "danger"),
        Part::unsure("Unknown", 4),
        Part::hollow("Skipped", 23),
        Part::proven("In flight", 12, "info"),
        Part::rest("Waiting", 4_216),
    ];
    view! {
        <Exhibit title="Progress">
            <Progress label="Import" parts=Part::done_of(3_310, 8_090) />
            <Progress
                label="Winter glaze launch"
                parts=parts.clone()
                words="8,252 of 12,480 done, about 36 minutes left"
                height=BarHeight::Tall
            />
            <Legend parts counted=true />
            <Progress label="Sync" parts=Part::done_of(88, 100) height=BarHeight::Thin />
            <Line>
                <Ring percent=66 />
                <span class="tiny soft">"66 %"</span>
            </Line>
        </Exhibit>
    }
    .into_any()
}

#[component]
pub(super) fn States() -> impl IntoView {
    let words = FaultWords {
        trace: Some("01J9-7Q4K".to_owned()),
        ..FaultWords::new("The list could not be read", "Nothing was changed. The database did not answer in 5 s.")
    };
    view! {
        <Exhibit title="Loading, empty, fault">
            <Card title="Loading rows">
                <Skeleton shape=Bones::Table(3, 4) />
            </Card>
            <Columns min=200>
                <Card>
                    <CardBody>
                        <Skeleton shape=Bones::Form(2) />
                    </CardBody>
                </Card>
                <Card>
                    <Skeleton shape=Bones::Figures(2) />
                </Card>
            </Columns>
            <Columns min=240>
                <Card>
                    <Empty title="No drafts" text="A draft waits here until you drag it to a day." icon=IconName::Note>
                        <Button size=Size::Small icon=IconName::Plus>"New draft"</Button>
                    </Empty>
                </Card>
                <Card>
                    <FaultView words on_retry=|()| () />
                </Card>
            </Columns>
            <Notice tone=Tone::Note>"Four mailboxes allow 120 per minute."</Notice>
            <Notice tone=Tone::Warn action=|| view! { <Button size=Size::Small>"Show the record"</Button> }>
                "DMARC reads “none”."
            </Notice>
            <Notice tone=Tone::Bad icon=IconName::Plug>"Instagram refuses us since Tuesday."</Notice>
            <Notice tone=Tone::Good>"Import finished, 8,090 rows."</Notice>
        </Exhibit>
    }
    .into_any()
}
