//! The page at `/api`: the description for people. Plain HTML, works without scripts; schemas open by `<details>`.

use super::endpoint::{Endpoint, Group};
use axum::http::Method;
use serde_json::Value;
use std::fmt::Write;

/// Its style sheet.
pub const STYLE: &str = include_str!("reader/reader.css");
const START: &str = include_str!("reader/start.html");

/// Writes the page.
pub fn page(table: &[Group], description: &Value, base: &str) -> String {
    let mut out = String::new();
    out.push_str("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Lux API</title>");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"stylesheet\" href=\"/api/reader.css\">");
    out.push_str("</head><body><nav aria-label=\"Contents\"><a class=\"mark\" href=\"/api\">Lux API</a>");
    add(&mut out, format_args!("<a href=\"#start\">Start</a>"));
    for group in table {
        add(&mut out, format_args!("<a href=\"#{}\">{}</a>", slug(group.name), escape(group.name)));
    }
    out.push_str("<a href=\"#schemas\">Schemas</a><a href=\"/api/openapi.json\">openapi.json</a></nav><main>");
    out.push_str(&START.replace("{base}", &escape(base)));
    for group in table {
        add(
            &mut out,
            format_args!(
                "<section id=\"{}\"><h2>{}</h2><p>{}</p>",
                slug(group.name),
                escape(group.name),
                prose(group.about)
            ),
        );
        for endpoint in &group.endpoints {
            article(&mut out, endpoint, description, base);
        }
        out.push_str("</section>");
    }
    schemas(&mut out, description);
    out.push_str("</main></body></html>");
    out
}

fn add(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = out.write_fmt(text);
}

fn article(out: &mut String, endpoint: &Endpoint, description: &Value, base: &str) {
    let method = endpoint.method.as_str();
    let operation = at(description, &["paths", endpoint.path, &method.to_lowercase()]);
    add(out, format_args!("<article id=\"{}\"><h3>{}</h3>", endpoint.operation(), escape(endpoint.title)));
    add(
        out,
        format_args!(
            "<p class=\"line\"><span class=\"method {}\">{method}</span> <code>/api/v1{}</code></p>",
            method.to_lowercase(),
            escape(endpoint.path)
        ),
    );
    if !endpoint.about.is_empty() {
        add(out, format_args!("<p>{}</p>", prose(endpoint.about)));
    }
    match endpoint.scope {
        Some(scope) => add(out, format_args!("<p class=\"scope\">Scope <code>{}</code></p>", scope.name())),
        None => out.push_str("<p class=\"scope\">Any key</p>"),
    }
    parameters(out, operation);
    if let Some(content) = at(operation, &["requestBody", "content"]).as_object() {
        for (media, body) in content {
            add(out, format_args!("<details><summary>Body <code>{}</code></summary>", escape(media)));
            shape(out, at(body, &["schema"]));
            out.push_str("</details>");
        }
    }
    answers(out, operation);
    add(out, format_args!("<pre><code>{}</code></pre></article>", escape(&curl(endpoint, base))));
}

fn parameters(out: &mut String, operation: &Value) {
    let known = at(operation, &["parameters"]).as_array().map(Vec::as_slice).unwrap_or_default();
    let query: Vec<&Value> = known.iter().filter(|p| at(p, &["in"]) == "query").collect();
    if query.is_empty() {
        return;
    }
    out.push_str("<table><caption>Query</caption><tbody>");
    for parameter in query {
        let (name, about) = (text(at(parameter, &["name"])), text(at(parameter, &["description"])));
        add(
            out,
            format_args!(
                "<tr><th><code>{}</code></th><td>{}</td><td>{}</td></tr>",
                escape(name),
                kind(at(parameter, &["schema"])),
                prose(about)
            ),
        );
    }
    out.push_str("</tbody></table>");
}

fn answers(out: &mut String, operation: &Value) {
    let Some(answers) = at(operation, &["responses"]).as_object() else { return };
    for (status, answer) in answers.iter().filter(|(status, _)| *status != "default") {
        let title = format!("{status} {}", text(at(answer, &["description"])));
        match at(answer, &["content"]).as_object() {
            None => add(out, format_args!("<p class=\"answer\">Answers {}</p>", escape(&title))),
            Some(content) => {
                for (media, body) in content {
                    add(
                        out,
                        format_args!(
                            "<details><summary>Answers {} <code>{}</code></summary>",
                            escape(&title),
                            escape(media)
                        ),
                    );
                    shape(out, at(body, &["schema"]));
                    out.push_str("</details>");
                }
            }
        }
    }
}

fn schemas(out: &mut String, description: &Value) {
    out.push_str("<section id=\"schemas\"><h2>Schemas</h2>");
    for (name, schema) in at(description, &["components", "schemas"]).as_object().into_iter().flatten() {
        add(out, format_args!("<details id=\"schema-{0}\"><summary><code>{0}</code></summary>", escape(name)));
        add(out, format_args!("<p>{}</p>", prose(text(at(schema, &["description"])))));
        shape(out, schema);
        out.push_str("</details>");
    }
    out.push_str("</section>");
}

/// Properties as a table, anything else as its kind.
fn shape(out: &mut String, schema: &Value) {
    let Some(properties) = at(schema, &["properties"]).as_object() else {
        match at(schema, &["oneOf"]).as_array().or(at(schema, &["anyOf"]).as_array()) {
            None => add(out, format_args!("<p>{}</p>", kind(schema))),
            Some(choices) => {
                out.push_str("<table><tbody>");
                for choice in choices {
                    add(
                        out,
                        format_args!(
                            "<tr><th>{}</th><td>{}</td></tr>",
                            kind(choice),
                            prose(text(at(choice, &["description"])))
                        ),
                    );
                }
                out.push_str("</tbody></table>");
            }
        }
        return;
    };
    let required: Vec<&str> = at(schema, &["required"]).as_array().into_iter().flatten().map(text).collect();
    out.push_str("<table><tbody>");
    for (name, property) in properties {
        let mark = if required.contains(&name.as_str()) { " <b>required</b>" } else { "" };
        let about = prose(text(at(property, &["description"])));
        add(
            out,
            format_args!(
                "<tr><th><code>{}</code>{mark}</th><td>{}</td><td>{about}</td></tr>",
                escape(name),
                kind(property)
            ),
        );
    }
    out.push_str("</tbody></table>");
}

/// What a value is, in few words; names of schemas are links.
fn kind(schema: &Value) -> String {
    if let Some(name) = at(schema, &["$ref"]).as_str().and_then(|r| r.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    if let Some(value) = schema.get("const") {
        return format!("<code>{}</code>", escape(&value.to_string()));
    }
    if let Some(choices) = at(schema, &["enum"]).as_array() {
        return choices.iter().map(|c| format!("<code>{}</code>", escape(text(c)))).collect::<Vec<_>>().join(" ");
    }
    if let Some(choices) = ["anyOf", "oneOf", "allOf"].into_iter().find_map(|name| at(schema, &[name]).as_array()) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let format = at(schema, &["format"]).as_str().map(|f| format!(" ({})", escape(f))).unwrap_or_default();
    match at(schema, &["type"]) {
        Value::String(name) if name == "array" => format!("list of {}", kind(at(schema, &["items"]))),
        Value::String(name) if name == "object" => match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => format!(
                "object with {}",
                properties
                    .iter()
                    .map(|(n, p)| format!("<code>{}</code>: {}", escape(n), kind(p)))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            None => "object".to_owned(),
        },
        Value::String(name) => format!("{}{format}", escape(name)),
        Value::Array(names) => names.iter().map(|n| escape(text(n))).collect::<Vec<_>>().join(" or ") + &format,
        _ => "anything".to_owned(),
    }
}

fn curl(endpoint: &Endpoint, base: &str) -> String {
    let path = endpoint.names().into_iter().fold(endpoint.path.to_owned(), |path, name| {
        path.replace(&format!("{{{name}}}"), &format!("${}", name.to_uppercase()))
    });
    let mut line = String::from("curl");
    if endpoint.method != Method::GET {
        line.push_str(&format!(" -X {}", endpoint.method));
    }
    line.push_str(&format!(" \"{base}/api/v1{path}\" -H \"Authorization: Bearer $LUX_KEY\""));
    if endpoint.method == Method::POST {
        line.push_str(" -H \"Idempotency-Key: $(uuidgen)\"");
    }
    if endpoint.streams {
        line.push_str(" -H \"Content-Type: text/csv\" --data-binary @contacts.csv");
    }
    if let Some(example) = &endpoint.example {
        line.push_str(&format!(
            " -H \"Content-Type: application/json\" \\\n  -d '{}'",
            example.to_string().replace('\'', "'\\''")
        ));
    }
    line
}

fn at<'v>(value: &'v Value, path: &[&str]) -> &'v Value {
    path.iter().try_fold(value, |value, name| value.get(name)).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escaped, with `code` between backticks.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(n, part)| if n % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_written_in_the_table_can_become_markup() {
        assert_eq!(prose("<b> `a<b` & c"), "&lt;b&gt; <code>a&lt;b</code> &amp; c");
    }

    #[test]
    fn kinds_are_said_in_few_words() {
        let of = |json: &str| kind(&serde_json::from_str(json).unwrap());
        assert_eq!(of(r##"{"$ref":"#/components/schemas/List"}"##), "<a href=\"#schema-List\">List</a>");
        assert_eq!(of(r#"{"type":"array","items":{"type":"string","format":"uuid"}}"#), "list of string (uuid)");
        assert_eq!(of(r#"{"type":["string","null"]}"#), "string or null");
    }
}
