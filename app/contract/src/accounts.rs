//! Companies, people, sessions and keys.

use crate::{
    Actor, ApiKeyId, Capability, Client, CompanyId, Fault, InvitationId, Micros, Role, SessionId, UserId, Zone,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A secret on its way through: a password, a session token, an API key. Prints as dots.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}

/// Makes the owner and the first company. Only while there is no user at all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateOwner {
    /// The one-time token from the log of the first start.
    pub token: Secret,
    /// Name of the company.
    pub company: String,
    /// IANA zone, for example `Europe/Copenhagen`.
    pub zone: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// At least 10 characters.
    pub password: Secret,
}

/// Signs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignIn {
    /// Address.
    pub email: String,
    /// Password.
    pub password: Secret,
    /// Six digits of the authenticator, when asked for.
    #[serde(default)]
    pub code: Option<String>,
}

/// How a sign-in ended.
#[derive(Clone, Debug)]
pub enum SignInOutcome {
    /// Password right; now the six digits.
    CodeWanted,
    /// The token of the new session, for the cookie.
    Done(Secret),
}

/// A company as its members see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Company {
    /// Id.
    pub id: CompanyId,
    /// Name.
    pub name: String,
    /// Where times are shown.
    pub zone: Zone,
    /// Postal address for the foot of marketing mail; required by law in many places.
    pub address: String,
    /// Website, or empty.
    pub website: String,
}

/// Changes a company.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompanyChange {
    /// Name, 1 to 120 characters.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// Postal address, at most 500 characters.
    pub address: String,
    /// Website or empty.
    pub website: String,
}

/// A company one can switch to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// The company.
    pub company: CompanyId,
    /// Its name.
    pub name: String,
    /// One's role there.
    pub role: Role,
}

/// Everything the shell needs about the person signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    /// The person.
    pub user: UserId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// The company of this session.
    pub company: Company,
    /// The role in it.
    pub role: Role,
    /// All companies of this person, by name.
    pub companies: Vec<Membership>,
    /// Whether the authenticator is on.
    pub totp: bool,
    /// Time on the server when this was read.
    pub now: Micros,
}

impl Me {
    /// Whether the person may do this in the current company.
    pub fn may(&self, capability: Capability) -> bool {
        self.role.can(capability)
    }
}

/// One signed-in browser of the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Id.
    pub id: SessionId,
    /// Browser and system in words, for example `Firefox on Linux`.
    pub device: String,
    /// Network address of the last request.
    pub address: String,
    /// Signed in.
    pub created: Micros,
    /// Last request, to the minute.
    pub seen: Micros,
    /// Whether it is the one asking.
    pub current: bool,
}

/// A member of the company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The person.
    pub user: UserId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Role here.
    pub role: Role,
    /// Whether the authenticator is on.
    pub totp: bool,
    /// Last request, or never.
    pub seen: Option<Micros>,
}

/// An invitation that was not taken up yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invitation {
    /// Id.
    pub id: InvitationId,
    /// Whom.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Made.
    pub created: Micros,
    /// Ends.
    pub expires: Micros,
}

/// Who is in the company and who is asked to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// Members by name.
    pub people: Vec<Person>,
    /// Open invitations, newest first.
    pub invitations: Vec<Invitation>,
}

/// An invitation just made: the link is shown once, and mailed if a sender exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The link to hand over.
    pub link: String,
    /// Whether it was also queued as a mail.
    pub mailed: bool,
}

/// What the page behind an invitation link shows before one accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvitationView {
    /// Company that invites.
    pub company: String,
    /// Address invited.
    pub email: String,
    /// Role offered.
    pub role: Role,
    /// Whether an account with this address exists, so that the page asks for its password instead of a new one.
    pub known: bool,
}

/// Takes up an invitation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AcceptInvitation {
    /// Token of the link.
    pub token: Secret,
    /// Name; ignored for a known account.
    pub name: String,
    /// The new password, or the known account's password.
    pub password: Secret,
    /// Six digits, for a known account with an authenticator.
    #[serde(default)]
    pub code: Option<String>,
}

/// What to enter in an authenticator. Nothing is on until [`Accounts::totp_confirm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TotpSetup {
    /// Base32 secret to type.
    pub secret: String,
    /// `otpauth://` address.
    pub uri: String,
    /// The same as a QR code: an SVG path drawn on `size` × `size` units.
    pub qr_path: String,
    /// Side of the QR code in modules.
    pub qr_size: u32,
}

/// An API key, without the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// First characters, to tell it apart.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Capability>,
    /// Made.
    pub created: Micros,
    /// Last used, to the minute.
    pub used: Option<Micros>,
}

/// An API key just made. The key is shown this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyMade {
    /// The record.
    pub key: ApiKey,
    /// `lux_…`, never shown again.
    pub secret: Secret,
}

/// Accounts service.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Whether there is no user yet, so that the first page makes the owner.
    async fn needs_setup(&self) -> Result<bool, Fault>;
    /// Makes owner and company; answers the new session's token.
    async fn create_owner(&self, request: CreateOwner, client: Client) -> Result<Secret, Fault>;
    /// Signs in. The same answer for an unknown address and a wrong password; limited per address and per client.
    async fn sign_in(&self, request: SignIn, client: Client) -> Result<SignInOutcome, Fault>;
    /// Ends the actor's session.
    async fn sign_out(&self, actor: &Actor) -> Result<(), Fault>;
    /// The actor behind a session token, or nobody. Notes the time and address of use.
    async fn actor_of_session(&self, token: &Secret, client: &Client) -> Result<Option<Actor>, Fault>;
    /// The actor behind an API key, or nobody.
    async fn actor_of_key(&self, key: &Secret) -> Result<Option<Actor>, Fault>;
    /// Asks for a password reset mail. Always succeeds; a stranger learns nothing.
    async fn request_reset(&self, email: String, client: Client) -> Result<(), Fault>;
    /// Sets a new password by the token of the mail; ends all sessions.
    async fn reset_password(&self, token: Secret, password: Secret, client: Client) -> Result<(), Fault>;

    /// The person signed in.
    async fn me(&self, actor: &Actor) -> Result<Me, Fault>;
    /// Changes one's name.
    async fn rename_me(&self, actor: &Actor, name: String) -> Result<(), Fault>;
    /// Changes one's password; ends all other sessions.
    async fn change_password(&self, actor: &Actor, current: Secret, new: Secret) -> Result<(), Fault>;
    /// Begins turning the authenticator on.
    async fn totp_begin(&self, actor: &Actor) -> Result<TotpSetup, Fault>;
    /// Turns it on with the first six digits.
    async fn totp_confirm(&self, actor: &Actor, code: String) -> Result<(), Fault>;
    /// Turns it off; asks for the password.
    async fn totp_disable(&self, actor: &Actor, password: Secret) -> Result<(), Fault>;
    /// One's sessions, newest use first.
    async fn sessions(&self, actor: &Actor) -> Result<Vec<SessionRow>, Fault>;
    /// Ends one session.
    async fn revoke_session(&self, actor: &Actor, session: SessionId) -> Result<(), Fault>;
    /// Ends all but the current one; answers how many.
    async fn revoke_other_sessions(&self, actor: &Actor) -> Result<i64, Fault>;

    /// Binds the session to another of one's companies.
    async fn switch_company(&self, actor: &Actor, company: CompanyId) -> Result<(), Fault>;
    /// Makes a further company, owned by the person, and switches to it.
    async fn create_company(&self, actor: &Actor, change: CompanyChange) -> Result<CompanyId, Fault>;
    /// Changes the current company.
    async fn update_company(&self, actor: &Actor, change: CompanyChange) -> Result<(), Fault>;
    /// Names of all zones.
    async fn zones(&self) -> Result<Vec<String>, Fault>;

    /// Members and invitations.
    async fn people(&self, actor: &Actor) -> Result<People, Fault>;
    /// Invites by link, and by mail where the company has a sender. Nobody can give a role above their own.
    async fn invite(&self, actor: &Actor, email: String, role: Role) -> Result<Invited, Fault>;
    /// Takes an invitation back.
    async fn revoke_invitation(&self, actor: &Actor, invitation: InvitationId) -> Result<(), Fault>;
    /// What an invitation link offers.
    async fn invitation(&self, token: Secret) -> Result<InvitationView, Fault>;
    /// Takes it up; answers the new session's token.
    async fn accept_invitation(&self, request: AcceptInvitation, client: Client) -> Result<Secret, Fault>;
    /// Changes a member's role. The last owner stays owner.
    async fn change_role(&self, actor: &Actor, user: UserId, role: Role) -> Result<(), Fault>;
    /// Takes a member out; their sessions in this company end.
    async fn remove_person(&self, actor: &Actor, user: UserId) -> Result<(), Fault>;

    /// Keys by name.
    async fn api_keys(&self, actor: &Actor) -> Result<Vec<ApiKey>, Fault>;
    /// Makes a key.
    async fn create_api_key(&self, actor: &Actor, name: String, scopes: Vec<Capability>) -> Result<ApiKeyMade, Fault>;
    /// Ends a key at once.
    async fn revoke_api_key(&self, actor: &Actor, key: ApiKeyId) -> Result<(), Fault>;

    /// A stored preference of the person in this company, for example the dashboard's layout, as JSON text.
    async fn preference(&self, actor: &Actor, name: String) -> Result<Option<String>, Fault>;
    /// Stores it, at most 20 kB.
    async fn set_preference(&self, actor: &Actor, name: String, value: String) -> Result<(), Fault>;
}
