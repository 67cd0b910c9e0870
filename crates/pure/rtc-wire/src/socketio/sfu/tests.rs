use super::super::ClientEvent;
use super::*;
use rtc_types::MediaKind;

fn call(text: &str) -> CallEvent {
    match ClientEvent::parse(text).expect(text) {
        ClientEvent::Call(event) => event,
        other => panic!("{other:?}"),
    }
}

fn refused(text: &str) -> String {
    ClientEvent::parse(text).expect_err(text).0
}

#[test]
fn the_events_of_mediasoup_apps_are_read() {
    let CallEvent::JoinRoom(join) = call(
        r#"["joinRoom",{"callId":"c","userId":"u","rtpCapabilities":{"codecs":[]},"sctpCapabilities":{}}]"#,
    ) else {
        panic!("a join")
    };
    assert_eq!((join.call_id.as_str(), join.user_id.as_ref().map(|id| id.as_str())), ("c", Some("u")));
    assert!(join.rtp_capabilities.is_some());
    let produce = r#"["produce",{"transportId":"t","kind":"video","rtpParameters":{"mid":"0","codecs":[],"encodings":[{"ssrc":7}]},"appData":{"a":1}}]"#;
    let CallEvent::Produce(produce) = call(produce) else { panic!("a produce") };
    assert_eq!((produce.kind, produce.transport_id.as_str(), produce.paused), (MediaKind::Video, "t", false));
    assert_eq!(produce.app_data.expect("app data").as_str(), r#"{"a":1}"#);
    assert_eq!(call(r#"["pauseConsumer",{"consumerId":"x"}]"#), CallEvent::PauseConsumer("x".into(), true));
    assert_eq!(call(r#"["resumeProducer",{"producerId":"x"}]"#), CallEvent::PauseProducer("x".into(), false));
}

#[test]
fn events_without_a_payload_may_have_none() {
    for text in [r#"["leaveRoom"]"#, r#"["leaveRoom",null]"#, r#"["leaveRoom",{}]"#] {
        assert_eq!(call(text), CallEvent::LeaveRoom);
    }
    assert_eq!(call(r#"["getProducers"]"#), CallEvent::GetProducers(None));
}

#[test]
fn a_payload_of_another_shape_is_refused_with_what_is_wrong() {
    for (text, why) in [
        (r#"["createRoom"]"#, "the payload of `createRoom` must be an object"),
        (r#"["createRoom",{}]"#, "the payload of `createRoom`: missing field `callId`"),
        (r#"["createRoom",{"callId":""}]"#, "`callId` must not be empty"),
        (r#"["joinRoom",{"callId":"c","userId":""}]"#, "`userId` must not be empty"),
        (
            r#"["createTransport",{"direction":"both"}]"#,
            "the payload of `createTransport`: unknown variant `both`, expected `send` or `recv`",
        ),
        (
            r#"["restartIce",{"transportId":1}]"#,
            "the payload of `restartIce`: invalid type: integer `1`, expected a string",
        ),
        (
            r#"["produce",{"transportId":"t","kind":"audio","rtpParameters":{},"appData":[]}]"#,
            "`appData` must be an object",
        ),
        (r#"["leaveRoom",7]"#, "the payload of `leaveRoom` must be an object"),
        (
            r#"["closeProducer",{"producerId":"a","producerId":"b"}]"#,
            "the payload of `closeProducer`: duplicate field `producerId`",
        ),
    ] {
        assert_eq!(refused(text), why, "{text}");
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let long = "x".repeat(5000);
    assert!(refused(&format!(r#"["closeProducer",{{"producerId":"{long}"}}]"#)).contains("larger than 4096"));
    let produce = format!(
        r#"["produce",{{"transportId":"t","kind":"audio","rtpParameters":{{}},"appData":{{"a":"{long}"}}}}]"#
    );
    assert!(refused(&produce).contains("`appData` is larger"));
    let label = "x".repeat(257);
    let data = format!(
        r#"["produceData",{{"transportId":"t","sctpStreamParameters":{{"streamId":0}},"label":"{label}"}}]"#
    );
    assert!(refused(&data).contains("`label`"));
    let quoted = format!(r#"["createTransport",{{"direction":"{long}"}}]"#);
    assert!(refused(&quoted).len() < 300, "what was sent is not quoted back whole");
}

#[test]
fn answers_have_the_names_that_mediasoup_client_reads() {
    let none = Producer {
        producer_id: "p".into(),
        peer_id: "s".into(),
        user_id: "u".into(),
        kind: MediaKind::Audio,
        app_data: None,
        paused: false,
    };
    assert_eq!(
        serde_json::to_string(&none).expect("serialises"),
        r#"{"producerId":"p","peerId":"s","userId":"u","kind":"audio","appData":{},"paused":false}"#
    );
    let stats = Stats::WebrtcTransport {
        round_trip_time: 0.5,
        available_outgoing_bitrate: 1,
        send_bitrate: 2,
        recv_bitrate: 3,
        quality: 5,
    };
    let text = serde_json::to_string(&stats).expect("serialises");
    assert!(text.starts_with(r#"{"type":"webrtc-transport","roundTripTime":0.5"#), "{text}");
}
