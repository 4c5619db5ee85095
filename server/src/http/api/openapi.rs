//! The OpenAPI 3.1 description, from the table.

use super::endpoint::{Endpoint, Group};
use super::problem::{MEDIA_TYPE, Problem};
use axum::http::Method;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

const ABOUT: &str = "Lux over HTTP. Send a key as `Authorization: Bearer lux_…`. Lists answer `items`, `next` and `total`: hand \
`next` back as `cursor` for the next page. Errors are problems (RFC 9457). A POST with an `Idempotency-Key` can be asked again \
without doing anything twice. Times are RFC 3339 in UTC.";

/// Describes the table.
pub fn describe(table: &[Group], base: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = "/components/schemas".into();
        s.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for group in table {
        for endpoint in &group.endpoints {
            let entry = paths.entry(endpoint.path).or_insert_with(|| json!({}));
            if let Value::Object(entry) = entry {
                entry.insert(endpoint.method.as_str().to_lowercase(), operation(&mut generator, group, endpoint));
            }
        }
    }
    let problem = generator.subschema_for::<Problem>().to_value();
    let schemas = Value::Object(generator.take_definitions(true));
    let tags: Vec<Value> = table.iter().map(|g| json!({ "name": g.name, "description": g.about })).collect();
    let mut description = json!({
        "openapi": "3.1.0",
        "info": { "title": "Lux API", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT, "license": { "name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only" } },
        "servers": [{ "url": format!("{base}/api/v1") }],
        "security": [{ "key": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer", "description": "An API key, `lux_…`." } },
            "parameters": { "IdempotencyKey": idempotency_key() },
            "responses": { "Problem": { "description": "What went wrong and how to go on.", "content": { MEDIA_TYPE: { "schema": problem } } } },
            "schemas": schemas,
        }
    });
    plain(&mut description);
    description
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Any text of your own, for example a UUID: asking again with the same key and body gives the same answer and does nothing twice. Kept 48 hours.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255 }
    })
}

fn operation(generator: &mut SchemaGenerator, group: &Group, endpoint: &Endpoint) -> Value {
    let mut about = endpoint.about.to_owned();
    if let Some(scope) = endpoint.scope {
        about = format!("{about}\n\nNeeds the scope `{}`.", scope.name()).trim().to_owned();
    }
    let mut operation = Map::new();
    let mut add = |name: &str, value: Value| drop(operation.insert(name.to_owned(), value));
    add("operationId", json!(endpoint.operation()));
    add("tags", json!([group.name]));
    add("summary", json!(endpoint.title));
    add("description", json!(about));
    add("parameters", json!(parameters(generator, endpoint)));
    add("responses", responses(generator, endpoint));
    if let Some(body) = (endpoint.body)(generator) {
        let mut content = Map::new();
        content.insert("schema".into(), body.schema.to_value());
        content.extend(endpoint.example.clone().map(|example| ("example".into(), example)));
        add("requestBody", json!({ "required": true, "content": { body.media: content } }));
    }
    if let Some(scope) = endpoint.scope {
        add("x-scope", json!(scope.name()));
    }
    Value::Object(operation)
}

fn parameters(generator: &mut SchemaGenerator, endpoint: &Endpoint) -> Vec<Value> {
    let path = endpoint.names().into_iter().map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } })
    });
    let query = (endpoint.query)(generator).to_value();
    let none = Map::new();
    let properties = query.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let query = properties.iter().map(|(name, schema)| {
        let mut schema = schema.clone();
        let description = schema.as_object_mut().and_then(|s| s.remove("description")).unwrap_or_else(|| json!(""));
        json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema })
    });
    let key = (endpoint.method == Method::POST).then(|| json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
    path.chain(query).chain(key).collect()
}

fn responses(generator: &mut SchemaGenerator, endpoint: &Endpoint) -> Value {
    let reply = (endpoint.reply)(generator);
    let mut content = Map::new();
    for (media, schema) in reply.content {
        content.insert(media.into(), json!({ "schema": schema.to_value() }));
    }
    let mut good = Map::new();
    good.insert("description".into(), json!(reply.status.canonical_reason().unwrap_or("Done")));
    if !content.is_empty() {
        good.insert("content".into(), Value::Object(content));
    }
    json!({ reply.status.as_str(): good, "default": { "$ref": "#/components/responses/Problem" } })
}

/// Descriptions come from the source's comments: links of rustdoc are taken out of them.
fn plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(text) if name == "description" => *text = text.replace("[`", "`").replace("`]", "`"),
                    value => plain(value),
                }
            }
        }
        _ => {}
    }
}
