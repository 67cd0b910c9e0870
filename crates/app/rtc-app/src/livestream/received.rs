//! A media server's webhook as it is read: protobuf's JSON, of which only what livestreams need.

use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// A webhook's body.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Received {
    pub(super) event: String,
    pub(super) id: String,
    #[serde(alias = "created_at", deserialize_with = "number")]
    pub(super) created_at: u64,
    pub(super) room: Option<ReceivedRoom>,
    pub(super) participant: Option<ReceivedParticipant>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ReceivedRoom {
    pub(super) sid: String,
    pub(super) name: String,
    #[serde(alias = "creation_time", deserialize_with = "number")]
    pub(super) creation_time: u64,
    #[serde(alias = "creation_time_ms", deserialize_with = "number")]
    pub(super) creation_time_ms: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ReceivedParticipant {
    pub(super) sid: String,
    pub(super) identity: String,
    pub(super) name: String,
    #[serde(alias = "joined_at", deserialize_with = "number")]
    pub(super) joined_at: u64,
    #[serde(alias = "joined_at_ms", deserialize_with = "number")]
    pub(super) joined_at_ms: u64,
    /// A name or a number; left out for a standard participant.
    pub(super) kind: serde_json::Value,
    pub(super) attributes: BTreeMap<String, String>,
}

impl ReceivedRoom {
    /// In milliseconds; 0 where it does not say.
    pub(super) fn created_at_ms(&self) -> u64 {
        precise(self.creation_time_ms, self.creation_time)
    }
}

impl ReceivedParticipant {
    /// In milliseconds; 0 where it does not say.
    pub(super) fn joined_at_ms(&self) -> u64 {
        precise(self.joined_at_ms, self.joined_at)
    }

    /// Whether it is a person and not a recorder, an agent, an ingress or a telephone.
    pub(super) fn is_person(&self) -> bool {
        match &self.kind {
            serde_json::Value::String(kind) => kind.is_empty() || kind == "STANDARD",
            serde_json::Value::Number(kind) => kind.as_u64() == Some(0),
            _ => true,
        }
    }
}

fn precise(milliseconds: u64, seconds: u64) -> u64 {
    if milliseconds > 0 { milliseconds } else { seconds.saturating_mul(1000) }
}

/// Protobuf's JSON writes 64-bit numbers as texts, and readers take both.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Either::deserialize(from)? {
        Either::Number(number) => number,
        Either::Text(text) => text.parse().unwrap_or(0),
        Either::Other(_) => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_numbers_and_as_texts() {
        let read = |text| serde_json::from_str::<Received>(text).expect("readable");
        let texts = read(r#"{"id":"1","createdAt":"1700","room":{"name":"a","creationTimeMs":"1699123"}}"#);
        assert_eq!(texts.created_at, 1700);
        assert_eq!(texts.room.expect("a room").created_at_ms(), 1_699_123);
        let numbers = read(
            r#"{"created_at":1700,"participant":{"joined_at":5,"kind":"EGRESS","state":"ACTIVE","x":null}}"#,
        );
        let participant = numbers.participant.expect("one");
        assert_eq!((numbers.created_at, participant.joined_at_ms()), (1700, 5_000));
        assert!(!participant.is_person());
        assert!(read(r#"{"participant":{"kind":0},"createdAt":-5}"#).participant.expect("one").is_person());
    }
}
