//! `lux demo`: fills an empty database with a company that has a past, so that every page has something true to show.
//!
//! Emberfold Ceramics, its people and its customers are made up, and so is every address: all end in `.example`, which
//! no name server knows. Whatever is there is there as rows, as if Lux had worked for twelve weeks; no figure is written
//! down anywhere. What people do goes through the services with a clock that is set back ([`house`], [`arrivals`]); what
//! a mail server and thousands of recipients do is played by [`ledger`] and written in bulk by [`store`], and what comes
//! back later is taken in by the intake of bounces ([`returns`]). The same day always tells the same story.

mod arrivals;
mod calendar;
mod dice;
mod domains;
mod house;
mod ledger;
mod mailings;
mod members;
mod names;
mod people;
mod returns;
mod store;
#[cfg(test)]
mod tests;
mod words;

use crate::cli::print;
use crate::config::Config;
use crate::wiring::App;
use anyhow::{Context, Result, bail};
use calendar::Calendar;
use contract::accounts::Secret;
use contract::{Micros, Role};
use kernel::{Clock, SystemClock, TestClock};
use std::sync::Arc;

/// What there is to tell about a filled database.
#[derive(Debug)]
struct Told {
    password: Secret,
    staff: Vec<(Role, &'static str)>,
    contacts: usize,
    campaigns: usize,
    /// What starts by itself, and when in the company's zone.
    planned: (String, String),
}

/// Fills an empty database.
pub async fn run(config: &Config) -> Result<()> {
    let told = fill(config, SystemClock.now()).await?;
    for line in lines(config, &told) {
        print(&line)?;
    }
    Ok(())
}

/// Fills an empty database with what led up to `now`.
async fn fill(config: &Config, now: Micros) -> Result<Told> {
    let clock = TestClock::new(now);
    let app = App::open_with(config, Arc::new(clock.clone())).await?;
    if let Some((_, name)) = app.admin.companies().await?.first() {
        bail!(
            "this database has a company already ({name}), and the demo only fills an empty one. \
             Name another folder with --data-dir or LUX_DATA_DIR."
        );
    }
    let told = tell(&app, &clock, now).await;
    let told = told.context("the demo stopped half-way; remove what it made, or name another folder with --data-dir");
    app.db.tune().await?;
    app.db.close().await;
    told
}

async fn tell(app: &App, clock: &TestClock, now: Micros) -> Result<Told> {
    let calendar = Calendar::new(now)?;
    let house = house::found(app, clock, &calendar).await?;
    let people = people::all(&calendar);
    let members = arrivals::arrive(app, clock, &calendar, &house, people).await?;
    let contacts = members.len();
    let sent = mailings::send(app, clock, &calendar, &house, members).await?;
    domains::publish(app, clock, &calendar, &house.system).await?;
    house::leave(app, clock, &calendar, &house).await?;
    Ok(Told {
        password: house.password,
        staff: house::STAFF.iter().map(|one| (one.role, one.email)).collect(),
        contacts,
        campaigns: sent.campaigns,
        planned: sent.planned,
    })
}

fn lines(config: &Config, told: &Told) -> Vec<String> {
    let (planned, when) = &told.planned;
    let mut lines = vec![
        format!(
            "{} is here: {} contacts, {} campaigns, twelve weeks of sending.",
            house::NAME,
            thousands(told.contacts),
            told.campaigns
        ),
        String::new(),
        format!("Sign in at {}/sign-in as one of", config.base()),
    ];
    lines.extend(told.staff.iter().map(|(role, email)| format!("  {:<9} {email}", role.as_str())));
    lines.extend([
        format!("The password of all five is {} (it is shown this once).", told.password.0),
        String::new(),
        format!(
            "Nothing here can reach anybody: every address ends in .example, and the mail server {} does not exist.",
            house::HOST
        ),
        format!("“{planned}” is planned for {when}; when its time comes, Lux cannot connect, tries for a while and holds it."),
    ]);
    lines
}

fn thousands(n: usize) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}
