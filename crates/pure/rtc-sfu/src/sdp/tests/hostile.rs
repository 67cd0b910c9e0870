//! Texts that are made to hurt: each is a typed error, at once.

use super::*;
use proptest::prelude::*;
use std::fmt::Write;

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

fn audio(lines: &str) -> String {
    format!("{HEAD}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n{lines}\r\n")
}

fn refused(text: &str) -> SdpError {
    parse(text).expect_err("it is refused")
}

#[test]
fn a_bomb_of_any_kind_is_refused() {
    let repeat = |line: &str, times: usize| line.repeat(times);
    assert_eq!(refused(&repeat("a", SDP_BYTES_MAX + 1)), SdpError::TooLong);
    let lines = format!("{HEAD}{}", repeat("a=x\r\n", LINES_MAX));
    assert_eq!(refused(&lines), SdpError::TooMany("lines"));
    let mut sections = HEAD.to_owned();
    for mid in 0..1_000 {
        write!(sections, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{mid}\r\n").expect("a text grows");
    }
    assert_eq!(refused(&sections), SdpError::TooMany("media sections"));
    let numbers = format!("{HEAD}m=audio 9 UDP/TLS/RTP/SAVPF{}\r\n", repeat(" 1", 129));
    assert_eq!(refused(&numbers), SdpError::TooMany("payload types"));
    for (line, what) in [
        ("a=fingerprint:sha-1 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff", "fingerprints"),
        ("a=extmap:1 urn:x", "header extensions"),
        ("a=ssrc-group:FID 1 2", "SSRC groups"),
    ] {
        assert_eq!(refused(&audio(&repeat(&format!("{line}\r\n"), 100))), SdpError::TooMany(what));
    }
    let ssrcs: String = (0..100).map(|ssrc| format!("a=ssrc:{ssrc} cname:x\r\n")).collect();
    assert_eq!(refused(&audio(&ssrcs)), SdpError::TooMany("SSRCs"));
    let format = format!("a=fmtp:111 {}", repeat("a=1;", 10).replace('a', "k") + &keys(100));
    assert_eq!(refused(&audio(&format)), SdpError::TooMany("format parameters"));
}

fn keys(count: usize) -> String {
    (0..count).map(|key| format!("k{key}=1;")).collect()
}

#[test]
fn what_must_be_distinct_is() {
    let twice = format!("{HEAD}{}", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n".repeat(2));
    assert_eq!(refused(&twice), SdpError::Twice("mid"));
    assert_eq!(refused(&audio("a=rid:a send\r\na=rid:a send")), SdpError::Twice("rid"));
    assert_eq!(refused(&audio("a=simulcast:send a;b;a")), SdpError::Twice("rid"));
    let numbers = format!("{HEAD}m=video 9 UDP/TLS/RTP/SAVPF 96 97 96\r\na=mid:0\r\n");
    assert_eq!(refused(&numbers), SdpError::Twice("payload type"));
}

#[test]
fn broken_lines_are_named() {
    for (text, line) in [
        (format!("{HEAD}m=audio 9 UDP/TLS/RTP/SAVPF 200\r\n"), 5),
        (format!("{HEAD}m=audio 99999 UDP/TLS/RTP/SAVPF 0\r\n"), 5),
        (format!("{HEAD}m=audio\r\n"), 5),
        (format!("{HEAD}nonsense\r\n"), 5),
        (format!("{HEAD}\u{feff}a=x\r\n"), 5),
        (format!("{HEAD}a=x\u{0}y\r\n"), 5),
        ("o=- 1 1\r\n".to_owned(), 1),
        ("v=1\r\n".to_owned(), 1),
        (audio("a=rtpmap:200 x/1"), 8),
        (audio("a=rtpmap:111 opus"), 8),
        (audio("a=fingerprint:"), 8),
        (audio("a=fingerprint:sha-256 "), 8),
        (audio("a=fingerprint:sha-256 AB:CD"), 8),
        (audio("a=fingerprint:sha-256 zz:zz:zz:zz:zz:zz:zz:zz:zz:zz:zz:zz:zz:zz:zz:zz"), 8),
        (audio("a=ice-ufrag:ab"), 8),
        (audio("a=ice-ufrag:ab d!"), 8),
        (audio("a=ice-pwd:short"), 8),
        (audio("a=setup:maybe"), 8),
        (audio("a=extmap:0 urn:x"), 8),
        (audio("a=extmap:15 urn:x"), 8),
        (audio("a=ssrc:-1 cname:x"), 8),
        (audio("a=mid:"), 8),
        (audio("a=mid:12345678901234567"), 8),
        (audio("a=sctp-port:99999"), 8),
    ] {
        let error = refused(&text);
        assert!(matches!(error, SdpError::Line { line: at, .. } if at == line), "{error:?} in {text}");
    }
    assert_eq!(refused(""), SdpError::Missing("v= line"));
    let nameless = format!("{HEAD}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n");
    assert_eq!(refused(&nameless), SdpError::Missing("mid in every section"));
}

#[test]
fn a_session_without_credentials_says_what_it_lacks() {
    let session = parse(&audio("a=rtcp-mux")).expect("it is read");
    assert_eq!(session.ice(), Err(SdpError::Missing("ice-ufrag")));
    assert_eq!(session.dtls(), Err(SdpError::Missing("fingerprint")));
}

/// The largest text that is taken: time is not asserted here, where machines differ, but the work is.
#[test]
fn the_largest_session_is_answered() {
    let mut text =
        format!("{HEAD}a=group:BUNDLE {}\r\n", (0..200).map(|mid| format!("{mid} ")).collect::<String>());
    for mid in 0..200 {
        write!(
            text,
            "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:{mid}\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"
        )
        .expect("a text grows");
        text.push_str(&"a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n".repeat(20));
    }
    let offer = parse(&text).expect("it is within the limits");
    let (answered, _) = answer_all(&offer);
    assert_eq!(parse(&answered).expect("ours").media.iter().filter(|media| !media.rejected).count(), 200);
}

#[test]
fn feedback_of_all_codecs_reaches_each() {
    let text = format!(
        "{HEAD}m=video 9 UDP/TLS/RTP/SAVPF 96 98 99\r\na=mid:0\r\na=rtcp-fb:* nack pli\r\n\
         a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:98 VP9/90000\r\na=rtcp-fb:98 nack\r\n"
    );
    let session = parse(&text).expect("it is read");
    let feedback = session.media[0].codecs.iter().map(|codec| codec.rtcp_feedback.len());
    assert_eq!(feedback.collect::<Vec<_>>(), [1, 2]);
}

proptest! {
    #[test]
    fn whatever_is_read_can_be_answered(lines in proptest::collection::vec(line(), 0..40)) {
        let text = format!("{HEAD}a=group:BUNDLE 0 1\r\n{}", lines.join("\r\n"));
        if let Ok(offer) = parse(&text) {
            let _ = capabilities(&offer);
            let (answered, _) = answer_all(&offer);
            let answered = parse(&answered);
            prop_assert_eq!(answered.map(|answer| answer.media.len()), Ok(offer.media.len()));
        }
    }
}

fn line() -> impl Strategy<Value = String> {
    let lines = [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=rtcp-mux\r\na=rtpmap:96 H264/90000",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2",
        "m=x 0 y z",
        "a=rtpmap:63 red/48000/2",
        "a=fmtp:63 111/111",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=fmtp:96 packetization-mode=1;x",
        "a=rtcp-fb:* nack",
        "a=rid:a send",
        "a=rid:b send max-width=1",
        "a=simulcast:send a,c;~b recv d",
        "a=ssrc:1 cname:x",
        "a=ssrc:2",
        "a=ssrc-group:FID 1 2",
        "a=ssrc-group:SIM 1 2",
        "a=msid:a b",
        "a=inactive",
        "a=bundle-only",
        "a=extmap:3/sendonly urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=setup:passive",
        "a=sctp-port:5000",
    ];
    prop_oneof![9 => proptest::sample::select(lines.to_vec()).prop_map(str::to_owned), 1 => "[a-z]=[ -~]{0,20}"]
}
