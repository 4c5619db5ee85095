//! Server functions of accounts: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes a struct of the arguments of each function, without documentation")]

use contract::accounts as asked;
use contract::accounts::{ApiKey, ApiKeyMade, CompanyChange, InvitationView, Invited, Secret, SessionRow, TotpSetup};
use contract::{ApiKeyId, Capability, CompanyId, Fault, InvitationId, Role, SessionId, UserId};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// How a sign-in ended, for the page. The token itself goes into the cookie only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignedIn {
    /// Now the six digits.
    CodeWanted,
    /// In.
    Done,
}

/// Whether the owner is still to be made.
#[server(prefix = "/fn", endpoint = "accounts/needs-setup", input = GetUrl)]
pub async fn needs_setup() -> Result<bool, Fault> {
    session::serve::<dyn contract::accounts::Accounts>()?.needs_setup().await
}

/// Names of all time zones.
#[server(prefix = "/fn", endpoint = "accounts/zones", input = GetUrl)]
pub async fn zones() -> Result<Vec<String>, Fault> {
    session::serve::<dyn contract::accounts::Accounts>()?.zones().await
}

/// Makes the owner and signs in.
#[server(prefix = "/fn", endpoint = "accounts/create-owner", input = Json)]
pub async fn create_owner(request: asked::CreateOwner) -> Result<(), Fault> {
    let token = session::serve::<dyn contract::accounts::Accounts>()?.create_owner(request, session::client()).await?;
    session::set_cookie(session::CookieChange::Set(token))
}

/// Signs in.
#[server(prefix = "/fn", endpoint = "accounts/sign-in", input = Json)]
pub async fn sign_in(request: asked::SignIn) -> Result<SignedIn, Fault> {
    match session::serve::<dyn contract::accounts::Accounts>()?.sign_in(request, session::client()).await? {
        asked::SignInOutcome::CodeWanted => Ok(SignedIn::CodeWanted),
        asked::SignInOutcome::Done(token) => {
            session::set_cookie(session::CookieChange::Set(token)).map(|()| SignedIn::Done)
        }
    }
}

/// Signs out.
#[server(prefix = "/fn", endpoint = "accounts/sign-out", input = Json)]
pub async fn sign_out() -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.sign_out(&actor).await?;
    session::set_cookie(session::CookieChange::Clear)
}

/// Asks for a reset mail.
#[server(prefix = "/fn", endpoint = "accounts/request-reset", input = Json)]
pub async fn request_reset(email: String) -> Result<(), Fault> {
    session::serve::<dyn contract::accounts::Accounts>()?.request_reset(email, session::client()).await
}

/// Sets a new password by the mailed token.
#[server(prefix = "/fn", endpoint = "accounts/reset-password", input = Json)]
pub async fn reset_password(token: Secret, password: Secret) -> Result<(), Fault> {
    session::serve::<dyn contract::accounts::Accounts>()?.reset_password(token, password, session::client()).await
}

/// What an invitation offers.
#[server(prefix = "/fn", endpoint = "accounts/invitation", input = GetUrl)]
pub async fn invitation(token: Secret) -> Result<InvitationView, Fault> {
    session::serve::<dyn contract::accounts::Accounts>()?.invitation(token).await
}

/// Takes an invitation up and signs in.
#[server(prefix = "/fn", endpoint = "accounts/accept-invitation", input = Json)]
pub async fn accept_invitation(request: asked::AcceptInvitation) -> Result<(), Fault> {
    let token =
        session::serve::<dyn contract::accounts::Accounts>()?.accept_invitation(request, session::client()).await?;
    session::set_cookie(session::CookieChange::Set(token))
}

/// The person signed in.
#[server(prefix = "/fn", endpoint = "accounts/me", input = GetUrl)]
pub async fn me() -> Result<asked::Me, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.me(&actor).await
}

/// Changes one's name.
#[server(prefix = "/fn", endpoint = "accounts/rename-me", input = Json)]
pub async fn rename_me(name: String) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.rename_me(&actor, name).await
}

/// Changes one's password.
#[server(prefix = "/fn", endpoint = "accounts/change-password", input = Json)]
pub async fn change_password(current: Secret, new: Secret) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.change_password(&actor, current, new).await
}

/// Begins turning the authenticator on.
#[server(prefix = "/fn", endpoint = "accounts/totp-begin", input = Json)]
pub async fn totp_begin() -> Result<TotpSetup, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.totp_begin(&actor).await
}

/// Turns it on.
#[server(prefix = "/fn", endpoint = "accounts/totp-confirm", input = Json)]
pub async fn totp_confirm(code: String) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.totp_confirm(&actor, code).await
}

/// Turns it off.
#[server(prefix = "/fn", endpoint = "accounts/totp-disable", input = Json)]
pub async fn totp_disable(password: Secret) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.totp_disable(&actor, password).await
}

/// One's sessions.
#[server(prefix = "/fn", endpoint = "accounts/sessions", input = GetUrl)]
pub async fn sessions() -> Result<Vec<SessionRow>, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.sessions(&actor).await
}

/// Ends a session.
#[server(prefix = "/fn", endpoint = "accounts/revoke-session", input = Json)]
pub async fn revoke_session(session: SessionId) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.revoke_session(&actor, session).await
}

/// Ends all but this one.
#[server(prefix = "/fn", endpoint = "accounts/revoke-other-sessions", input = Json)]
pub async fn revoke_other_sessions() -> Result<i64, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.revoke_other_sessions(&actor).await
}

/// Switches the company.
#[server(prefix = "/fn", endpoint = "accounts/switch-company", input = Json)]
pub async fn switch_company(company: CompanyId) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.switch_company(&actor, company).await
}

/// Makes a further company.
#[server(prefix = "/fn", endpoint = "accounts/create-company", input = Json)]
pub async fn create_company(change: CompanyChange) -> Result<CompanyId, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.create_company(&actor, change).await
}

/// Changes the company.
#[server(prefix = "/fn", endpoint = "accounts/update-company", input = Json)]
pub async fn update_company(change: CompanyChange) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.update_company(&actor, change).await
}

/// Members and invitations.
#[server(prefix = "/fn", endpoint = "accounts/people", input = GetUrl)]
pub async fn people() -> Result<asked::People, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.people(&actor).await
}

/// Invites a person.
#[server(prefix = "/fn", endpoint = "accounts/invite", input = Json)]
pub async fn invite(email: String, role: Role) -> Result<Invited, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.invite(&actor, email, role).await
}

/// Takes an invitation back.
#[server(prefix = "/fn", endpoint = "accounts/revoke-invitation", input = Json)]
pub async fn revoke_invitation(invitation: InvitationId) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.revoke_invitation(&actor, invitation).await
}

/// Changes a role.
#[server(prefix = "/fn", endpoint = "accounts/change-role", input = Json)]
pub async fn change_role(user: UserId, role: Role) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.change_role(&actor, user, role).await
}

/// Takes a person out.
#[server(prefix = "/fn", endpoint = "accounts/remove-person", input = Json)]
pub async fn remove_person(user: UserId) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.remove_person(&actor, user).await
}

/// Keys by name.
#[server(prefix = "/fn", endpoint = "accounts/api-keys", input = GetUrl)]
pub async fn api_keys() -> Result<Vec<ApiKey>, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.api_keys(&actor).await
}

/// Makes a key.
#[server(prefix = "/fn", endpoint = "accounts/create-api-key", input = Json)]
pub async fn create_api_key(name: String, scopes: Vec<Capability>) -> Result<ApiKeyMade, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.create_api_key(&actor, name, scopes).await
}

/// Ends a key.
#[server(prefix = "/fn", endpoint = "accounts/revoke-api-key", input = Json)]
pub async fn revoke_api_key(key: ApiKeyId) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.revoke_api_key(&actor, key).await
}

/// A stored preference.
#[server(prefix = "/fn", endpoint = "accounts/preference", input = GetUrl)]
pub async fn preference(name: String) -> Result<Option<String>, Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.preference(&actor, name).await
}

/// Stores a preference.
#[server(prefix = "/fn", endpoint = "accounts/set-preference", input = Json)]
pub async fn set_preference(name: String, value: String) -> Result<(), Fault> {
    let (actor, accounts) = session::ask::<dyn contract::accounts::Accounts>()?;
    accounts.set_preference(&actor, name, value).await
}
