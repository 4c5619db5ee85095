//! Pure decisions of accounts: what is refused, what a code is worth, who may touch whom. No clock, no database.

mod device;
mod password;
mod token;
mod totp;

pub(super) use device::device;
pub(super) use password::refuse_password;
pub(super) use token::{KEY_MARK, digest, key_prefix, key_text};
#[cfg(test)]
pub(super) use totp::code;
pub(super) use totp::{base32, matching_step, qr, unbase32};

use contract::accounts::CompanyChange;
use contract::fault::Refusals;
use contract::{Actor, Fault, Micros, Role, SessionId, UserId, Who};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// How old `seen` may grow before the next request writes it again, seconds.
pub(super) const SEEN_EVERY: i64 = MINUTE;
/// A session ends when it was not used for this long, seconds.
pub(super) const SESSION_IDLE: i64 = 30 * DAY;
/// A session ends this long after sign-in whatever happens, seconds.
pub(super) const SESSION_LIFE: i64 = 90 * DAY;
/// An invitation can be taken up for this long, seconds.
pub(super) const INVITATION_LIFE: i64 = 7 * DAY;
/// A link to set a new password works for this long, seconds.
pub(super) const RESET_LIFE: i64 = 60 * MINUTE;
/// Longest stored preference, bytes.
pub(super) const PREFERENCE_MAX: usize = 20_000;

/// Whether a session is over.
pub(super) fn session_is_over(created: Micros, seen: Micros, now: Micros) -> bool {
    now >= created.plus_seconds(SESSION_LIFE) || now >= seen.plus_seconds(SESSION_IDLE)
}

/// Whether the last use should be written again: at most once a minute.
pub(super) fn seen_is_stale(seen: Micros, now: Micros) -> bool {
    now >= seen.plus_seconds(SEEN_EVERY)
}

/// The person behind the actor, or a refusal: keys and jobs have no profile.
pub(super) fn person_of(actor: &Actor) -> Result<(UserId, SessionId), Fault> {
    match actor.who {
        Who::User { user, session } => Ok((user, session)),
        Who::ApiKey(_) | Who::System => Err(Fault::denied("Only a person who is signed in can do this, not a key.")),
    }
}

/// The highest role this actor can give or take. A key was made by an admin, so it stops there.
pub(super) fn ceiling(actor: &Actor) -> Role {
    match actor.who {
        Who::ApiKey(_) => actor.role.min(Role::Admin),
        Who::User { .. } | Who::System => actor.role,
    }
}

/// Refuses a role above the actor's own.
pub(super) fn refuse_role_above(actor: &Actor, role: Role) -> Result<(), Fault> {
    if role <= ceiling(actor) {
        return Ok(());
    }
    Err(Fault::denied(format!("You cannot give the role {role}, because it is above your own. Ask an owner.")))
}

/// Refuses to touch somebody who stands above the actor.
pub(super) fn refuse_person_above(actor: &Actor, theirs: Role) -> Result<(), Fault> {
    if theirs <= ceiling(actor) {
        return Ok(());
    }
    Err(Fault::denied("Only an owner can change or remove an owner."))
}

/// Refuses what would leave the company without an owner. `owners` counts before the change.
pub(super) fn refuse_last_owner(theirs: Role, after: Option<Role>, owners: i64) -> Result<(), Fault> {
    if theirs == Role::Owner && after != Some(Role::Owner) && owners <= 1 {
        return Err(Fault::conflict("This is the last owner of the company. Make somebody else an owner first."));
    }
    Ok(())
}

/// A name on one line without surrounding or doubled spaces.
pub(super) fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Refuses a name that is empty, too long or holds control characters. Expects a [`tidy`] text.
pub(super) fn check_name(refusals: &mut Refusals, field: &str, what: &str, name: &str) {
    let long = name.chars().count() > 120;
    refusals
        .check(name.is_empty(), field, format!("Enter {what}."))
        .check(long, field, format!("Shorten {what} to 120 characters."))
        .check(name.chars().any(char::is_control), field, format!("Take the control characters out of {what}."));
}

/// The address in its one spelling, or the refusal of `email`.
pub(super) fn check_email(refusals: &mut Refusals, email: &str) -> String {
    match connect::email::address::normalise(email) {
        Ok(address) => address.as_str().to_owned(),
        Err(why) => {
            refusals.push("email", format!("Check the address: {why}."));
            String::new()
        }
    }
}

/// The address as it is looked up. What is no address finds nobody, by the same way and in the same time.
pub(super) fn spelling(email: &str) -> String {
    match connect::email::address::normalise(email) {
        Ok(address) => address.as_str().to_owned(),
        Err(_) => email.trim().to_lowercase(),
    }
}

/// Refuses a zone that is not known.
pub(super) fn check_zone(refusals: &mut Refusals, is_known: bool) {
    refusals.check(!is_known, "zone", "Choose a time zone from the list, for example Europe/Copenhagen.");
}

/// Whether a preference may be called this.
pub(super) fn is_preference_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    (1..=80).contains(&name.len()) && name.chars().all(plain)
}

/// The company as it will be stored, or every refused field. `known_zone` answers whether a zone exists.
pub(super) fn check_company(
    change: CompanyChange,
    known_zone: impl FnOnce(&str) -> bool,
) -> Result<CompanyChange, Fault> {
    let change = CompanyChange {
        name: tidy(&change.name),
        zone: change.zone.trim().to_owned(),
        address: change.address.replace("\r\n", "\n").trim().to_owned(),
        website: website(&change.website),
    };
    let mut refusals = Refusals::new();
    check_name(&mut refusals, "name", "the name of the company", &change.name);
    check_zone(&mut refusals, known_zone(&change.zone));
    refusals
        .check(change.address.chars().count() > 500, "address", "Shorten the postal address to 500 characters.")
        .check(
            !is_website(&change.website),
            "website",
            "Enter the website like https://example.com, or leave it empty.",
        );
    refusals.done()?;
    Ok(change)
}

/// People type `example.com`; what is stored is always a link.
fn website(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.contains("://") { text.to_owned() } else { format!("https://{text}") }
}

fn is_website(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | ':');
    text.len() <= 500
        && host.contains('.')
        && !host.starts_with('.')
        && host.chars().all(plain)
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>'))
}

#[cfg(test)]
mod tests;
