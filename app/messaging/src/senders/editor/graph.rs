//! The fields of a sender in Microsoft 365, and of an application that signs in.

use super::draft::Draft;
use contract::senders::{GraphMode, SenderKind, effective};
use kit::*;
use leptos::prelude::*;
use session::Problems;

/// Tenant, application and secret.
#[component]
pub fn ApplicationFields(draft: Draft, problems: Problems, has_secret: bool) -> impl IntoView {
    let secret_help = if has_secret {
        "Leave empty to keep the stored one."
    } else {
        "The value of a client secret, not its id. It is stored encrypted and never shown again."
    };
    view! {
        <Field label="Tenant" name="tenant" help="Directory (tenant) id, or a domain of the tenant." error=problems.of("tenant")>
            <TextInput value=draft.tenant />
        </Field>
        <Columns min=160>
            <Field label="Application" name="client_id" help="Application (client) id." error=problems.of("client_id")>
                <TextInput value=draft.client_id />
            </Field>
            <Field label="Secret" name="client-secret" help=secret_help error=problems.of("secret")>
                <TextInput value=draft.secret kind=InputKind::Password autocomplete="new-password" />
            </Field>
        </Columns>
    }
    .into_any()
}

/// Mailboxes and how messages are handed over.
#[component]
pub fn MailboxFields(draft: Draft, problems: Problems) -> impl IntoView {
    let modes = vec![
        Choice::new(GraphMode::Auto.as_str(), "As the permissions allow"),
        Choice::new(GraphMode::Draft.as_str(), "Draft, then send (Mail.ReadWrite)"),
        Choice::new(GraphMode::Send.as_str(), "Send at once (Mail.Send only)"),
    ];
    view! {
        <Field
            label="Mailboxes"
            name="mailboxes"
            help="One on each line. They are used in turn, and each is the From address of its messages."
            error=problems.of("graph.mailboxes")
        >
            <TextArea value=draft.mailboxes rows=3 placeholder="news@example.com" />
        </Field>
        <Field
            label="Hand-over"
            name="graph-mode"
            help="As a draft a lost answer can be looked up in the mailbox. Without drafts such a message stays unknown."
            error=problems.of("graph.mode")
        >
            <Select value=draft.mode options=modes />
        </Field>
    }
    .into_any()
}

/// Microsoft's limits, and what follows from them.
#[component]
pub fn TenantFields(draft: Draft, problems: Problems) -> impl IntoView {
    let follows = move || {
        let rates = effective(SenderKind::Graph, &Default::default(), &draft.graph());
        let part = |n: Option<u32>| n.map_or_else(|| "any number".to_owned(), format::number);
        format!(
            "Together at most {} messages a minute and {} in 24 hours.",
            part(rates.per_minute),
            part(rates.per_day)
        )
    };
    view! {
        <Columns min=160>
            <Field
                label="Exchange licences"
                name="licences"
                optional=true
                help="What the tenant may send to the outside in a day follows from them; 0 is a trial."
                error=problems.of("graph.licences")
            >
                <TextInput value=draft.licences kind=InputKind::Number />
            </Field>
            <Field
                label="Tenant per day"
                name="tenant_per_day"
                optional=true
                help="If you know it better than by licences."
                error=problems.of("graph.tenant_per_day")
            >
                <TextInput value=draft.tenant_per_day kind=InputKind::Number />
            </Field>
        </Columns>
        <Columns min=120>
            <Field label="Per minute and mailbox" name="box_per_minute" error=problems.of("graph.per_minute")>
                <TextInput value=draft.box_per_minute kind=InputKind::Number />
            </Field>
            <Field label="Per day and mailbox" name="box_per_day" error=problems.of("graph.per_day")>
                <TextInput value=draft.box_per_day kind=InputKind::Number />
            </Field>
            <Field label="At once per mailbox" name="at_once" error=problems.of("graph.at_once")>
                <TextInput value=draft.at_once kind=InputKind::Number />
            </Field>
        </Columns>
        <Soft>{follows}</Soft>
    }
    .into_any()
}
