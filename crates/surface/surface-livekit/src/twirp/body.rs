//! Bodies: protobuf, or JSON with names in either case.

use super::{
    defaults::{self, Fields},
    error::{Code, TwirpError},
};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// How a caller writes and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Protobuf,
    Json,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    encoding: Encoding,
    bytes: Vec<u8>,
}

impl Encoding {
    /// # Errors
    /// `bad_route` for any other content type, as Twirp has it.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, TwirpError> {
        let kind =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/protobuf" => Ok(Self::Protobuf),
            "application/json" => Ok(Self::Json),
            other => Err(TwirpError::new(Code::BadRoute, format!("unexpected Content-Type: \"{other}\""))),
        }
    }

    /// # Errors
    /// `malformed`.
    pub(super) fn read<M: prost::Message + Default + DeserializeOwned>(
        self,
        body: &Bytes,
    ) -> Result<M, TwirpError> {
        let read = match self {
            Self::Protobuf => M::decode(body.clone()).ok(),
            Self::Json => serde_json::from_slice(body).ok(),
        };
        read.ok_or_else(|| TwirpError::new(Code::Malformed, "the body cannot be read"))
    }

    /// `fields`: those of the message, which JSON has all of.
    pub(super) fn write<M: prost::Message + Serialize>(self, message: &M, fields: Fields) -> Reply {
        let bytes = match self {
            Self::Protobuf => message.encode_to_vec(),
            Self::Json => {
                // The generated form has no field that JSON could not hold.
                let mut value = snake_case(serde_json::to_value(message).unwrap_or_default());
                if let Some(object) = value.as_object_mut() {
                    defaults::fill(fields, object);
                }
                value.to_string().into_bytes()
            }
        };
        Reply { encoding: self, bytes }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let kind = match self.encoding {
            Encoding::Protobuf => "application/protobuf",
            Encoding::Json => "application/json",
        };
        let mut response = self.bytes.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }
}

/// Names as the protocol's definition has them. What tenants name themselves stays.
pub(super) fn snake_case(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(snake_case).collect()),
        Value::Object(fields) => {
            let rename = |(name, value): (String, Value)| {
                let theirs = matches!(name.as_str(), "attributes" | "tags");
                (snake(&name), if theirs { value } else { snake_case(value) })
            };
            Value::Object(fields.into_iter().map(rename).collect::<Map<_, _>>())
        }
        value => value,
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use livekit_protocol::{CreateRoomRequest, ParticipantInfo};

    #[test]
    fn requests_are_read_in_either_case_and_replies_are_in_the_definitions() {
        for body in [r#"{"name":"r","maxParticipants":3}"#, r#"{"name":"r","max_participants":3}"#] {
            let read: CreateRoomRequest = Encoding::Json.read(&Bytes::from(body)).expect("JSON");
            assert_eq!(read.max_participants, 3);
        }
        let attributes = [("someKey".to_owned(), "v".to_owned())].into();
        let info = ParticipantInfo { joined_at: 7, attributes, ..ParticipantInfo::default() };
        let reply = Encoding::Json.write(&info, defaults::PARTICIPANT);
        let value: Value = serde_json::from_slice(&reply.bytes).expect("JSON");
        assert_eq!((&value["joined_at"], &value["attributes"]["someKey"]), (&"7".into(), &"v".into()));
    }

    #[test]
    fn other_types_and_rubbish_are_refused() {
        let mut headers = HeaderMap::new();
        assert!(Encoding::of(&headers).is_err());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        assert_eq!(Encoding::of(&headers).ok(), Some(Encoding::Json));
        assert!(Encoding::Json.read::<CreateRoomRequest>(&Bytes::from("{")).is_err());
        assert!(Encoding::Protobuf.read::<CreateRoomRequest>(&Bytes::from_static(b"\xff")).is_err());
    }
}
