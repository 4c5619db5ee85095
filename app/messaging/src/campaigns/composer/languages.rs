use super::page::Parts;
use super::*;
use contract::campaigns::{LanguageVariant, Plan};

/// Other wordings for people of other languages.
#[component]
pub fn LanguagesCard(parts: Parts) -> impl IntoView {
    let plan = parts.work.plan;
    let disabled = parts.is_locked || parts.is_fixed;
    let count = Memo::new(move |_| plan.with(|p| p.languages.len()));
    let error = parts.work.refused.of("plan.languages");
    let add = move |()| {
        let content = parts.work.desk.read();
        plan.update(|p| p.languages.push(LanguageVariant { language: String::new(), content }));
    };
    // Drawn anew when there are more or fewer, not with each letter.
    let fields = move || (0..count.get()).map(|n| view! { <LanguageFields plan n disabled /> }).collect_view();
    view! {
        <Card title="6. Other languages">
            <CardBody>
                <Soft>"People whose language is written here get these words; everybody else gets those above."</Soft>
                {move || error.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                {fields}
                {(!disabled)
                    .then(|| {
                        view! {
                            <Line>
                                <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Plus on_press=add>"Add a language"</Button>
                            </Line>
                        }
                    })}
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn LanguageFields(plan: RwSignal<Plan>, n: usize, disabled: bool) -> impl IntoView {
    let read = move |get: fn(&LanguageVariant) -> String| {
        Signal::derive(move || plan.with(|p| p.languages.get(n).map(get).unwrap_or_default()))
    };
    let write = move |set: fn(&mut LanguageVariant, String)| {
        move |v: String| {
            plan.update(|p| {
                if let Some(own) = p.languages.get_mut(n) {
                    set(own, v)
                }
            })
        }
    };
    let language = Bind::new(read(|l| l.language.clone()), write(|l, v| l.language = v.trim().to_owned()));
    let subject = Bind::new(read(|l| l.content.subject.clone()), write(|l, v| l.content.subject = v));
    let preheader = Bind::new(read(|l| l.content.preheader.clone()), write(|l, v| l.content.preheader = v));
    let source = Bind::new(read(|l| l.content.source.clone()), write(|l, v| l.content.source = v));
    let remove = move |()| plan.update(|p| drop((n < p.languages.len()).then(|| p.languages.remove(n))));
    view! {
        <Columns min=200>
            <Field label="Language" name=format!("language-{n}") help="A code such as da or pt-BR.">
                <TextInput value=language disabled />
            </Field>
            <Field label="Subject" name=format!("language-subject-{n}")>
                <TextInput value=subject disabled />
            </Field>
        </Columns>
        <Field label="Preview text" name=format!("language-preheader-{n}")>
            <TextInput value=preheader disabled />
        </Field>
        <Field label="Source" name=format!("language-source-{n}")>
            <CodeField value=source rows=12 disabled />
        </Field>
        {(!disabled)
            .then(|| {
                view! {
                    <Line>
                        <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::X on_press=remove>"Take this language out"</Button>
                    </Line>
                }
            })}
    }
    .into_any()
}
