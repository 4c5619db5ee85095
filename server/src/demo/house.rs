//! The company itself: its people, lists, fields, sender and designs, made by the services at the time they are from.

use super::calendar::{Calendar, ZONE};
use super::people::{GLAZES, List};
use super::{mailings, store};
use crate::wiring::App;
use anyhow::{Context, Result};
use contract::accounts::{AcceptInvitation, CompanyChange, Secret};
use contract::contacts::{FieldDraft, FieldKind};
use contract::senders::{Rates, SenderDraft, TlsMode};
use contract::{Actor, Capability, Client, CompanyId, ListId, Role, SenderId, SessionId, TemplateId, UserId, Who};
use kernel::TestClock;
use platform::accounts::NewAdmin;
use uuid::Uuid;

/// The company.
pub const NAME: &str = "Emberfold Ceramics";
/// Its postal address.
pub const ADDRESS: &str = "Ovnvej 12, 4000 Emberfold, Denmark";
/// Its website.
pub const WEBSITE: &str = "https://www.emberfold.example";
/// Its mail server, which does not exist.
pub const HOST: &str = "mail.emberfold.example";
/// Name of its sender.
pub const SENDER: &str = "Studio mail";
/// Days since it began with Lux.
const DAYS: i64 = 245;

/// Somebody who works there.
#[derive(Clone, Copy, Debug)]
pub struct One {
    /// As what.
    pub role: Role,
    /// Name.
    pub name: &'static str,
    /// Address.
    pub email: &'static str,
    /// Minutes since they were last here.
    seen: i64,
}

/// Everybody, one in each role.
pub const STAFF: [One; 5] = [
    One { role: Role::Owner, name: "Astrid Holm", email: "astrid@emberfold.example", seen: 26 * 60 },
    One { role: Role::Admin, name: "Teo Brandt", email: "teo@emberfold.example", seen: 3 * 60 },
    One { role: Role::Approver, name: "Jonas Weck", email: "jonas@emberfold.example", seen: 47 },
    One { role: Role::Editor, name: "Mira Solberg", email: "mira@emberfold.example", seen: 12 },
    One { role: Role::Viewer, name: "Ines Calder", email: "ines@emberfold.example", seen: 5 * 24 * 60 },
];

/// What later chapters need of the company.
#[derive(Debug)]
pub struct House {
    /// The company.
    pub company: CompanyId,
    /// Password of all its people.
    pub password: Secret,
    /// Lux itself.
    pub system: Actor,
    /// Mira, who writes.
    pub editor: Actor,
    /// Jonas, who releases.
    pub approver: Actor,
    /// The sender.
    pub sender: SenderId,
    /// Templates in the order of [`mailings::Design::ALL`].
    pub templates: Vec<TemplateId>,
    lists: Vec<(List, ListId)>,
}

impl House {
    /// A list's id.
    pub fn list(&self, list: List) -> Result<ListId> {
        let found = self.lists.iter().find(|(which, _)| *which == list);
        found.map(|(_, id)| *id).with_context(|| format!("{list:?} was not made"))
    }
}

/// Makes the company and everything it begins with.
pub async fn found(app: &App, clock: &TestClock, calendar: &Calendar) -> Result<House> {
    clock.set(calendar.back(DAYS));
    let password = password(&app.backend.ids.token());
    let [owner, others @ ..] = &STAFF;
    let new = NewAdmin {
        email: owner.email.into(),
        name: owner.name.into(),
        company: NAME.into(),
        zone: ZONE.into(),
        password: password.clone(),
    };
    let (_, company) = app.admin.create_admin(new).await?;
    let system = Actor::system(company);
    let change =
        CompanyChange { name: NAME.into(), zone: ZONE.into(), address: ADDRESS.into(), website: WEBSITE.into() };
    app.accounts.update_company(&system, change).await?;
    for one in others {
        hire(app, &system, one, &password).await?;
    }
    // Before there is a sender: an invitation would else wait for one to mail it.
    clock.set(calendar.back(2));
    app.accounts.invite(&system, "lea@emberfold.example".into(), Role::Editor).await?;
    clock.set(calendar.back(DAYS));
    let editor = actor(app, &system, Role::Editor).await?;
    let approver = actor(app, &system, Role::Approver).await?;
    let lists = lists(app, &editor).await?;
    fields(app, &system).await?;
    let sender = sender(app, &system).await?;
    clock.set(calendar.back(90));
    app.accounts
        .create_api_key(
            &system,
            "Webshop, new customers".into(),
            vec![Capability::ContactsRead, Capability::ContactsWrite],
        )
        .await?;
    let templates = mailings::templates(app, &editor, clock, calendar).await?;
    Ok(House { company, password, system, editor, approver, sender, templates, lists })
}

/// Sixteen letters in groups, from a token that nobody can guess.
fn password(token: &str) -> Secret {
    let letters: Vec<char> = token.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Secret(groups.join("-"))
}

/// Invites somebody, takes the invitation up, and signs out again.
async fn hire(app: &App, system: &Actor, one: &One, password: &Secret) -> Result<()> {
    let client = Client { address: "192.0.2.10".into(), agent: "lux demo".into() };
    let invited = app.accounts.invite(system, one.email.into(), one.role).await?;
    let token = invited.link.rsplit('/').next().unwrap_or_default().to_owned();
    let accept =
        AcceptInvitation { token: Secret(token), name: one.name.into(), password: password.clone(), code: None };
    let session = app.accounts.accept_invitation(accept, client.clone()).await?;
    if let Some(actor) = app.accounts.actor_of_session(&session, &client).await? {
        app.accounts.sign_out(&actor).await?;
    }
    Ok(())
}

async fn person(app: &App, system: &Actor, role: Role) -> Result<UserId> {
    let people = app.accounts.people(system).await?.people;
    let found = people.iter().find(|p| p.role == role);
    found.map(|p| p.user).with_context(|| format!("nobody is {role}"))
}

async fn actor(app: &App, system: &Actor, role: Role) -> Result<Actor> {
    let user = person(app, system, role).await?;
    Ok(Actor { who: Who::User { user, session: SessionId(Uuid::nil()) }, company: system.company, role, scopes: None })
}

async fn lists(app: &App, editor: &Actor) -> Result<Vec<(List, ListId)>> {
    let mut made = Vec::new();
    for (list, name, description) in [
        (List::Newsletter, "Newsletter", "New work, kiln openings and studio notes, at most twice a month."),
        (List::Stockists, "Stockists", "Shops, galleries and designers who buy at trade price."),
        (List::Workshops, "Workshops", "People who threw with us or asked for a seat."),
        (List::Seconds, "Seconds", "First to hear when slightly flawed pieces are sold."),
    ] {
        let id = app.contacts.create_list(editor, name.into(), description.into()).await?.id;
        made.push((list, id));
    }
    Ok(made)
}

async fn fields(app: &App, system: &Actor) -> Result<()> {
    let glazes = GLAZES.map(str::to_owned).to_vec();
    for (key, label, kind, options) in [
        ("favourite_glaze", "Favourite glaze", FieldKind::Choice, glazes),
        ("first_order", "First order", FieldKind::Date, Vec::new()),
        ("orders", "Orders", FieldKind::Number, Vec::new()),
        ("trade_terms", "Trade terms signed", FieldKind::Boolean, Vec::new()),
        ("shop_url", "Shop", FieldKind::Url, Vec::new()),
    ] {
        let draft = FieldDraft { key: key.into(), label: label.into(), kind, options };
        app.contacts.create_field(system, draft).await?;
    }
    Ok(())
}

async fn sender(app: &App, system: &Actor) -> Result<SenderId> {
    let draft = SenderDraft {
        name: SENDER.into(),
        host: HOST.into(),
        port: 587,
        tls: TlsMode::Starttls,
        user: "studio@emberfold.example".into(),
        secret: Some(Secret(app.backend.ids.token())),
        from_email: "studio@emberfold.example".into(),
        from_name: NAME.into(),
        reply_to: "hello@emberfold.example".into(),
        rates: Rates { per_minute: Some(120), per_day: Some(10_000), ..Rates::default() },
        ..SenderDraft::default()
    };
    Ok(app.senders.create(system, draft).await?.id)
}

/// The last chapter: when everybody was last here.
pub async fn leave(app: &App, clock: &TestClock, calendar: &Calendar, house: &House) -> Result<()> {
    clock.set(calendar.now);
    let mut seen = Vec::new();
    for one in &STAFF {
        let user = person(app, &house.system, one.role).await?;
        seen.push(store::Seen { person: user.0, at: calendar.now.plus_seconds(-one.seen * 60).0 });
    }
    let mut tx = app.db.begin(house.company).await?;
    store::seen(&mut tx, house.company, &seen).await?;
    Ok(tx.commit().await?)
}
