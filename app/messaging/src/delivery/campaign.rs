//! How one campaign is delivered: its own pace, and who takes over when its sender is in trouble.

use super::{api, follow, words};
use crate::parts::{Arriving, Fetched, Hand};
use contract::sending::{Delivery, Pace, PacePer};
use contract::{CampaignId, Capability};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

/// Shown beside the campaign; may change while it goes out.
#[component]
pub fn DeliveryCard(
    /// Which.
    id: CampaignId,
    /// The heading.
    #[prop(into)]
    title: String,
    /// Whether something typed is not saved.
    dirty: RwSignal<bool>,
    /// It can still change.
    #[prop(into)]
    open: Signal<bool>,
) -> impl IntoView {
    let may = Viewer::here().may(Capability::CampaignsWrite);
    let changed = use_stream().changes("campaign.delivery");
    let fetched = Fetched::new(move || changed.get(), move |_| api::campaign_delivery(id));
    view! {
        <Card title>
            <CardBody>
                <Arriving fetched bones=Bones::Form(2) let:stored>
                    <p>{move || stored.with(words::delivery)}</p>
                    <When is=move || may && open.get()>
                        <DeliveryForm id stored dirty />
                    </When>
                </Arriving>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// The delivery as it is typed.
#[derive(Clone, Copy)]
struct Typed {
    has_pace: RwSignal<bool>,
    count: RwSignal<String>,
    per: RwSignal<String>,
    way: RwSignal<String>,
    fallback: RwSignal<bool>,
}

impl Typed {
    fn of(delivery: &Delivery) -> Self {
        let usual = Pace { count: 1000, per: PacePer::Hour, evenly: true };
        let pace = delivery.pace.unwrap_or(usual);
        Self {
            has_pace: RwSignal::new(delivery.pace.is_some()),
            count: RwSignal::new(pace.count.to_string()),
            per: RwSignal::new(words::per(pace.per).to_owned()),
            way: RwSignal::new(way(pace.evenly).to_owned()),
            fallback: RwSignal::new(delivery.fallback),
        }
    }

    fn fill(self, delivery: &Delivery) {
        self.has_pace.set(delivery.pace.is_some());
        if let Some(pace) = delivery.pace {
            self.count.set(pace.count.to_string());
            self.per.set(words::per(pace.per).to_owned());
            self.way.set(way(pace.evenly).to_owned());
        }
        self.fallback.set(delivery.fallback);
    }

    /// What is typed now; what is no number reads as 0, which the server refuses with a reason.
    fn read(self) -> Delivery {
        let pace = Pace {
            count: self.count.with(|text| text.trim().replace([',', ' '], "").parse().unwrap_or(0)),
            per: self.per.with(|per| words::per_of(per)),
            evenly: self.way.with(|own| own == way(true)),
        };
        Delivery { pace: self.has_pace.get().then_some(pace), fallback: self.fallback.get() }
    }
}

fn way(evenly: bool) -> &'static str {
    if evenly { "evenly" } else { "burst" }
}

#[component]
fn DeliveryForm(id: CampaignId, stored: Signal<Delivery>, dirty: RwSignal<bool>) -> impl IntoView {
    let (hand, problems) = (Hand::here(), Problems::new());
    let first = stored.get_untracked();
    let typed = Typed::of(&first);
    let base = RwSignal::new(first);
    follow(stored, base, move || typed.read(), move |delivery| typed.fill(delivery));
    Effect::new(move |_| dirty.set(base.with(|base| typed.read() != *base)));
    on_cleanup(move || {
        let _ = dirty.try_set(false);
    });
    let save = Action::new(move |(): &()| {
        let wanted = untrack(|| typed.read());
        async move {
            if problems.keep(api::set_delivery(id, wanted).await).is_some() {
                hand.toasts.ok("Saved. It is used within seconds.");
                hand.touch("campaign.delivery_changed");
            }
        }
    });
    view! {
        {move || problems.besides(&["pace.count"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { save.dispatch(()); }>
            <Checkbox value=typed.has_pace>"At a pace of its own, whatever its sender allows"</Checkbox>
            <When is=move || typed.has_pace.get()>
                <PaceFields typed problems />
            </When>
            <Checkbox value=typed.fallback>"Let the company’s next sender take over while this one is in trouble"</Checkbox>
            <Faint tiny=true>"Only what the first surely did not hand over goes through the next, so nobody gets it twice."</Faint>
            <Line>
                <Button submit=true busy=save.pending()>"Save delivery"</Button>
                <When is=move || dirty.get()>
                    <Faint tiny=true>"Not saved yet"</Faint>
                </When>
            </Line>
        </Form>
    }
    .into_any()
}

#[component]
fn PaceFields(typed: Typed, problems: Problems) -> impl IntoView {
    let per = vec![
        Choice::new(words::per(PacePer::Minute), "Minute"),
        Choice::new(words::per(PacePer::Hour), "Hour"),
        Choice::new(words::per(PacePer::Day), "Day"),
    ];
    let ways = vec![Choice::new(way(true), "Spread evenly"), Choice::new(way(false), "In a burst, then a pause")];
    view! {
        <Columns min=110>
            <Field label="Messages" name="pace-count" error=problems.of("pace.count")>
                <TextInput value=typed.count kind=InputKind::Number />
            </Field>
            <Field label="In each" name="pace-per">
                <Select value=typed.per options=per />
            </Field>
            <Field label="How" name="pace-way">
                <Select value=typed.way options=ways />
            </Field>
        </Columns>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_typed_and_reads_back() {
        Owner::new().with(|| {
            let slow = Delivery { pace: Some(Pace { count: 250, per: PacePer::Day, evenly: false }), fallback: true };
            let typed = Typed::of(&slow);
            assert_eq!(typed.read(), slow);
            typed.count.set("1,500".to_owned());
            assert_eq!(typed.read().pace.map(|pace| pace.count), Some(1500));
            typed.fill(&Delivery::default());
            assert_eq!(typed.read(), Delivery::default());
        });
    }
}
