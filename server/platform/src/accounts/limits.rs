//! How often what may be tried. All are counted before anything is looked up, by what was typed: a known and an unknown
//! address are refused alike.

use contract::{Client, CompanyId, Fault, UserId};
use kernel::limits::{LimitFault, RateLimits};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::net::IpAddr;

const QUARTER: u32 = 15 * 60;
const HOUR: u32 = 3600;
const DAY: u32 = 86_400;

/// The limits of accounts.
#[derive(Clone, Debug)]
pub(super) struct Limits(RateLimits);

impl Limits {
    pub(super) fn new(limits: RateLimits) -> Self {
        Self(limits)
    }

    /// A password for an address. The narrow limit is per address and place, so that a stranger elsewhere cannot lock
    /// the owner out; the wide ones stop guessing from many places and guessing at many addresses.
    pub(super) async fn password(&self, email: &str, client: &Client) -> Result<(), Fault> {
        let (email, place) = (mark(email), mark(&network(&client.address)));
        self.take(&format!("signin.place:{place}"), QUARTER, 60).await?;
        self.take(&pair(&email, &place), QUARTER, 10).await?;
        self.take(&format!("signin.address:{email}"), QUARTER, 100).await
    }

    /// The password was right: earlier slips of the same person at the same place are forgotten.
    pub(super) async fn password_was_right(&self, email: &str, client: &Client) -> Result<(), Fault> {
        Ok(self.0.forget(&pair(&mark(email), &mark(&network(&client.address)))).await?)
    }

    /// Six digits of an authenticator: of a million, three are right at any time.
    pub(super) async fn code(&self, person: UserId) -> Result<(), Fault> {
        self.take(&format!("code:{person}"), HOUR, 15).await
    }

    /// The password again, by somebody who is signed in.
    pub(super) async fn confirm(&self, person: UserId) -> Result<(), Fault> {
        self.take(&format!("confirm:{person}"), QUARTER, 10).await
    }

    /// A token of a link or of the log, from one place.
    pub(super) async fn token(&self, client: &Client) -> Result<(), Fault> {
        self.take(&format!("token:{}", mark(&network(&client.address))), QUARTER, 30).await
    }

    /// Asking for reset mails from one place.
    pub(super) async fn reset_from(&self, client: &Client) -> Result<(), Fault> {
        self.take(&format!("reset.place:{}", mark(&network(&client.address))), HOUR, 20).await
    }

    /// Whether one more reset mail may go to this address. Not a refusal: who asks too often is told what all are told.
    pub(super) async fn reset_to(&self, email: &str) -> Result<bool, Fault> {
        match self.0.take(&format!("reset.address:{}", mark(email)), HOUR, 3).await {
            Ok(()) => Ok(true),
            Err(LimitFault::Exceeded { .. }) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Invitations of one company.
    pub(super) async fn invite(&self, company: CompanyId) -> Result<(), Fault> {
        self.take(&format!("invite:{company}"), DAY, 200).await
    }

    async fn take(&self, key: &str, window: u32, max: u32) -> Result<(), Fault> {
        Ok(self.0.take(&format!("accounts.{key}"), window, max).await?)
    }
}

fn pair(email: &str, place: &str) -> String {
    format!("accounts.signin.pair:{email}.{place}")
}

/// Addresses are not kept in the clear in the table of counters.
fn mark(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(12).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// What one customer of a provider usually has: an IPv4 address, or the first half of an IPv6 address.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => v6.segments().iter().take(4).fold(String::from("v6"), |mut out, part| {
                let _ = write!(out, ":{part:x}");
                out
            }),
        },
        Ok(IpAddr::V4(v4)) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{mark, network};

    #[test]
    fn an_ipv6_customer_is_one_place_whatever_address_they_take() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }

    #[test]
    fn counters_do_not_tell_the_address() {
        assert!(!mark("ann@example.com").contains("ann"));
        assert_ne!(mark("ann@example.com"), mark("bob@example.com"));
    }
}
