//! Imports: one request uploads the file, says what its columns mean and starts.

use super::endpoint::{Call, Endpoint, Group, NoQuery, get, post};
use super::find;
use super::input::Upload;
use super::reply::{Csv, Shown, Taken};
use crate::http::files;
use crate::wiring::App;
use contract::contacts::ConsentState;
use contract::imports::{Column, Dialect, Existing, Import, ImportPlan, Preview, Target};
use contract::{Actor, Capability, Cursor, Fault, ImportId, ListId, Page};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The rows of this noun.
pub fn group() -> Group {
    let (see, write) = (Capability::ContactsRead, Capability::ContactsWrite);
    let endpoints: Vec<Endpoint> = vec![
        post("/imports", "Import contacts", start)
            .needs(write)
            .about(
                "The body is the CSV file, up to 2 GB. Say what the columns mean by position (`map=email,first_name,-,field:plan`; \
                 `-` leaves one out) or by header (`map.email=E-mail&map.field:plan=Plan`); without either, the header decides. \
                 Targets are email, first_name, last_name, name, phone, organisation, zone, language, tags and field:<key>. \
                 Answers as soon as the file is here; the import goes on in the background. Needs contacts:read as well.",
            )
            .once(),
        get("/imports", "List imports", list).needs(see),
        get("/imports/{id}", "Get an import", read)
            .needs(see)
            .about("Counts add up: created + updated + unchanged + skipped + duplicates + rejected = read."),
        get("/imports/{id}/preview", "Preview an import", preview).needs(see),
        post("/imports/{id}/start", "Start a tried import", resume)
            .needs(write)
            .about("After a dry run, with the plan it was tried with. Needs contacts:read as well."),
        post("/imports/{id}/cancel", "Cancel an import", cancel).needs(write).about("What was written stays."),
        get("/imports/{id}/rejected.csv", "Get rejected rows", rejected)
            .needs(see)
            .about("Line, reason, then the row as it was."),
    ];
    Group {
        name: "Imports",
        about: "Contacts from a CSV file, in the background, with every row accounted for.",
        endpoints,
    }
}

/// How to read the file and what to do with it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ImportsQuery {
    /// Name of the file, shown in the list of imports.
    name: Option<String>,
    /// Targets by position, separated by commas.
    map: Option<String>,
    /// Lists to put everybody on, by id or name, separated by commas.
    list: String,
    /// Tags to give everybody, separated by commas.
    tag: String,
    /// Consent that the file proves: `subscribed`, `unsubscribed` or `none`; none if absent.
    consent: Option<ConsentState>,
    /// The proof; required with `subscribed`.
    consent_source: String,
    /// Known addresses: `update` or `skip`; update if absent.
    existing: Existing,
    /// `,` `;` `|` or `tab`; detected if absent.
    delimiter: Option<String>,
    /// `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`; detected if absent.
    encoding: Option<String>,
    /// `1` if the first row names the columns, `0` if not; detected if absent.
    header: Option<String>,
    /// `1` reads everything and says what would happen, without writing.
    dry_run: Option<String>,
    /// `map.<target>=<header>`.
    #[serde(flatten)]
    #[schemars(skip)]
    more: BTreeMap<String, String>,
}

/// The query, checked before a byte of the file is read.
struct Wanted {
    lists: Vec<ListId>,
    tags: Vec<String>,
    by_position: Option<Vec<Target>>,
    by_header: BTreeMap<String, Target>,
    header: Option<bool>,
    delimiter: Option<char>,
    dry_run: bool,
}

fn flag(field: &str, text: Option<&str>) -> Result<Option<bool>, Fault> {
    match text {
        None | Some("") => Ok(None),
        Some("1" | "true" | "yes") => Ok(Some(true)),
        Some("0" | "false" | "no") => Ok(Some(false)),
        Some(_) => Err(Fault::invalid(field, "Write 1 or 0.")),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

async fn wanted(app: &App, actor: &Actor, query: &ImportsQuery) -> Result<Wanted, Fault> {
    let mut lists = Vec::new();
    for name in words(&query.list) {
        lists.extend(find::list(app, actor, Some(name)).await?);
    }
    let mut by_header = BTreeMap::new();
    for (name, column) in &query.more {
        let target =
            name.strip_prefix("map.").ok_or_else(|| Fault::invalid(name.as_str(), "There is no such field here."))?;
        by_header.insert(column.trim().to_lowercase(), target.to_owned());
    }
    let position =
        |text: &String| text.split(',').map(str::trim).map(|t| if t == "-" { "" } else { t }.to_owned()).collect();
    let by_position: Option<Vec<Target>> = query.map.as_ref().map(position);
    if by_position.is_some() && !by_header.is_empty() {
        return Err(Fault::invalid("map", "Say what the columns mean by position or by header, not both."));
    }
    if query.consent == Some(ConsentState::Subscribed) && query.consent_source.trim().is_empty() {
        return Err(Fault::invalid(
            "consent_source",
            "Say where the consent came from, for example: paper form at the fair.",
        ));
    }
    let delimiter = match query.delimiter.as_deref() {
        None | Some("") => None,
        Some("tab" | "\t") => Some('\t'),
        Some(text) => match text.chars().collect::<Vec<_>>().as_slice() {
            [one @ (',' | ';' | '|')] => Some(*one),
            _ => return Err(Fault::invalid("delimiter", "Write one of , ; | or tab.")),
        },
    };
    Ok(Wanted {
        lists,
        tags: words(&query.tag).map(ToOwned::to_owned).collect(),
        by_position,
        by_header,
        header: flag("header", query.header.as_deref())?,
        delimiter,
        dry_run: flag("dry_run", query.dry_run.as_deref())?.unwrap_or(false),
    })
}

fn targets(wanted: &Wanted, columns: &[Column]) -> Result<Vec<Target>, Fault> {
    if let Some(targets) = &wanted.by_position {
        return Ok(targets.clone());
    }
    if wanted.by_header.is_empty() {
        return Ok(columns.iter().map(|c| c.guess.clone()).collect());
    }
    let names: Vec<String> = columns.iter().map(|c| c.name.trim().to_lowercase()).collect();
    if let Some((column, target)) = wanted.by_header.iter().find(|(column, _)| !names.contains(column)) {
        let there = columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Fault::invalid(
            format!("map.{target}"),
            format!("The file has no column {column}. It has: {there}."),
        ));
    }
    Ok(names.iter().map(|name| wanted.by_header.get(name).cloned().unwrap_or_default()).collect())
}

async fn plan(
    app: &App,
    actor: &Actor,
    id: ImportId,
    query: ImportsQuery,
    wanted: &Wanted,
) -> Result<ImportPlan, Fault> {
    let mut seen: Preview = app.imports.preview(actor, id, None).await?;
    let dialect = Dialect {
        delimiter: wanted.delimiter.unwrap_or(seen.dialect.delimiter),
        encoding: query.encoding.filter(|e| !e.is_empty()).unwrap_or_else(|| seen.dialect.encoding.clone()),
        header: wanted.header.unwrap_or(seen.dialect.header),
    };
    if dialect != seen.dialect {
        seen = app.imports.preview(actor, id, Some(dialect)).await?;
    }
    Ok(ImportPlan {
        targets: targets(wanted, &seen.columns)?,
        dialect: seen.dialect,
        existing: query.existing,
        lists: wanted.lists.clone(),
        tags: wanted.tags.clone(),
        consent: query.consent.unwrap_or(ConsentState::None),
        consent_source: query.consent_source,
    })
}

async fn start(call: Call<(), ImportsQuery, Upload>) -> Result<Taken<Import>, Fault> {
    let Call { app, actor, mut query, body, headers, .. } = call;
    // The mapping reads the file back, which is a read: asked before the upload, not after it.
    actor.require(Capability::ContactsRead)?;
    let wanted = wanted(&app, &actor, &query).await?;
    let import = files::receive(&app, &actor, query.name.take(), &headers, body.0).await?;
    let begun = async {
        let plan = plan(&app, &actor, import.id, query, &wanted).await?;
        match wanted.dry_run {
            true => app.imports.try_run(&actor, import.id, plan).await,
            false => app.imports.start(&actor, import.id, plan).await,
        }
    };
    match begun.await {
        Ok(import) => Ok(Taken(format!("/imports/{}", import.id), import)),
        Err(fault) => {
            if let Err(error) = app.imports.cancel(&actor, import.id).await {
                tracing::warn!(%error, import = %import.id, "a refused import could not be put away");
            }
            Err(fault)
        }
    }
}

/// Where to go on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ImportsPage {
    /// `next` of the page before.
    cursor: Option<Cursor>,
}

async fn list(call: Call<(), ImportsPage>) -> Result<Shown<Page<Import>>, Fault> {
    Ok(Shown(call.app.imports.list(&call.actor, call.query.cursor).await?))
}

async fn read(call: Call<ImportId>) -> Result<Shown<Import>, Fault> {
    Ok(Shown(call.app.imports.get(&call.actor, call.path).await?))
}

async fn preview(call: Call<ImportId>) -> Result<Shown<Preview>, Fault> {
    Ok(Shown(call.app.imports.preview(&call.actor, call.path, None).await?))
}

async fn resume(call: Call<ImportId, NoQuery>) -> Result<Taken<Import>, Fault> {
    let import = call.app.imports.get(&call.actor, call.path).await?;
    let plan =
        import.plan.ok_or_else(|| Fault::conflict("This import has no plan yet. Upload the file again with one."))?;
    let import = call.app.imports.start(&call.actor, call.path, plan).await?;
    Ok(Taken(format!("/imports/{}", import.id), import))
}

async fn cancel(call: Call<ImportId>) -> Result<Shown<Import>, Fault> {
    Ok(Shown(call.app.imports.cancel(&call.actor, call.path).await?))
}

async fn rejected(call: Call<ImportId>) -> Result<Csv, Fault> {
    Ok(Csv(files::rejected_csv(&call.app, call.actor, call.path).await))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(by_position: Option<&[&str]>, by_header: &[(&str, &str)]) -> Wanted {
        Wanted {
            lists: Vec::new(),
            tags: Vec::new(),
            by_position: by_position.map(|t| t.iter().map(|t| (*t).to_owned()).collect()),
            by_header: by_header.iter().map(|(c, t)| ((*c).to_owned(), (*t).to_owned())).collect(),
            header: None,
            delimiter: None,
            dry_run: false,
        }
    }

    fn columns() -> Vec<Column> {
        let column = |name: &str, guess: &str| Column { name: name.into(), guess: guess.into(), samples: Vec::new() };
        vec![column("E-mail", "email"), column("Plan", ""), column("Name", "name")]
    }

    #[test]
    fn columns_are_named_by_header_by_position_or_guessed() {
        let read = |wanted: Wanted| targets(&wanted, &columns()).unwrap();
        assert_eq!(read(wanted(None, &[])), ["email", "", "name"]);
        assert_eq!(read(wanted(Some(&["email", "", ""]), &[])), ["email", "", ""]);
        assert_eq!(read(wanted(None, &[("e-mail", "email"), ("plan", "field:plan")])), ["email", "field:plan", ""]);
    }

    #[test]
    fn a_header_that_is_not_there_is_told_with_those_that_are() {
        let fault = targets(&wanted(None, &[("mail", "email")]), &columns()).unwrap_err();
        assert_eq!(fault.field("map.email"), Some("The file has no column mail. It has: E-mail, Plan, Name."));
    }
}
