//! Whether a person or a machine touched a message. Pure.
//!
//! The rules err towards "person" where nothing speaks against it, and every hit keeps the rule that decided, so that a
//! report can be recounted when the rules get better.

use super::token::TokenKind;

/// Who made a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A person, as far as can be told.
    Person,
    /// A program: a prefetch, a scanner, a script.
    Machine,
}

impl Verdict {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Machine => "machine",
        }
    }
}

/// A hit this soon after the hand-over, in microseconds, is a scanner on the way: nobody reads that fast.
pub const TOO_SOON: i64 = 1_000_000;

/// Fetch pictures when, and only when, a person opens the message.
const READING_PROXIES: &[&str] = &["googleimageproxy", "yahoomailproxy"];

/// Programs that look into mail before people do, or instead of them.
const SCANNERS: &[&str] = &[
    "barracuda",
    "proofpoint",
    "mimecast",
    "fireeye",
    "forcepoint",
    "symantec",
    "messagelabs",
    "trendmicro",
    "trend micro",
    "sophos",
    "ironport",
    "mailguard",
    "safelinks",
    "urldefense",
    "virustotal",
    "urlscan",
    "zgrab",
    "microsoft office existence discovery",
    "microsoft-webdav",
    "bingpreview",
    "google-safety",
    "google-read-aloud",
    "slack-imgproxy",
    "facebookexternalhit",
    "whatsapp/",
    "skypeuripreview",
    "linkcheck",
    "headlesschrome",
    "phantomjs",
    "scrapy",
    "spider",
    "crawler",
    "curl/",
    "wget/",
    "libwww",
    "python-requests",
    "python-urllib",
    "aiohttp",
    "go-http-client",
    "java/",
    "okhttp",
    "apache-httpclient",
    "node-fetch",
    "axios/",
    "undici",
    "guzzlehttp",
    "reqwest",
    "powershell",
];

/// Judges one hit. `handed` is when the message was handed over, if it is known; times are unix microseconds.
/// Answers the verdict and the name of the rule.
pub fn judge(kind: TokenKind, agent: &str, handed: Option<i64>, at: i64) -> (Verdict, &'static str) {
    let agent = agent.trim();
    if agent.is_empty() {
        return (Verdict::Machine, "no agent");
    }
    let words = agent.to_ascii_lowercase();
    let proxy = kind == TokenKind::Open && READING_PROXIES.iter().any(|p| words.contains(p));
    if !proxy {
        if words == "mozilla/5.0" {
            // Apple Mail Privacy Protection loads every picture at delivery under this bare name.
            return (Verdict::Machine, "privacy prefetch");
        }
        if SCANNERS.iter().any(|s| words.contains(s)) || names_a_bot(&words) {
            return (Verdict::Machine, "scanner");
        }
    }
    match handed {
        Some(handed) if at.saturating_sub(handed) < TOO_SOON => (Verdict::Machine, "too soon"),
        _ if proxy => (Verdict::Person, "reading proxy"),
        _ => (Verdict::Person, "plain"),
    }
}

/// `…bot` as the end of a word (`Slackbot/1.0`, `bot;`), which spares telephones called Cubot.
fn names_a_bot(words: &str) -> bool {
    words.match_indices("bot").any(|(at, bot)| {
        let after = words.get(at + bot.len()..).and_then(|rest| rest.chars().next());
        let before = words.get(..at).unwrap_or_default();
        !before.ends_with("cu") && after.is_none_or(|c| matches!(c, '/' | ';' | ')' | ',' | '+' | '-' | ':'))
    })
}

/// The address as the unsubscribe page may show it: `m•••@example.com`.
pub fn mask(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let first = local.chars().next().map(String::from).unwrap_or_default();
            format!("{first}•••@{domain}")
        }
        None => "•••".to_owned(),
    }
}

/// Cuts a text from outside to at most `most` characters and takes control characters out.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').take(most).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenKind::{Click, Open};
    use Verdict::{Machine, Person};

    const CHROME: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";

    fn verdict(kind: TokenKind, agent: &str) -> Verdict {
        judge(kind, agent, Some(0), TOO_SOON * 60).0
    }

    #[test]
    fn browsers_and_mail_programs_are_people() {
        for agent in [
            CHROME,
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5000)",
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0",
            "Mozilla/5.0 (Linux; Android 10; CUBOT_NOTE_20) Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 10; CUBOT) Mobile Safari/537.36",
        ] {
            assert_eq!(verdict(Open, agent), Person, "{agent}");
            assert_eq!(verdict(Click, agent), Person, "{agent}");
        }
    }

    #[test]
    fn a_proxy_that_loads_pictures_for_a_reader_counts_as_the_reader() {
        let google = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
        assert_eq!(judge(Open, google, Some(0), TOO_SOON), (Person, "reading proxy"));
        assert_eq!(verdict(Open, "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"), Person);
        assert_eq!(judge(Open, google, Some(0), TOO_SOON - 1), (Machine, "too soon"));
    }

    #[test]
    fn prefetch_scanners_and_nameless_callers_are_machines() {
        for agent in [
            "",
            "   ",
            "Mozilla/5.0",
            "Barracuda Sentinel (EE)",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Microsoft Office Existence Discovery",
            "curl/8.5.0",
            "python-requests/2.32",
            "Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
            "ExampleBot",
        ] {
            assert_eq!(verdict(Open, agent), Machine, "{agent}");
            assert_eq!(verdict(Click, agent), Machine, "{agent}");
        }
    }

    #[test]
    fn nobody_reads_within_a_second_of_the_hand_over() {
        assert_eq!(judge(Click, CHROME, Some(10), 10 + TOO_SOON - 1), (Machine, "too soon"));
        assert_eq!(judge(Click, CHROME, Some(10), 10 + TOO_SOON), (Person, "plain"));
        assert_eq!(judge(Click, CHROME, None, 0), (Person, "plain"));
    }

    #[test]
    fn an_address_shows_its_first_letter_and_its_domain() {
        assert_eq!(mask("mette@example.com"), "m•••@example.com");
        assert_eq!(mask("å@example.com"), "å•••@example.com");
        assert_eq!(mask("@example.com"), "•••@example.com");
        assert_eq!(mask(""), "•••");
    }

    #[test]
    fn words_from_outside_are_cut_and_cleaned() {
        assert_eq!(cut("  too\u{0} many\u{1b} mails ", 500), "too many mails");
        assert_eq!(cut(&"å".repeat(600), 500).chars().count(), 500);
    }
}
