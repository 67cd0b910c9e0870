//! The one connection that hears what is published, for all subscriptions of this process.
//!
//! When it is lost it is made anew, every topic is subscribed to again, and every subscriber is told of a gap.

use crate::{BusError, Notice, topics::Topics};
use futures_util::StreamExt;
use redis::{
    Client, RedisError,
    aio::{PubSubSink, PubSubStream},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_500);
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);

/// Asks to hear a topic.
pub(super) struct Request {
    pub(super) topic: String,
    pub(super) done: oneshot::Sender<Result<(), BusError>>,
}

/// Runs until the bus is dropped.
pub(super) async fn run(
    client: Client,
    topics: Arc<Topics>,
    mut requests: mpsc::UnboundedReceiver<Request>,
    mut ends: mpsc::UnboundedReceiver<String>,
) {
    // The first subscription makes the first connection.
    let Some(first) = requests.recv().await else { return };
    let mut waiting = vec![first];
    let mut wait = RETRY_FIRST;
    let mut is_first = true;
    loop {
        match connect(&client, &topics).await {
            Ok((sink, stream)) => {
                wait = RETRY_FIRST;
                waiting.drain(..).for_each(|request| answer(request, Ok(())));
                if !is_first {
                    topics.gap_everywhere();
                }
                is_first = false;
                if serve(sink, stream, &topics, &mut requests, &mut ends).await.is_done() {
                    return;
                }
                tracing::warn!("the connection that hears the bus was lost");
            }
            Err(error) => {
                tracing::warn!(%error, "the bus cannot be heard");
                let error = BusError::from(error);
                waiting.drain(..).for_each(|request| answer(request, Err(error.clone())));
            }
        }
        // Those who ask meanwhile are answered by the next try.
        let pause = sleep(wait);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                request = requests.recv() => match request {
                    Some(request) => waiting.push(request),
                    None => return,
                },
            }
        }
        wait = (wait * 2).min(RETRY_MAX);
    }
}

enum Ended {
    Lost,
    Done,
}

impl Ended {
    fn is_done(&self) -> bool {
        matches!(self, Ended::Done)
    }
}

fn answer(request: Request, answer: Result<(), BusError>) {
    // Who asked may have given up.
    request.done.send(answer).unwrap_or_default();
}

async fn connect(client: &Client, topics: &Topics) -> Result<(PubSubSink, PubSubStream), RedisError> {
    let connected = timeout(CONNECT_TIMEOUT, client.get_async_pubsub()).await;
    let late = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
    let (mut sink, stream) = connected.map_err(late)??.split();
    let names = topics.names();
    if !names.is_empty() {
        sink.subscribe(&names).await?;
    }
    Ok((sink, stream))
}

async fn serve(
    mut sink: PubSubSink,
    mut stream: PubSubStream,
    topics: &Topics,
    requests: &mut mpsc::UnboundedReceiver<Request>,
    ends: &mut mpsc::UnboundedReceiver<String>,
) -> Ended {
    loop {
        tokio::select! {
            message = stream.next() => {
                let Some(message) = message else { return Ended::Lost };
                let payload = message.get_payload_bytes().to_vec();
                topics.deliver(message.get_channel_name(), Notice::Message(payload.into()));
            }
            request = requests.recv() => {
                let Some(request) = request else { return Ended::Done };
                let subscribed = sink.subscribe(&request.topic).await;
                let is_lost = subscribed.is_err();
                answer(request, subscribed.map_err(BusError::from));
                if is_lost {
                    return Ended::Lost;
                }
            }
            topic = ends.recv() => {
                let Some(topic) = topic else { return Ended::Done };
                if topics.forget(&topic) && sink.unsubscribe(&topic).await.is_err() {
                    return Ended::Lost;
                }
            }
        }
    }
}
