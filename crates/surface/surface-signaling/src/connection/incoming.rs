//! What each client message does.

use super::{Connection, Next};
use crate::render;
use axum::extract::ws::Message;
use rtc_app::{
    Access, App, Audience, Content, DuplicatePolicy, JoinRequest, Liveness, Mailbox, RelayError,
    ResumeRequest, Session, SessionError, Signal, SignalKind,
};
use rtc_types::{ErrorCode, RoomId, UserId};
use rtc_wire::signal::{ClientMessage, CloseCode, JoinMessage, ReceivedMessage};
use std::sync::Arc;

/// Failed joins after which a connection is closed: nobody guesses tokens on one connection.
const FAILED_JOINS_MAX: u32 = 5;

impl Connection {
    /// One text frame.
    pub(super) async fn handle_text(&mut self, text: &str) -> Next {
        let received = match ReceivedMessage::parse(text) {
            Ok(received) => received,
            Err(error) => return self.send_error(ErrorCode::InvalidMessage, error.0, None).await,
        };
        let ReceivedMessage { id, message } = received;
        match message {
            ClientMessage::Join(join) => Box::pin(self.handle_join(join, id)).await,
            message if self.session.is_none() => {
                drop(message);
                self.send_error(ErrorCode::NotInRoom, "join a room first".into(), id).await
            }
            ClientMessage::Offer { sdp, to } => {
                self.relay(id, to, Content::Signal(Signal { kind: SignalKind::Offer, body: sdp })).await
            }
            ClientMessage::Answer { sdp, to } => {
                self.relay(id, to, Content::Signal(Signal { kind: SignalKind::Answer, body: sdp })).await
            }
            ClientMessage::Ice { candidate, to } => {
                self.relay(id, to, Content::Signal(Signal { kind: SignalKind::Ice, body: candidate })).await
            }
            ClientMessage::Data { payload, to } => self.relay(id, to, Content::Data(payload)).await,
            ClientMessage::Mute { kind, muted, user_id } => {
                let Some(session) = &self.session else {
                    return Next::Continue;
                };
                let result = session.mute(user_id.as_deref(), kind, muted).map_err(SessionError::from);
                self.answer(result, id).await
            }
            ClientMessage::Kick { user_id, ban } => Box::pin(self.handle_kick(&user_id, ban, id)).await,
            message @ (ClientMessage::PublishOffer { .. }
            | ClientMessage::SubscribeAnswer { .. }
            | ClientMessage::Subscribe { .. }
            | ClientMessage::Restart { .. }
            | ClientMessage::View { .. }
            | ClientMessage::ServerCandidate { .. }) => Box::pin(self.handle_media(message, id)).await,
            ClientMessage::Leave => {
                self.negotiator = None;
                if let Some(session) = self.session.take() {
                    session.leave();
                }
                // What the seat was still to get is not for the next one.
                self.mailbox = Mailbox::new();
                Next::Continue
            }
        }
    }

    async fn relay(&mut self, id: Option<String>, to: Option<String>, content: Content) -> Next {
        let Some(session) = &self.session else {
            return Next::Continue;
        };
        let audience = match (&to, &content) {
            (Some(to), _) => Audience::One(to),
            (None, Content::Data(_)) => Audience::Everyone,
            (None, Content::Signal(_)) => Audience::Other,
        };
        match session.relay(id.as_deref(), audience, content) {
            Ok(_) => Next::Continue,
            Err(error) => self.refuse_relay(error, id).await,
        }
    }

    async fn refuse_relay(&mut self, error: RelayError, id: Option<String>) -> Next {
        self.send_error(error.code(), error.to_string(), id).await
    }

    async fn answer(&mut self, result: Result<(), SessionError>, id: Option<String>) -> Next {
        match result {
            Ok(()) => Next::Continue,
            Err(error) => {
                if let Some(text) = error.log_text() {
                    tracing::error!(error = text, "a signaling message failed");
                }
                self.send_error(error.code(), error.to_string(), id).await
            }
        }
    }

    async fn handle_kick(&mut self, user_id: &str, ban: bool, id: Option<String>) -> Next {
        let Some(session) = &self.session else {
            return Next::Continue;
        };
        let result = match UserId::new(user_id) {
            Ok(user) => session.kick(&user, ban).await,
            Err(why) => Err(SessionError::InvalidId { field: "userId", why }),
        };
        self.answer(result, id).await
    }

    async fn handle_join(&mut self, join: JoinMessage, id: Option<String>) -> Next {
        if self.session.is_some() {
            let text = "this connection is in a room already".into();
            return self.send_error(ErrorCode::AlreadyInRoom, text, id).await;
        }
        match take_seat(self.shared.app.clone(), self.mailbox.clone(), join).await {
            Ok(session) => {
                let config = self.shared.app.config();
                let text = render::joined(
                    session.info(),
                    &self.shared.config.ice_servers,
                    config.resume_window_ms,
                    config.heartbeat_interval_ms,
                );
                self.heartbeat.restart(session.info().seq);
                let resumed = session.info().resumed;
                self.negotiator = session.media().negotiator().ok();
                self.session = Some(session);
                match self.send(Message::Text(text.into())).await {
                    Next::Continue if resumed => self.resume_media().await,
                    next => next,
                }
            }
            Err(error) => {
                self.failed_joins += 1;
                match self.answer(Err(error), id).await {
                    Next::Continue if self.failed_joins >= FAILED_JOINS_MAX => {
                        Next::Close(CloseCode::Unresponsive, "too many failed joins")
                    }
                    next => next,
                }
            }
        }
    }
}

async fn take_seat(app: App, mailbox: Arc<Mailbox>, join: JoinMessage) -> Result<Session, SessionError> {
    let room_id =
        RoomId::new(&join.room_id).map_err(|why| SessionError::InvalidId { field: "roomId", why })?;
    if let Some(resume_token) = join.resume_token {
        let last_seq = join.last_seq;
        return app.resume(ResumeRequest { room_id, resume_token, last_seq, mailbox });
    }
    let token = join.token.ok_or(SessionError::InvalidToken("`token` is missing"))?;
    let claims = app.verify_call_token(&token)?;
    app.join(JoinRequest {
        access: Access::Token(claims),
        room_id,
        seat: app.new_seat_id(),
        liveness: Liveness::Connection { resume_window_ms: app.config().resume_window_ms },
        duplicates: DuplicatePolicy::Replace,
        mailbox: Some(mailbox),
        ad_hoc_capacity: None,
        topology: None,
    })
    .await
}
