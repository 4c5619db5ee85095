//! The way up from a page, from its address.

use kit::Crumb;

/// Crumbs of a path.
pub fn of(path: &str) -> Vec<Crumb> {
    let mut parts = path.trim_matches('/').split('/');
    let (first, rest) = (parts.next().unwrap_or_default(), parts.next());
    let Some((label, one)) = place(first, rest) else { return vec![Crumb::here("Home")] };
    match (rest, one) {
        (Some(_), Some(one)) => vec![Crumb::link(label, format!("/{first}")), Crumb::here(one)],
        _ => vec![Crumb::here(label)],
    }
}

/// What the browser's tab says: the innermost crumb, also for pages outside the frame.
pub(crate) fn place_name(path: &str) -> &'static str {
    let mut parts = path.trim_matches('/').split('/');
    let (first, rest) = (parts.next().unwrap_or_default(), parts.next());
    match first {
        "sign-in" => "Sign in",
        "setup" => "Welcome",
        "forgot" | "reset" => "Set a new password",
        "invite" => "Invitation",
        "kit" => "Kit",
        _ => match place(first, rest) {
            Some((_, Some(one))) if rest.is_some() => one,
            Some((label, _)) => label,
            None => "Home",
        },
    }
}

fn place(first: &str, rest: Option<&str>) -> Option<(&'static str, Option<&'static str>)> {
    Some(match (first, rest) {
        ("contacts", _) => ("Contacts", Some("Contact")),
        ("lists", _) => ("Lists and tags", None),
        ("imports", _) => ("Imports", Some("Import")),
        ("campaigns", _) => ("Campaigns", Some("Campaign")),
        ("messages", _) => ("Messages", None),
        ("templates", _) => ("Templates", Some("Template")),
        ("settings", _) => ("Settings", None),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::of;
    use kit::Crumb;

    #[test]
    fn a_detail_page_leads_up_to_its_list() {
        assert_eq!(of("/campaigns/7"), vec![Crumb::link("Campaigns", "/campaigns"), Crumb::here("Campaign")]);
        assert_eq!(of("/campaigns"), vec![Crumb::here("Campaigns")]);
        assert_eq!(of("/settings/people"), vec![Crumb::here("Settings")]);
        assert_eq!(of("/"), vec![Crumb::here("Home")]);
    }
}
