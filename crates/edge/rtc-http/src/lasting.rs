//! Answers that last: event streams, which thousands of readers hold open while hardly anything is sent.
//!
//! An HTTP connection's machinery holds buffers of tens of KiB for requests that will not come. So a server may take
//! what is to be sent out of the answer ([`Lasting::take_from`]), write the head itself, and keep a socket and the
//! frames, nothing else. Where none does, the answer has an ordinary body that sends the same.

use axum::{
    body::Body,
    response::{IntoResponse, IntoResponseParts, Response},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use parking_lot::Mutex;
use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc};

/// What is sent, piece by piece: each piece is written at once.
pub type Frames = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// The frames of an answer, until somebody takes them.
#[derive(Clone)]
pub struct Lasting(Arc<Mutex<Option<Frames>>>);

impl Lasting {
    /// An answer of these headers that sends `frames`. Where no server takes them, it ends once `stopping` completes.
    pub fn answer(
        headers: impl IntoResponseParts,
        frames: impl Stream<Item = Bytes> + Send + 'static,
        stopping: impl Future<Output = ()> + Send + 'static,
    ) -> Response {
        let lasting = Self(Arc::new(Mutex::new(Some(Box::pin(frames)))));
        let body = lasting.clone();
        let body = stream::once(async move { body.0.lock().take() })
            .flat_map(|frames| stream::iter(frames).flatten())
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
        let frames = Lasting::take_from(&mut answer).expect("frames");
        assert_eq!(frames.collect::<Vec<_>>().await, ["one", "two"]);
        assert!(Lasting::take_from(&mut answer).is_none());
        assert_eq!(answer.headers()["content-type"], "text/plain");
        assert_eq!(body(answer).await, "");
    }
}
