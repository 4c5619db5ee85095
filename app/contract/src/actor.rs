//! Who is asking, and what they may do. The whole capability table is [`Role::can`].

use crate::{ApiKeyId, CompanyId, Fault, SessionId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a person is in one company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks, changes nothing.
    Viewer,
    /// Writes content and works with contacts; does not send.
    Editor,
    /// Reviews and releases what goes out.
    Approver,
    /// Runs the company's settings and people.
    Admin,
    /// Admin who also owns the company.
    Owner,
}

/// One thing that can be allowed. Also the scopes of an API key, written as in [`Capability::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// See contacts, lists, tags, fields and imports.
    ContactsRead,
    /// Add and change contacts, lists, tags.
    ContactsWrite,
    /// Delete contacts and lists.
    ContactsDelete,
    /// Take contacts out as a file.
    ContactsExport,
    /// See campaigns, templates and reports.
    CampaignsRead,
    /// Write campaigns and templates, send tests.
    CampaignsWrite,
    /// Start, schedule, pause, resume and cancel what reaches people.
    CampaignsSend,
    /// See which senders there are.
    SendersRead,
    /// Add and change senders and their secrets.
    SendersManage,
    /// Change custom fields.
    FieldsManage,
    /// See who is in the company.
    PeopleRead,
    /// Invite, change roles, remove.
    PeopleManage,
    /// Name, address, zone of the company.
    CompanyManage,
    /// Make and revoke API keys.
    ApiKeysManage,
}

impl Capability {
    /// Every capability, in the order of the table.
    pub const ALL: [Self; 14] = [
        Self::ContactsRead,
        Self::ContactsWrite,
        Self::ContactsDelete,
        Self::ContactsExport,
        Self::CampaignsRead,
        Self::CampaignsWrite,
        Self::CampaignsSend,
        Self::SendersRead,
        Self::SendersManage,
        Self::FieldsManage,
        Self::PeopleRead,
        Self::PeopleManage,
        Self::CompanyManage,
        Self::ApiKeysManage,
    ];

    /// The scope's name on the wire and in the database, for example `contacts:read`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ContactsRead => "contacts:read",
            Self::ContactsWrite => "contacts:write",
            Self::ContactsDelete => "contacts:delete",
            Self::ContactsExport => "contacts:export",
            Self::CampaignsRead => "campaigns:read",
            Self::CampaignsWrite => "campaigns:write",
            Self::CampaignsSend => "campaigns:send",
            Self::SendersRead => "senders:read",
            Self::SendersManage => "senders:manage",
            Self::FieldsManage => "fields:manage",
            Self::PeopleRead => "people:read",
            Self::PeopleManage => "people:manage",
            Self::CompanyManage => "company:manage",
            Self::ApiKeysManage => "api_keys:manage",
        }
    }

    /// What a person can do with it, for messages: "You may not {this}."
    pub fn verb(self) -> &'static str {
        match self {
            Self::ContactsRead => "see contacts",
            Self::ContactsWrite => "change contacts",
            Self::ContactsDelete => "delete contacts",
            Self::ContactsExport => "export contacts",
            Self::CampaignsRead => "see campaigns",
            Self::CampaignsWrite => "write campaigns",
            Self::CampaignsSend => "send campaigns",
            Self::SendersRead => "see senders",
            Self::SendersManage => "change senders",
            Self::FieldsManage => "change custom fields",
            Self::PeopleRead => "see who works here",
            Self::PeopleManage => "invite people or change their roles",
            Self::CompanyManage => "change the company",
            Self::ApiKeysManage => "manage API keys",
        }
    }
}

impl FromStr for Capability {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|c| c.name() == text).ok_or(())
    }
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Editor, Self::Approver, Self::Admin, Self::Owner];

    /// The capability table: the one place that says who may do what.
    pub fn can(self, capability: Capability) -> bool {
        use Capability as C;
        let least = match capability {
            C::ContactsRead | C::CampaignsRead | C::SendersRead | C::PeopleRead => Self::Viewer,
            C::ContactsWrite | C::CampaignsWrite => Self::Editor,
            C::CampaignsSend => Self::Approver,
            C::ContactsDelete
            | C::ContactsExport
            | C::SendersManage
            | C::FieldsManage
            | C::PeopleManage
            | C::CompanyManage
            | C::ApiKeysManage => Self::Admin,
        };
        self >= least
    }

    /// The name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Approver => "approver",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or(())
    }
}

/// The kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// A signed-in person in a browser.
    User {
        /// The person.
        user: UserId,
        /// Their session.
        session: SessionId,
    },
    /// A program with a key.
    ApiKey(ApiKeyId),
    /// Lux itself: a job or a command on the server's own terminal.
    System,
}

/// Who is asking, in which company, with which rights. Made by the door (session cookie, API key, job), read by services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The kind of caller.
    pub who: Who,
    /// The company all reads and writes are bound to.
    pub company: CompanyId,
    /// The role there.
    pub role: Role,
    /// For an API key: what it was limited to. `None` is no limit beyond the role.
    pub scopes: Option<Vec<Capability>>,
}

impl Actor {
    /// Lux itself, for jobs and the command line.
    pub fn system(company: CompanyId) -> Self {
        Self { who: Who::System, company, role: Role::Owner, scopes: None }
    }

    /// Whether this is allowed.
    pub fn may(&self, capability: Capability) -> bool {
        self.role.can(capability) && self.scopes.as_ref().is_none_or(|s| s.contains(&capability))
    }

    /// Refuses with a sentence that says who can help.
    pub fn require(&self, capability: Capability) -> Result<(), Fault> {
        if self.may(capability) {
            return Ok(());
        }
        Err(match self.who {
            Who::ApiKey(_) => Fault::denied(format!("This key lacks the scope {}.", capability.name())),
            _ => Fault::denied(format!("You may not {}. Ask an admin of this company.", capability.verb())),
        })
    }

    /// The person, where it is one.
    pub fn user(&self) -> Option<UserId> {
        match self.who {
            Who::User { user, .. } => Some(user),
            _ => None,
        }
    }
}

/// Where a request came from, for limits and for the list of sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Network address.
    pub address: String,
    /// User agent, at most 300 characters.
    pub agent: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_all_that_the_one_below_may() {
        for pair in Role::ALL.windows(2) {
            for capability in Capability::ALL {
                assert!(!pair[0].can(capability) || pair[1].can(capability), "{:?} {capability:?}", pair[1]);
            }
        }
    }

    #[test]
    fn a_scope_narrows_a_role_and_never_widens_it() {
        let mut actor = Actor::system(CompanyId(uuid::Uuid::nil()));
        actor.role = Role::Viewer;
        actor.scopes = Some(vec![Capability::ContactsRead, Capability::CampaignsSend]);
        assert!(actor.may(Capability::ContactsRead));
        assert!(!actor.may(Capability::CampaignsRead));
        assert!(!actor.may(Capability::CampaignsSend));
    }

    #[test]
    fn names_of_capabilities_and_roles_read_back() {
        for c in Capability::ALL {
            assert_eq!(c.name().parse(), Ok(c));
        }
        for r in Role::ALL {
            assert_eq!(r.as_str().parse(), Ok(r));
        }
    }
}
