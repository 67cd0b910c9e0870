//! What a client sends. Only the envelope is parsed: SDP and candidates stay raw text.

use super::sfu::CallEvent;
use rtc_types::{IdError, Json, RoomId, UserId};
use serde::{
    Deserialize,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// Longest `targetId` that is looked for, in bytes; ids are at most 128 characters.
const TARGET_BYTES_MAX: usize = 512;
/// The events that clients may send.
const EVENTS: &str = "join-room, leave-room, offer, answer, ice-candidate; of calls: createRoom, joinRoom, \
     createTransport, connectTransport, produce, consume, resumeConsumer, getProducers, leaveRoom and others";

/// An event from client to server.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// `join-room`: takes a seat in a room.
    JoinRoom {
        /// The room.
        room_id: RoomId,
        /// Who joins; may be left out where a call token says so.
        user_id: Option<UserId>,
    },
    /// `leave-room`: gives the seat up.
    LeaveRoom {
        /// The room.
        room_id: RoomName,
    },
    /// `offer`, `answer` or `ice-candidate`: something for one peer of the room.
    Relay(Relay),
    /// An event of a call through the media server.
    Call(CallEvent),
}

/// A message for one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Which event.
    pub kind: RelayKind,
    /// The room that both are in.
    pub room_id: RoomName,
    /// The target's `socketId` or `userId`.
    pub target_id: String,
    /// The description or candidate, untouched.
    pub body: Json,
}

/// A room as a client names it, where the room must be one that the client is in already: it is looked
/// up, never made, and so need not be a valid id.
pub type RoomName = String;

/// Which event a relayed message travels as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayKind {
    /// `offer`
    Offer,
    /// `answer`
    Answer,
    /// `ice-candidate`
    IceCandidate,
}

impl RelayKind {
    /// The event's name.
    pub fn event(self) -> &'static str {
        match self {
            RelayKind::Offer => "offer",
            RelayKind::Answer => "answer",
            RelayKind::IceCandidate => "ice-candidate",
        }
    }

    /// The payload's field that carries the body.
    pub fn field(self) -> &'static str {
        match self {
            RelayKind::Offer => "offer",
            RelayKind::Answer => "answer",
            RelayKind::IceCandidate => "candidate",
        }
    }
}

/// Why an event's payload was refused; the text is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEvent(pub String);

impl fmt::Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidEvent {}

impl ClientEvent {
    /// Reads an event from the JSON text of its array.
    ///
    /// # Errors
    /// [`InvalidEvent`] where the name is unknown or the payload is not of its shape.
    pub fn parse(text: &str) -> Result<Self, InvalidEvent> {
        let event: Event<'_> = serde_json::from_str(text)
            .map_err(|_| InvalidEvent("an event is an array: name, payload".into()))?;
        let name = event.name.as_ref();
        let payload = || {
            let payload = event.payload.map(RawValue::get).filter(|payload| payload.starts_with('{'));
            let payload =
                payload.ok_or_else(|| InvalidEvent(format!("the payload of `{name}` must be an object")))?;
            serde_json::from_str::<Payload<'_>>(payload)
                .map_err(|_| InvalidEvent(format!("the payload of `{name}` names a field twice")))
        };
        match name {
            "join-room" => payload()?.join_room(),
            "leave-room" => Ok(ClientEvent::LeaveRoom { room_id: text_of(payload()?.room_id, "roomId")? }),
            "offer" => payload()?.relay(RelayKind::Offer),
            "answer" => payload()?.relay(RelayKind::Answer),
            "ice-candidate" => payload()?.relay(RelayKind::IceCandidate),
            _ => match CallEvent::parse(name, event.payload) {
                Some(event) => event.map(ClientEvent::Call),
                None => Err(InvalidEvent(format!("there is no such event; there are {EVENTS}"))),
            },
        }
    }
}

/// The array, so far as it matters.
struct Event<'a> {
    name: Cow<'a, str>,
    payload: Option<&'a RawValue>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Event<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Event<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of a name and a payload")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let name = seq.next_element::<Text<'de>>()?.map(|text| text.0).unwrap_or_default();
                let payload = seq.next_element()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Event { name, payload })
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}

/// Text that is borrowed wherever it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Every field of every payload; which ones must be there depends on the event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    room_id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    user_id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    target_id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    offer: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    answer: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    candidate: Option<&'a RawValue>,
}

/// Keeps `null` apart from a field that is missing.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl Payload<'_> {
    fn join_room(self) -> Result<ClientEvent, InvalidEvent> {
        let invalid = |field, why: IdError| InvalidEvent(format!("`{field}` {why}"));
        let room_id = RoomId::new(text_of(self.room_id, "roomId")?).map_err(|why| invalid("roomId", why))?;
        let user_id = match self.user_id {
            None => None,
            Some(_) => {
                let text = text_of(self.user_id, "userId")?;
                Some(UserId::new(text).map_err(|why| invalid("userId", why))?)
            }
        };
        Ok(ClientEvent::JoinRoom { room_id, user_id })
    }

    fn relay(self, kind: RelayKind) -> Result<ClientEvent, InvalidEvent> {
        let room_id = text_of(self.room_id, "roomId")?;
        let target_id = text_of(self.target_id, "targetId")?;
        if target_id.is_empty() || target_id.len() > TARGET_BYTES_MAX {
            return Err(InvalidEvent("`targetId` must be a socketId or userId of the room".into()));
        }
        let body = match kind {
            RelayKind::Offer => self.offer,
            RelayKind::Answer => self.answer,
            RelayKind::IceCandidate => self.candidate,
        };
        let body = body.filter(|body| match body.get().as_bytes().first() {
            Some(b'{' | b'"') => true,
            Some(b'n') => kind == RelayKind::IceCandidate,
            _ => false,
        });
        let body = body.ok_or_else(|| {
            let or_null = if kind == RelayKind::IceCandidate { " or null" } else { "" };
            InvalidEvent(format!("`{}` must be an object{or_null}", kind.field()))
        })?;
        Ok(ClientEvent::Relay(Relay { kind, room_id, target_id, body: Json::from_raw(body) }))
    }
}

fn text_of(value: Option<&RawValue>, field: &str) -> Result<String, InvalidEvent> {
    value
        .and_then(|value| serde_json::from_str::<String>(value.get()).ok())
        .ok_or_else(|| InvalidEvent(format!("`{field}` must be text")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        ClientEvent::parse(text).expect_err(text).0
    }

    #[test]
    fn a_relayed_body_is_kept_byte_for_byte() {
        let text = r#"["offer",{"roomId":"r\"1","extra":[1],"targetId":"t","offer":{ "type":"offer","n":1.0e2 }},7]"#;
        let Ok(ClientEvent::Relay(relay)) = ClientEvent::parse(text) else { panic!("is an offer") };
        assert_eq!((relay.room_id.as_str(), relay.target_id.as_str()), (r#"r"1"#, "t"));
        assert_eq!(relay.body.as_str(), r#"{ "type":"offer","n":1.0e2 }"#);
    }

    #[test]
    fn null_ends_the_candidates_but_is_no_offer() {
        let null = r#"["ice-candidate",{"roomId":"r","targetId":"t","candidate":null}]"#;
        assert!(
            matches!(ClientEvent::parse(null), Ok(ClientEvent::Relay(relay)) if relay.body.as_str() == "null")
        );
        let offer = r#"["offer",{"roomId":"r","targetId":"t","offer":null}]"#;
        assert_eq!(refused(offer), "`offer` must be an object");
    }

    #[test]
    fn a_payload_of_another_shape_is_refused_with_the_field_that_is_wrong() {
        for (text, why) in [
            (r#"["offer"]"#, "the payload of `offer` must be an object"),
            (r#"["offer",null]"#, "the payload of `offer` must be an object"),
            (r#"["offer",["r","t"]]"#, "the payload of `offer` must be an object"),
            (r#"["offer",{}]"#, "`roomId` must be text"),
            (r#"["offer",{"roomId":1,"targetId":"t","offer":{}}]"#, "`roomId` must be text"),
            (r#"["offer",{"roomId":"r","offer":{}}]"#, "`targetId` must be text"),
            (
                r#"["offer",{"roomId":"r","targetId":"","offer":{}}]"#,
                "`targetId` must be a socketId or userId of the room",
            ),
            (r#"["offer",{"roomId":"r","targetId":"t"}]"#, "`offer` must be an object"),
            (r#"["answer",{"roomId":"r","targetId":"t","answer":7}]"#, "`answer` must be an object"),
            (
                r#"["ice-candidate",{"roomId":"r","targetId":"t","candidate":[]}]"#,
                "`candidate` must be an object or null",
            ),
            (r#"["join-room",{"roomId":"","userId":"u"}]"#, "`roomId` must not be empty"),
            (r#"["join-room",{"roomId":"r","userId":null}]"#, "`userId` must be text"),
            (
                r#"["join-room",{"roomId":"r","roomId":"s"}]"#,
                "the payload of `join-room` names a field twice",
            ),
            (r#"["leave-room",{}]"#, "`roomId` must be text"),
            (r#"{"offer":1}"#, "an event is an array: name, payload"),
        ] {
            assert_eq!(refused(text), why, "{text}");
        }
        assert!(refused(r#"["dance",{}]"#).starts_with("there is no such event"));
    }
}
