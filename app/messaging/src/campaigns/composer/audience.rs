use super::page::Parts;
use super::work::{Picks, Work};
use super::*;
use crate::parts::{Arriving, Fetched, settled};
use contract::campaigns::{Audience, AudienceCount};

/// Who gets it, who does not, and how many that is now.
#[component]
pub fn AudienceCard(parts: Parts) -> impl IntoView {
    let work = parts.work;
    let disabled = parts.is_locked || parts.is_fixed;
    let lists_refused = work.refused.of("audience");
    view! {
        <Card title="1. Who gets it">
            <CardBody>
                {move || lists_refused.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Side label="Lists and tags" help="Everybody who is on one of these lists or has one of these tags." picks=work.to stock=parts.stock disabled />
                <Side label="Leave out" help="Nobody who is on one of these lists or has one of these tags." picks=work.without stock=parts.stock disabled />
                <Counted work />
            </CardBody>
        </Card>
    }
    .into_any()
}

/// One side: what is chosen, each with a way out, and a way to choose more.
#[component]
fn Side(
    label: &'static str,
    help: &'static str,
    picks: RwSignal<Picks>,
    stock: Stock,
    disabled: bool,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let chips = move || {
        let lists = stock.lists.get().and_then(Result::ok).unwrap_or_default();
        let tags = stock.tags.get().and_then(Result::ok).unwrap_or_default();
        chosen(&picks.get(), &lists, &tags)
            .into_iter()
            .map(|(pick, name)| {
                if disabled {
                    return view! { <Tag name /> }.into_any();
                }
                let remove = move |()| picks.update(|p| pick.put(p, false));
                view! { <Tag name on_remove=Callback::new(remove) /> }.into_any()
            })
            .collect_view()
    };
    let is_empty = Memo::new(move |_| picks.with(Picks::is_empty));
    view! {
        <Stack gap=Gap::Small>
            <b>{label}</b>
            <Line>
                <Transition>{chips}</Transition>
                <When is=move || is_empty.get()>
                    <Faint>"None"</Faint>
                </When>
                {(!disabled)
                    .then(|| {
                        view! {
                            <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Plus on_press=move |()| open.set(true)>"Choose"</Button>
                        }
                    })}
            </Line>
            <Faint tiny=true>{help}</Faint>
        </Stack>
        <PickSheet open title=label picks stock />
    }
    .into_any()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pick {
    List(contract::ListId),
    Tag(contract::TagId),
}

impl Pick {
    fn put(self, picks: &mut Picks, is_on: bool) {
        match self {
            Self::List(id) => picks.set_list(id, is_on),
            Self::Tag(id) => picks.set_tag(id, is_on),
        }
    }

    fn is_in(self, picks: &Picks) -> bool {
        match self {
            Self::List(id) => picks.lists.contains(&id),
            Self::Tag(id) => picks.tags.contains(&id),
        }
    }
}

/// What is chosen, by name. One that was deleted meanwhile says so, so that it can be taken out.
fn chosen(picks: &Picks, lists: &[List], tags: &[ContactTag]) -> Vec<(Pick, String)> {
    let list = |id: &contract::ListId| {
        let name = lists.iter().find(|l| l.id == *id).map_or_else(|| "Deleted list".to_owned(), |l| l.name.clone());
        (Pick::List(*id), name)
    };
    let tag = |id: &contract::TagId| {
        let name =
            tags.iter().find(|t| t.id == *id).map_or_else(|| "Deleted tag".to_owned(), |t| format!("Tag {}", t.name));
        (Pick::Tag(*id), name)
    };
    picks.lists.iter().map(list).chain(picks.tags.iter().map(tag)).collect()
}

#[component]
fn PickSheet(open: RwSignal<bool>, title: &'static str, picks: RwSignal<Picks>, stock: Stock) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let lists = stock.lists;
    let tags = stock.tags;
    let done = move || view! { <Button kind=ButtonKind::Primary on_press=move |()| open.set(false)>"Done"</Button> };
    view! {
        <Sheet open title footer=done>
            <Stack>
                <AffixInput icon=IconName::Search value=text kind=InputKind::Search placeholder="Name" label="Search lists and tags" />
                <Heading text="Lists" />
                <Suspended
                    resource=lists
                    bones=Bones::Rows(4)
                    is_empty=Callback::new(|all: Vec<List>| all.is_empty())
                    empty=|| view! { <Soft>"There are no lists yet. Make one under lists and tags, or with an import."</Soft> }
                    let:all
                >
                    <Boxes lines=list_lines(all) picks text />
                </Suspended>
                <Heading text="Tags" />
                <Suspended
                    resource=tags
                    bones=Bones::Rows(4)
                    is_empty=Callback::new(|all: Vec<ContactTag>| all.is_empty())
                    empty=|| view! { <Soft>"There are no tags yet."</Soft> }
                    let:all
                >
                    <Boxes lines=tag_lines(all) picks text />
                </Suspended>
            </Stack>
        </Sheet>
    }
    .into_any()
}

/// One line of the sheet: what it picks, its name, how many people that is.
type PickLine = (Pick, String, String);

fn list_lines(all: Vec<List>) -> Vec<PickLine> {
    let words = |l: &List| format!("{} of {} can be mailed", format::number(l.subscribed), format::number(l.contacts));
    all.into_iter().map(|l| (Pick::List(l.id), l.name.clone(), words(&l))).collect()
}

fn tag_lines(all: Vec<ContactTag>) -> Vec<PickLine> {
    all.into_iter().map(|t| (Pick::Tag(t.id), t.name, format::count(t.contacts, "person", "people"))).collect()
}

#[component]
fn Boxes(lines: Vec<PickLine>, picks: RwSignal<Picks>, text: RwSignal<String>) -> impl IntoView {
    let lines = StoredValue::new(lines);
    let shown = move || {
        let wanted = text.with(|t| t.trim().to_lowercase());
        let found = lines.with_value(|all| {
            all.iter().filter(|(_, name, _)| name.to_lowercase().contains(&wanted)).cloned().collect::<Vec<_>>()
        });
        found
            .into_iter()
            .map(|(pick, name, detail)| {
                let on = Signal::derive(move || picks.with(|p| pick.is_in(p)));
                let value = Bind::new(on, move |is_on: bool| picks.update(|p| pick.put(p, is_on)));
                view! { <Checkbox value>{name} " " <Faint tiny=true>{detail}</Faint></Checkbox> }
            })
            .collect_view()
    };
    view! { <Stack gap=Gap::Small>{shown}</Stack> }.into_any()
}

/// How many that is, and why fewer than match.
#[component]
fn Counted(work: Work) -> impl IntoView {
    let asked = settled(move || work.audience(), 400);
    let count = Fetched::new(
        move || asked.get(),
        |audience: Audience| async move {
            if audience.lists.is_empty() && audience.tags.is_empty() {
                return Ok((audience, AudienceCount::default()));
            }
            api::count_audience(audience.clone()).await.map(|count| (audience, count))
        },
    );
    let is_nobody = Memo::new(move |_| work.to.with(Picks::is_empty));
    view! {
        <Show
            when=move || !is_nobody.get()
            fallback=|| view! { <Notice>"Choose at least one list or tag to see how many people get it."</Notice> }
        >
            <Arriving fetched=count bones=Bones::Rows(3) let:count>
                <CountBody count work />
            </Arriving>
        </Show>
    }
    .into_any()
}

/// Figures of the choice before stand until the new ones come, and say so; those of nobody never stand for somebody.
#[component]
fn CountBody(count: Signal<(Audience, AudienceCount)>, work: Work) -> impl IntoView {
    let was_nobody = Memo::new(move |_| count.with(|(a, _)| a.lists.is_empty() && a.tags.is_empty()));
    let is_now = Memo::new(move |_| count.with(|(counted, _)| *counted == work.audience()));
    let figures = Signal::derive(move || count.with(|(_, figures)| figures.clone()));
    move || {
        if was_nobody.get() {
            return view! { <Skeleton shape=Bones::Rows(3) /> }.into_any();
        }
        view! { <CountFunnel count=figures is_now /> }.into_any()
    }
}

#[component]
fn CountFunnel(count: Signal<AudienceCount>, is_now: Memo<bool>) -> impl IntoView {
    let start =
        Signal::derive(move || ("In these lists and tags now".to_owned(), count.with(|c| format::whole(c.matched))));
    let less = Signal::derive(move || {
        count.with(|c| c.excluded.iter().map(|r| (r.text.clone(), format::whole(r.count))).collect::<Vec<_>>())
    });
    let end = Signal::derive(move || ("Will get it".to_owned(), count.with(|c| format::whole(c.will_receive))));
    let note = move || match is_now.get() {
        true => {
            "Counted after your last change. Worked out again at the start, and each person is checked once more at hand-off."
        }
        false => "Counting again after your change.",
    };
    view! {
        <Funnel label="From those who match to those who get it" start less less_words="Not sent to, by reason" end />
        <Faint tiny=true>{note}</Faint>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_tag_still_shows_so_that_it_can_be_taken_out() {
        let id: contract::TagId = "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap();
        let picks = Picks { tags: vec![id], ..Picks::default() };
        assert_eq!(chosen(&picks, &[], &[]), [(Pick::Tag(id), "Deleted tag".to_owned())]);
        let tag = ContactTag { id, name: "vip".into(), contacts: 3 };
        assert_eq!(chosen(&picks, &[], &[tag]), [(Pick::Tag(id), "Tag vip".to_owned())]);
    }
}
