use proptest::prelude::*;

use super::*;

fn urls(html: &str) -> Vec<String> {
    collect_links(html).into_iter().map(|link| link.url).collect()
}

fn numbered(html: &str) -> String {
    rewrite_links(html, |index, _| Some(format!("L{index}")))
}

#[test]
fn every_byte_outside_of_the_targets_stays() {
    let html = "<!DOCTYPE html>\r\n<BODY  bgcolor=red><!-- <a href=\"https://no.example\"> -->\n<A\n HREF = 'https://a.example/x' class=\"b\" >A</a><a class=x href=https://b.example/?q=1&r=2>B</a >&nbsp;<br/></BODY>";
    let expected = "<!DOCTYPE html>\r\n<BODY  bgcolor=red><!-- <a href=\"https://no.example\"> -->\n<A\n HREF = 'L0' class=\"b\" >A</a><a class=x href=\"L1\">B</a >&nbsp;<br/></BODY>";
    assert_eq!(numbered(html), expected);
    assert_eq!(rewrite_links(html, |_, _| None), html);
}

#[test]
fn targets_are_decoded_as_a_browser_does_and_otherwise_kept() {
    let of = |href: &str| urls(&format!("<a href=\"{href}\">x</a>")).pop();
    for (href, url) in [
        ("https://e.org/?a=1&amp;b=2", "https://e.org/?a=1&b=2"),
        ("https://e.org/?a=1&b=2&copy=3", "https://e.org/?a=1&b=2&copy=3"),
        ("https://e.org/%C3%A4?x=%20y+z&#38;t=a%2Fb#frag%20", "https://e.org/%C3%A4?x=%20y+z&t=a%2Fb#frag%20"),
        ("https://e.org/?q=&quot;a&quot;", "https://e.org/?q=\"a\""),
        (" https://e.org/a\n  b ", "https://e.org/a  b"),
        ("HTTPS://E.org", "HTTPS://E.org"),
        ("https://e.org/?{\"a\":1}".replace('"', "&quot;").as_str(), "https://e.org/?{\"a\":1}"),
    ] {
        assert_eq!(of(href).as_deref(), Some(url), "{href}");
    }
}

#[test]
fn a_replacement_is_escaped_into_the_attribute() {
    let out = rewrite_links("<a href='https://e.org'>x</a><a href=https://e.org>y</a>", |_, _| {
        Some("https://t/?a=1&b='\"<>".to_owned())
    });
    let value = "https://t/?a=1&amp;b=&#39;&quot;&lt;&gt;";
    assert_eq!(out, format!("<a href='{value}'>x</a><a href=\"{value}\">y</a>"));
    assert_eq!(urls(&out), ["https://t/?a=1&b='\"<>"; 2]);
}

#[test]
fn what_is_not_a_web_link_is_left_alone() {
    let html = "<a href=\"mailto:a@b.c\">m</a><a href=\"tel:+1\">t</a><a href=\"sms:+1\">s</a><a href=\"#top\">p</a><a href=\"cid:x\">c</a>\
        <a href=\"data:text/html,x\">d</a><a href=\"javascript:x\">j</a><a href=\"/relative\">r</a><a href=\"\">e</a><a>n</a><a name=x>n</a>\
        <link href=\"https://e.org/x.css\"><img src=\"https://e.org/x.png\"><base href=\"https://e.org/\">\
        <a data-lux-no-track href=\"https://e.org\">n</a><a href=\"https://e.org\" DATA-LUX-NO-TRACK=\"1\">n</a>\
        <a href=\"{{ unsubscribe_url }}\">u</a><a href='{{unsubscribe_url}}'>u</a><a href=\"{{ view_url }}\">v</a><a href=\"https://e.org/{{ unsubscribe_token }}\">u</a>";
    assert_eq!(urls(html), Vec::<String>::new());
    assert_eq!(numbered(html), html);
}

#[test]
fn template_tags_are_opaque() {
    let html = "<a {% if a > b %}class=\"x\"{% endif %} href=\"https://e.org/?n={{ contact.name | default(\"x>y\") }}\">{{ x < y }}</a><a href=\"{{ contact.website }}\">w</a>";
    let links = collect_links(html);
    assert_eq!(
        links.iter().map(|link| link.url.as_str()).collect::<Vec<_>>(),
        ["https://e.org/?n={{ contact.name | default(\"x>y\") }}", "{{ contact.website }}"]
    );
    assert!(links.iter().all(|link| link.is_dynamic));
    assert!(numbered(html).ends_with("href=\"L0\">{{ x < y }}</a><a href=\"L1\">w</a>"));
    let out = rewrite_links(html, |_, _| Some("{{ links[0] }}".to_owned()));
    assert!(out.contains("href=\"{{ links[0] }}\""));
}

#[test]
fn raw_elements_comments_and_odd_markup_hold_no_links() {
    let html = "<style>a::after{content:'<a href=\"https://no\">'}</style><script>x='<a href=\"https://no\">';</script><title><a href=\"https://no\"></title>\
        <textarea><a href=\"https://no\"></textarea><!--[if mso]><a href=\"https://no\">x</a><![endif]--><!--[if !mso]><!--><a href=\"https://yes.example\">y</a><!--<![endif]--> 1 < 2 <a href=\"https://two.example\">z</a>";
    assert_eq!(urls(html), ["https://yes.example", "https://two.example"]);
}

#[test]
fn a_link_brings_its_words() {
    let html = "<a href=\"https://e.org\"><b>Read</b>\n <i>more &amp; more</i></a> not this <a href=\"https://e.org\"><img src=x alt=\"A &quot;cat&quot;\"></a><map><area href=\"https://e.org\" alt=\"Corner\"></map>";
    let words: Vec<_> = collect_links(html).into_iter().map(|link| (link.index, link.text)).collect();
    assert_eq!(words, [(0, "Read more & more".to_owned()), (1, "A \"cat\"".to_owned()), (2, "Corner".to_owned())]);
}

#[test]
fn the_preheader_comes_first_in_the_body_hidden_and_escaped() {
    let out = inject_preheader(
        "<html><head><title>t</title></head><BODY class='a'><p>x</p></BODY></html>",
        Preheader::Text("5 < 6 & {{ x }}"),
    );
    let (before, after) = out.split_once("<BODY class='a'>").unwrap();
    assert_eq!(before, "<html><head><title>t</title></head>");
    assert!(after.starts_with("<div style=\"display:none"));
    assert!(after.contains(">5 &lt; 6 &amp; {{ x }}&#847;&zwnj;"));
    assert!(after.ends_with("</div><p>x</p></BODY></html>"));
    let out = inject_preheader("<p>x</p>", Preheader::Template("Hi {{ n | default(\"<you>\") }} & co"));
    assert!(out.starts_with("<div") && out.contains(">Hi {{ n | default(\"<you>\") }} &amp; co&#847;"));
    assert!(inject_preheader("<!doctype html><p>x</p>", Preheader::Text("a")).starts_with("<!doctype html><div"));
    assert_eq!(inject_preheader("<p>x</p>", Preheader::Text("  ")), "<p>x</p>");
}

#[test]
fn the_pixel_comes_last_in_the_body() {
    let pixel = "<img src=\"https://t/o?a=1&amp;b=2\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block;width:1px;height:1px;border:0\">";
    let put = |html: &str| append_pixel(html, "https://t/o?a=1&b=2");
    assert_eq!(put("<body>x</body></html>"), format!("<body>x{pixel}</body></html>"));
    assert_eq!(put("<body>x<!-- </body> --></BODY >\n"), format!("<body>x<!-- </body> -->{pixel}</BODY >\n"));
    assert_eq!(put("x</html>"), format!("x{pixel}</html>"));
    assert_eq!(put("x"), format!("x{pixel}"));
}

fn soup() -> impl Strategy<Value = String> {
    let parts: Vec<&'static str> = vec![
        "<a href=\"https://e.org/?a=1&amp;b=2\">",
        "<a href='",
        "</a>",
        "<",
        ">",
        "\"",
        "'",
        "<!--",
        "-->",
        "{{",
        "}}",
        "{% if %}",
        "<style>",
        "</style>",
        "<body>",
        "</body>",
        " x ",
        "é",
        "&",
        "=",
        "/",
        "<p class=",
        "https://x",
        "\n",
    ];
    proptest::collection::vec(proptest::sample::select(parts), 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn the_pieces_are_the_whole_and_nothing_panics(html in soup()) {
        prop_assert_eq!(rewrite_links(&html, |_, _| None), html.clone());
        let _ = crate::email::text::from_html(&html);
        let _ = append_pixel(&html, "x");
        prop_assert!(inject_preheader(&html, Preheader::Text("pre")).len() > html.len());
    }

    #[test]
    fn writing_a_target_back_keeps_it(html in soup()) {
        let once = rewrite_links(&html, |_, url| Some(url.to_owned()));
        prop_assert_eq!(urls(&once), urls(&html));
        prop_assert_eq!(rewrite_links(&once, |_, url| Some(url.to_owned())), once);
    }

    #[test]
    fn any_target_survives_the_round_trip(url in "https://[a-z]{1,8}/[ -z|~\\PC]{0,30}[a-z]") {
        prop_assume!(!url.contains('{') && !url.contains(['\t', '\n', '\r']));
        let html = rewrite_links("<a href=https://x.example>x</a>", |_, _| Some(url.clone()));
        prop_assert_eq!(urls(&html), vec![url]);
    }

    #[test]
    fn any_text_is_safe_for_the_helpers(html in any::<String>()) {
        prop_assert_eq!(rewrite_links(&html, |_, _| None), html.clone());
        let _ = crate::email::text::from_html(&html);
    }
}
