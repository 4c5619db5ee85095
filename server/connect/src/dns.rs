//! Questions to DNS: the texts of a name. A trait, so that whoever asks can be tested without the world.

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use std::sync::OnceLock;
use std::time::Duration;

/// DNS gave no answer. Says nothing about the name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DNS did not answer: {0}")]
pub struct DnsError(pub String);

/// Looks names up.
#[async_trait]
pub trait Dns: std::fmt::Debug + Send + Sync {
    /// The texts of a name, each whole; none when the name has none or is not there.
    ///
    /// # Errors
    /// When nobody answers.
    async fn txt(&self, name: &str) -> Result<Vec<String>, DnsError>;
}

/// The resolvers that this machine uses. Made at the first question.
#[derive(Debug, Default)]
pub struct SystemDns {
    resolver: OnceLock<Result<TokioResolver, String>>,
}

impl SystemDns {
    fn resolver(&self) -> Result<&TokioResolver, DnsError> {
        let made = self.resolver.get_or_init(|| {
            let mut builder = TokioResolver::builder_tokio().map_err(|error| error.to_string())?;
            let options = builder.options_mut();
            options.timeout = Duration::from_secs(4);
            options.attempts = 2;
            // a person who just made a record looks again
            options.positive_max_ttl = Some(Duration::from_secs(30));
            options.negative_max_ttl = Some(Duration::from_secs(5));
            builder.build().map_err(|error| error.to_string())
        });
        made.as_ref().map_err(|error| DnsError(error.clone()))
    }
}

/// Answers nothing: for machines without DNS.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDns;

#[async_trait]
impl Dns for NoDns {
    async fn txt(&self, _: &str) -> Result<Vec<String>, DnsError> {
        Err(DnsError("it is switched off here".into()))
    }
}

/// Names that the world's DNS knows nothing about (RFC 2606, RFC 6761, RFC 6762).
fn is_reserved(name: &str) -> bool {
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    ["test", "example", "invalid", "localhost", "local", "internal"].iter().any(|top| last.eq_ignore_ascii_case(top))
}

#[async_trait]
impl Dns for SystemDns {
    async fn txt(&self, name: &str) -> Result<Vec<String>, DnsError> {
        if is_reserved(name) {
            return Err(DnsError(format!("{name} is a name for trying things out")));
        }
        // with a dot at the end no search domain of this machine is tried
        let found = match self.resolver()?.txt_lookup(format!("{}.", name.trim_end_matches('.'))).await {
            Ok(found) => found,
            Err(error) if error.is_no_records_found() || error.is_nx_domain() => return Ok(Vec::new()),
            Err(error) => return Err(DnsError(error.to_string())),
        };
        let text = |data: &RData| match data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        };
        Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_for_trying_things_out_are_not_asked_for() {
        for name in ["acme.example", "_dmarc.acme.EXAMPLE.", "x.test", "printer.local", "localhost"] {
            assert!(SystemDns::default().txt(name).await.is_err(), "{name}");
        }
        assert!(!is_reserved("example.com") && !is_reserved("test.dk"));
        assert!(NoDns.txt("example.com").await.is_err());
    }
}
