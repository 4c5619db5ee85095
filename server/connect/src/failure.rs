//! One error for all providers: what went wrong, whether waiting helps, and for whom it is meant.

use std::fmt;

/// What went wrong, independent of the provider's own codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Name not found, connection refused or lost, no route.
    Unreachable,
    /// The other side did not answer in time.
    Timeout,
    /// The encrypted connection could not be made or the certificate is not trusted.
    Tls,
    /// User name, secret or token refused.
    Auth,
    /// The other side asks to slow down or to come back later.
    Busy,
    /// The other side understood and says no.
    Refused,
    /// The answer makes no sense in the protocol.
    Protocol,
    /// Our own settings cannot work; no request was made.
    Config,
}

impl Kind {
    /// Stable word for logs, metrics and the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::Protocol => "protocol",
            Self::Config => "config",
        }
    }
}

/// Whether doing the same thing again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// A person has to change something first.
    Permanent,
    /// Worth another try later.
    Temporary,
    /// Was temporary, and still fails after all tries.
    Persistent,
}

/// Why an operation on a provider did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub kind: Kind,
    /// Whether trying again can help.
    pub status: Status,
    /// Who was asked, for example `smtp`.
    pub provider: &'static str,
    /// What was being done, for example `auth`.
    pub operation: &'static str,
    /// Details for the log and the support page: code, text, host. Never a secret.
    pub context: Vec<(&'static str, String)>,
}

impl Failure {
    /// A failure that only a person can clear.
    #[must_use]
    pub const fn permanent(kind: Kind, provider: &'static str, operation: &'static str) -> Self {
        Self { kind, status: Status::Permanent, provider, operation, context: Vec::new() }
    }

    /// A failure that may pass by itself.
    #[must_use]
    pub const fn temporary(kind: Kind, provider: &'static str, operation: &'static str) -> Self {
        Self { kind, status: Status::Temporary, provider, operation, context: Vec::new() }
    }

    /// Adds one detail.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.context.push((key, value.into()));
        self
    }

    /// The first detail stored under `key`.
    #[must_use]
    pub fn detail(&self, key: &str) -> Option<&str> {
        self.context.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// How long the other side asked to wait, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<std::time::Duration> {
        let seconds: f64 = self.detail("retry_after")?.parse().ok()?;
        std::time::Duration::try_from_secs_f64(seconds).ok()
    }

    /// The one question a retry layer asks.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.status == Status::Temporary
    }

    /// The same failure after all tries were used up.
    #[must_use]
    pub fn persisted(mut self) -> Self {
        if self.status == Status::Temporary {
            self.status = Status::Persistent;
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.provider, self.operation, self.kind.as_str())?;
        for (key, value) in &self.context {
            write!(f, ", {key}={value}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
