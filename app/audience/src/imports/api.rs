//! Server functions of imports: who asks, one call, the answer. The file itself goes to `POST /files/imports`.

#![expect(missing_docs, reason = "the macro makes a struct of the arguments of each function, without documentation")]

use contract::imports::{Dialect, Import, ImportPlan, Preview};
use contract::{Cursor, Fault, ImportId, Page};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// Newest first.
#[server(prefix = "/fn", endpoint = "imports/list", input = Json)]
pub async fn import_list(cursor: Option<Cursor>) -> Result<Page<Import>, Fault> {
    let (actor, imports) = session::ask::<dyn contract::imports::Imports>()?;
    imports.list(&actor, cursor).await
}

/// One.
#[server(prefix = "/fn", endpoint = "imports/get", input = GetUrl)]
pub async fn get_import(id: ImportId) -> Result<Import, Fault> {
    let (actor, imports) = session::ask::<dyn contract::imports::Imports>()?;
    imports.get(&actor, id).await
}

/// Looks into the file.
#[server(prefix = "/fn", endpoint = "imports/preview", input = Json)]
pub async fn look_into(id: ImportId, dialect: Option<Dialect>) -> Result<Preview, Fault> {
    let (actor, imports) = session::ask::<dyn contract::imports::Imports>()?;
    imports.preview(&actor, id, dialect).await
}

/// Reads everything and says what would happen.
#[server(prefix = "/fn", endpoint = "imports/try", input = Json)]
pub async fn try_import(id: ImportId, plan: ImportPlan) -> Result<Import, Fault> {
    let (actor, imports) = session::ask::<dyn contract::imports::Imports>()?;
    imports.try_run(&actor, id, plan).await
}

/// Starts.
#[server(prefix = "/fn", endpoint = "imports/start", input = Json)]
pub async fn start_import(id: ImportId, plan: ImportPlan) -> Result<Import, Fault> {
    let (actor, imports) = session::ask::<dyn contract::imports::Imports>()?;
    imports.start(&actor, id, plan).await
}

/// Stops at the next batch.
#[server(prefix = "/fn", endpoint = "imports/cancel", input = Json)]
pub async fn cancel_import(id: ImportId) -> Result<Import, Fault> {
    let (actor, imports) = session::ask::<dyn contract::imports::Imports>()?;
    imports.cancel(&actor, id).await
}
