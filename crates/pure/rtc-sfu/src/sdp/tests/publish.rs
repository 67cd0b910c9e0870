//! The client offers what it sends.

use super::*;
use crate::ortc::{router_capabilities, validate_producer};
use rtc_types::MediaKind;

const CHROMIUM: &str = include_str!("../../../tests/sdp/chromium-publish-offer.sdp");
const FIREFOX: &str = include_str!("../../../tests/sdp/firefox-publish-offer.sdp");

fn read(text: &str) -> Session {
    parse(text).expect("a browser wrote it")
}

#[test]
fn a_browsers_offer_tells_its_transport() {
    for text in [CHROMIUM, FIREFOX] {
        let offer = read(text);
        assert_eq!(offer.bundle, ["0", "1", "2"]);
        assert!(offer.ice().is_ok_and(|ice| !ice.ice_lite && ice.password.len() >= 22));
        let dtls = offer.dtls().expect("a fingerprint");
        assert_eq!((dtls.role, dtls.fingerprints.len()), (DtlsRole::Auto, 1));
        assert_eq!(dtls.fingerprints[0].value.len(), 95);
        assert!(offer.media.iter().all(|media| !media.rejected), "bundle-only is not rejected");
        let first = &offer.media[0].candidates;
        assert!(first.iter().any(|candidate| candidate.tcp_type.as_deref() == Some("active")));
        assert!(offer.data().is_some_and(|data| data.sctp_port == Some(5_000)));
    }
}

#[test]
fn a_browsers_microphone_and_camera_become_producers() {
    for (text, opus, vp8, rtx) in [(CHROMIUM, 111, 96, 97), (FIREFOX, 109, 120, 124)] {
        let offer = read(text);
        let audio = producer_parameters(&offer.media[0]).expect("a microphone");
        assert_eq!(audio.codecs.iter().map(|codec| codec.payload_type).collect::<Vec<_>>(), [opus]);
        assert_eq!(audio.codecs[0].channels, Some(2));
        assert!(audio.encodings.len() == 1 && audio.encodings[0].ssrc.is_some());
        assert!(audio.rtcp.cname.is_some() && audio.msid.is_some());
        let video = producer_parameters(&offer.media[1]).expect("a camera");
        assert_eq!(video.codecs.iter().map(|codec| codec.payload_type).collect::<Vec<_>>(), [vp8, rtx]);
        let rids = video.encodings.iter().map(|encoding| encoding.rid.as_deref().unwrap_or_default());
        assert_eq!(rids.collect::<Vec<_>>(), ["q", "h", "f"]);
        let feedback = video.codecs[0].rtcp_feedback.iter();
        assert!(feedback.clone().all(|feedback| feedback.kind != "goog-remb"));
        assert_eq!(feedback.count(), 4);
        for (kind, parameters) in [(MediaKind::Audio, &audio), (MediaKind::Video, &video)] {
            validate_producer(kind, parameters, router_capabilities()).expect("the router takes it");
        }
    }
}

#[test]
fn the_answer_is_in_the_offers_numbers_and_goes_the_other_way() {
    for text in [CHROMIUM, FIREFOX] {
        let offer = read(text);
        let (text, parameters) = answer_all(&offer);
        let answer = read(&text);
        assert!(answer.ice_lite && text.contains("a=end-of-candidates"));
        assert_eq!(answer.bundle, offer.bundle);
        assert_eq!(answer.setup(), Setup::Passive);
        assert_eq!(answer.ice().expect("ICE").username_fragment, "abcdabcd");
        assert_eq!(answer.media[0].candidates.len(), 2);
        for ((ours, theirs), parameters) in answer.media.iter().zip(&offer.media).zip(&parameters) {
            assert_eq!((&ours.mid, ours.kind, ours.rejected), (&theirs.mid, theirs.kind, false));
            let Some(parameters) = parameters else { continue };
            assert_eq!(ours.direction, Direction::RecvOnly);
            assert_eq!(ours.codecs, parameters.codecs);
            assert!(ours.rtcp_mux && ours.extmap_allow_mixed);
            for extension in &ours.extensions {
                let offered = theirs.extensions.iter().find(|theirs| theirs.id == extension.id);
                let offered = offered.expect("only what was offered");
                assert_eq!(offered.uri, extension.uri);
                assert!(offered.direction.sends() && extension.direction.receives());
            }
        }
        assert_eq!(answer.media[1].simulcast_recv, ["q", "h", "f"]);
        assert_eq!(answer.media[2].max_message_size, Some(262_144));
    }
}

#[test]
fn stopped_and_paused_sections_are_answered_as_such() {
    let offers = [
        include_str!("../../../tests/sdp/chromium-republish-offer.sdp"),
        include_str!("../../../tests/sdp/firefox-republish-offer.sdp"),
    ];
    for text in offers {
        let offer = read(text);
        assert!(offer.media[1].rejected);
        let answer = read(&answer_all(&offer).0);
        assert_eq!(answer.media[0].direction, Direction::Inactive);
        assert!(!answer.media[0].rejected && answer.media[1].rejected);
        assert!(!answer.bundle.contains(&"1".to_owned()));
        assert_eq!(answer.media.last().map(|media| media.direction), Some(Direction::RecvOnly));
    }
}

#[test]
fn sections_that_nobody_takes_are_rejected_in_place() {
    let offer = read(CHROMIUM);
    let mut transport = transport();
    transport.sctp = None;
    let answer = read(&answer(&offer, &[], &transport, ORIGIN));
    assert!(answer.media.len() == 3 && answer.media.iter().all(|media| media.rejected));
    assert!(answer.bundle.is_empty());
}

#[test]
fn the_first_codec_that_the_router_has_is_chosen() {
    let first = |numbers: &str| {
        let line = CHROMIUM.lines().find(|line| line.starts_with("m=video")).expect("a camera");
        let text = CHROMIUM.replace(line, &format!("m=video 9 UDP/TLS/RTP/SAVPF {numbers}"));
        let parameters = producer_parameters(&read(&text).media[1]);
        parameters
            .map(|parameters| parameters.codecs.iter().map(|codec| codec.payload_type).collect::<Vec<_>>())
    };
    assert_eq!(first("96 97 98 99"), Ok(vec![96, 97]));
    assert_eq!(first("98 99 96 97"), Ok(vec![98, 99]), "VP9 profile 0");
    assert_eq!(first("100 101 45 46"), Ok(vec![45, 46]), "AV1 after VP9 profile 2, which we have not");
    assert_eq!(first("104 107 108 109"), Ok(vec![108, 109]), "H.264 with packetization mode 1");
    assert_eq!(first("97 96"), Ok(vec![96, 97]));
    assert_eq!(first("118 119 120"), Err(SdpError::NoCodec));
}

#[test]
fn redundant_audio_comes_with_its_opus() {
    let prefer = |numbers: &str| {
        let text = CHROMIUM.replace("111 63 9 0 8 13 110 126", numbers);
        producer_parameters(&read(&text).media[0]).expect("a microphone")
    };
    assert_eq!(mimes(&prefer("63 111 9 0")), ["audio/red", "audio/opus"]);
    assert_eq!(mimes(&prefer("111 63 9 0")), ["audio/opus"]);
    assert_eq!(mimes(&prefer("63 0")), ["audio/PCMU"]);
}

#[test]
fn streams_can_be_named_by_ssrc() {
    let text = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\na=mid:v\na=rtcp-mux\n\
        a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\na=ssrc-group:SIM 1 2 3\n\
        a=ssrc-group:FID 1 11\na=ssrc-group:FID 2 12\na=ssrc:1 cname:c\na=ssrc:11 cname:c\na=ssrc:1 msid:s t\n";
    let offer = read(text);
    let parameters = producer_parameters(&offer.media[0]).expect("a camera");
    let pairs = parameters.encodings.iter().map(|encoding| (encoding.ssrc, encoding.rtx.map(|rtx| rtx.ssrc)));
    assert_eq!(pairs.collect::<Vec<_>>(), [(Some(1), Some(11)), (Some(2), Some(12)), (Some(3), None)]);
    assert_eq!((parameters.rtcp.cname.as_deref(), parameters.msid.as_deref()), (Some("c"), Some("s t")));
    let (answer, _) = answer_all(&offer);
    assert!(!read(&answer).media[0].rejected, "one section needs no bundle");
}

#[test]
fn a_client_that_waits_for_the_handshake_gets_it_started() {
    let offer = read(&CHROMIUM.replace("a=setup:actpass", "a=setup:passive"));
    assert_eq!(offer.dtls().expect("a fingerprint").role, DtlsRole::Server);
    assert_eq!(read(&answer_all(&offer).0).setup(), Setup::Active);
}

#[test]
fn capabilities_are_in_the_routers_numbers() {
    for (text, h264) in [
        (include_str!("../../../tests/sdp/chromium-receive-offer.sdp"), true),
        (include_str!("../../../tests/sdp/firefox-receive-offer.sdp"), false),
    ] {
        let capabilities = capabilities(&read(text));
        let has = |mime: &str| capabilities.codecs.iter().any(|codec| codec.mime_type == mime);
        assert!(
            ["audio/opus", "video/VP8", "video/VP9", "video/AV1", "video/rtx"].iter().all(|mime| has(mime))
        );
        assert_eq!(has("video/H264"), h264);
        let own = router_capabilities();
        for codec in &capabilities.codecs {
            let twin =
                own.codecs.iter().find(|own| own.preferred_payload_type == codec.preferred_payload_type);
            assert_eq!(twin.map(|own| &own.mime_type), Some(&codec.mime_type));
        }
        assert!(
            capabilities.header_extensions.iter().all(|extension| own.header_extensions.contains(extension))
        );
        assert!(
            capabilities
                .header_extensions
                .iter()
                .any(|extension| extension.uri == crate::rtp::uri::TRANSPORT_CC)
        );
    }
}
