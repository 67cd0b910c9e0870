//! What is taken from clients and what is not.

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
        ClientMessage::PublishOffer {
            target: Target::Publish,
            rev: 3,
            sdp: "v=0\r\n".into(),
            tracks: vec![SentTrack { mid: "0".into(), source: "camera".into() }],
        },
        ClientMessage::SubscribeAnswer { target: Target::Subscribe, rev: 1, sdp: "v=0".into() },
        ClientMessage::Subscribe { sdp: "v=0".into() },
        ClientMessage::Restart { target: Target::Subscribe },
        ClientMessage::View { views: vec![View { mid: "4".into(), width: 640, height: 360 }] },
        ClientMessage::ServerCandidate { target: Target::Publish, candidate: json("null") },
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
        (r#"{"type":"offer","target":"both","rev":1,"sdp":"v=0"}"#, "`target` must be one of"),
        (r#"{"type":"offer","target":"subscribe","rev":1,"sdp":"v=0"}"#, "the client offers"),
        (r#"{"type":"offer","target":"publish","sdp":"v=0"}"#, "`rev` is missing"),
        (r#"{"type":"answer","target":"subscribe","rev":1,"sdp":{"type":"answer"}}"#, "`sdp` must be"),
        (r#"{"type":"restart"}"#, "`target` is missing"),
        (r#"{"type":"subscribe"}"#, "`sdp` is missing"),
        (r#"{"type":"view"}"#, "`views` is missing"),
        (r#"{"type":"view","views":[{"mid":"","width":1,"height":1}]}"#, "`mid` must be"),
        (r#"{"type":"view","views":[{"mid":"0","width":-1,"height":1}]}"#, "accepted shape"),
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

#[test]
fn what_a_client_tells_of_its_media_is_limited() {
    let track = |source: &str| format!(r#"{{"mid":"0","source":"{source}"}}"#);
    let offer = |tracks: String| {
        format!(r#"{{"type":"offer","target":"publish","rev":1,"sdp":"v=0","tracks":[{tracks}]}}"#)
    };
    let many = vec![track("camera"); media::SENT_TRACKS_MAX + 1].join(",");
    assert!(parse(&offer(many)).expect_err("too many").0.contains("at most 64 entries"));
    for source in ["", "two words", &"s".repeat(media::SOURCE_BYTES_MAX + 1)] {
        assert!(parse(&offer(track(source))).expect_err(source).0.contains("`source` must be"));
    }
    let views = vec![r#"{"mid":"0","width":1,"height":1}"#; media::VIEWS_MAX + 1].join(",");
    let text = format!(r#"{{"type":"view","views":[{views}]}}"#);
    assert!(parse(&text).expect_err("too many").0.contains("at most 64 entries"));
}

#[test]
fn a_description_for_the_server_may_come_as_an_object() {
    let text = r#"{"type":"offer","target":"publish","rev":1,"sdp":{"type":"offer","sdp":"v=0"}}"#;
    let Ok(ClientMessage::PublishOffer { sdp, tracks, .. }) = parse(text) else { panic!("no offer") };
    assert_eq!((sdp.as_str(), tracks.len()), ("v=0", 0));
}
