//! The text part of a message, made from its HTML.
//!
//! Paragraphs, headings, lists, table rows and quotes keep their shape; links become numbers, listed at the end, so that
//! the words stay readable. Template tags pass through untouched.

use super::html::{Piece, Scanner, Tag};

/// Text for people and programs that do not show HTML.
#[must_use]
pub fn from_html(html: &str) -> String {
    let mut page = Page::default();
    for piece in Scanner::new(html) {
        match piece {
            Piece::Open(tag) => page.open(&tag, html),
            Piece::Close(name, _) => page.close(name),
            Piece::Text(text) if page.hidden.is_none() => page.words(text),
            _ => {}
        }
    }
    page.finish()
}

/// Elements whose text nobody sees.
const HIDDEN: &[&str] = &["head", "style", "script", "title", "template", "noscript", "object", "select"];
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

#[derive(Default)]
struct Page {
    out: String,
    /// Line ends still to write before the next word.
    pending: usize,
    space: bool,
    /// Name and depth of the hidden element we are in.
    hidden: Option<(String, usize)>,
    lists: Vec<Option<u32>>,
    quotes: usize,
    /// Quote depth of the last words.
    quotes_before: usize,
    /// The link we are in: where it leads, and where its words begin.
    link: Option<(String, usize)>,
    targets: Vec<String>,
}

impl Page {
    fn open(&mut self, tag: &Tag<'_>, html: &str) {
        let name = tag.name.to_ascii_lowercase();
        let closes_itself = html.get(..tag.end).is_some_and(|before| before.ends_with("/>"));
        if let Some((hidden, depth)) = &mut self.hidden {
            if *hidden == name && !closes_itself {
                *depth += 1;
            }
            return;
        }
        let is_void = VOID.contains(&name.as_str());
        if !is_void && !closes_itself && (HIDDEN.contains(&name.as_str()) || is_invisible(tag)) {
            self.hidden = Some((name, 1));
            return;
        }
        match name.as_str() {
            "br" => self.line(1),
            "hr" => {
                self.line(2);
                self.words("----------------------------------------");
                self.line(2);
            }
            "img" => {
                if let Some(alt) = tag.attribute("alt") {
                    self.words(alt.value);
                }
            }
            "a" => {
                self.end_link();
                let url = tag.attribute("href").map(|href| htmlize::unescape_attribute(href.value).trim().to_owned());
                if let Some(url) = url.filter(|url| !url.is_empty() && !url.starts_with('#')) {
                    self.link = Some((url, self.out.len()));
                }
            }
            "ul" | "menu" => self.list(None),
            "ol" => {
                let start = tag.attribute("start").and_then(|start| start.value.parse().ok()).unwrap_or(1);
                self.list(Some(start));
            }
            "li" => self.item(),
            "blockquote" => {
                self.line(2);
                self.quotes += 1;
            }
            "td" | "th" => self.space = true,
            _ => self.line(gap(&name)),
        }
    }

    fn close(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        if let Some((hidden, depth)) = &mut self.hidden {
            if *hidden == name {
                *depth -= 1;
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return;
        }
        match name.as_str() {
            "a" => self.end_link(),
            "ul" | "ol" | "menu" => {
                self.lists.pop();
                self.line(if self.lists.is_empty() { 2 } else { 1 });
            }
            "blockquote" => {
                self.line(2);
                self.quotes = self.quotes.saturating_sub(1);
            }
            "td" | "th" => self.space = true,
            _ => self.line(gap(&name)),
        }
    }

    fn list(&mut self, start: Option<u32>) {
        self.line(if self.lists.is_empty() { 2 } else { 1 });
        // nesting is a matter of indentation only; a page of lists in lists must not become a page of spaces
        if self.lists.len() < 20 {
            self.lists.push(start);
        }
    }

    fn item(&mut self) {
        self.line(1);
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                let mark = format!("{number}. ");
                *number = number.saturating_add(1);
                mark
            }
            _ => "- ".to_owned(),
        };
        self.write(&(indent + &mark));
    }

    fn line(&mut self, ends: usize) {
        self.pending = self.pending.max(ends);
    }

    /// Source text: white space collapses, entities become letters.
    fn words(&mut self, source: &str) {
        let text = htmlize::unescape(source);
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{a0}');
        // fillers of preview lines
        let text: String = text
            .chars()
            .filter(|c| !matches!(c, '\u{34f}' | '\u{200b}' | '\u{200c}' | '\u{feff}' | '\u{ad}'))
            .collect();
        for (index, word) in text.split(blank).enumerate() {
            if index > 0 {
                self.space = true;
            }
            if !word.is_empty() {
                self.write(word);
            }
        }
    }

    fn write(&mut self, word: &str) {
        if self.pending > 0 && !self.out.is_empty() {
            while self.out.ends_with(' ') {
                self.out.pop();
            }
            for end in 0..self.pending {
                self.out.push('\n');
                // an empty line inside of a quote keeps its mark
                if self.quotes.min(self.quotes_before) > 0 && end + 1 < self.pending {
                    self.out.push('>');
                }
            }
        } else if self.space && self.pending == 0 && !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
        if self.quotes > 0 && (self.out.is_empty() || self.out.ends_with('\n')) {
            self.out.push_str(&"> ".repeat(self.quotes.min(5)));
        }
        self.pending = 0;
        self.space = false;
        self.quotes_before = self.quotes;
        self.out.push_str(word);
    }

    fn end_link(&mut self) {
        let Some((url, start)) = self.link.take() else { return };
        let words = self.out.get(start..).unwrap_or_default().trim();
        // a picture without words is not worth a line of its own
        if words.is_empty() || says_the_same(words, &url) {
            return;
        }
        let number = match self.targets.iter().position(|known| *known == url) {
            Some(known) => known + 1,
            None => {
                self.targets.push(url);
                self.targets.len()
            }
        };
        self.space = true;
        self.write(&format!("[{number}]"));
    }

    fn finish(mut self) -> String {
        self.end_link();
        let mut out = self.out.trim_end().to_owned();
        if !self.targets.is_empty() {
            out.push_str("\n\n");
            for (index, url) in self.targets.iter().enumerate() {
                out.push_str(&format!("\n[{}] {url}", index + 1));
            }
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }
}

/// Line ends before and after an element.
fn gap(name: &str) -> usize {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "pre" | "dl" | "figure" | "form" => 2,
        "div" | "tr" | "li" | "section" | "article" | "header" | "footer" | "main" | "aside" | "nav" | "address"
        | "body" | "html" | "center" | "caption" | "dt" | "dd" | "figcaption" | "fieldset" | "thead" | "tbody"
        | "tfoot" => 1,
        _ => 0,
    }
}

fn is_invisible(tag: &Tag<'_>) -> bool {
    if tag.attribute("hidden").is_some() {
        return true;
    }
    let Some(style) = tag.attribute("style") else { return false };
    let style: String = style.value.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("mso-hide:all")
}

fn says_the_same(words: &str, url: &str) -> bool {
    let bare = url.strip_prefix("mailto:").or_else(|| url.strip_prefix("tel:")).unwrap_or(url);
    let plain = |text: &str| {
        let text = text.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
        text.trim_end_matches('/').to_ascii_lowercase()
    };
    words == url || plain(words) == plain(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_links_keep_their_shape() {
        let html = "<html><head><title>x</title><style>a{}</style></head><body><h1>Hello &amp; welcome</h1><p>See <a href=\"https://example.org/?a=1&amp;b=2\">our\n page</a> now.</p><p>Again <a href='https://example.org/?a=1&amp;b=2'>here</a>, or <a href=https://b.example>b</a></p></body></html>";
        assert_eq!(
            from_html(html),
            "Hello & welcome\n\nSee our page [1] now.\n\nAgain here [1], or b [2]\n\n\n[1] https://example.org/?a=1&b=2\n[2] https://b.example\n"
        );
    }

    #[test]
    fn a_link_that_shows_its_target_is_not_listed() {
        assert_eq!(from_html("<a href=\"https://example.org/\">example.org</a>"), "example.org\n");
        assert_eq!(from_html("<a href=\"mailto:a@b.c\">a@b.c</a>"), "a@b.c\n");
    }

    #[test]
    fn lists_are_marked_and_nested() {
        let html = "<ul><li>one<li>two<ol start=3><li>a</li><li>b</li></ol></li></ul><p>end</p>";
        assert_eq!(from_html(html), "- one\n- two\n  3. a\n  4. b\n\nend\n");
    }

    #[test]
    fn tables_read_row_by_row_and_pictures_by_their_words() {
        let html =
            "<table><tr><td>Total</td><td>5&nbsp;EUR</td></tr><tr><td><img src=x alt=\"A cat\"></td></tr></table>";
        assert_eq!(from_html(html), "Total 5 EUR\nA cat\n");
    }

    #[test]
    fn hidden_things_stay_hidden() {
        let html = "<div style=\"display: none\">secret <div>inner</div> more</div><!-- c --><p>seen<br>twice</p>";
        assert_eq!(from_html(html), "seen\ntwice\n");
        let with = crate::email::html::inject_preheader(
            "<body><p>seen</p></body>",
            crate::email::html::Preheader::Text("pre"),
        );
        assert_eq!(from_html(&with), "seen\n");
    }

    #[test]
    fn quotes_are_marked() {
        assert_eq!(from_html("a<blockquote><p>b</p><p>c</p></blockquote>d"), "a\n\n> b\n>\n> c\n\nd\n");
    }

    #[test]
    fn template_tags_pass_through() {
        let html = "<p>Hi {{ contact.first_name | default(\"you\") }},</p>{% if a < b %}<p>x</p>{% endif %}<a href=\"{{ unsubscribe_url }}\">Unsubscribe</a>";
        let text = from_html(html);
        assert!(text.contains("Hi {{ contact.first_name | default(\"you\") }},"), "{text}");
        assert!(text.contains("{% if a < b %}") && text.contains("[1] {{ unsubscribe_url }}"), "{text}");
    }

    #[test]
    fn broken_html_gives_text_and_no_panic() {
        assert_eq!(from_html("a < b <p>c</"), "a < b\n\nc</\n");
        assert_eq!(from_html("<p>x<a href=\"https://e.org"), "x<a href=\"https://e.org\n");
        assert_eq!(from_html(""), "");
        assert_eq!(from_html("</ul></blockquote></a>"), "");
    }
}
