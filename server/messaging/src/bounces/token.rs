//! The signed mark in a return address: whose message came back, told by an address that only we can make.
//!
//! `base+mark@domain`, where the mark is 24 bytes in lower-case base32 (mail servers may fold case): id of the master key
//! (8), number of the ledger's row (6), first bytes of HMAC-SHA256 under the company's key (10). Nothing in it is secret.
//! [`hook_token`] makes the last part of a hook's address in the same spirit.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use connect::email::Address;
use contract::{CompanyId, HookId};
use hmac::{Hmac, Mac};
use kernel::Vault;
use kernel::vault::{DerivedKey, KeyId};
use sha2::Sha256;
use uuid::Uuid;

/// Longest base before the plus: the mark is 39 letters, and 64 may stand before the `@`.
pub const MAX_BASE: usize = 20;
const RETURN: &str = "bounce return";
const HOOK: &str = "bounce hook";
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const MARK: usize = 39;

fn sum(key: &DerivedKey, parts: &[&[u8]]) -> Vec<u8> {
    // A key shorter than a block stands for itself padded with zeros, so this cannot fail.
    let mut block = [0_u8; 64];
    for (to, from) in block.iter_mut().zip(key.bytes()) {
        *to = *from;
    }
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Compares without telling by time where two texts differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0_u8, |all, (a, b)| all | (a ^ b)) == 0
}

fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.extend(letter(held >> bits));
        }
    }
    if bits > 0 {
        out.extend(letter(held << (5 - bits)));
    }
    out
}

fn letter(value: u32) -> Option<char> {
    usize::try_from(value & 31).ok().and_then(|at| ALPHABET.get(at)).map(|b| char::from(*b))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == byte.to_ascii_lowercase())?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    // What is left over must be nothing, so that no two texts are the same mark.
    (held & ((1 << bits) - 1) == 0).then_some(out)
}

/// The address that the message of a ledger row comes back to; `None` for a base that is too long.
pub fn return_address(vault: &Vault, company: CompanyId, row: i64, base: &Address) -> Option<Address> {
    if base.local().len() > MAX_BASE {
        return None;
    }
    let key = vault.derive(RETURN, Some(company));
    let number = row.to_be_bytes();
    let number = number.get(2..).filter(|_| (0..1 << 48).contains(&row))?;
    let sum = sum(&key, &[number]);
    let mark = encode(&[&key.id.0, number, sum.get(..10)?].concat());
    connect::email::address::normalise(&format!("{}+{mark}@{}", base.local(), base.domain())).ok()
}

/// The ledger row that an address was made for by this company's key, whatever mailbox it is in.
pub fn row_of(vault: &Vault, company: CompanyId, address: &str) -> Option<i64> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, mark) = local.rsplit_once('+')?;
    if mark.len() != MARK {
        return None;
    }
    let bytes = decode(mark)?;
    let (id, rest) = bytes.split_first_chunk::<8>()?;
    let (number, given) = rest.split_first_chunk::<6>()?;
    let key = vault.derive_by(KeyId(*id), RETURN, Some(company)).ok()?;
    if !same(sum(&key, &[number]).get(..10)?, given) {
        return None;
    }
    let [a, b, c, d, e, f] = *number;
    Some(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

/// The last part of a hook's address: it names company and hook, and nobody else can make one.
pub fn hook_token(vault: &Vault, company: CompanyId, hook: HookId) -> String {
    let key = vault.derive(HOOK, Some(company));
    let sum = sum(&key, &[hook.0.as_bytes()]);
    let parts: [&[u8]; 4] = [&key.id.0, company.0.as_bytes(), hook.0.as_bytes(), sum.get(..16).unwrap_or_default()];
    BASE64_URL_SAFE_NO_PAD.encode(parts.concat())
}

/// Company and hook of a token that we made.
pub fn hook_of(vault: &Vault, token: &str) -> Option<(CompanyId, HookId)> {
    if token.len() > 80 {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, rest) = bytes.split_first_chunk::<8>()?;
    let (company, rest) = rest.split_first_chunk::<16>()?;
    let (hook, given) = rest.split_first_chunk::<16>()?;
    let company = CompanyId(Uuid::from_bytes(*company));
    let key = vault.derive_by(KeyId(*id), HOOK, Some(company)).ok()?;
    let good = same(sum(&key, &[hook]).get(..16)?, given);
    good.then(|| (company, HookId(Uuid::from_bytes(*hook))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::vault::MasterKey;
    use proptest::prelude::*;

    fn vault(seed: u8) -> Vault {
        let (_, ids) = testkit::clock_and_ids();
        Vault::new(MasterKey::new([seed; 32]), Vec::new(), ids)
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_in_any_case(row in 0..(1_i64 << 48), upper: bool) {
            let (vault, company) = (vault(1), testkit::company(1));
            let base = connect::email::address::normalise("bounce@mail.acme.example").unwrap();
            let address = return_address(&vault, company, row, &base).unwrap();
            prop_assert!(address.local().len() <= 64);
            let text = if upper { address.as_str().to_uppercase() } else { address.as_str().to_owned() };
            prop_assert_eq!(row_of(&vault, company, &text), Some(row));
            prop_assert_eq!(row_of(&vault, testkit::company(2), &text), None);
        }

        #[test]
        fn noise_is_no_mark(text in "[a-z2-7]{39}") {
            prop_assert_eq!(row_of(&vault(1), testkit::company(1), &format!("bounce+{text}@x.example")), None);
        }

        #[test]
        fn letters_and_bytes_are_the_same_thing(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn a_change_of_any_letter_is_noticed() {
        let (vault, company) = (vault(1), testkit::company(1));
        let base = connect::email::address::normalise("bounce@mail.acme.example").unwrap();
        let good = return_address(&vault, company, 42, &base).unwrap();
        let (head, mark) = good.local().split_once('+').unwrap();
        for at in 0..mark.len() {
            for other in ["a", "b", "7", "q"] {
                let mut forged = mark.to_owned();
                forged.replace_range(at..=at, other);
                if forged != mark {
                    assert_eq!(row_of(&vault, company, &format!("{head}+{forged}@mail.acme.example")), None);
                }
            }
        }
        assert_eq!(row_of(&super::tests::vault(2), company, good.as_str()), None);
    }

    #[test]
    fn a_hooks_address_cannot_be_made_up() {
        let (own, company, hook) = (vault(1), testkit::company(1), HookId(Uuid::from_u128(5)));
        let token = hook_token(&own, company, hook);
        assert_eq!(hook_of(&own, &token), Some((company, hook)));
        assert_eq!(hook_of(&vault(2), &token), None);
        for at in 0..token.len() {
            let mut forged = token.clone();
            forged.replace_range(at..=at, if &token[at..=at] == "A" { "B" } else { "A" });
            assert_eq!(hook_of(&own, &forged), None, "letter {at}");
        }
    }
}
