//! What a client sends. Parsing is one pass over the envelope; SDP, candidates and data stay raw.

use rtc_types::{Json, MediaKind, limits::DATA_PAYLOAD_BYTES_MAX};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};
use ts_rs::TS;

/// A client's request to take, or take again, a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JoinMessage {
    /// The room that the token is for.
    pub room_id: String,
    /// A call token. Not needed to resume.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub token: Option<String>,
    /// From an earlier `joined`: takes that seat again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub resume_token: Option<String>,
    /// The highest `seq` that the client has seen of its seat; what came after it is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub last_seq: Option<u64>,
}

/// A message from client to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientMessage {
    /// Takes a seat.
    Join(JoinMessage),
    /// An SDP offer for a peer.
    Offer {
        /// The description, relayed untouched.
        #[ts(type = "string | RTCSessionDescriptionInit")]
        sdp: Json,
        /// The target's `socketId`; may be left out in a room of two.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// An SDP answer for a peer.
    Answer {
        /// The description, relayed untouched.
        #[ts(type = "string | RTCSessionDescriptionInit")]
        sdp: Json,
        /// The target's `socketId`; may be left out in a room of two.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// An ICE candidate for a peer; null ends the candidates.
    Ice {
        /// The candidate, relayed untouched.
        #[ts(type = "RTCIceCandidateInit | null")]
        candidate: Json,
        /// The target's `socketId`; may be left out in a room of two.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// Application data for the room or one peer.
    Data {
        /// Any JSON of at most 16 KiB.
        #[ts(type = "unknown")]
        payload: Json,
        /// The target's `socketId`; left out: everybody else in the room.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// Says that a kind of media is muted, or (hosts) mutes another's.
    #[serde(rename_all = "camelCase")]
    Mute {
        /// Which media.
        #[ts(type = "MediaKind")]
        kind: MediaKind,
        /// Muted or live.
        muted: bool,
        /// Another user: hosts only.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        user_id: Option<String>,
    },
    /// Removes a user: hosts only.
    #[serde(rename_all = "camelCase")]
    Kick {
        /// Who is removed.
        user_id: String,
        /// Whether a new token lets the user back in (`false`, the default) or not.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        #[ts(optional, as = "Option<bool>")]
        ban: bool,
    },
    /// Gives the seat up.
    Leave,
}

/// A message with the id that makes it idempotent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// The client's own id of the message: the same id twice is taken once.
    pub id: Option<String>,
    /// The message.
    pub message: ClientMessage,
}

/// Why a frame is not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidMessage(pub String);

impl fmt::Display for InvalidMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidMessage {}

/// The longest `id` of a client message, in bytes.
pub(crate) const MESSAGE_ID_BYTES_MAX: usize = 64;

const TYPES: &str = "join, offer, answer, ice, data, mute, kick, leave";

/// Every field of every message; which ones must be there depends on `type`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sdp: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    candidate: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default)]
    to: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    room_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    token: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    resume_token: Option<Cow<'a, str>>,
    #[serde(default)]
    last_seq: Option<u64>,
    #[serde(borrow, default, rename = "kind")]
    media: Option<Cow<'a, str>>,
    #[serde(default)]
    muted: Option<bool>,
    #[serde(borrow, default)]
    user_id: Option<Cow<'a, str>>,
    #[serde(default)]
    ban: Option<bool>,
}

/// Keeps a `null` that is there apart from a field that is missing.
fn present<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(d).map(Some)
}

impl ReceivedMessage {
    /// Reads one text frame.
    ///
    /// # Errors
    /// Says in plain words which field is wrong and what is accepted.
    pub fn parse(text: &str) -> Result<Self, InvalidMessage> {
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                InvalidMessage(format!("the message is not of the accepted shape: {error}"))
            } else {
                InvalidMessage("the message is not a JSON object".into())
            }
        })?;
        let id = envelope.id.as_deref().map(str::to_owned);
        if id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MESSAGE_ID_BYTES_MAX) {
            return Err(InvalidMessage(format!("`id` must be 1 to {MESSAGE_ID_BYTES_MAX} bytes")));
        }
        Ok(Self { id, message: envelope.into_message()? })
    }
}

impl Envelope<'_> {
    fn into_message(self) -> Result<ClientMessage, InvalidMessage> {
        let to = |to: Option<Cow<'_, str>>| to.map(Cow::into_owned);
        Ok(match &*self.kind {
            "ice" => ClientMessage::Ice { candidate: candidate(self.candidate)?, to: to(self.to) },
            "offer" => ClientMessage::Offer { sdp: sdp(self.sdp)?, to: to(self.to) },
            "answer" => ClientMessage::Answer { sdp: sdp(self.sdp)?, to: to(self.to) },
            "data" => ClientMessage::Data { payload: payload(self.payload)?, to: to(self.to) },
            "mute" => ClientMessage::Mute {
                kind: (self.media.ok_or_else(|| missing("kind"))?)
                    .parse()
                    .map_err(|error| InvalidMessage(format!("`kind` {error}")))?,
                muted: self.muted.ok_or_else(|| missing("muted"))?,
                user_id: to(self.user_id),
            },
            "kick" => ClientMessage::Kick {
                user_id: self.user_id.ok_or_else(|| missing("userId"))?.into_owned(),
                ban: self.ban.unwrap_or(false),
            },
            "leave" => ClientMessage::Leave,
            "join" => ClientMessage::Join(JoinMessage {
                room_id: self.room_id.ok_or_else(|| missing("roomId"))?.into_owned(),
                token: to(self.token),
                resume_token: to(self.resume_token),
                last_seq: self.last_seq,
            }),
            _ => return Err(InvalidMessage(format!("`type` must be one of: {TYPES}"))),
        })
    }
}

fn missing(field: &str) -> InvalidMessage {
    InvalidMessage(format!("`{field}` is missing"))
}

fn sdp(raw: Option<&RawValue>) -> Result<Json, InvalidMessage> {
    #[derive(Deserialize)]
    struct Description<'a> {
        #[serde(borrow, rename = "type")]
        _kind: Cow<'a, str>,
        #[serde(borrow, default, rename = "sdp")]
        _sdp: Option<&'a RawValue>,
    }
    let raw = raw.ok_or_else(|| missing("sdp"))?;
    let accepted = match raw.get().as_bytes().first() {
        Some(b'"') => true,
        Some(b'{') => serde_json::from_str::<Description<'_>>(raw.get()).is_ok(),
        _ => false,
    };
    if accepted {
        Ok(Json::from_raw(raw))
    } else {
        Err(InvalidMessage("`sdp` must be a text or an object with `type` and `sdp`".into()))
    }
}

fn candidate(raw: Option<&RawValue>) -> Result<Json, InvalidMessage> {
    let raw = raw.ok_or_else(|| missing("candidate"))?;
    match raw.get().as_bytes().first() {
        Some(b'{' | b'n') => Ok(Json::from_raw(raw)),
        _ => Err(InvalidMessage("`candidate` must be an object or null".into())),
    }
}

fn payload(raw: Option<&RawValue>) -> Result<Json, InvalidMessage> {
    let raw = raw.ok_or_else(|| missing("payload"))?;
    if raw.get().len() > DATA_PAYLOAD_BYTES_MAX {
        return Err(InvalidMessage(format!("`payload` must be at most {DATA_PAYLOAD_BYTES_MAX} bytes")));
    }
    Ok(Json::from_raw(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ClientMessage, InvalidMessage> {
        ReceivedMessage::parse(text).map(|received| received.message)
    }

    #[test]
    fn every_message_survives_a_round_trip() {
        let json = |text| Json::parse(text).expect("valid");
        let all = [
            ClientMessage::Join(JoinMessage {
                room_id: "r".into(),
                token: Some("t".into()),
                resume_token: Some("s".into()),
                last_seq: Some(7),
            }),
            ClientMessage::Offer { sdp: json(r#"{"type":"offer","sdp":"v=0\r\n"}"#), to: Some("p".into()) },
            ClientMessage::Answer { sdp: json(r#""v=0""#), to: None },
            ClientMessage::Ice { candidate: json("null"), to: None },
            ClientMessage::Data { payload: json("[1,null]"), to: None },
            ClientMessage::Mute { kind: MediaKind::Audio, muted: true, user_id: Some("u".into()) },
            ClientMessage::Kick { user_id: "u".into(), ban: true },
            ClientMessage::Leave,
        ];
        for message in all {
            let text = serde_json::to_string(&message).expect("serialises");
            assert_eq!(parse(&text), Ok(message), "{text}");
        }
    }

    #[test]
    fn each_malformed_message_says_what_is_wrong() {
        for (text, words) in [
            ("", "not a JSON object"),
            ("{", "not a JSON object"),
            ("[]", "accepted shape"),
            (r#"{"type":7}"#, "accepted shape"),
            (r#"{"type":"fly"}"#, "`type` must be one of"),
            (r#"{"type":"join"}"#, "`roomId` is missing"),
            (r#"{"type":"join","roomId":"r","lastSeq":-1}"#, "accepted shape"),
            (r#"{"type":"offer"}"#, "`sdp` is missing"),
            (r#"{"type":"offer","sdp":{"no":1}}"#, "`sdp` must be"),
            (r#"{"type":"answer","sdp":1}"#, "`sdp` must be"),
            (r#"{"type":"ice"}"#, "`candidate` is missing"),
            (r#"{"type":"ice","candidate":"x"}"#, "`candidate` must be"),
            (r#"{"type":"data"}"#, "`payload` is missing"),
            (r#"{"type":"mute","kind":"audio"}"#, "`muted` is missing"),
            (r#"{"type":"mute","kind":"smell","muted":true}"#, "`kind` must be one of"),
            (r#"{"type":"kick"}"#, "`userId` is missing"),
            (r#"{"type":"leave","type":"leave"}"#, "accepted shape"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.0.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_null_candidate_is_kept_apart_from_a_missing_one() {
        assert!(parse(r#"{"type":"ice","candidate":null}"#).is_ok());
    }

    #[test]
    fn application_data_is_limited() {
        let text = format!(r#"{{"type":"data","payload":"{}"}}"#, "x".repeat(DATA_PAYLOAD_BYTES_MAX));
        assert!(parse(&text).expect_err("too large").0.contains("at most 16384 bytes"));
    }
}
