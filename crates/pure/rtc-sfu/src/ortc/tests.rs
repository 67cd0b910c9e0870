//! The functions against what mediasoup's own make of the same input (`tests/ortc`), and against absurd input.

use super::*;
use proptest::prelude::*;
use rtc_types::{
    MediaKind,
    ortc::{ProducerType, RtpCapabilities, RtpParameters},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn cases() -> Value {
    serde_json::from_str(include_str!("../../tests/ortc/cases.json")).expect("the file is JSON")
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("the case has the shape")
}

fn list<'a>(cases: &'a Value, key: &str) -> &'a [Value] {
    cases[key].as_array().expect("the case list is there")
}

/// Leaves out what one side writes and the other does not while both mean the same.
fn plain(mut value: Value) -> Value {
    if let Some(encodings) = value["encodings"].as_array_mut() {
        for encoding in encodings.iter_mut().filter_map(Value::as_object_mut) {
            encoding.retain(|key, value| key != "active" && !(key == "dtx" && *value == json!(false)));
            for value in encoding.values_mut().filter(|value| value.is_number()) {
                let number = value.as_f64().expect("a number");
                // Bit rates are whole here.
                *value = json!(if number > 1000.0 { number.floor() } else { number });
            }
        }
    }
    value
}

fn ours(parameters: &RtpParameters) -> Value {
    plain(serde_json::to_value(parameters).expect("parameters are JSON"))
}

fn error_name(error: &OrtcError) -> &'static str {
    match error {
        OrtcError::Invalid(_) => "invalid",
        OrtcError::Unsupported(_) => "unsupported",
    }
}

#[test]
fn router_capabilities_are_mediasoups_and_red() {
    let mut ours = router_capabilities().clone();
    let red = ours.codecs.iter().position(|codec| codec.mime_type == "audio/red").expect("RED is there");
    let red = ours.codecs.remove(red);
    assert_eq!(red.parameters, *json!({ "100/100": "" }).as_object().expect("an object"));
    assert_eq!(serde_json::to_value(ours).expect("JSON"), cases()["router"]);
    let numbers = router_capabilities().codecs.iter().map(|codec| codec.preferred_payload_type);
    let distinct: std::collections::HashSet<_> = numbers.clone().collect();
    assert_eq!(distinct.len(), numbers.clone().count());
    assert!(numbers.flatten().all(|pt| pt < PROBATOR_PAYLOAD_TYPE && !(64..96).contains(&pt)));
    validate_capabilities(router_capabilities()).expect("they are valid themselves");
}

#[test]
fn producers_map_as_mediasoup_maps_them() {
    let cases = cases();
    let router: RtpCapabilities = read(&cases["router"]);
    for case in list(&cases, "producers") {
        let name = &case["name"];
        let (kind, parameters): (MediaKind, RtpParameters) = (read(&case["kind"]), read(&case["parameters"]));
        let mapping = match validate_producer(kind, &parameters, &router) {
            Err(error) => {
                assert_eq!(case["error"], error_name(&error), "{name}: {error}");
                continue;
            }
            Ok(mapping) => mapping,
        };
        assert!(case["error"].is_null(), "{name} passed");
        for codec in list(&case["mapping"], "codecs") {
            let pt: u8 = read(&codec["payloadType"]);
            let mapped = mapping.payload_types.get(pt).map(|codec| codec.router_payload_type);
            assert_eq!(mapped, read(&codec["mappedPayloadType"]), "{name}");
        }
        assert_eq!(mapping.payload_types.iter().count(), list(&case["mapping"], "codecs").len(), "{name}");
        for (ours, theirs) in mapping.encodings.iter().zip(list(&case["mapping"], "encodings")) {
            assert_eq!(json!(ours.mapped_ssrc), theirs["mappedSsrc"], "{name}");
            assert_eq!(ours.rid.as_deref(), theirs["rid"].as_str(), "{name}");
            assert_eq!(ours.ssrc.map(u64::from), theirs["ssrc"].as_u64(), "{name}");
        }
        let consumable = consumable_parameters(kind, &parameters, &router, &mapping);
        assert_eq!(ours(&consumable), plain(case["consumable"].clone()), "{name}");
    }
}

#[test]
fn consumers_are_cut_as_mediasoup_cuts_them() {
    let cases = cases();
    let receivers = list(&cases, "receivers");
    for case in list(&cases, "consumers") {
        let producers = list(&cases, "producers").iter();
        let producer =
            producers.clone().find(|entry| entry["name"] == case["producer"]).expect("it is listed");
        let receiver = receivers.iter().find(|entry| entry[0] == case["receiver"]).expect("it is listed");
        let (consumable, capabilities) = (read(&producer["consumable"]), read(&receiver[1]));
        let name = format!("{} to {}", case["producer"], case["receiver"]);
        assert_eq!(can_consume(&consumable, &capabilities), Ok(read(&case["can"])), "{name}");
        match consumer_parameters(&consumable, &capabilities, 1111, 2222, "7") {
            Ok(mut parameters) => {
                assert_eq!(parameters.mid.take().as_deref(), Some("7"));
                assert_eq!(ours(&parameters), plain(case["parameters"].clone()), "{name}");
            }
            Err(error) => assert_eq!(case["error"], error_name(&error), "{name}"),
        }
    }
}

/// A camera as Chromium sends it.
fn camera() -> RtpParameters {
    let cases = cases();
    let named = |entry: &&Value| entry["name"] == "chromium: VP8";
    read(&list(&cases, "producers").iter().find(named).expect("it is listed")["parameters"])
}

fn microphone_with_red() -> RtpParameters {
    read(&json!({
        "mid": "0",
        "codecs": [
            { "mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2 },
            { "mimeType": "audio/red", "payloadType": 63, "clockRate": 48000, "channels": 2, "parameters": { "111/111": "" } },
        ],
        "encodings": [{ "ssrc": 5 }],
    }))
}

#[test]
fn a_table_tells_a_payload_types_codec_and_its_repair() {
    let mapping = validate_producer(MediaKind::Video, &camera(), router_capabilities()).expect("it is valid");
    let media = mapping.payload_types.get(96).expect("VP8");
    assert_eq!((media.router_payload_type, media.router_rtx_payload_type), (101, Some(102)));
    assert_eq!((media.mime.as_str(), media.is_rtx()), ("video/VP8", false));
    let rtx = mapping.payload_types.get(97).expect("its RTX");
    assert_eq!((rtx.router_payload_type, rtx.apt, rtx.router_apt), (102, Some(96), Some(101)));
    assert!(rtx.is_rtx() && rtx.mime == "video/rtx");
    assert!((0..=255).filter(|pt| mapping.payload_types.get(*pt).is_some()).eq([96, 97]));
}

#[test]
fn redundant_audio_names_the_routers_opus_and_goes_where_it_is_known() {
    let parameters = microphone_with_red();
    let router = router_capabilities();
    let mapping = validate_producer(MediaKind::Audio, &parameters, router).expect("it is valid");
    let consumable = consumable_parameters(MediaKind::Audio, &parameters, router, &mapping);
    let both = consumer_parameters(&consumable, router, 1, 2, "0").expect("the router takes all");
    assert_eq!(both.codecs.iter().map(|codec| codec.payload_type).collect::<Vec<_>>(), [100, 113]);
    assert!(both.codecs[1].parameters.contains_key("100/100"));
    assert!(both.encodings[0].rtx.is_none());
    let without = |word: &str| {
        let mut capabilities = router.clone();
        capabilities.codecs.retain(|codec| codec.mime_type != word);
        consumer_parameters(&consumable, &capabilities, 1, 2, "0")
    };
    assert_eq!(without("audio/red").expect("Opus is left").codecs.len(), 1);
    assert!(matches!(without("audio/opus"), Err(OrtcError::Unsupported(_))));
    let mut alone = parameters;
    alone.codecs.remove(0);
    assert!(matches!(validate_producer(MediaKind::Audio, &alone, router), Err(OrtcError::Invalid(_))));
}

#[test]
fn a_tracks_type_follows_its_streams_and_codec() {
    let mut parameters = camera();
    assert_eq!(producer_type(&parameters), ProducerType::Simple);
    parameters.encodings[0].scalability_mode = Some("L3T3_KEY".to_owned());
    assert_eq!(producer_type(&parameters), ProducerType::Simple, "VP8 has no spatial layers");
    parameters.codecs[0].mime_type = "video/vp9".to_owned();
    assert_eq!(producer_type(&parameters), ProducerType::Svc);
    parameters.encodings.push(parameters.encodings[0].clone());
    assert_eq!(producer_type(&parameters), ProducerType::Simulcast);
}

#[test]
fn scalability_modes_are_read_as_the_custom_is() {
    let read = |text| {
        let ScalabilityMode { spatial, temporal, key } = parse_scalability_mode(text);
        (spatial, temporal, key)
    };
    assert_eq!(read("L1T3"), (1, 3, false));
    assert_eq!(read("L3T3_KEY"), (3, 3, true));
    assert_eq!(read("S3T1"), (3, 1, false));
    assert_eq!(read("L20T13_KEY_SHIFT"), (20, 13, true));
    for none in ["", "L", "L0T1", "L1T0", "l1t1", "L1", "T3", "L1T", "Lé"] {
        assert_eq!(read(none), (1, 1, false), "{none}");
    }
}

#[test]
fn absurd_parameters_are_refused_by_name() {
    type Change = fn(&mut RtpParameters);
    let changes: &[(&str, Change)] = &[
        ("codecs", |p| p.codecs.clear()),
        ("codecs", |p| p.codecs.reverse()),
        ("codecs", |p| p.codecs = vec![p.codecs[0].clone(); 100]),
        ("codec.payloadType 200", |p| p.codecs[0].payload_type = 200),
        ("codec.payloadType 72", |p| p.codecs[0].payload_type = 72),
        ("codec.payloadType 97", |p| p.codecs[0].payload_type = 97),
        ("codec.mimeType", |p| p.codecs[0].mime_type = "audio/VP8".into()),
        ("codec.mimeType", |p| p.codecs[0].mime_type = "video/".into()),
        ("codec.mimeType", |p| p.codecs[0].mime_type = "video/VP8\r\na=x".into()),
        ("codec.clockRate", |p| p.codecs[0].clock_rate = 0),
        ("codec.parameters", |p| drop(p.codecs[0].parameters.insert("a\nb".into(), json!(1)))),
        ("codec.parameters", |p| drop(p.codecs[0].parameters.insert("a".into(), json!({})))),
        ("codec.parameters", |p| drop(p.codecs[0].parameters.insert("a".into(), json!("x".repeat(300))))),
        ("apt", |p| drop(p.codecs[1].parameters.insert("apt".into(), json!(-1)))),
        ("codec.rtcpFeedback", |p| {
            p.codecs[0].rtcp_feedback = vec![p.codecs[0].rtcp_feedback[0].clone(); 50]
        }),
        ("encodings", |p| p.encodings.clear()),
        ("encodings", |p| p.encodings = vec![p.encodings[0].clone(); 5]),
        ("SSRC", |p| p.encodings.push(p.encodings[0].clone())),
        ("SSRC 0", |p| p.encodings[0].ssrc = Some(0)),
        ("SSRC", |p| {
            p.encodings[0].rtx = p.encodings[0].ssrc.map(|ssrc| rtc_types::ortc::RtxParameters { ssrc })
        }),
        ("encoding", |p| {
            p.encodings[0].ssrc = None;
            p.mid = None;
        }),
        ("encoding.rid", |p| p.encodings[0].rid = Some("r".repeat(17))),
        ("encoding.rid", |p| p.encodings[0].rid = Some(String::new())),
        ("mid", |p| p.mid = Some("m".repeat(17))),
        ("mid", |p| p.mid = Some("a b".into())),
        ("headerExtension.id 15", |p| p.header_extensions[0].id = 15),
        ("headerExtension", |p| p.header_extensions[0].id = p.header_extensions[1].id),
        ("headerExtension.uri", |p| p.header_extensions[0].uri = "a b".into()),
        ("encrypted", |p| p.header_extensions[0].encrypt = true),
        ("rtcp.cname", |p| p.rtcp.cname = Some("c".repeat(1000))),
        ("msid", |p| p.msid = Some("a\r\nb".into())),
        ("encoding.scalabilityMode", |p| p.encodings[0].scalability_mode = Some("L".repeat(100))),
        ("encoding.codecPayloadType", |p| p.encodings[0].codec_payload_type = Some(5)),
    ];
    for (field, change) in changes {
        let mut parameters = camera();
        change(&mut parameters);
        let error = validate_producer(MediaKind::Video, &parameters, router_capabilities());
        let error = error.expect_err(field).to_string();
        assert!(error.contains(field), "{field}: {error}");
    }
    assert!(validate_producer(MediaKind::Audio, &camera(), router_capabilities()).is_err());
}

#[test]
fn absurd_capabilities_are_refused() {
    let mut many = router_capabilities().clone();
    many.codecs = vec![many.codecs[0].clone(); 200];
    assert!(validate_capabilities(&many).is_err());
    let mut high = router_capabilities().clone();
    high.codecs[0].preferred_payload_type = Some(128);
    assert!(validate_capabilities(&high).is_err());
    let mut broken = router_capabilities().clone();
    broken.header_extensions[0].uri = "urn:\n".to_owned();
    assert!(can_consume(&RtpParameters::default(), &broken).is_err());
}

#[test]
fn bit_rates_with_fractions_are_taken() {
    let encoding: rtc_types::ortc::RtpEncodingParameters =
        read(&json!({ "ssrc": 1, "maxBitrate": 333_333.33 }));
    assert_eq!(encoding.max_bitrate, Some(333_333));
}

proptest! {
    #[test]
    fn whatever_passes_can_be_sent_to_who_has_the_routers_codecs(
        pt in 0..=255_u8, rtx in 0..=255_u8, apt in 0..=255_u8, mime in 0..7_usize,
        format in proptest::collection::vec(("[a-z-]{1,20}", "[0-9a-f]{0,6}"), 0..4), ssrcs in proptest::collection::vec(0..5_u32, 0..6),
    ) {
        let mimes = ["video/VP8", "video/VP9", "video/H264", "video/AV1", "video/rtx", "video/x", "audio/opus"];
        let mut parameters = camera();
        let format = format.into_iter().map(|(key, value)| (key, json!(value)));
        parameters.codecs[0].parameters.extend(format);
        parameters.codecs[0].mime_type = mimes[mime].to_owned();
        parameters.codecs[0].payload_type = pt;
        parameters.codecs[1].payload_type = rtx;
        parameters.codecs[1].parameters.insert("apt".to_owned(), json!(apt));
        let encoding = parameters.encodings[0].clone();
        parameters.encodings = ssrcs.iter().map(|ssrc| rtc_types::ortc::RtpEncodingParameters {
            ssrc: Some(*ssrc), rtx: None, ..encoding.clone()
        }).collect();
        if let Ok(mapping) = validate_producer(MediaKind::Video, &parameters, router_capabilities()) {
            let consumable = consumable_parameters(MediaKind::Video, &parameters, router_capabilities(), &mapping);
            prop_assert_eq!(can_consume(&consumable, router_capabilities()), Ok(true));
            let sent = consumer_parameters(&consumable, router_capabilities(), 1, 2, "0");
            prop_assert!(sent.is_ok_and(|sent| sent.codecs.len() == 2 && sent.encodings.len() == 1));
        }
    }
}
