//! Customers become contacts: most through the service that any program uses, those met at a fair through an import.

use super::calendar::Calendar;
use super::house::House;
use super::members::Member;
use super::people::{self, List, Person};
use super::store;
use crate::wiring::App;
use anyhow::{Context, Result, bail, ensure};
use contract::Micros;
use contract::contacts::{ConsentState, ContactDraft};
use contract::imports::{Dialect, Existing, ImportPlan, ImportState};
use kernel::TestClock;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Contacts written at once; their ids are from one moment.
const CHUNK: usize = 120;
/// The file of the fair.
const FILE: &str = "Stockist fair leads.csv";
/// Days since the fair.
const FAIR: i64 = 66;

/// Brings everybody in; answers them in the order of their ids.
pub async fn arrive(
    app: &App,
    clock: &TestClock,
    calendar: &Calendar,
    house: &House,
    mut people: Vec<Person>,
) -> Result<Vec<Member>> {
    let mut numbers_only = HashMap::new();
    for chunk in people.chunks(CHUNK) {
        clock.set(chunk.last().map_or(calendar.now, |p| p.created));
        write(app, house, chunk, &mut numbers_only).await?;
    }
    let (fair, _) = calendar.workday(FAIR, "14:10")?;
    let leads = people::leads(calendar, &people, fair.plus_seconds(90));
    import(app, clock, house, fair, &file(&people, &leads)).await?;

    let mut tx = app.db.begin(house.company).await?;
    let mut ids: HashMap<String, Uuid> = store::addresses(&mut tx, house.company).await?.into_iter().collect();
    ids.extend(numbers_only);
    let key = |p: &Person| if p.email.is_empty() { p.phone.clone() } else { p.email.clone() };
    let rows: Result<Vec<store::Origin>> = people
        .iter()
        .map(|p| {
            let id = ids.get(&key(p)).with_context(|| format!("{} was not written", key(p)))?;
            Ok(store::Origin { contact: *id, at: p.created.0, source: p.source })
        })
        .collect();
    store::set_origins(&mut tx, house.company, &rows?).await?;
    store::say_no(&mut tx, house.company, &farewells(&people, &ids)).await?;
    tx.commit().await?;

    people.extend(leads);
    let mut members: Vec<Member> = people.iter().filter_map(|p| Some(Member::new(*ids.get(&key(p))?, p))).collect();
    ensure!(members.len() == people.len(), "the import left {} people out", people.len() - members.len());
    members.sort_by_key(|m| m.contact);
    Ok(members)
}

async fn write(app: &App, house: &House, chunk: &[Person], numbers_only: &mut HashMap<String, Uuid>) -> Result<()> {
    let mut drafts = Vec::with_capacity(chunk.len());
    for person in chunk {
        let draft = draft(house, person)?;
        if person.email.is_empty() {
            let made = app.contacts.create(&house.system, draft).await?;
            numbers_only.insert(person.phone.clone(), made.id.0);
        } else {
            drafts.push(draft);
        }
    }
    let done = app.contacts.upsert_many(&house.system, drafts).await?;
    match done.refused.first() {
        None => Ok(()),
        Some(line) => bail!("a made-up contact was refused: {} {}", line.field, line.message),
    }
}

fn draft(house: &House, p: &Person) -> Result<ContactDraft> {
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(ContactDraft {
        email: filled(&p.email),
        first_name: filled(&p.first),
        last_name: filled(&p.last),
        phone: filled(&p.phone),
        organisation: filled(&p.organisation),
        zone: filled(p.zone),
        language: filled(p.language),
        fields: p.fields.clone(),
        tags: Some(p.tags.iter().map(|t| (*t).to_owned()).collect()),
        lists: Some(p.lists.iter().map(|l| house.list(*l)).collect::<Result<_>>()?),
        consent: p.proof.map(|_| ConsentState::Subscribed),
        consent_source: p.proof.map(str::to_owned),
    })
}

/// Those who said no in another way than through a mail.
fn farewells(people: &[Person], ids: &HashMap<String, Uuid>) -> Vec<store::Farewell> {
    let farewell = |p: &Person| {
        let (at, how) = p.left?;
        let contact = *ids.get(&p.email)?;
        Some(store::Farewell { contact, at: at.0, source: how.to_owned(), detail: how.to_owned() })
    };
    people.iter().filter_map(farewell).collect()
}

/// The file as it was typed after the fair: new people, some who were known, some twice, and lines that cannot be read.
fn file(known: &[Person], leads: &[Person]) -> String {
    let mut lines = vec!["Email,First name,Last name,Company,Glaze,Orders".to_owned()];
    let line = |p: &Person, orders: &str| {
        let glaze = p.fields.get("favourite_glaze").and_then(|v| v.as_str()).unwrap_or_default();
        format!("{},{},{},{},{glaze},{orders}", p.email, p.first, p.last, p.organisation)
    };
    for (place, lead) in leads.iter().enumerate() {
        lines.push(line(lead, ""));
        if place % 50 == 20 {
            lines.push(line(lead, ""));
        }
        if let Some(bad) = BAD.get(place / 14).filter(|_| place % 14 == 3) {
            lines.push((*bad).to_owned());
        }
    }
    let regulars = known.iter().filter(|p| p.lists.contains(&List::Stockists) && p.proof.is_some() && p.left.is_none());
    lines.extend(regulars.take(9).map(|p| line(p, "12")));
    lines.join("\r\n") + "\r\n"
}

const BAD: [&str; 11] = [
    "anna(at)kilnshop.example,Anna,Holt,Kiln Shop,Moss,",
    ",Bertil,Sand,Sand & Søn,,",
    "clara@,Clara,Winge,Galleri Winge,Sea salt,",
    "dora@winge.example,Dora,Winge,Galleri Winge,Purple,",
    "erik@tegl.example,Erik,Tegl,Teglværket,Moss,a few",
    "frida tegl.example,Frida,Tegl,Teglværket,,",
    "gorm@ler.example,Gorm",
    "see card,Hilde,Aas,Aas Interiør,Raw clay,",
    "ivar@@aas.example,Ivar,Aas,Aas Interiør,,",
    "jytte@skaal.example,Jytte,Skål,Skål og Krus,Turquoise,2",
    "kaj@skaal..example,Kaj,Skål,Skål og Krus,,",
];

async fn import(app: &App, clock: &TestClock, house: &House, at: Micros, file: &str) -> Result<()> {
    let actor = &house.editor;
    clock.set(at);
    let id = app.imports.open(actor, FILE.into(), i64::try_from(file.len()).ok()).await?;
    app.imports.append(actor, id, file.as_bytes().to_vec()).await?;
    clock.advance(Duration::from_secs(4));
    app.imports.uploaded(actor, id).await?;
    clock.set(at.plus_seconds(90));
    let plan = ImportPlan {
        dialect: Dialect { delimiter: ',', encoding: "utf-8".into(), header: true },
        targets: ["email", "first_name", "last_name", "organisation", "field:favourite_glaze", "field:orders"]
            .map(str::to_owned)
            .to_vec(),
        existing: Existing::Update,
        lists: vec![house.list(List::Stockists)?],
        tags: vec!["fair lead".into()],
        consent: ConsentState::Subscribed,
        consent_source: "Stockist fair, paper form".into(),
    };
    app.imports.start(actor, id, plan).await?;
    app.backend.run_imports().await?;
    let import = app.imports.get(actor, id).await?;
    ensure!(import.state == ImportState::Finished, "the import ended as {}", import.state.as_str());
    Ok(())
}
