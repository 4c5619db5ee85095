//! What a password must be: long enough, and not among the first that anybody tries. No rules about digits or capitals:
//! they make passwords worse.

use contract::accounts::Secret;

const SHORTEST: usize = 10;
const LONGEST: usize = 200;

/// The stems of the passwords that lists of leaked ones begin with. What people put around them (`Password123!`) is
/// taken off before comparing.
const COMMON: &[&str] = &[
    "abcdefghij",
    "abcdefghijklmnopqrstuvwxyz",
    "adminadmin",
    "administrator",
    "asdfasdf",
    "asdfasdfasdf",
    "asdfghjkl",
    "baseball",
    "basketball",
    "changeit",
    "changeme",
    "changemenow",
    "chocolate",
    "computer",
    "correcthorsebatterystaple",
    "defaultpassword",
    "football",
    "hello",
    "helloworld",
    "iloveyou",
    "iloveyousomuch",
    "incorrect",
    "internet",
    "jennifer",
    "letmein",
    "letmeinnow",
    "liverpool",
    "lovelove",
    "lux",
    "luxlux",
    "luxadmin",
    "luxlogin",
    "marketing",
    "master",
    "michael",
    "monkey",
    "mypassword",
    "mypasswordis",
    "newpassword",
    "nopassword",
    "p@ssw0rd",
    "p@ssword",
    "pa$$word",
    "passpass",
    "passw0rd",
    "password",
    "passwordpassword",
    "passwort",
    "princess",
    "qazwsx",
    "qazwsxedc",
    "qwerqwer",
    "qwert",
    "qwertz",
    "qwertzuiop",
    "qwerty",
    "qwertyqwerty",
    "qwertyuiop",
    "qwertyuiopasdfghjkl",
    "root",
    "rootroot",
    "secret",
    "secretpassword",
    "secretsecret",
    "starwars",
    "summer",
    "sunshine",
    "superman",
    "superuser",
    "temporary",
    "temppassword",
    "test",
    "testing",
    "testpassword",
    "testtest",
    "testtesttest",
    "thisisapassword",
    "trustno",
    "welcome",
    "welcomehome",
    "welcometo",
    "whatever",
    "winter",
    "yourpassword",
    "zaq12wsx",
    "zxcvbnm",
    "admin",
    "user",
    "login",
    "pass",
    "adminpassword",
    "userpassword",
    "dragon",
    "shadow",
    "freedom",
];

/// Why this password is not taken and what to do, or nothing. `email` is the person's address in lower case.
pub(in crate::accounts) fn refuse_password(password: &Secret, email: &str) -> Option<&'static str> {
    let length = password.0.chars().count();
    if length < SHORTEST {
        return Some("Use at least 10 characters, for example four unrelated words.");
    }
    if length > LONGEST {
        return Some("Shorten the password to 200 characters.");
    }
    let lower = password.0.to_lowercase();
    let local = email.split('@').next().unwrap_or("");
    if !email.is_empty() && (lower.trim() == email || stem(&lower) == local) {
        return Some("Do not use your address as the password. Four unrelated words are a good choice.");
    }
    let mut kinds: Vec<char> = lower.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 4 || is_run(&lower) || is_common(&lower) {
        return Some("This password is among the first that are guessed. Use four unrelated words instead.");
    }
    None
}

/// The password without what people put before and after a word to make it longer.
fn stem(lower: &str) -> &str {
    lower.trim_matches(|c: char| !c.is_alphabetic())
}

fn is_common(lower: &str) -> bool {
    let spaceless: String = lower.split_whitespace().collect();
    [spaceless.as_str(), stem(&spaceless), spaceless.trim_end_matches(|c: char| !c.is_alphabetic())]
        .iter()
        .any(|text| COMMON.contains(text))
}

/// `1234567890`, `0987654321`, `abcdefghij`: every character the neighbour of the one before.
fn is_run(lower: &str) -> bool {
    let digits: Vec<i64> = lower.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = |by: &[i64]| digits.windows(2).all(|pair| matches!(pair, [a, b] if by.contains(&(b - a))));
    // Nine steps from 9 to 0, upwards and downwards.
    steps(&[1, -9]) || steps(&[-1, 9])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<&'static str> {
        refuse_password(&Secret(password.to_owned()), "ann.lee@example.com")
    }

    #[test]
    fn long_phrases_are_taken_whatever_they_are_made_of() {
        for good in
            ["correct horse battery", "ænder på søen", "9vK2#pQx!m", "a very long walk", "日本語のパスワードです"]
        {
            assert_eq!(refused(good), None, "{good}");
        }
        assert_eq!(refused(&"ab1 ".repeat(50)), None);
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(refused("9vK2#pQx!").is_some_and(|why| why.contains("at least 10")));
        assert!(refused("ææøøååçñé").is_some_and(|why| why.contains("at least 10")));
        assert!(refused(&format!("{}x", "ab1 ".repeat(50))).is_some_and(|why| why.contains("200")));
    }

    #[test]
    fn the_own_address_is_refused() {
        for bad in ["ann.lee@example.com", "ANN.LEE@example.com ", "ann.lee2026!", "ann.lee123"] {
            assert!(refused(bad).is_some_and(|why| why.contains("your address")), "{bad}");
        }
    }

    #[test]
    fn what_everybody_tries_first_is_refused_with_its_usual_ornaments() {
        for bad in [
            "password123",
            "Password123!",
            "qwertyuiop",
            "1234567890",
            "0987654321",
            "aaaaaaaaaa",
            "1212121212",
            "letmein2026",
            "!!welcome!!",
            "abcdefghij",
            "correct horse battery staple",
            "iloveyou12",
            "0123456789",
        ] {
            assert!(refused(bad).is_some_and(|why| why.contains("first that are guessed")), "{bad}");
        }
    }
}
