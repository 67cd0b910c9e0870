//! Answers that last: event streams, which thousands of readers hold open while hardly anything is sent.
//!
//! An HTTP connection's machinery holds buffers of tens of KiB for requests that will not come. So a server may take
//! what is to be sent out of the answer ([`Lasting::take_from`]), write the head itself, and keep a socket and the
//! source of the frames, nothing else. Whoever makes frames for many readers may write them to the sockets itself then
//! ([`Source::attach`]). Where no server takes them, the answer has an ordinary body that sends the same.

use axum::{
    body::Body,
    response::{IntoResponse, IntoResponseParts, Response},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, future::BoxFuture, stream};
use parking_lot::Mutex;
use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc};

/// Where frames go that are not waited for. Neither call may wait.
pub trait Outlet: Send + Sync {
    /// Sends a frame.
    fn push(&self, frame: &Bytes);
    /// Nothing follows.
    fn end(&self);
}

/// What is sent, piece by piece: each piece is written at once.
pub trait Source: Send {
    /// The next frame; `None` after the last. Cancelling the wait loses nothing.
    fn next(&mut self) -> BoxFuture<'_, Option<Bytes>>;

    /// Has all that follows go to `outlet`, until this is dropped; false where frames wait, or where they have to be
    /// asked for always.
    fn attach(&mut self, outlet: &Arc<dyn Outlet>) -> bool {
        let _ = outlet;
        false
    }
}

/// The frames of an answer.
pub type Frames = Box<dyn Source>;

/// The frames of an answer, until somebody takes them.
#[derive(Clone)]
pub struct Lasting(Arc<Mutex<Option<Frames>>>);

/// A source that has to be asked.
struct Asked<S>(Pin<Box<S>>);

impl<S: Stream<Item = Bytes> + Send> Source for Asked<S> {
    fn next(&mut self) -> BoxFuture<'_, Option<Bytes>> {
        Box::pin(self.0.next())
    }
}

impl Lasting {
    /// An answer of these headers that sends `frames`. Where no server takes them, it ends once `stopping` completes.
    pub fn answer(
        headers: impl IntoResponseParts,
        frames: impl Stream<Item = Bytes> + Send + 'static,
        stopping: impl Future<Output = ()> + Send + 'static,
    ) -> Response {
        Self::answer_from(headers, Asked(Box::pin(frames)), stopping)
    }

    /// Likewise, with a source that may push.
    pub fn answer_from(
        headers: impl IntoResponseParts,
        source: impl Source + 'static,
        stopping: impl Future<Output = ()> + Send + 'static,
    ) -> Response {
        let lasting = Self(Arc::new(Mutex::new(Some(Box::new(source)))));
        let body = lasting.clone();
        let body = stream::once(async move { body.0.lock().take() })
            .flat_map(|source| stream::iter(source).flat_map(frames_of))
            .map(Ok::<_, Infallible>)
            .take_until(stopping);
        let mut answer = (headers, Body::from_stream(body)).into_response();
        answer.extensions_mut().insert(lasting);
        answer
    }

    /// Takes the frames out of an answer that has any; its body is empty then.
    pub fn take_from(answer: &mut Response) -> Option<Frames> {
        answer.extensions_mut().remove::<Self>()?.0.lock().take()
    }
}

/// A source as a stream.
fn frames_of(source: Frames) -> Pin<Box<dyn Stream<Item = Bytes> + Send>> {
    let next = |mut source: Frames| async move {
        let frame = source.next().await?;
        Some((frame, source))
    };
    Box::pin(stream::unfold(source, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    fn answer() -> Response {
        let frames = stream::iter(["one", "two"].map(Bytes::from));
        Lasting::answer([("content-type", "text/plain")], frames, std::future::pending())
    }

    async fn body(answer: Response) -> Bytes {
        answer.into_body().collect().await.expect("a body").to_bytes()
    }

    #[tokio::test]
    async fn what_nobody_takes_is_an_ordinary_body() {
        assert_eq!(body(answer()).await, "onetwo");
    }

    #[tokio::test]
    async fn what_was_taken_is_sent_by_its_taker_alone() {
        let mut answer = answer();
        let frames = frames_of(Lasting::take_from(&mut answer).expect("frames"));
        assert_eq!(frames.collect::<Vec<_>>().await, ["one", "two"]);
        assert!(Lasting::take_from(&mut answer).is_none());
        assert_eq!(answer.headers()["content-type"], "text/plain");
        assert_eq!(body(answer).await, "");
    }
}
