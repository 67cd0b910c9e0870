//! WebSocket frames: protobuf, or JSON from the client's first text frame on.

use axum::extract::ws::Message;
use livekit_protocol::{SignalRequest, SignalResponse, signal_request, signal_response};
use prost::Message as _;

/// How a client wants to be spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Protobuf in binary frames.
    #[default]
    Binary,
    /// Protobuf's JSON in text frames.
    Text,
}

/// Reads a frame. `None`: it is not a request that we know.
pub(crate) fn read(message: &Message) -> Option<(Form, signal_request::Message)> {
    let (form, request) = match message {
        Message::Binary(bytes) => (Form::Binary, SignalRequest::decode(bytes.clone()).ok()?),
        Message::Text(text) => (Form::Text, serde_json::from_str(text.as_str()).ok()?),
        _ => return None,
    };
    Some((form, request.message?))
}

/// Writes a frame.
pub(crate) fn write(form: Form, message: signal_response::Message) -> Message {
    let response = SignalResponse { message: Some(message) };
    match form {
        Form::Binary => Message::Binary(response.encode_to_vec().into()),
        // The generated form has no field that JSON could not hold.
        Form::Text => Message::Text(serde_json::to_string(&response).unwrap_or_default().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_request::Message as Request;

    #[test]
    fn a_client_is_read_in_both_forms_and_rubbish_is_not() {
        let request = SignalRequest { message: Some(Request::Ping(7)) };
        let binary = Message::Binary(request.encode_to_vec().into());
        assert_eq!(read(&binary), Some((Form::Binary, Request::Ping(7))));
        assert_eq!(read(&Message::Text(r#"{"ping":"7"}"#.into())), Some((Form::Text, Request::Ping(7))));
        for rubbish in [&b"\xff\xff\xff"[..], b"", b"\x0a\xff"] {
            assert_eq!(read(&Message::Binary(rubbish.to_vec().into())), None);
        }
        assert_eq!(read(&Message::Text("{".into())), None);
    }
}
