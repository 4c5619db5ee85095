//! Server functions of single messages: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes public fields of the arguments")]

use contract::messages::{Message, MessageQuery};
use contract::{Fault, MessageId, Page};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// A page of them.
#[server(prefix = "/fn", endpoint = "messages/list", input = Json)]
pub async fn message_page(query: MessageQuery) -> Result<Page<Message>, Fault> {
    let (actor, messages) = session::ask::<dyn contract::messages::Messages>()?;
    messages.list(&actor, query).await
}

/// One.
#[server(prefix = "/fn", endpoint = "messages/get", input = GetUrl)]
pub async fn get_message(id: MessageId) -> Result<Message, Fault> {
    let (actor, messages) = session::ask::<dyn contract::messages::Messages>()?;
    messages.get(&actor, id).await
}
