use super::api;
use contract::accounts::{Invitation, Invited, People, Person};
use contract::{Capability, Fault, Role};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::{Problems, SETTINGS, Viewer};

mod invite;
use invite::InviteForm;

/// `/settings/people`
#[derive(Debug)]
pub struct PeopleRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
#[derive(Debug)]
struct PeopleReads {
    people: Resource<Result<People, Fault>>,
}

impl PeopleReads {
    fn new() -> Self {
        let changed = use_stream().changes("person.");
        Self { people: Resource::new(move || changed.get(), |_| api::people()) }
    }
}

#[lazy_route]
impl LazyRoute for PeopleRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = PeopleReads::new();
        view! { <PeoplePage people=this.people /> }.into_any()
    }
}

/// What each role may do, in words.
fn role_words(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Looks, changes nothing",
        Role::Editor => "Writes campaigns and works with contacts",
        Role::Approver => "Also sends campaigns",
        Role::Admin => "Also runs senders, people and settings",
        Role::Owner => "Everything, and owns the company",
    }
}

fn role_choices(highest: Role) -> Vec<Choice> {
    Role::ALL
        .into_iter()
        .rev()
        .filter(|r| *r <= highest)
        .map(|r| Choice::new(r.as_str(), format!("{}: {}", title(r), role_words(r).to_lowercase())))
        .collect()
}

fn title(role: Role) -> String {
    let name = role.as_str();
    name.get(..1).unwrap_or("").to_uppercase() + name.get(1..).unwrap_or("")
}

#[component]
fn PeoplePage(people: Resource<Result<People, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let open = RwSignal::new(false);
    let may = move || viewer.may(Capability::PeopleManage);
    view! {
        <PageTitle title="Settings">
            <When is=may>
                <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| open.set(true)>"Invite a person"</Button>
            </When>
        </PageTitle>
        <Tabs label="Settings" items=TabLink::of(&SETTINGS, "/settings/people") />
        <Suspended resource=people bones=Bones::Table(4, 4) let:all>
            <PeopleTables all people />
        </Suspended>
        <InviteForm open people />
    }
    .into_any()
}

#[component]
fn PeopleTables(all: People, people: Resource<Result<People, Fault>>) -> impl IntoView {
    let has_invitations = !all.invitations.is_empty();
    let (members, invitations) = (all.people, all.invitations);
    view! {
        <Card bleed=true>
            <MemberTable members people />
        </Card>
        {has_invitations.then(|| view! { <Card title="Invited" bleed=true><InvitationTable invitations people /></Card> })}
    }
    .into_any()
}

#[component]
fn MemberTable(members: Vec<Person>, people: Resource<Result<People, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let toasts = use_toasts();
    let read = use_fault_words::<Fault>();
    let confirm = use_confirm();
    let own = viewer.0.with_untracked(|me| me.user);
    let highest = viewer.0.with_untracked(|me| me.role);
    let settle = move |answer: Result<(), Fault>, done: String| match answer {
        Ok(()) => {
            toasts.ok(done);
            people.refetch();
        }
        Err(fault) => toasts.fault(read.read(&fault)),
    };
    let menu = move |person: Person| {
        let user = person.user;
        let mut items: Vec<MenuItem> = Role::ALL
            .into_iter()
            .rev()
            .filter(|r| *r <= highest)
            .map(|role| {
                let name = person.name.clone();
                MenuItem::run(title(role), move || {
                    let name = name.clone();
                    leptos::task::spawn_local(async move {
                        settle(api::change_role(user, role).await, format!("{name} is now {role}"));
                    });
                })
                .current(role == person.role)
            })
            .collect();
        let name = person.name.clone();
        let words = if user == own { "Leave this company" } else { "Remove from this company" };
        items.push(
            MenuItem::run(words, move || {
                let name = name.clone();
                let question = Question::danger(
                    format!("Remove {name}?"),
                    "They are signed out of this company at once. Everything they made stays.",
                    "Remove",
                );
                confirm.ask(question, move || {
                    let name = name.clone();
                    leptos::task::spawn_local(async move {
                        settle(api::remove_person(user).await, format!("{name} was removed"));
                    });
                });
            })
            .danger()
            .rule(),
        );
        items
    };
    let columns = vec![
        Column::named(
            "Person",
            |p: &Person| p.name.clone(),
            |p: &Person| {
                let name = p.name.clone();
                view! { <Named title=p.name.clone() detail=p.email.clone() before=move || view! { <Avatar name=name.clone() /> } /> }.into_any()
            },
        ),
        Column::new("Role", |p: &Person| title(p.role).into_any()),
        Column::new("Authenticator", |p: &Person| {
            if p.totp {
                view! { <Status tone=Tone::Good>"On"</Status> }.into_any()
            } else {
                view! { <Status shape=Shape::Stop>"Off"</Status> }.into_any()
            }
        }),
        Column::wide("Last seen", move |p: &Person| {
            p.seen.map_or_else(|| "Never".to_owned(), |at| viewer.brief(at)).into_any()
        }),
    ];
    if viewer.may(Capability::PeopleManage) {
        view! { <Table label="People" columns rows=members key=|p: &Person| p.user.to_string() menu=menu /> }.into_any()
    } else {
        view! { <Table label="People" columns rows=members key=|p: &Person| p.user.to_string() /> }.into_any()
    }
}

#[component]
fn InvitationTable(invitations: Vec<Invitation>, people: Resource<Result<People, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let toasts = use_toasts();
    let read = use_fault_words::<Fault>();
    let menu = move |row: Invitation| {
        vec![
            MenuItem::run("Take back", move || {
                leptos::task::spawn_local(async move {
                    match api::revoke_invitation(row.id).await {
                        Ok(()) => {
                            toasts.ok("Invitation taken back");
                            people.refetch();
                        }
                        Err(fault) => toasts.fault(read.read(&fault)),
                    }
                });
            })
            .danger(),
        ]
    };
    let columns = vec![
        Column::named("Email", |i: &Invitation| i.email.clone(), |i: &Invitation| i.email.clone().into_any()),
        Column::new("Role", |i: &Invitation| title(i.role).into_any()),
        Column::new("Ends", move |i: &Invitation| viewer.full(i.expires).into_any()),
    ];
    view! { <Table label="Invitations" columns rows=invitations key=|i: &Invitation| i.id.to_string() menu=menu /> }
        .into_any()
}
