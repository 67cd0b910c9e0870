//! Acknowledgements, and the `error` event that stands in where a client asked for none.

use rtc_types::ErrorCode;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// The answer to an event: `{ success: true, data? }` or `{ success: false, error: { code, message } }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<T = ()> {
    /// It was done; there is nothing more to say.
    Done,
    /// It was done.
    Data(T),
    /// It was refused.
    Refused(ReplyError),
}

/// Why an event was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplyError {
    /// The contract.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
}

impl ReplyError {
    /// Puts the parts together.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl<T: Serialize> Serialize for Reply<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("success", &!matches!(self, Reply::Refused(_)))?;
        match self {
            Reply::Done => {}
            Reply::Data(data) => map.serialize_entry("data", data)?,
            Reply::Refused(error) => map.serialize_entry("error", error)?,
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_says_whether_it_succeeded() {
        let text = |reply: &Reply<u8>| serde_json::to_string(reply).expect("serialises");
        assert_eq!(text(&Reply::Done), r#"{"success":true}"#);
        assert_eq!(text(&Reply::Data(7)), r#"{"success":true,"data":7}"#);
        assert_eq!(
            text(&Reply::Refused(ReplyError::new(ErrorCode::PeerNotFound, "nobody"))),
            r#"{"success":false,"error":{"code":"PEER_NOT_FOUND","message":"nobody"}}"#
        );
    }
}
