//! A strict Microsoft Graph on a port of its own: what it does not know it refuses, and what it took can be counted.
//!
//! Faults are queued per request kind and used up in order. Each says whether the request is acted on before things go wrong,
//! which is the difference that everything turns on.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// Kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Sign-in.
    Token,
    /// `sendMail`.
    SendMail,
    /// A draft is made.
    Create,
    /// A draft is sent.
    SendDraft,
    /// A folder is looked at.
    Look,
    /// A draft is deleted.
    Delete,
}

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Whether the request does what it asks for all the same.
    pub acts: bool,
    /// What the client sees.
    pub then: Then,
}

/// How a request ends.
#[derive(Clone, Debug)]
pub enum Then {
    /// The connection is reset without an answer.
    Reset,
    /// No answer ever comes.
    Hang,
    /// This answer: status, error code, more headers.
    Say(u16, &'static str, Vec<(&'static str, &'static str)>),
}

/// A message in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Id.
    pub id: String,
    /// Address of the mailbox.
    pub mailbox: String,
    /// The message as it came.
    pub message: Vec<u8>,
}

/// What the tenant is like.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub tenant: String,
    /// The application's id.
    pub client: String,
    /// Its secret.
    pub secret: String,
    /// Its permissions.
    pub roles: Vec<&'static str>,
    /// Its mailboxes.
    pub mailboxes: Vec<String>,
    /// Seconds a token is good for.
    pub token_life: u64,
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            tenant: "tenant-1".into(),
            client: "app-1".into(),
            secret: "s3cret".into(),
            roles: vec!["Mail.Send", "Mail.ReadWrite"],
            mailboxes: vec!["news@example.com".into(), "second@example.com".into()],
            token_life: 3599,
        }
    }
}

#[derive(Default)]
struct State {
    tenant: Tenant,
    tokens: Vec<String>,
    drafts: Vec<Kept>,
    sent: Vec<Kept>,
    faults: BTreeMap<Call, VecDeque<Fault>>,
    calls: BTreeMap<Call, usize>,
    odd: Vec<String>,
    busy: BTreeMap<String, usize>,
    busiest: usize,
    next: usize,
}

/// The server. Ends when dropped.
pub struct FakeGraph {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    gate: Arc<Semaphore>,
    waiting: watch::Receiver<usize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for FakeGraph {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Server {
    state: Arc<Mutex<State>>,
    gate: Arc<Semaphore>,
    waiting: Arc<watch::Sender<usize>>,
}

impl FakeGraph {
    /// Starts it on a free port of this machine.
    pub async fn start(tenant: Tenant) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State { tenant, ..State::default() }));
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let (sender, waiting) = watch::channel(0);
        let server = Server { state: Arc::clone(&state), gate: Arc::clone(&gate), waiting: Arc::new(sender) };
        let task = tokio::spawn(async move {
            let mut all = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                all.spawn(async move { server.talk(stream).await });
            }
        });
        Self { state, address, gate, waiting, task }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Address of the sign-in.
    pub fn login(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Address of Graph.
    pub fn base(&self) -> String {
        format!("http://{}/v1.0", self.address)
    }

    /// Changes the tenant.
    pub fn tenant(&self, change: impl FnOnce(&mut Tenant)) {
        change(&mut self.state().tenant);
    }

    /// The next request of this kind fails so.
    pub fn fail(&self, call: Call, fault: Fault) {
        self.state().faults.entry(call).or_default().push_back(fault);
    }

    /// Tokens given so far are no good any more.
    pub fn revoke(&self) {
        self.state().tokens.clear();
    }

    /// What was sent, in order.
    pub fn sent(&self) -> Vec<Kept> {
        self.state().sent.clone()
    }

    /// What lies in Drafts.
    pub fn drafts(&self) -> Vec<Kept> {
        self.state().drafts.clone()
    }

    /// Requests of this kind that came.
    pub fn calls(&self, call: Call) -> usize {
        self.state().calls.get(&call).copied().unwrap_or(0)
    }

    /// Requests that no client should make, in words.
    pub fn odd(&self) -> Vec<String> {
        self.state().odd.clone()
    }

    /// The most requests that one mailbox ever had at once.
    pub fn busiest(&self) -> usize {
        self.state().busiest
    }

    /// From now on requests wait until they are let through.
    pub fn hold(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Lets so many through.
    pub fn let_through(&self, count: usize) {
        self.gate.add_permits(count);
    }

    /// Waits until so many requests wait at the gate.
    pub async fn held(&mut self, count: usize) {
        self.waiting.wait_for(|waiting| *waiting >= count).await.expect("the server lives");
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

type Answer = (u16, String);

impl Server {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn talk(&self, mut stream: TcpStream) {
        let mut buffer = Vec::new();
        while let Some(request) = read(&mut stream, &mut buffer).await {
            let Some((call, mailbox)) = kind(&request) else {
                self.state().odd.push(format!("{} {}", request.method, request.path));
                say(&mut stream, 404, &error("UnknownError", "no such path"), &[]).await;
                continue;
            };
            self.enter(call, &mailbox);
            self.wait_at_gate().await;
            let fault = self.state().faults.get_mut(&call).and_then(VecDeque::pop_front);
            let acted = match &fault {
                Some(Fault { acts: false, .. }) => (0, String::new()),
                _ => self.act(call, &mailbox, &request),
            };
            self.leave(&mailbox);
            match fault.map(|fault| fault.then) {
                None => say(&mut stream, acted.0, &acted.1, &[]).await,
                Some(Then::Say(status, code, headers)) => {
                    say(&mut stream, status, &error(code, "as asked for"), &headers).await
                }
                Some(Then::Hang) => std::future::pending::<()>().await,
                Some(Then::Reset) => {
                    stream.set_zero_linger().ok();
                    return;
                }
            }
        }
    }

    fn enter(&self, call: Call, mailbox: &str) {
        let mut state = self.state();
        *state.calls.entry(call).or_default() += 1;
        let now = state.busy.entry(mailbox.to_owned()).or_default();
        *now += 1;
        let now = *now;
        if call != Call::Token {
            state.busiest = state.busiest.max(now);
        }
    }

    fn leave(&self, mailbox: &str) {
        if let Some(busy) = self.state().busy.get_mut(mailbox) {
            *busy -= 1;
        }
    }

    async fn wait_at_gate(&self) {
        self.waiting.send_modify(|waiting| *waiting += 1);
        if let Ok(permit) = self.gate.acquire().await {
            // a gate that stands open keeps its permits, a held one spends them
            match self.gate.available_permits() > 1_000_000 {
                true => drop(permit),
                false => permit.forget(),
            }
        }
        self.waiting.send_modify(|waiting| *waiting -= 1);
    }

    fn act(&self, call: Call, mailbox: &str, request: &Request) -> Answer {
        let mut state = self.state();
        if call == Call::Token {
            return state.sign_in(request);
        }
        let token = request.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        if !state.tokens.iter().any(|known| known == token) {
            return (401, error("InvalidAuthenticationToken", "Access token is empty, expired or unknown."));
        }
        let needed = if matches!(call, Call::SendMail | Call::SendDraft) { "Mail.Send" } else { "Mail.ReadWrite" };
        if !state.tenant.roles.contains(&needed) {
            return (403, error("ErrorAccessDenied", "Access is denied. Check credentials and try again."));
        }
        if !state.tenant.mailboxes.iter().any(|known| known == mailbox) {
            return (404, error("ErrorInvalidUser", &format!("The requested user '{mailbox}' is invalid.")));
        }
        state.mail(call, mailbox, request)
    }
}

impl State {
    fn id(&mut self) -> String {
        self.next += 1;
        // real ids hold what has to be escaped in a path
        format!("AAMk{}=/+", self.next)
    }

    fn sign_in(&mut self, request: &Request) -> Answer {
        let form = pairs(&String::from_utf8_lossy(&request.body));
        let get = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let refuse = |number: u32, text: &str| {
            (
                401,
                format!(
                    "{{\"error\":\"invalid_client\",\"error_description\":\"AADSTS{number}: {text}\",\"error_codes\":[{number}]}}"
                ),
            )
        };
        let tenant = self.tenant.clone();
        if request.path.split('/').nth(1) != Some(&tenant.tenant) {
            return refuse(90002, "Tenant not found.");
        }
        if get("grant_type") != "client_credentials" || !get("scope").ends_with("/.default") {
            return refuse(70011, "The provided value for scope is not valid.");
        }
        if get("client_id") != tenant.client {
            return refuse(700_016, "Application was not found in the directory.");
        }
        if get("client_secret") != tenant.secret {
            return refuse(7_000_215, "Invalid client secret provided.");
        }
        let roles: Vec<String> = tenant.roles.iter().map(|role| format!("\"{role}\"")).collect();
        self.next += 1;
        let claims = format!("{{\"aud\":\"graph\",\"n\":{},\"roles\":[{}]}}", self.next, roles.join(","));
        let token = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims));
        self.tokens.push(token.clone());
        (
            200,
            format!("{{\"token_type\":\"Bearer\",\"expires_in\":{},\"access_token\":\"{token}\"}}", tenant.token_life),
        )
    }

    fn mail(&mut self, call: Call, mailbox: &str, request: &Request) -> Answer {
        match call {
            Call::SendMail | Call::Create => {
                let Some(message) = mime(request) else {
                    return (
                        400,
                        error("ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."),
                    );
                };
                let kept = Kept { id: self.id(), mailbox: mailbox.to_owned(), message };
                if call == Call::SendMail {
                    self.sent.push(kept);
                    return (202, String::new());
                }
                let shown = item(&kept);
                self.drafts.push(kept);
                (201, shown)
            }
            Call::SendDraft => match self.draft(mailbox, request) {
                Some(at) => {
                    let kept = self.drafts.remove(at);
                    self.sent.push(kept);
                    (202, String::new())
                }
                None => (404, error("ErrorItemNotFound", "The specified object was not found in the store.")),
            },
            Call::Delete => match self.draft(mailbox, request) {
                Some(at) => {
                    self.drafts.remove(at);
                    (204, String::new())
                }
                None => (404, error("ErrorItemNotFound", "The specified object was not found in the store.")),
            },
            Call::Look => self.look(mailbox, request),
            Call::Token => (500, error("generalException", "not here")),
        }
    }

    fn draft(&self, mailbox: &str, request: &Request) -> Option<usize> {
        let id = segments(&request.path).get(4).cloned()?;
        self.drafts.iter().position(|kept| kept.mailbox == mailbox && kept.id == id)
    }

    fn look(&mut self, mailbox: &str, request: &Request) -> Answer {
        let segments = segments(&request.path);
        let folder = match segments.get(4).map(String::as_str) {
            Some("drafts") => &self.drafts,
            Some("sentitems") => &self.sent,
            _ => return (404, error("ErrorFolderNotFound", "no such folder")),
        };
        if segments.len() == 5 {
            return (200, "{\"id\":\"folder\"}".to_owned());
        }
        let query = pairs(&request.query);
        let filter = query.iter().find(|(key, _)| key == "$filter").map_or("", |(_, value)| value.as_str());
        let Some(wanted) = filter.strip_prefix("internetMessageId eq '").and_then(|rest| rest.strip_suffix('\''))
        else {
            return (400, error("ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes."));
        };
        let found: Vec<String> = folder
            .iter()
            .filter(|kept| kept.mailbox == mailbox && header(&kept.message, "message-id") == wanted)
            .map(item)
            .collect();
        (200, format!("{{\"value\":[{}]}}", found.join(",")))
    }
}

/// Kind and mailbox of a request; `None` for what Graph does not know.
fn kind(request: &Request) -> Option<(Call, String)> {
    let segments = segments(&request.path);
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mailbox = || parts.get(2).map(|m| (*m).to_owned());
    let call = match (request.method.as_str(), parts.as_slice()) {
        ("POST", [_, "oauth2", "v2.0", "token"]) => return Some((Call::Token, String::new())),
        ("POST", ["v1.0", "users", _, "sendMail"]) => Call::SendMail,
        ("POST", ["v1.0", "users", _, "messages"]) => Call::Create,
        ("POST", ["v1.0", "users", _, "messages", _, "send"]) => Call::SendDraft,
        ("DELETE", ["v1.0", "users", _, "messages", _]) => Call::Delete,
        ("GET", ["v1.0", "users", _, "mailFolders", _] | ["v1.0", "users", _, "mailFolders", _, "messages"]) => {
            Call::Look
        }
        _ => return None,
    };
    Some((call, mailbox()?))
}

fn segments(path: &str) -> Vec<String> {
    path.trim_start_matches('/').split('/').map(|part| decode(part, false)).collect()
}

fn mime(request: &Request) -> Option<Vec<u8>> {
    let is_plain = request.header("content-type").split(';').next() == Some("text/plain");
    let message = STANDARD.decode(&request.body).ok()?;
    (is_plain && !header(&message, "from").is_empty() && !header(&message, "to").is_empty()).then_some(message)
}

/// A header of a message on one line.
fn header(message: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(message);
    let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
    let line = head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    });
    line.unwrap_or_default()
}

fn item(kept: &Kept) -> String {
    format!("{{\"id\":\"{}\",\"internetMessageId\":\"{}\"}}", kept.id, header(&kept.message, "message-id"))
}

fn error(code: &str, message: &str) -> String {
    format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"{message}\"}}}}")
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(key, true), decode(value, true))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn decode(text: &str, is_form: bool) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) if is_form => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Request> {
    let end = loop {
        if let Some(end) = memchr::memmem::find(buffer, b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = buffer[end..end + length].to_vec();
    buffer.drain(..end + length);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), headers, body })
}

async fn say(stream: &mut TcpStream, status: u16, body: &str, headers: &[(&str, &str)]) {
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nrequest-id: r-{status}\r\n{more}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.ok();
}
