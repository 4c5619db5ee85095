//! Pages and server functions: both get the asker and the services by context.

mod renderer;

use crate::http::api::problem::Problem;
use crate::http::{cookie, security};
use crate::wiring::App;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use contract::Fault;
use contract::accounts::Accounts;
use contract::bounces::Bounces;
use contract::campaigns::Campaigns;
use contract::contacts::Contacts;
use contract::domains::Domains;
use contract::imports::Imports;
use contract::messages::Messages;
use contract::senders::Senders;
use contract::sending::Sending;
use contract::templates::Templates;
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos::server_fn::error::{FromServerFnError, SERVER_FN_ERROR_HEADER};
use leptos_axum::ResponseOptions;
use session::{Asker, CookieChange, CookieSink, StatusSink};
use std::sync::Arc;

/// First parts of paths that need nobody to be signed in.
const PUBLIC: [&str; 6] = ["sign-in", "setup", "forgot", "reset", "invite", "kit"];

/// Answers `/fn/…`.
pub async fn server_function(State(app): State<App>, request: Request) -> Response {
    let asker = request.extensions().get::<Asker>().cloned().unwrap_or_default();
    let answer =
        leptos_axum::handle_server_fns_with_context(move || context(&app, &asker), request).await.into_response();
    let mut answer = with_status(answer).await;
    answer.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// Gives a refused server function the status that the API gives the same fault; leptos says 500 for all of them.
async fn with_status(answer: Response) -> Response {
    if !answer.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let problem = Problem::from(Fault::de(bytes.clone()));
    head.status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(seconds) = problem.retry_after {
        head.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Response::from_parts(head, Body::from(bytes))
}

/// Answers every other GET with a page of the application.
pub async fn page(State(app): State<App>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let asker = request.extensions().get::<Asker>().cloned().unwrap_or_default();
    if let Some(redirect) = turn_away(&app, &asker, request.uri()).await {
        return redirect;
    }
    let options = app.leptos.clone();
    let cookies = request.headers().get(header::COOKIE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let look = ::app::Look::from_cookies(cookies);
    let with = move || {
        context(&app, &asker);
        page_headers();
    };
    let render = leptos_axum::render_app_async_with_context(with, move || ::app::shell(options.clone(), look));
    renderer::on_one_thread(async move {
        let (head, body) = render(request).await.into_parts();
        match to_bytes(body, usize::MAX).await {
            Ok(bytes) => Response::from_parts(head, Body::from(bytes)),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    })
    .await
    .unwrap_or_else(|| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

async fn turn_away(app: &App, asker: &Asker, uri: &axum::http::Uri) -> Option<Response> {
    let first = uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
    if asker.actor.is_some() {
        return None;
    }
    match app.accounts.needs_setup().await {
        Ok(true) if first != "setup" && first != "kit" => return Some(Redirect::to("/setup").into_response()),
        Ok(false) if first == "setup" => return Some(Redirect::to("/sign-in").into_response()),
        _ => {}
    }
    if PUBLIC.contains(&first) {
        return None;
    }
    let wanted = uri.path_and_query().map_or("/", |p| p.as_str());
    let next: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    let to = if wanted == "/" { "/sign-in".into() } else { format!("/sign-in?next={next}") };
    Some(Redirect::to(&to).into_response())
}

fn context(app: &App, asker: &Asker) {
    provide_context(asker.clone());
    provide_context::<Arc<dyn Accounts>>(app.accounts.clone());
    provide_context::<Arc<dyn Contacts>>(app.contacts.clone());
    provide_context::<Arc<dyn Imports>>(app.imports.clone());
    provide_context::<Arc<dyn Senders>>(app.senders.clone());
    provide_context::<Arc<dyn Domains>>(app.domains.clone());
    provide_context::<Arc<dyn Bounces>>(app.bounces.clone());
    provide_context::<Arc<dyn Templates>>(app.templates.clone());
    provide_context::<Arc<dyn Campaigns>>(app.campaigns.clone());
    provide_context::<Arc<dyn Sending>>(app.sending.clone());
    provide_context::<Arc<dyn Messages>>(app.messages.clone());
    let Some(options) = use_context::<ResponseOptions>() else { return };
    let config = app.config.clone();
    let answer = options.clone();
    provide_context(CookieSink(Arc::new(move |change| {
        let line = match change {
            CookieChange::Set(token) => cookie::set(&config, &token),
            CookieChange::Clear => cookie::clear(&config),
        };
        if let Some(line) = line {
            answer.append_header(header::SET_COOKIE, line);
        }
    })));
    provide_context(StatusSink(Arc::new(move |status| {
        if let Ok(status) = StatusCode::from_u16(status) {
            options.set_status(status);
        }
    })));
}

fn page_headers() {
    let (Some(options), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    if let Ok(policy) = HeaderValue::from_str(&security::page_policy(&nonce)) {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    // A page holds a nonce and personal data: it is never stored.
    options.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    options.insert_header(HeaderName::from_static("vary"), HeaderValue::from_static("cookie"));
}

#[cfg(test)]
mod tests {
    use super::{SERVER_FN_ERROR_HEADER, with_status};
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use contract::Fault;
    use leptos::server_fn::axum::server_fn_paths;
    use leptos::server_fn::error::FromServerFnError;
    use std::collections::BTreeSet;

    #[tokio::test]
    async fn a_refused_server_function_says_so_by_its_status() {
        let refused = |fault: Fault| {
            with_status(
                (StatusCode::INTERNAL_SERVER_ERROR, [(SERVER_FN_ERROR_HEADER, "x")], fault.ser()).into_response(),
            )
        };
        assert_eq!(refused(Fault::invalid("name", "Write a name.")).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused(Fault::missing("Contact")).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(refused(Fault::Unauthenticated).await.status(), StatusCode::UNAUTHORIZED);
        let busy = refused(Fault::Busy { message: "Later.".into(), retry_after: 30 }).await;
        assert_eq!(
            (busy.status(), busy.headers()["retry-after"].to_str().unwrap()),
            (StatusCode::SERVICE_UNAVAILABLE, "30")
        );
        assert_eq!(with_status("fine".into_response()).await.status(), StatusCode::OK);
    }

    /// Server functions that answer GET. A name here must be a read: GET passes the cross-site check.
    const READS: [&str; 40] = [
        "accounts/api-keys",
        "accounts/invitation",
        "accounts/me",
        "accounts/needs-setup",
        "accounts/people",
        "accounts/preference",
        "accounts/sessions",
        "accounts/zones",
        "bounces/setup",
        "campaigns/caps",
        "campaigns/explain",
        "campaigns/files",
        "campaigns/get",
        "campaigns/last-look",
        "campaigns/preflight",
        "campaigns/report",
        "campaigns/summary",
        "contacts/fields",
        "contacts/get",
        "contacts/lists",
        "contacts/summary",
        "contacts/tags",
        "domains/list",
        "imports/get",
        "live/needs",
        "live/search",
        "live/sending",
        "live/work",
        "messages/get",
        "senders/get",
        "senders/list",
        "senders/quotas",
        "senders/summary",
        "senders/warm-up",
        "sending/delivery",
        "sending/policy",
        "sending/resting",
        "templates/get",
        "templates/list",
        "templates/starter",
    ];

    #[test]
    fn only_reads_answer_get() {
        let gets: BTreeSet<String> = server_fn_paths()
            .filter(|(_, method)| method.as_str() == "GET")
            .map(|(path, _)| path.trim_start_matches("/fn/").to_owned())
            .collect();
        let known: BTreeSet<String> = READS.into_iter().map(str::to_owned).collect();
        let unknown: Vec<&String> = gets.difference(&known).collect();
        assert!(unknown.is_empty(), "these answer GET; are they reads? {unknown:?}");
        assert!(gets.len() >= 20, "the server functions are not linked: {gets:?}");
    }

    #[test]
    fn every_server_function_has_a_name_of_its_own() {
        let all: Vec<(&str, String)> = server_fn_paths().map(|(path, method)| (path, method.to_string())).collect();
        let names: BTreeSet<&str> = all.iter().map(|(path, _)| *path).collect();
        assert_eq!(names.len(), all.len());
        for (path, _) in all {
            let name = path.strip_prefix("/fn/").unwrap_or_default();
            assert!(
                name.split('/').count() == 2 && !name.ends_with(|c: char| c.is_ascii_digit()),
                "{path}: give it an explicit endpoint"
            );
        }
    }
}
