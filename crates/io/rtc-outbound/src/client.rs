//! The one HTTP client: guarded, pinned, bounded in time and size.

use crate::{reach::Reach, target::Target};
use bytes::Bytes;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
    redirect,
};
use rtc_types::Millis;
use std::{error::Error, sync::Arc, time::Duration};

/// How a client behaves.
#[derive(Clone, Copy, Debug)]
pub struct ClientOptions {
    /// Where its requests may go.
    pub reach: Reach,
    /// Longest time for a connection, name look-up and TLS included.
    pub connect_timeout_ms: Millis,
    /// Longest time from the start of a request to the end of its answer.
    pub timeout_ms: Millis,
    /// Bytes of an answer's body that are read; what is beyond is left.
    pub answer_bytes_max: usize,
}

impl ClientOptions {
    /// For targets that a tenant names: 5 s to connect, 15 s in all, 4 KiB of the answer.
    pub fn for_webhooks(reach: Reach) -> Self {
        ClientOptions { reach, connect_timeout_ms: 5_000, timeout_ms: 15_000, answer_bytes_max: 4 * 1024 }
    }

    /// For servers that the operator names: anywhere, 5 s to connect, 10 s in all, 4 MiB of the answer.
    pub fn for_servers() -> Self {
        ClientOptions {
            reach: Reach::Anywhere,
            connect_timeout_ms: 5_000,
            timeout_ms: 10_000,
            answer_bytes_max: 4 * 1024 * 1024,
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, up to the limit.
    pub body: Vec<u8>,
    /// Whether the body was longer than the limit.
    pub is_cut: bool,
}

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The target's name leads to addresses that the client's [`Reach`] excludes, or the URL names such a one.
    #[error("the target is a private or local address")]
    Forbidden,
    /// The target's name is not known.
    #[error("the target's name could not be looked up")]
    Name,
    /// No connection came about: refused, unreachable, or TLS did not agree.
    #[error("no connection could be made")]
    Connect,
    /// It took too long.
    #[error("no answer came in time")]
    Timeout,
    /// The connection broke, or what came was not HTTP.
    #[error("the connection broke before an answer came")]
    Broken,
}

/// Makes requests. Clones share its connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: reqwest::Client,
    reach: Reach,
    answer_bytes_max: usize,
}

impl HttpClient {
    /// Makes a client. Where the machine trusts no certificate authority at all, requests over `https` will fail.
    pub fn new(options: ClientOptions) -> Self {
        let client = builder(options).build().unwrap_or_else(|error| {
            tracing::warn!(%error, "no trusted certificates were found: requests over https will fail");
            builder(options).tls_certs_only([]).build().expect("a client without certificates needs nothing")
        });
        HttpClient { client, reach: options.reach, answer_bytes_max: options.answer_bytes_max }
    }

    /// Where its requests may go.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Posts a body and waits for the answer.
    pub async fn post(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, RequestError> {
        // A name is judged by the resolver; an address in the URL never gets there.
        Target::parse(target.url().as_str(), self.reach).map_err(|_| RequestError::Forbidden)?;
        let request = self.client.post(target.url().clone()).headers(headers).body(body);
        let mut answer = request.send().await.map_err(cause)?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(cause)? {
            let room = self.answer_bytes_max - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if chunk.len() > room {
                return Ok(Answer { status, body, is_cut: true });
            }
        }
        Ok(Answer { status, body, is_cut: false })
    }
}

fn builder(options: ClientOptions) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("rtc-platform/", env!("CARGO_PKG_VERSION")))
        // A redirect would lead a signed body to where nobody looked.
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(Duration::from_millis(options.connect_timeout_ms))
        .timeout(Duration::from_millis(options.timeout_ms))
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(8)
        .dns_resolver(Arc::new(GuardedResolver(options.reach)))
}

/// Looks a name up and gives the connector nothing but admitted addresses: what was judged is what is connected to.
struct GuardedResolver(Reach);

/// The resolver's refusal, found again in the chain of the request's error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refusal(RequestError);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Refusal(RequestError::Name))?;
            let admitted: Vec<_> = found.filter(|address| reach.admits(address.ip())).collect();
            if admitted.is_empty() {
                return Err(Refusal(RequestError::Forbidden).into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

fn cause(error: reqwest::Error) -> RequestError {
    let mut link: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(current) = link {
        if let Some(Refusal(refusal)) = current.downcast_ref() {
            return *refusal;
        }
        link = current.source();
    }
    if error.is_timeout() {
        RequestError::Timeout
    } else if error.is_connect() {
        RequestError::Connect
    } else {
        RequestError::Broken
    }
}

#[cfg(test)]
mod tests;
