//! The service on both engines.

mod companies;
mod door;
mod house;
mod invitations;
mod keys;
mod people;
mod profile;
mod recovery;
mod setup;

#[test]
fn every_statement_is_accepted_by_both_engines() {
    testkit::prepare_all();
}
