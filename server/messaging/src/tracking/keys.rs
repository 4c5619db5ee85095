//! Keys of companies, and the addresses that are signed with them.

use super::store;
use super::token::{Claimed, Token, TokenKey, TokenKind};
use crate::engine::press::Links;
use crate::render::Addresses;
use async_trait::async_trait;
use contract::campaigns::LinkReport;
use contract::{CampaignId, CompanyId, ContactId};
use hmac::Mac;
use kernel::vault::KeyId;
use kernel::{DbError, Tx, Vault};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

const SIGN: &str = "tracking";
const HASH: &str = "tracking address";

/// Signs and checks. Cheap to clone; clones share what was derived.
#[derive(Clone)]
pub struct Keys {
    vault: Vault,
    base: Arc<str>,
    known: Arc<RwLock<HashMap<(CompanyId, KeyId), TokenKey>>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Keys {
    /// `base` is the public address of this installation, with or without a slash at its end.
    pub fn new(vault: Vault, base: &str) -> Self {
        Self { vault, base: base.trim_end_matches('/').into(), known: Arc::default() }
    }

    fn known(&self, company: CompanyId, id: KeyId) -> Option<TokenKey> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&(company, id)).cloned()
    }

    fn keep(&self, company: CompanyId, key: &TokenKey) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert((company, key.id()), key.clone());
    }

    /// The key that signs now.
    pub fn current(&self, company: CompanyId) -> TokenKey {
        if let Some(key) = self.known(company, self.vault.key_id()) {
            return key;
        }
        let derived = self.vault.derive(SIGN, Some(company));
        let key = TokenKey::new(derived.id, derived.bytes());
        self.keep(company, &key);
        key
    }

    /// The token, if it is ours and of this kind. A key is only kept once it has proved good, so that made-up companies
    /// do not fill memory.
    pub fn verify(&self, text: &str, kind: TokenKind) -> Option<Token> {
        let claimed = Claimed::parse(text)?;
        let (company, id) = (claimed.company(), claimed.key());
        let (key, is_new) = match self.known(company, id) {
            Some(key) => (key, false),
            None => {
                let derived = self.vault.derive_by(id, SIGN, Some(company)).ok()?;
                (TokenKey::new(derived.id, derived.bytes()), true)
            }
        };
        let token = claimed.verify(&key)?;
        if is_new {
            self.keep(company, &key);
        }
        (token.kind == kind).then_some(token)
    }

    /// A network address as it is stored: the same for the same visitor of a company, and of no use anywhere else.
    pub fn hash_address(&self, company: CompanyId, address: &str) -> String {
        let key = self.vault.derive(HASH, Some(company));
        let mut mac = super::token::mac(key.bytes());
        mac.update(address.as_bytes());
        let full = mac.finalize().into_bytes();
        hex::encode(full.get(..8).unwrap_or_default())
    }

    /// The address behind a path letter.
    pub fn url(&self, key: &TokenKey, token: &Token) -> String {
        let letter = match token.kind {
            TokenKind::Open => 'o',
            TokenKind::Click => 'c',
            TokenKind::Unsubscribe => 'u',
            TokenKind::View => 'v',
        };
        let mut out = String::with_capacity(self.base.len() + 112);
        out.push_str(&self.base);
        out.push('/');
        out.push(letter);
        out.push('/');
        key.write(token, &mut out);
        out
    }
}

#[async_trait]
impl Links for Keys {
    fn addresses(
        &self,
        company: CompanyId,
        campaign: CampaignId,
        contact: ContactId,
        links: usize,
        is_test: bool,
    ) -> Addresses {
        let key = self.current(company);
        let token = |kind, link| Token { kind, test: is_test, company, campaign, contact, link };
        let url = |kind, link| self.url(&key, &token(kind, link));
        let links = (0..links).filter_map(|n| u16::try_from(n).ok());
        Addresses {
            unsubscribe: url(TokenKind::Unsubscribe, 0),
            view: url(TokenKind::View, 0),
            pixel: url(TokenKind::Open, 0),
            links: links.map(|n| url(TokenKind::Click, n)).collect(),
        }
    }

    /// None: Lux has no mailbox of its own that could read such a mail. A sender whose Reply-To is read by people may
    /// name that.
    fn unsubscribe_mailto(&self, _: CompanyId, _: CampaignId, _: ContactId) -> Option<String> {
        None
    }

    async fn store(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        campaign: CampaignId,
        targets: &[String],
    ) -> Result<(), DbError> {
        store::put_links(tx, company, campaign, targets).await
    }

    async fn report(&self, tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<Vec<LinkReport>, DbError> {
        store::link_report(tx, company, campaign).await
    }

    async fn forget(&self, tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<(), DbError> {
        store::forget_campaign(tx, company, campaign).await
    }
}
