//! Single messages.

use super::endpoint::{Call, Group, NoQuery, get, post};
use super::input::Json;
use super::reply::{Made, Shown};
use contract::campaigns::RecipientState;
use contract::messages::{Message, MessageDraft, MessageQuery};
use contract::{Capability, Cursor, Fault, MessageId, Page};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// The rows of this noun.
pub fn group() -> Group {
    let endpoints = vec![
        post("/messages", "Send a message", send)
            .needs(Capability::CampaignsSend)
            .about(
                "One message to one address, ahead of campaigns: a receipt, a code, a confirmation. It is written out at \
                 once; a value that is missing is refused here. Send an Idempotency-Key, so that a repeated request is \
                 one message.",
            )
            .example(json!({
                "to": "maja@example.com",
                "content": { "subject": "Your order {{ order.number }}", "source": "<p>Thank you, {{ name }}.</p>" },
                "variables": { "name": "Maja", "order": { "number": 17 } }
            }))
            .once(),
        get("/messages", "List messages", list)
            .needs(Capability::CampaignsRead)
            .about("The latest first. `next` is the cursor of the next page."),
        get("/messages/{id}", "Get a message", read)
            .needs(Capability::CampaignsRead)
            .about("What became of it."),
    ];
    Group { name: "Messages", about: "Single messages that programs send.", endpoints }
}

async fn send(call: Call<(), NoQuery, Json<MessageDraft>>) -> Result<Made<Message>, Fault> {
    let message = call.app.messages.send(&call.actor, call.body.0).await?;
    Ok(Made(format!("/messages/{}", message.id), message))
}

/// Which messages.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct MessagesQuery {
    /// One state.
    state: Option<RecipientState>,
    /// Part of the address.
    search: String,
    /// `next` of the page before.
    cursor: Option<Cursor>,
    /// Rows, 1 to 100; 50 if absent.
    limit: u32,
}

async fn list(call: Call<(), MessagesQuery>) -> Result<Shown<Page<Message>>, Fault> {
    let MessagesQuery { state, search, cursor, limit } = call.query;
    let query = MessageQuery { state, search, cursor, limit };
    Ok(Shown(call.app.messages.list(&call.actor, query).await?))
}

async fn read(call: Call<MessageId>) -> Result<Shown<Message>, Fault> {
    Ok(Shown(call.app.messages.get(&call.actor, call.path).await?))
}
