//! A real server on a port of its own, for tests: it keeps what it was sent and answers as it is told.

use axum::{Router, extract::State, response::Response};
use rtc_types::Millis;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// The time in tests.
pub(crate) const NOW_MS: Millis = 1_800_000_000_000;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// A header's text; empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

type Answerer = Arc<dyn Fn(&Seen) -> Response + Send + Sync>;
type Shared = (Answerer, Arc<Mutex<Vec<Seen>>>);

/// The server.
pub(crate) struct Receiver {
    /// `http://127.0.0.1:port`.
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Receiver {
    /// Starts one that gives these answers.
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared: Shared = (Arc::new(answer), Arc::clone(&seen));
        let router = Router::new().fallback(receive).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Receiver { url, seen }
    }

    /// What came so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panicked here").clone()
    }
}

async fn receive(State((answer, seen)): State<Shared>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body").to_vec();
    let one = Seen { path: parts.uri.path().to_owned(), headers: parts.headers, body };
    let response = answer(&one);
    seen.lock().expect("no test panicked here").push(one);
    response
}
