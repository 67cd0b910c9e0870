//! Whoever sent an event and may want an answer.

use rtc_app::{MediaError, SessionError};
use rtc_types::ErrorCode;
use rtc_wire::socketio::{Reply, ReplyError};
use serde::Serialize;
use socketioxide::{
    extract::AckSender,
    handler::{FromMessageParts, Value},
    socket::Socket,
};
use std::sync::Arc;

/// The sender of an event. Answers that cannot be sent are dropped: the connection is ending then.
pub(crate) struct Asker {
    socket: Arc<Socket>,
    ack: Option<AckSender>,
}

impl Asker {
    pub(crate) fn new(socket: Arc<Socket>, mut event: Value, ack_id: Option<i64>) -> (Self, Value) {
        let ack = ack_id.and_then(|_| AckSender::from_message_parts(&socket, &mut event, &ack_id).ok());
        (Self { socket, ack }, event)
    }

    pub(crate) fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    pub(crate) fn has_ack(&self) -> bool {
        self.ack.is_some()
    }

    /// Answers that it was done.
    pub(crate) fn done(self) {
        if let Some(ack) = self.ack {
            let _ = ack.send(&Reply::<()>::Done);
        }
    }

    /// Answers with what was asked for.
    pub(crate) fn give<T: Serialize>(self, data: &T) {
        if let Some(ack) = self.ack {
            let _ = ack.send(&Reply::Data(data));
        }
    }

    /// Answers that it was refused; as an `error` event where no acknowledgement was asked for.
    pub(crate) fn refuse(self, code: ErrorCode, message: impl Into<String>) {
        metrics::counter!("rtc_socketio_refusals_total", "code" => code.as_str()).increment(1);
        let reply = refusal(code, message);
        let _ = match self.ack {
            Some(ack) => ack.send(&reply),
            None => self.socket.emit("error", &reply),
        };
    }

    /// Answers with what was asked for, or with why not.
    pub(crate) fn settle<T: Serialize>(self, result: Result<T, Refused>) {
        match result {
            Ok(data) => self.give(&data),
            Err(Refused(code, message)) => self.refuse(code, message),
        }
    }

    /// [`Asker::refuse`] with the application's error; what is not for the client goes to the log.
    pub(crate) fn refuse_with(self, error: &SessionError) {
        if let Some(text) = error.log_text() {
            tracing::error!(error = text, "a Socket.IO event failed");
        }
        self.refuse(error.code(), error.to_string());
    }
}

/// Why something was not done.
pub(crate) struct Refused(pub(crate) ErrorCode, pub(crate) String);

impl From<MediaError> for Refused {
    fn from(error: MediaError) -> Self {
        Self(error.code(), error.to_string())
    }
}

impl From<SessionError> for Refused {
    fn from(error: SessionError) -> Self {
        if let Some(text) = error.log_text() {
            tracing::error!(error = text, "a Socket.IO event failed");
        }
        Self(error.code(), error.to_string())
    }
}

/// Says that something was refused.
pub(crate) fn refusal(code: ErrorCode, message: impl Into<String>) -> Reply {
    Reply::Refused(ReplyError::new(code, message))
}
