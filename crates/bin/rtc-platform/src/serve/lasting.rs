//! Answers that last (event streams): taken out of HTTP's machinery, so that a reader costs its socket, a small task
//! and a place in its stream's ring. What is left of HTTP is a head without a length: the end of the connection is
//! the end of the answer (RFC 9112, section 6.3).

use super::{
    direct::{Care, Direct, Standing},
    told_to_stop,
};
use crate::tracked::Tracked;
use axum::{
    extract::Request,
    http::{Method, Version, header},
    response::Response,
};
use bytes::Bytes;
use parking_lot::Mutex;
use rtc_http::{Frames, Lasting, Outlet};
use std::{error::Error, fmt, io, pin::pin, sync::Arc};
use tokio::{sync::watch, task::yield_now};

/// An answer that is sent without hyper. It travels as the error of the service, upon which hyper writes nothing and
/// gives the socket back.
pub(super) struct TakenOver(Mutex<Option<Taken>>);

/// What is sent: a head, and frames until they end.
pub(super) struct Taken {
    head: Vec<u8>,
    frames: Frames,
}

/// Whether an answer to this request may go on until its connection ends.
pub(super) fn is_possible(request: &Request) -> bool {
    request.method() == Method::GET && request.version() == Version::HTTP_11
}

impl TakenOver {
    /// Takes an answer that lasts; gives every other one back.
    pub(super) fn unless_ordinary(mut answer: Response) -> Result<Response, Self> {
        match Lasting::take_from(&mut answer) {
            Some(frames) => Err(Self(Mutex::new(Some(Taken { head: head(&answer), frames })))),
            None => Ok(answer),
        }
    }

    /// The answer, where this is what a connection ended with.
    pub(super) fn of(error: &hyper::Error) -> Option<Taken> {
        error.source()?.downcast_ref::<Self>()?.0.lock().take()
    }
}

impl fmt::Debug for TakenOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TakenOver")
    }
}

impl fmt::Display for TakenOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is sent on its own")
    }
}

impl Error for TakenOver {}

fn head(answer: &Response) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {}\r\n", answer.status()).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    };
    for (name, value) in answer.headers() {
        line(name.as_str(), value.as_bytes());
    }
    let now = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&jiff::Timestamp::now());
    line(header::DATE.as_str(), now.unwrap_or_default().as_bytes());
    line(header::CONNECTION.as_str(), b"close");
    head.extend_from_slice(b"\r\n");
    head
}

/// Sends until the frames end, the reader goes or stalls, or the server stops. The head goes with the first frame.
pub(super) async fn send(socket: Tracked, taken: Taken, mut stopped: watch::Receiver<bool>) {
    if let Err(error) = try_send(socket, taken, &mut stopped).await {
        tracing::trace!(%error, "a lasting answer ended early");
    }
}

async fn try_send(socket: Tracked, taken: Taken, stopped: &mut watch::Receiver<bool>) -> io::Result<()> {
    let Taken { head, mut frames } = taken;
    let direct = Arc::new(Direct::new(socket));
    let outlet: Arc<dyn Outlet> = direct.clone();
    let mut stop = pin!(told_to_stop(stopped));
    let mut head = Some(head);
    let mut is_pushed = false;
    let mut care = Care::default();
    loop {
        let is_behind = match direct.standing() {
            Standing::Level => false,
            Standing::Behind => true,
            Standing::Over => return Ok(()),
        };
        if !is_pushed && !is_behind && head.is_none() {
            is_pushed = frames.attach(&outlet);
        }
        tokio::select! {
            biased;
            frame = frames.next(), if !is_pushed && !is_behind => {
                let is_last = frame.is_none();
                let frame = match (head.take(), frame) {
                    (Some(mut head), first) => {
                        head.extend_from_slice(first.as_deref().unwrap_or_default());
                        Some(Bytes::from(head))
                    }
                    (None, frame) => frame,
                };
                frame.iter().for_each(|frame| outlet.push(frame));
                if is_last {
                    outlet.end();
                }
                // Frames may never run out, nor their reader's room.
                yield_now().await;
            }
            cared = direct.care(is_behind, &mut care) => cared?,
            () = &mut stop => return Ok(()),
        }
    }
}
