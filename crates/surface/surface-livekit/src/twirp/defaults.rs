//! Fields that a reply in JSON has though they hold their default: LiveKit's servers write all of them, and callers
//! without an SDK read `rooms.length`.

use serde_json::{Map, Value, json};

/// A field of a message: its name in the definition, and what it is where nothing is said.
pub(super) enum Field {
    Text,
    /// Up to 32 bits; 64 bits are a text in JSON.
    Number,
    Long,
    Truth,
    Names(&'static str),
    List(Fields),
    Plain,
    Map,
    Message(Fields),
}

/// The fields of a message.
pub(super) type Fields = &'static [(&'static str, Field)];

const CODEC: Fields = &[("mime", Field::Text), ("fmtp_line", Field::Text)];
const PERMISSION: Fields = &[
    ("can_subscribe", Field::Truth),
    ("can_publish", Field::Truth),
    ("can_publish_data", Field::Truth),
    ("can_publish_sources", Field::Plain),
    ("hidden", Field::Truth),
    ("recorder", Field::Truth),
    ("can_update_metadata", Field::Truth),
    ("agent", Field::Truth),
    ("can_subscribe_metrics", Field::Truth),
    ("can_manage_agent_session", Field::Truth),
];
const LAYER: Fields = &[
    ("quality", Field::Names("LOW")),
    ("width", Field::Number),
    ("height", Field::Number),
    ("bitrate", Field::Number),
    ("ssrc", Field::Number),
    ("spatial_layer", Field::Number),
    ("rid", Field::Text),
    ("repair_ssrc", Field::Number),
];
const SIMULCAST: Fields = &[
    ("mime_type", Field::Text),
    ("mid", Field::Text),
    ("cid", Field::Text),
    ("layers", Field::List(LAYER)),
    ("video_layer_mode", Field::Names("MODE_UNUSED")),
    ("sdp_cid", Field::Text),
];
const TRACK: Fields = &[
    ("sid", Field::Text),
    ("type", Field::Names("AUDIO")),
    ("name", Field::Text),
    ("muted", Field::Truth),
    ("width", Field::Number),
    ("height", Field::Number),
    ("simulcast", Field::Truth),
    ("disable_dtx", Field::Truth),
    ("source", Field::Names("UNKNOWN")),
    ("layers", Field::List(LAYER)),
    ("mime_type", Field::Text),
    ("mid", Field::Text),
    ("codecs", Field::List(SIMULCAST)),
    ("stereo", Field::Truth),
    ("disable_red", Field::Truth),
    ("encryption", Field::Names("NONE")),
    ("stream", Field::Text),
    ("version", Field::Message(&[])),
    ("audio_features", Field::Plain),
    ("backup_codec_policy", Field::Names("PREFER_REGRESSION")),
    ("packet_trailer_features", Field::Plain),
];

/// `Room`.
pub(super) const ROOM: Fields = &[
    ("sid", Field::Text),
    ("name", Field::Text),
    ("empty_timeout", Field::Number),
    ("departure_timeout", Field::Number),
    ("max_participants", Field::Number),
    ("creation_time", Field::Long),
    ("creation_time_ms", Field::Long),
    ("turn_password", Field::Text),
    ("enabled_codecs", Field::List(CODEC)),
    ("metadata", Field::Text),
    ("num_participants", Field::Number),
    ("num_publishers", Field::Number),
    ("active_recording", Field::Truth),
    ("version", Field::Message(&[])),
];
/// `ParticipantInfo`.
pub(super) const PARTICIPANT: Fields = &[
    ("sid", Field::Text),
    ("identity", Field::Text),
    ("state", Field::Names("JOINING")),
    ("tracks", Field::List(TRACK)),
    ("metadata", Field::Text),
    ("joined_at", Field::Long),
    ("joined_at_ms", Field::Long),
    ("name", Field::Text),
    ("version", Field::Number),
    ("permission", Field::Message(PERMISSION)),
    ("region", Field::Text),
    ("is_publisher", Field::Truth),
    ("kind", Field::Names("STANDARD")),
    ("attributes", Field::Map),
    ("disconnect_reason", Field::Names("UNKNOWN_REASON")),
    ("kind_details", Field::Plain),
];
/// `ListRoomsResponse`.
pub(super) const ROOMS: Fields = &[("rooms", Field::List(ROOM))];
/// `ListParticipantsResponse`.
pub(super) const PARTICIPANTS: Fields = &[("participants", Field::List(PARTICIPANT))];
/// `MuteRoomTrackResponse`.
pub(super) const MUTED: Fields = &[("track", Field::Message(TRACK))];
/// `PerformRpcResponse`.
pub(super) const ANSWER: Fields = &[("payload", Field::Text)];
/// Messages without fields.
pub(super) const NONE: Fields = &[];

/// Adds what is missing.
pub(super) fn fill(fields: Fields, object: &mut Map<String, Value>) {
    for (name, field) in fields {
        let value = object.entry(*name).or_insert_with(|| match field {
            Field::Text => json!(""),
            Field::Number => json!(0),
            Field::Long => json!("0"),
            Field::Truth => json!(false),
            Field::Names(first) => json!(first),
            Field::List(_) | Field::Plain => json!([]),
            Field::Map => json!({}),
            Field::Message(_) => Value::Null,
        });
        match (field, value) {
            (Field::List(of), Value::Array(items)) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(|item| fill(of, item));
            }
            (Field::Message(of), Value::Object(inner)) => fill(of, inner),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use livekit_protocol::{ParticipantInfo, Room, TrackInfo};
    use serde::Serialize;

    /// The names that the definition has, by a message whose every field is set.
    fn assert_same(fields: Fields, message: &impl Serialize) {
        let text = serde_json::to_string(message).expect("plain values");
        let set = super::super::body::snake_case(serde_json::from_str(&text).expect("JSON"));
        for (name, value) in set.as_object().expect("an object") {
            let (_, field) = fields.iter().find(|(own, _)| own == name).expect(name);
            let fits = match field {
                Field::Text | Field::Long | Field::Names(_) => value.is_string(),
                Field::Number => value.is_u64(),
                Field::Truth => value.is_boolean(),
                Field::List(_) | Field::Plain => value.is_array(),
                Field::Map | Field::Message(_) => value.is_object(),
            };
            assert!(fits, "{name}: {value}");
        }
    }

    #[test]
    fn a_reply_has_all_fields() {
        let mut list = Map::new();
        fill(ROOMS, &mut list);
        assert_eq!(Value::Object(list), json!({ "rooms": [] }));
        let room = json!({ "rooms": [{ "name": "r", "creation_time": "7" }] });
        let Value::Object(mut list) = room else { unreachable!() };
        fill(ROOMS, &mut list);
        let room = &list["rooms"][0];
        assert_eq!((&room["name"], &room["creation_time"]), (&json!("r"), &json!("7")));
        assert_eq!((&room["num_participants"], &room["metadata"]), (&json!(0), &json!("")));
        assert_eq!((&room["creation_time_ms"], &room["version"]), (&json!("0"), &Value::Null));
    }

    #[test]
    fn the_names_are_those_of_the_definition() {
        let text = || "x".to_owned();
        assert_same(
            ROOM,
            &Room {
                sid: text(),
                empty_timeout: 1,
                departure_timeout: 1,
                max_participants: 1,
                creation_time: 1,
                creation_time_ms: 1,
                turn_password: text(),
                enabled_codecs: vec![Default::default()],
                num_participants: 1,
                num_publishers: 1,
                active_recording: true,
                version: Some(Default::default()),
                ..Room::default()
            },
        );
        assert_same(
            PARTICIPANT,
            &ParticipantInfo {
                state: 1,
                tracks: vec![TrackInfo::default()],
                joined_at: 1,
                joined_at_ms: 1,
                version: 1,
                permission: Some(Default::default()),
                region: text(),
                is_publisher: true,
                kind: 1,
                attributes: [(text(), text())].into(),
                disconnect_reason: 1,
                kind_details: vec![1],
                ..ParticipantInfo::default()
            },
        );
        assert_same(
            TRACK,
            &TrackInfo {
                r#type: 1,
                source: 1,
                width: 1,
                mime_type: text(),
                encryption: 1,
                stream: text(),
                audio_features: vec![1],
                packet_trailer_features: vec![1],
                backup_codec_policy: 1,
                ..TrackInfo::default()
            },
        );
    }
}
