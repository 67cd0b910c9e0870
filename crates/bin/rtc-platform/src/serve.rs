//! The accept loops: one task a listener, one a connection.
//!
//! Not `axum::serve`, because it sets neither TCP_NODELAY nor deadlines, for request heads and for readers that stall.

mod direct;
mod lasting;

use crate::{listen::Bound, tracked::Tracked};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use lasting::TakenOver;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tower::ServiceExt as _;

/// How long a client may take for the head of a request, the first as well as the next one on the same
/// connection: a slow head is an attack, an idle connection is closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take nothing of what is sent to it. Whoever reads more slowly is gone, or wants to hold what
/// the server has buffered for it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a request's head: the target and all header lines.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Header lines of a request.
const HEADERS_MAX: usize = 100;
/// Pause after an error of `accept`, most of which mean that descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
struct Patience {
    head: Duration,
    write: Duration,
}

/// The running accept loops.
#[derive(Debug)]
pub struct Server {
    stop: watch::Sender<bool>,
    loops: Vec<JoinHandle<()>>,
}

impl Server {
    /// Serves the router on every listener.
    pub fn start(listeners: Vec<Bound>, router: Router) -> Self {
        Self::start_with(listeners, &router, Patience { head: HEAD_TIMEOUT, write: WRITE_TIMEOUT })
    }

    fn start_with(listeners: Vec<Bound>, router: &Router, patience: Patience) -> Self {
        let (stop, stopped) = watch::channel(false);
        let serve = |bound: Bound| tokio::spawn(accept(bound, router.clone(), patience, stopped.clone()));
        Self { loops: listeners.into_iter().map(serve).collect(), stop }
    }

    /// Stops accepting, lets requests in progress finish, and returns when all connections are gone, those
    /// that were upgraded (WebSockets) as well.
    pub async fn stop(self) {
        // Without receivers the loops have ended already.
        _ = self.stop.send(true);
        for task in self.loops {
            if let Err(error) = task.await {
                tracing::error!(%error, "an accept loop failed");
            }
        }
    }
}

async fn accept(bound: Bound, router: Router, patience: Patience, mut stopped: watch::Receiver<bool>) {
    // Each connection's stream holds a sender; the channel closes with the last of them. Nothing is ever sent.
    let (open, mut closed) = mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = bound.listener.accept() => accepted,
            () = told_to_stop(&mut stopped) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Without it small messages wait for the acknowledgement of the one before: up to 40 ms each.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY could not be set");
                }
                notice_dead_peers(&stream, patience.write);
                let stream = Tracked::new(stream, open.clone(), patience.write);
                tokio::spawn(connection(stream, peer, router.clone(), patience.head, stopped.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, port = bound.address.port(), "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop((bound, open));
    _ = closed.recv().await;
}

/// The kernel gives a connection up whose peer acknowledges nothing, or has no room, for this long; without it, it
/// tries for a quarter of an hour.
#[cfg(target_os = "linux")]
fn notice_dead_peers(stream: &tokio::net::TcpStream, after: Duration) {
    let after_ms = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, after_ms) {
        tracing::debug!(%error, "TCP_USER_TIMEOUT could not be set");
    }
}

#[cfg(not(target_os = "linux"))]
fn notice_dead_peers(_: &tokio::net::TcpStream, _: Duration) {}

async fn connection(
    stream: Tracked,
    peer: SocketAddr,
    router: Router,
    head_timeout: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            if head_bytes(&request) > HEAD_BYTES_MAX {
                return Ok(head_too_large());
            }
            let may_last = lasting::is_possible(&request);
            let answer = router.oneshot(request).await.unwrap_or_else(|never| match never {});
            if may_last { TakenOver::unless_ordinary(answer) } else { Ok(answer) }
        }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = told_to_stop(&mut stopped) => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let Err(error) = ended else { return };
    match (TakenOver::of(&error), connection.into_parts()) {
        // On a task of its own: this one is as large as HTTP's machinery.
        (Some(taken), Some(parts)) => _ = tokio::spawn(lasting::send(parts.io.into_inner(), taken, stopped)),
        _ => tracing::trace!(%error, %peer, "a connection ended early"),
    }
}

/// hyper's own limit is on what it buffers, and a head that arrives in large pieces passes beyond it.
fn head_bytes(request: &Request) -> usize {
    // Each line has a colon, a space and a line end beside name and value.
    let lines = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    target + lines.sum::<usize>()
}

/// As hyper answers where its own limit is passed.
fn head_too_large() -> Response {
    let mut response = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // A server that is gone wants its connections gone, too.
    _ = stopped.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests;
