use super::page::Parts;
use super::*;
use contract::campaigns::{AbTest, Plan, TestOf, Unclear, Variant, WinnerBy};
use contract::templates::Content;

/// Trying variants on a sample before the rest gets the better one.
#[component]
pub fn TrialCard(parts: Parts) -> impl IntoView {
    let (plan, desk) = (parts.work.plan, parts.work.desk);
    let disabled = parts.is_locked || parts.is_fixed;
    let is_on = Memo::new(move |_| plan.with(|p| p.test.is_some()));
    let on = Bind::new(is_on, move |on: bool| plan.update(|p| p.test = on.then(first_test)));
    let of = Bind::new(
        Signal::derive(move || plan.with(|p| p.test.as_ref().map_or("subject", |t| of_name(t.of)).to_owned())),
        move |v: String| {
            let own = desk.read();
            change(plan, |t| {
                t.of = of_of(&v);
                // A test of the content begins with the words there are.
                for variant in t.variants.iter_mut().filter(|_| t.of == TestOf::Content) {
                    variant.content.get_or_insert_with(|| own.clone());
                }
            });
        },
    );
    let kinds =
        vec![Choice::new("subject", "Subject"), Choice::new("content", "Content"), Choice::new("time", "Time of day")];
    let error = parts.work.refused.of("plan.test.variants");
    view! {
        <Card title="5. Try variants">
            <CardBody>
                <Switch value=on disabled>"Try variants on a part of the audience first"</Switch>
                <When is=move || is_on.get()>
                    <Segmented value=of label="What differs" options=kinds.clone() />
                    {move || error.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                    <Variants parts disabled />
                    <Evidence plan refused=parts.work.refused disabled />
                </When>
                {move || parts.work.refused.of("plan.test").get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            </CardBody>
        </Card>
    }
    .into_any()
}

fn change(plan: RwSignal<Plan>, set: impl FnOnce(&mut AbTest)) {
    plan.update(|p| {
        if let Some(test) = &mut p.test {
            set(test);
        }
    });
}

/// The first variant is the campaign itself; the others are written here.
#[component]
fn Variants(parts: Parts, disabled: bool) -> impl IntoView {
    let plan = parts.work.plan;
    let shape = Memo::new(move |_| plan.with(|p| p.test.as_ref().map(|t| (t.of, t.variants.len()))));
    let own = move || match shape.get().map(|(of, _)| of) {
        Some(TestOf::Time) => "A is the planned time.".to_owned(),
        Some(TestOf::Content) => "A is what is written above.".to_owned(),
        _ => format!("A is “{}”.", parts.work.desk.subject.get()),
    };
    // Drawn anew when there are more or fewer, not with each letter.
    let fields = move || {
        let (of, count) = shape.get()?;
        Some((0..count).map(|n| view! { <VariantFields plan n of disabled /> }).collect_view())
    };
    let add = move |()| {
        let content = parts.work.desk.read();
        change(plan, |t| t.variants.push(new_variant(t.of, content)));
    };
    let is_full = move || shape.get().is_some_and(|(_, n)| n >= 4);
    view! {
        <Soft>{own}</Soft>
        {fields}
        <When is=move || !disabled && !is_full()>
            <Line>
                <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Plus on_press=add>"Add a variant"</Button>
            </Line>
        </When>
    }
    .into_any()
}

#[component]
fn VariantFields(plan: RwSignal<Plan>, n: usize, of: TestOf, disabled: bool) -> impl IntoView {
    let name = letter(n + 1);
    let read = move |get: fn(&Variant) -> String| {
        Signal::derive(move || {
            plan.with(|p| p.test.as_ref().and_then(|t| t.variants.get(n)).map(get).unwrap_or_default())
        })
    };
    let write = move |set: fn(&mut Variant, String)| {
        move |v: String| {
            change(plan, |t| {
                if let Some(variant) = t.variants.get_mut(n) {
                    set(variant, v)
                }
            })
        }
    };
    let remove = move |()| change(plan, |t| drop((n < t.variants.len()).then(|| t.variants.remove(n))));
    let fields = match of {
        TestOf::Subject => {
            let subject = Bind::new(read(|v| v.subject.clone()), write(|v, text| v.subject = text));
            let preheader = Bind::new(read(|v| v.preheader.clone()), write(|v, text| v.preheader = text));
            view! {
                <Field label=format!("Subject {name}") name=format!("variant-subject-{n}")>
                    <TextInput value=subject disabled />
                </Field>
                <Field label=format!("Preview text {name}") name=format!("variant-preheader-{n}") optional=true help="Empty takes that of A.">
                    <TextInput value=preheader disabled />
                </Field>
            }
            .into_any()
        }
        TestOf::Content => {
            let own = |get: fn(&Content) -> String| {
                Signal::derive(move || {
                    let found = |p: &Plan| Some(get(p.test.as_ref()?.variants.get(n)?.content.as_ref()?));
                    plan.with(found).unwrap_or_default()
                })
            };
            let subject =
                Bind::new(own(|c| c.subject.clone()), write(|v, t| v.content.get_or_insert_default().subject = t));
            let source =
                Bind::new(own(|c| c.source.clone()), write(|v, t| v.content.get_or_insert_default().source = t));
            view! {
                <Field label=format!("Subject {name}") name=format!("variant-subject-{n}")>
                    <TextInput value=subject disabled />
                </Field>
                <Field label=format!("Source {name}") name=format!("variant-source-{n}")>
                    <CodeField value=source rows=14 disabled />
                </Field>
            }
            .into_any()
        }
        TestOf::Time => {
            let time = Bind::new(read(|v| v.time.clone()), write(|v, text| v.time = text));
            view! {
                <Field label=format!("Time {name}") name=format!("variant-time-{n}")>
                    <TextInput value=time kind=InputKind::Time disabled />
                </Field>
            }
            .into_any()
        }
    };
    view! {
        {fields}
        {(n > 0 && !disabled)
            .then(|| {
                view! {
                    <Line>
                        <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::X on_press=remove>{format!("Take {name} out")}</Button>
                    </Line>
                }
            })}
    }
    .into_any()
}

/// How many try it, and when there is a winner.
#[component]
fn Evidence(plan: RwSignal<Plan>, refused: Problems, disabled: bool) -> impl IntoView {
    let number = move |get: fn(&AbTest) -> u32, set: fn(&mut AbTest, u32)| {
        let read = Signal::derive(move || plan.with(|p| p.test.as_ref().map(get).unwrap_or_default().to_string()));
        Bind::new(read, move |v: String| change(plan, |t| set(t, v.trim().parse().unwrap_or(0))))
    };
    let sample = number(|t| u32::from(t.sample_percent), |t, v| t.sample_percent = u8::try_from(v).unwrap_or(0));
    let wait = number(|t| u32::from(t.wait_hours), |t, v| t.wait_hours = u16::try_from(v).unwrap_or(0));
    let least = number(|t| t.min_people, |t, v| t.min_people = v);
    let is = move |get: fn(&AbTest) -> bool| Signal::derive(move || plan.with(|p| p.test.as_ref().is_some_and(get)));
    let by_opens = is(|t| t.by == WinnerBy::Opens);
    let by = Bind::new(
        Signal::derive(move || if by_opens.get() { "opens" } else { "clicks" }.to_owned()),
        move |v: String| change(plan, |t| t.by = if v == "opens" { WinnerBy::Opens } else { WinnerBy::Clicks }),
    );
    let takes_first = is(|t| t.unclear == Unclear::First);
    let unclear = Bind::new(
        Signal::derive(move || if takes_first.get() { "first" } else { "ask" }.to_owned()),
        move |v: String| change(plan, |t| t.unclear = if v == "first" { Unclear::First } else { Unclear::Ask }),
    );
    view! {
        <Columns min=160>
            <Field label="Sample, per cent" name="test-sample" help="Shared by all variants." error=refused.of("plan.test.sample_percent")>
                <TextInput value=sample kind=InputKind::Number disabled />
            </Field>
            <Field label="Winner after, hours" name="test-wait" help="From the last message of the sample." error=refused.of("plan.test.wait_hours")>
                <TextInput value=wait kind=InputKind::Number disabled />
            </Field>
            <Field label="Winner by" name="test-by" help="Machines do not count.">
                <Select value=by options=vec![Choice::new("clicks", "Click rate"), Choice::new("opens", "Open rate")] disabled />
            </Field>
            <Field label="At least, people" name="test-least" help="Who clicked or opened, over all variants.">
                <TextInput value=least kind=InputKind::Number disabled />
            </Field>
            <Field label="With fewer, or a tie" name="test-unclear">
                <Select value=unclear options=vec![Choice::new("ask", "Wait until I choose"), Choice::new("first", "Send A")] disabled />
            </Field>
        </Columns>
    }
    .into_any()
}

fn first_test() -> AbTest {
    AbTest {
        of: TestOf::Subject,
        variants: vec![Variant::default()],
        sample_percent: 20,
        by: WinnerBy::Clicks,
        wait_hours: 4,
        min_people: 20,
        unclear: Unclear::Ask,
    }
}

fn new_variant(of: TestOf, own: Content) -> Variant {
    match of {
        TestOf::Content => Variant { content: Some(own), ..Variant::default() },
        TestOf::Subject | TestOf::Time => Variant::default(),
    }
}

fn of_name(of: TestOf) -> &'static str {
    match of {
        TestOf::Subject => "subject",
        TestOf::Content => "content",
        TestOf::Time => "time",
    }
}

fn of_of(name: &str) -> TestOf {
    match name {
        "content" => TestOf::Content,
        "time" => TestOf::Time,
        _ => TestOf::Subject,
    }
}

/// `A` for 0.
fn letter(n: usize) -> String {
    u8::try_from(n).ok().and_then(|n| b'A'.checked_add(n)).map_or_else(String::new, |b| char::from(b).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tested_reads_back_and_variants_are_letters() {
        for of in [TestOf::Subject, TestOf::Content, TestOf::Time] {
            assert_eq!(of_of(of_name(of)), of);
        }
        assert_eq!((letter(0).as_str(), letter(1).as_str(), letter(4).as_str()), ("A", "B", "E"));
        assert!(new_variant(TestOf::Content, Content::default()).content.is_some());
        assert!(new_variant(TestOf::Time, Content::default()).content.is_none());
    }
}
