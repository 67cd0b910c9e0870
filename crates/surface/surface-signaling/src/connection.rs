//! One signaling connection: its loop, what it reads and what it writes.

mod incoming;
mod media;

use crate::{heartbeat::Heartbeat, render, state::Shared};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::SinkExt;
use rtc_app::{Mailbox, MessageRate, Negotiator, Outbound, Session, Verdict};
use rtc_types::{CloseReason, ErrorCode};
use rtc_wire::signal::CloseCode;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until, timeout};

/// How long a write may take before the client is given up.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What follows from one turn of the loop.
pub(crate) enum Next {
    /// Go on.
    Continue,
    /// The client went away on purpose: its seat ends.
    Leave,
    /// The connection broke: its seat is kept for a while.
    Broken,
    /// Close with this code.
    Close(CloseCode, &'static str),
}

pub(crate) struct Connection {
    shared: Arc<Shared>,
    socket: WebSocket,
    mailbox: Arc<Mailbox>,
    session: Option<Session>,
    /// Where media of the room goes through the server.
    negotiator: Option<Negotiator>,
    heartbeat: Heartbeat,
    rate: MessageRate,
    failed_joins: u32,
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, socket: WebSocket) -> Self {
        let rate = MessageRate::new(shared.config.rate_per_s, shared.config.burst, std::time::Instant::now());
        Self {
            shared,
            socket,
            mailbox: Mailbox::new(),
            session: None,
            negotiator: None,
            heartbeat: Heartbeat::default(),
            rate,
            failed_joins: 0,
        }
    }

    /// Serves the connection to its end.
    pub(crate) async fn run(mut self) {
        let mut outbound = Vec::new();
        let mut alarm = Instant::now() + self.shared.join_deadline();
        let end = loop {
            let seated = self.session.is_some();
            let next = tokio::select! {
                () = self.mailbox.drain(&mut outbound) => self.send_outbound(&mut outbound).await,
                frame = self.socket.recv() => self.handle_frame(frame).await,
                () = sleep_until(alarm) => {
                    alarm = Instant::now() + self.shared.heartbeat_interval();
                    self.handle_alarm().await
                }
                () = self.shared.app.shutdown_begun(), if !seated => {
                    Next::Close(CloseCode::ServiceRestart, "the server restarts")
                }
            };
            match (seated, self.session.is_some()) {
                (false, true) => alarm = Instant::now() + self.shared.heartbeat_interval(),
                (true, false) => alarm = Instant::now() + self.shared.join_deadline(),
                _ => {}
            }
            if !matches!(next, Next::Continue) {
                break next;
            }
        };
        self.finish(end).await;
    }

    async fn finish(mut self, end: Next) {
        let session = self.session.take();
        match end {
            Next::Leave => {
                if let Some(session) = session {
                    session.leave();
                }
            }
            Next::Continue | Next::Broken => drop(session),
            Next::Close(code, reason) => {
                drop(session);
                let frame = CloseFrame { code: code.code(), reason: Utf8Bytes::from_static(reason) };
                let _ = timeout(CLOSE_TIMEOUT, async {
                    self.socket.send(Message::Close(Some(frame))).await?;
                    while let Some(Ok(_)) = self.socket.recv().await {}
                    Ok::<_, axum::Error>(())
                })
                .await;
            }
        }
    }

    /// The heartbeat's interval, or the join's deadline, is over.
    async fn handle_alarm(&mut self) -> Next {
        if self.session.is_none() {
            return Next::Close(CloseCode::Unresponsive, "did not join in time");
        }
        match self.heartbeat.tick() {
            Some(payload) => self.send(Message::Ping(Bytes::copy_from_slice(&payload))).await,
            None => Next::Close(CloseCode::Unresponsive, "stopped answering"),
        }
    }

    /// Writes what the mailbox gave, in one go.
    async fn send_outbound(&mut self, outbound: &mut Vec<Outbound>) -> Next {
        let mut end = Next::Continue;
        let mut tracks_changed = false;
        for item in outbound.drain(..) {
            match item {
                Outbound::Message { seq, message } => {
                    self.shared.sent.increment(1);
                    let text = render::room_message(seq, &message);
                    let mut fed = self.socket.feed(Message::Text(text.into())).await;
                    if let (Ok(()), Some(payload)) = (&fed, self.heartbeat.sent(seq)) {
                        fed = self.socket.feed(Message::Ping(Bytes::copy_from_slice(&payload))).await;
                    }
                    if fed.is_err() {
                        return Next::Broken;
                    }
                }
                Outbound::Media(notice) => {
                    tracks_changed |= notice.changes_tracks();
                    if self.feed_notice(&notice).await.is_err() {
                        return Next::Broken;
                    }
                }
                // Clients of this surface know nothing of it.
                Outbound::Conference(_) => {}
                Outbound::Closed(reason) => end = self.closed(reason).await,
                Outbound::Restart => end = Next::Close(CloseCode::ServiceRestart, "the server restarts"),
            }
        }
        if tracks_changed && self.feed_offer().await.is_err() {
            return Next::Broken;
        }
        if outbound.capacity() > 64 {
            *outbound = Vec::new();
        }
        match self.flush().await {
            Next::Continue => end,
            broken => broken,
        }
    }

    async fn flush(&mut self) -> Next {
        match timeout(WRITE_TIMEOUT, self.socket.flush()).await {
            Ok(Ok(())) => Next::Continue,
            _ => Next::Broken,
        }
    }

    async fn closed(&mut self, reason: CloseReason) -> Next {
        let (code, message, close) = render::close(reason);
        let text = render::error(self.heartbeat.seq(), code, message.into(), true, None);
        match self.send(Message::Text(text.into())).await {
            Next::Continue => Next::Close(close, message),
            broken => broken,
        }
    }

    pub(crate) async fn send(&mut self, message: Message) -> Next {
        match timeout(WRITE_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Next::Continue,
            _ => Next::Broken,
        }
    }

    pub(crate) async fn send_error(&mut self, code: ErrorCode, message: String, id: Option<String>) -> Next {
        let text = render::error(self.heartbeat.seq(), code, message, false, id);
        self.send(Message::Text(text.into())).await
    }

    async fn handle_frame(&mut self, frame: Option<Result<Message, axum::Error>>) -> Next {
        let message = match frame {
            None => return Next::Broken,
            Some(Err(error)) => return refused_frame(error),
            Some(Ok(message)) => message,
        };
        match message {
            Message::Pong(payload) => return self.handle_pong(&payload),
            // 1000, 1001 and none at all are what a closed or reloaded tab says.
            Message::Close(None) => return Next::Leave,
            Message::Close(Some(frame)) if matches!(frame.code, 1000 | 1001 | 1005) => return Next::Leave,
            Message::Close(Some(_)) => return Next::Broken,
            _ => {}
        }
        self.heartbeat.alive();
        match self.rate.take(std::time::Instant::now()) {
            Verdict::Take => {}
            Verdict::Refuse => return Next::Continue,
            Verdict::RefuseAloud => {
                return self.send_error(ErrorCode::RateLimitExceeded, self.rate_text(), None).await;
            }
            Verdict::Close => return Next::Close(CloseCode::RateLimit, "too many messages"),
        }
        match message {
            Message::Text(text) => {
                self.shared.received.increment(1);
                self.handle_text(text.as_str()).await
            }
            Message::Binary(_) => {
                self.send_error(ErrorCode::InvalidMessage, "messages are text frames of JSON".into(), None)
                    .await
            }
            _ => Next::Continue,
        }
    }

    fn handle_pong(&mut self, payload: &[u8]) -> Next {
        if let (Some(seq), Some(session)) = (self.heartbeat.pong(payload), &self.session) {
            session.acknowledge(seq);
        }
        Next::Continue
    }

    fn rate_text(&self) -> String {
        let config = &self.shared.config;
        format!(
            "at most {} messages a second, {} at once: this one was dropped",
            config.rate_per_s, config.burst
        )
    }
}

/// A frame that could not be read: too large, not UTF-8, or the connection broke.
fn refused_frame(error: axum::Error) -> Next {
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => Next::Close(CloseCode::TooLarge, "the message is too large"),
        Some(tungstenite::Error::Utf8(_)) => Next::Close(CloseCode::InvalidData, "the message is not UTF-8"),
        _ => Next::Broken,
    }
}
