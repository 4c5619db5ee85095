//! Signs and figures.

use super::Exhibit;
use crate::*;
use leptos::prelude::*;

#[component]
pub(super) fn Signs() -> impl IntoView {
    view! {
        <Exhibit title="Status: shape is certainty, colour is judgement">
            <Line gap=Gap::Normal>
                <Status tone=Tone::Good>"Accepted"</Status>
                <Status tone=Tone::Note shape=Shape::Live>"Sending"</Status>
                <Status shape=Shape::Wait>"Waiting"</Status>
                <Status tone=Tone::Warn>"In part"</Status>
                <Status tone=Tone::Warn shape=Shape::Unsure>"Unknown"</Status>
                <Status tone=Tone::Bad>"Bounced"</Status>
                <Status tone=Tone::Bad shape=Shape::Stop>"Failed"</Status>
                <Status shape=Shape::Stop>"Off"</Status>
            </Line>
            <Line>
                <Badge>"Neutral"</Badge>
                <Badge tone=Tone::Good>"Good"</Badge>
                <Badge tone=Tone::Warn>"Medium risk"</Badge>
                <Badge tone=Tone::Bad>"High risk"</Badge>
                <Badge tone=Tone::Note>"Info"</Badge>
                <Badge tone=Tone::Brand>"Customer"</Badge>
                <Tag name="Stockist" />
                <Tag name="Fair 2025" on_remove=|()| () />
                <Count value=13_412 />
                <Count value=3 hot=true />
            </Line>
            <Line>
                <Avatar name="Mira Solberg" />
                <Avatar name="Alba Reyes" big=true />
                <Avatar name="Emberfold Ceramics" kind=AvatarKind::Firm />
                <Avatar name="Scout" kind=AvatarKind::Agent />
                <Kind color="email" />
                <Kind color="sms" />
                <Tooltip text="Opens by people; machines are counted apart">"Human opens"</Tooltip>
            </Line>
            <p class="faint">"The faintest text"</p>
        </Exhibit>
    }
    .into_any()
}

#[component]
pub(super) fn Figures() -> impl IntoView {
    view! {
        <Exhibit title="Figures">
            <Strip>
                <Figure name="Opened by a person, 30 days" value="24.1" unit="%" big=true>
                    <Delta change=1.3 unit="pt" base="from 22.8 %" trend=Trend::Good />
                </Figure>
                <Figure name="Delivered, 30 days" value="1,842">
                    <Delta change=-4.0 unit="%" base="from 1,919" />
                </Figure>
                <Figure name="Cost per customer" missing="No spend recorded" />
            </Strip>
        </Exhibit>
    }
    .into_any()
}
