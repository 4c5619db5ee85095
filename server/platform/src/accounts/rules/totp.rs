//! Time-based codes (RFC 6238: SHA-1, six digits, 30 seconds), as every authenticator app reads them.

use contract::accounts::TotpSetup;
use hmac::{Hmac, Mac};
use qrcodegen::{QrCode, QrCodeEcc};
use sha1::Sha1;
use std::fmt::Write;

/// Seconds that one code is shown.
const STEP: i64 = 30;
/// How many steps a clock may be off in either direction.
const DRIFT: i64 = 1;

/// The code of one step, or nothing for a key that HMAC cannot take (it takes all).
pub(in crate::accounts) fn code(secret: &[u8], step: i64) -> Option<u32> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash.last()? & 0x0f);
    let word: [u8; 4] = hash.get(at..at + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000)
}

/// The step that `typed` is the code of, near `now` (seconds) and after `last`, the step of the last code that was
/// taken: a code works once.
pub(in crate::accounts) fn matching_step(secret: &[u8], typed: &str, now: i64, last: i64) -> Option<i64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = digits.parse().ok()?;
    let here = now.div_euclid(STEP);
    (here - DRIFT..=here + DRIFT).filter(|step| *step > last).find(|step| code(secret, *step) == Some(typed))
}

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The bytes of [`base32`], or nothing for another text.
pub(in crate::accounts) fn unbase32(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u16, 0);
    for letter in text.bytes() {
        let value = LETTERS.iter().position(|l| *l == letter)?;
        held = held << 5 | u16::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(out)
}

/// RFC 4648 base 32 without padding, as people type it.
pub(in crate::accounts) fn base32(bytes: &[u8]) -> String {
    let bits = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    (0..bytes.len() * 8)
        .step_by(5)
        .filter_map(|at| {
            let index = (at..at + 5).fold(0_usize, |n, bit| n << 1 | usize::from(bits(bit)));
            LETTERS.get(index).map(|letter| char::from(*letter))
        })
        .collect()
}

/// The `otpauth://` address that authenticators read.
fn otpauth(secret: &str, email: &str) -> String {
    format!("otpauth://totp/Lux:{}?secret={secret}&issuer=Lux&algorithm=SHA1&digits=6&period=30", escape(email))
}

fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// What the page shows: secret, address and QR code. Nothing when the address is too long for a QR code.
pub(in crate::accounts) fn qr(secret: &str, email: &str) -> Option<TotpSetup> {
    let uri = otpauth(secret, email);
    let code = QrCode::encode_text(&uri, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let from = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if x > from {
                let _ = write!(path, "M{from} {y}h{0}v1h-{0}z", x - from);
            }
            x += 1;
        }
    }
    Some(TotpSetup { secret: secret.to_owned(), uri, qr_path: path, qr_size: code.size().unsigned_abs() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_appendix_of_the_rfc() {
        let vectors = [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
        ];
        for (at, want) in vectors {
            assert_eq!(code(KEY, at / STEP), Some(want), "{at}");
        }
    }

    #[test]
    fn a_code_works_one_step_early_and_late_but_not_two() {
        let now = 1_234_567_890;
        let here = now / STEP;
        for (off, fits) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = format!("{:06}", code(KEY, here + off).unwrap());
            assert_eq!(matching_step(KEY, &typed, now, 0), fits.then_some(here + off), "{off}");
        }
    }

    #[test]
    fn a_step_that_was_used_is_not_taken_again() {
        let now = 1_234_567_890;
        let step = matching_step(KEY, "005 924", now, 0).unwrap();
        assert_eq!(matching_step(KEY, "005924", now, step), None);
        assert_eq!(matching_step(KEY, "005924", now, step - 1), Some(step));
    }

    #[test]
    fn what_is_not_six_digits_is_no_code() {
        for typed in ["", "5924", "0059240", "00592a", "+05924", "００５９２４"] {
            assert_eq!(matching_step(KEY, typed, 1_234_567_890, 0), None, "{typed}");
        }
    }

    #[test]
    fn base_32_is_that_of_the_rfc() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
            assert_eq!(unbase32(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(unbase32(&base32(&[255; 20])), Some(vec![255; 20]));
        assert_eq!(unbase32("M1"), None);
    }

    #[test]
    fn the_setup_names_the_account_and_draws_a_square() {
        let setup = qr("MZXW6YTBOI", "ann+lux@example.com").unwrap();
        assert!(setup.uri.starts_with("otpauth://totp/Lux:ann%2Blux%40example.com?secret=MZXW6YTBOI&issuer=Lux"));
        assert!(setup.qr_size >= 21 && (setup.qr_size - 17).is_multiple_of(4));
        // The finder pattern in the corner is seven modules wide.
        assert!(setup.qr_path.starts_with("M0 0h7v1h-7z"), "{}", setup.qr_path);
    }
}
