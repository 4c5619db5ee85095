//! The unsubscribe page: plain HTML that works in any browser, without script.

use super::zone;
use axum::http::header;
use axum::response::IntoResponse;
use contract::tracking::UnsubscribeView;

const STYLE: &str = "\
:root{color-scheme:light dark;--back:light-dark(#f6f6f7,#000);--card:light-dark(#fff,#121212);--text:light-dark(#161616,#f5f5f5);\
--soft:light-dark(#55555c,#c0c0c0);--line:light-dark(#d9d9de,#3a3a3a);--act:light-dark(#8f00b4,#bc00ed)}\
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}\
main{max-width:460px;margin:12vh auto 0;padding:0 16px}section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:28px}\
h1{font-size:22px;line-height:1.25;margin:0 0 8px}p{margin:0 0 16px;color:var(--soft)}b{color:var(--text)}\
button{font:inherit;font-weight:600;min-height:44px;padding:0 18px;border-radius:8px;border:1px solid transparent;background:var(--act);color:#fff;cursor:pointer}\
button.quiet{background:none;border-color:var(--line);color:var(--text)}button:focus-visible,input:focus-visible{outline:2px solid var(--act);outline-offset:2px}\
fieldset{border:0;padding:0;margin:0 0 20px}legend{font-weight:600;padding:0;margin-bottom:4px}\
label{display:flex;gap:10px;align-items:center;min-height:44px}input{width:18px;height:18px;accent-color:var(--act)}\
footer{color:var(--soft);font-size:13px;padding:16px 4px}";

/// Reasons a person may choose to give.
const REASONS: [&str; 4] =
    ["I get too many emails", "The emails are not relevant to me", "I never signed up", "Something else"];

/// The style sheet of recipients' pages.
pub async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")], STYLE)
}

/// The page behind the link in a mail.
pub fn unsubscribe(token: &str, view: &UnsubscribeView) -> String {
    let (company, address) = (escape(&view.company), escape(&view.address));
    let token = escape(token);
    let test = if view.test {
        "<p><b>This link came with a test mail.</b> It shows what people see and changes nothing.</p>"
    } else {
        ""
    };
    let body = if view.subscribed {
        let reasons: String = REASONS
            .iter()
            .map(|r| format!("<label><input type=\"radio\" name=\"reason\" value=\"{r}\">{r}</label>"))
            .collect();
        format!(
            "<h1>Unsubscribe from {company}?</h1>{test}<p>{company} will send no more marketing email to <b>{address}</b>.</p>\
             <form method=\"post\" action=\"/u/{token}\"><fieldset><legend>Why? You need not say.</legend>{reasons}</fieldset>\
             <button type=\"submit\">Unsubscribe</button></form>"
        )
    } else {
        let since = view.since.map(|at| format!(" since {}", zone().date(at))).unwrap_or_default();
        format!(
            "<h1>You are unsubscribed</h1>{test}<p><b>{address}</b> gets no marketing email from {company}{since}.</p>\
             <p>Was it a mistake?</p><form method=\"post\" action=\"/u/{token}/back\"><button class=\"quiet\" type=\"submit\">Subscribe again</button></form>"
        )
    };
    frame(&format!("{company}: email preferences"), &body)
}

/// For a link we did not make.
pub fn unknown() -> String {
    frame(
        "Link not known",
        "<h1>This link is not known</h1><p>It may have been cut in two by a mail program. Open it from the email again, or answer the email and ask to be taken off.</p>",
    )
}

/// For a message that cannot be shown any more.
pub fn gone() -> String {
    frame(
        "Email not available",
        "<h1>This email is not available</h1><p>It was removed, or the link was cut in two by a mail program. Open it from the email again.</p>",
    )
}

/// For when the database does not answer.
pub fn trouble() -> String {
    frame(
        "Please try again",
        "<h1>That did not work just now</h1><p>Nothing was changed. Please try again in a minute.</p>",
    )
}

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title><link rel=\"stylesheet\" href=\"/style/recipient.css\"></head>\
         <body><main><section>{body}</section></main></body></html>"
    )
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}
