//! The signed part of a tracking address: what it names, how it is written, how a forged one is told.
//!
//! `base64url(payload) . base64url(first 16 bytes of HMAC-SHA256(payload))`. The payload is binary and canonical, so
//! that no two texts name the same thing; the key belongs to one company and its id travels in the payload, so that
//! keys can change while old mail keeps working. Nothing in a token is secret: it holds ids only.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use contract::{CampaignId, CompanyId, ContactId};
use hmac::{Hmac, Mac};
use kernel::vault::KeyId;
use sha2::Sha256;
use uuid::Uuid;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
/// Version, id of the key, kind, three ids, link number.
const PAYLOAD_BYTES: usize = 1 + 8 + 1 + 16 * 3 + 2;
/// Longest text that can be a token; anything longer is refused unread.
const MAX_TEXT: usize = 120;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// The pixel.
    Open,
    /// A link.
    Click,
    /// The unsubscribe page.
    Unsubscribe,
    /// The message as a page.
    View,
}

impl TokenKind {
    fn code(self) -> u8 {
        match self {
            Self::Open => 1,
            Self::Click => 2,
            Self::Unsubscribe => 3,
            Self::View => 4,
        }
    }

    fn of(code: u8) -> Option<Self> {
        [Self::Open, Self::Click, Self::Unsubscribe, Self::View].into_iter().find(|k| k.code() == code)
    }
}

/// In the kind byte: the message was a test, and nothing is counted or changed.
const TEST: u8 = 0x80;

/// What a token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// What it is good for.
    pub kind: TokenKind,
    /// Neutral: from a test message.
    pub test: bool,
    /// Whose mail it was.
    pub company: CompanyId,
    /// Campaign.
    pub campaign: CampaignId,
    /// Recipient.
    pub contact: ContactId,
    /// Link of the campaign; 0 where it is no click.
    pub link: u16,
}

/// One company's key, ready to sign; cheap to clone.
#[derive(Clone)]
pub struct TokenKey {
    id: KeyId,
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenKey({})", self.id)
    }
}

impl TokenKey {
    /// A key and the id it goes by.
    pub fn new(id: KeyId, key: &[u8; 32]) -> Self {
        Self { id, mac: mac(key) }
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    fn sign(&self, payload: &[u8]) -> [u8; MAC_BYTES] {
        let mut mac = self.mac.clone();
        mac.update(payload);
        let full = mac.finalize().into_bytes();
        let mut short = [0; MAC_BYTES];
        for (to, from) in short.iter_mut().zip(full) {
            *to = from;
        }
        short
    }

    /// Writes a token at the end of `out`.
    pub fn write(&self, token: &Token, out: &mut String) {
        let payload = token.payload(self.id);
        BASE64_URL_SAFE_NO_PAD.encode_string(payload, out);
        out.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(self.sign(&payload), out);
    }

    /// A token as text.
    pub fn text(&self, token: &Token) -> String {
        let mut out = String::with_capacity(MAX_TEXT);
        self.write(token, &mut out);
        out
    }
}

/// HMAC-SHA256 under a key. A key shorter than a block stands for itself padded with zeros, so this cannot fail.
pub(super) fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0_u8; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into())
}

impl Token {
    fn payload(&self, key: KeyId) -> [u8; PAYLOAD_BYTES] {
        let kind = self.kind.code() | if self.test { TEST } else { 0 };
        let parts: [&[u8]; 7] = [
            &[VERSION],
            &key.0,
            &[kind],
            self.company.0.as_bytes(),
            self.campaign.0.as_bytes(),
            self.contact.0.as_bytes(),
            &self.link.to_be_bytes(),
        ];
        let mut payload = [0; PAYLOAD_BYTES];
        for (to, from) in payload.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        payload
    }
}

/// A token as it came in: it can be read, but nobody has said yet that it is ours.
#[derive(Clone, Debug)]
pub struct Claimed {
    token: Token,
    key: KeyId,
    payload: [u8; PAYLOAD_BYTES],
    mac: [u8; MAC_BYTES],
}

impl Claimed {
    /// Reads the two parts. `None` for anything that [`TokenKey::write`] does not write.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let (payload, mac) = text.split_once('.')?;
        let payload: [u8; PAYLOAD_BYTES] = decode(payload)?;
        let mac = decode(mac)?;
        let mut rest = payload.as_slice();
        let [version] = take(&mut rest)?;
        let key = KeyId(take(&mut rest)?);
        let [kind] = take(&mut rest)?;
        if version != VERSION {
            return None;
        }
        let token = Token {
            kind: TokenKind::of(kind & !TEST)?,
            test: kind & TEST != 0,
            company: CompanyId(Uuid::from_bytes(take(&mut rest)?)),
            campaign: CampaignId(Uuid::from_bytes(take(&mut rest)?)),
            contact: ContactId(Uuid::from_bytes(take(&mut rest)?)),
            link: u16::from_be_bytes(take(&mut rest)?),
        };
        Some(Self { token, key, payload, mac })
    }

    /// The company whose key decides.
    pub fn company(&self) -> CompanyId {
        self.token.company
    }

    /// The id of the key that decides.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// The token, if this key signed it. Takes the same time whether it did or not.
    pub fn verify(&self, key: &TokenKey) -> Option<Token> {
        let mut mac = key.mac.clone();
        mac.update(&self.payload);
        let good = key.id == self.key && mac.verify_truncated_left(&self.mac).is_ok();
        good.then_some(self.token)
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token() -> Token {
        Token {
            kind: TokenKind::Click,
            test: false,
            company: CompanyId(Uuid::from_u128(7)),
            campaign: CampaignId(Uuid::from_u128(8)),
            contact: ContactId(Uuid::from_u128(9)),
            link: 3,
        }
    }

    fn read(text: &str, key: &TokenKey) -> Option<Token> {
        Claimed::parse(text)?.verify(key)
    }

    proptest! {
        #[test]
        fn what_was_signed_reads_back(kind in 0..3_usize, test: bool, ids: [u128; 3], link: u16, id: [u8; 8], secret: [u8; 32]) {
            let kind = [TokenKind::Open, TokenKind::Click, TokenKind::Unsubscribe][kind];
            let token = Token {
                kind, test, link,
                company: CompanyId(Uuid::from_u128(ids[0])),
                campaign: CampaignId(Uuid::from_u128(ids[1])),
                contact: ContactId(Uuid::from_u128(ids[2])),
            };
            let key = TokenKey::new(KeyId(id), &secret);
            let text = key.text(&token);
            prop_assert!(text.len() <= MAX_TEXT);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)));
            prop_assert_eq!(read(&text, &key), Some(token));
        }

        #[test]
        fn noise_is_no_token(text in "[A-Za-z0-9_.%/-]{0,140}") {
            prop_assert_eq!(read(&text, &TokenKey::new(KeyId([1; 8]), &[1; 32])), None);
        }
    }

    #[test]
    fn a_change_of_any_byte_is_noticed() {
        let key = TokenKey::new(KeyId([1; 8]), &[5; 32]);
        let text = key.text(&token());
        for at in 0..text.len() {
            for other in ["A", "B", "z", "9", "_", ".", "%", ""] {
                let mut forged = text.clone();
                forged.replace_range(at..=at, other);
                if forged != text {
                    assert_eq!(read(&forged, &key), None, "byte {at} as {other:?}");
                }
            }
        }
        for cut in 0..text.len() {
            assert_eq!(read(&text[..cut], &key), None);
        }
        assert_eq!(read(&format!("{text}A"), &key), None);
        assert_eq!(read(&text.replace('.', "=."), &key), None);
    }

    #[test]
    fn a_key_of_another_company_or_master_signs_nothing_here() {
        let text = TokenKey::new(KeyId([1; 8]), &[5; 32]).text(&token());
        assert_eq!(read(&text, &TokenKey::new(KeyId([1; 8]), &[6; 32])), None);
        assert_eq!(read(&text, &TokenKey::new(KeyId([2; 8]), &[5; 32])), None);
    }

    #[test]
    fn every_part_changes_the_signature() {
        let key = TokenKey::new(KeyId([1; 8]), &[5; 32]);
        let mac = |t: Token| key.text(&t).split_once('.').map(|(_, mac)| mac.to_owned());
        let base = token();
        let others = [
            Token { kind: TokenKind::Open, ..base },
            Token { test: true, ..base },
            Token { company: CompanyId(Uuid::from_u128(70)), ..base },
            Token { campaign: CampaignId(Uuid::from_u128(80)), ..base },
            Token { contact: ContactId(Uuid::from_u128(90)), ..base },
            Token { link: 4, ..base },
        ];
        for other in others {
            assert_ne!(mac(base), mac(other), "{other:?}");
        }
    }
}
