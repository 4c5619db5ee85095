//! The face of accounts: the doors (set up, sign in, reset, invitation) and the settings of company, people, keys and oneself.

pub mod api;
mod company;
mod forgot;
mod invite;
mod keys;
mod people;
mod profile;
mod reset;
mod setup;
mod sign_in;

pub use company::CompanyRoute;
pub use forgot::ForgotRoute;
pub use invite::InviteRoute;
pub use keys::KeysRoute;
pub use people::PeopleRoute;
pub use profile::ProfileRoute;
pub use reset::ResetRoute;
pub use setup::SetupRoute;
pub use sign_in::SignInRoute;

use kit::Choice;

fn zone_choices(zones: Vec<String>) -> Vec<Choice> {
    zones.into_iter().map(|z| Choice::new(z.clone(), z.replace('_', " "))).collect()
}
