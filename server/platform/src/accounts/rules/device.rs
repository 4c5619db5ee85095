//! Browser and system in words, for the list of sessions. A guess for people, never a decision.

/// `Firefox on Linux`, or the nearest that the user agent tells.
pub(in crate::accounts) fn device(agent: &str) -> String {
    match (browser(agent), system(agent)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("Unknown browser on {system}"),
        (None, None) => "Unknown device".to_owned(),
    }
}

/// The first mark that is there wins: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
fn browser(agent: &str) -> Option<&'static str> {
    const MARKS: [(&str, &str); 13] = [
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("Vivaldi/", "Vivaldi"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    MARKS.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

/// Order matters here too: Android says Linux, iPhones say Mac OS X.
fn system(agent: &str) -> Option<&'static str> {
    const MARKS: [(&str, &str); 8] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Macintosh", "macOS"),
        ("Linux", "Linux"),
        ("FreeBSD", "FreeBSD"),
    ];
    MARKS.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn common_user_agents_are_told_in_words() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".to_owned(), "Firefox on Linux"),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/130.0.0.0 Safari/537.36"), "Chrome on Windows"),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/130.0 Safari/537.36 Edg/130.0"), "Edge on Windows"),
            (format!("Mozilla/5.0 (Linux; Android 14; Pixel 8) {webkit} Chrome/130.0 Mobile Safari/537.36"), "Chrome on Android"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15".to_owned(), "Safari on macOS"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1".to_owned(), "Safari on iPhone"),
            ("curl/8.5.0".to_owned(), "curl"),
            ("Something (Windows)".to_owned(), "Unknown browser on Windows"),
            (String::new(), "Unknown device"),
        ] {
            assert_eq!(device(&agent), words, "{agent}");
        }
    }
}
