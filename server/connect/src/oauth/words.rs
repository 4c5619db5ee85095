//! The sign-in's error numbers as sentences with the fix.

/// What happened and what to change.
pub(super) fn explain(number: u32) -> Option<(&'static str, &'static str)> {
    Some(match number {
        50020 => (
            "The account or application does not belong to this tenant.",
            "Use the id of the tenant in which the application is registered, or register the application in this tenant.",
        ),
        7_000_215 => (
            "The secret is not one of this application.",
            "Enter the value of the secret, not its id. It is shown only once: if it is lost, make a new one under Certificates & secrets.",
        ),
        7_000_222 => (
            "The secret of the application has expired.",
            "Make a new one in Microsoft Entra under App registrations, Certificates & secrets, and enter its value here.",
        ),
        700_016 => (
            "There is no application with this id in the tenant.",
            "Copy the application (client) id from the overview of the app registration, and check that the tenant is the right one.",
        ),
        90002 | 900_023 => (
            "There is no such tenant.",
            "Enter the directory (tenant) id from the overview of the app registration, or a domain of the tenant.",
        ),
        7_000_112 => (
            "The application is turned off in this tenant.",
            "Turn it on in Microsoft Entra under Enterprise applications, Properties.",
        ),
        65001 | 500_011 | 501_051 => (
            "Nobody has agreed to the application's permissions in this tenant.",
            "An administrator of the tenant has to grant admin consent under API permissions.",
        ),
        53003 | 530_003 => (
            "A conditional access policy of the tenant keeps the application out.",
            "Allow the application, or the address of this machine, in the policy for workload identities.",
        ),
        7_000_216 | 900_144 => {
            ("The secret or another setting is missing.", "Fill in tenant, application id and secret.")
        }
        70011 | 1_002_012 => (
            "The sign-in does not know what the token is for.",
            "Check the address of Microsoft Graph in the settings of this installation.",
        ),
        _ => return None,
    })
}

/// The number in a text that begins with `AADSTS`.
pub(super) fn number(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("AADSTS")?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    rest.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_in_the_text() {
        assert_eq!(number("AADSTS7000215: Invalid client secret provided."), Some(7_000_215));
        assert_eq!(number("Something else"), None);
        assert_eq!(number("AADSTS: odd"), None);
    }

    #[test]
    fn each_known_number_says_what_to_do() {
        for known in [50020, 7_000_215, 7_000_222, 700_016, 90002, 65001, 53003] {
            let (what, fix) = explain(known).unwrap();
            assert!(what.ends_with('.') && fix.ends_with('.') && !what.contains("AADSTS"), "{known}");
        }
        assert_eq!(explain(1), None);
    }
}
