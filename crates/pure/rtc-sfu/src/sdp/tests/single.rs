//! A client with one connection offers both what it sends and where it would receive.

use super::{subscribe::consumer, *};
use rtc_types::MediaKind;

/// LiveKit's JavaScript client in Chromium: sections to receive on, and data channels.
const SPARE: &str = include_str!("../../../tests/sdp/chromium-single-offer.sdp");

#[test]
fn a_spare_section_receives_a_track_in_the_offers_numbers() {
    let offer = parse(SPARE).expect("a browser wrote it");
    let spare =
        offer.media.iter().find(|media| media.kind == MediaType::Video).expect("one to receive video");
    assert_eq!(spare.direction, Direction::RecvOnly);
    let (capabilities, numbers) = receiver(spare);
    assert!(capabilities.codecs.iter().any(|codec| codec.mime_type == "video/VP8"));
    assert!(numbers.takes_mid());
    let own = consumer(MediaKind::Video, 7, &spare.mid);
    let theirs = numbers.translate(&own);
    let vp8 = spare.codecs.iter().find(|codec| codec.mime_type == "video/VP8").expect("Chromium has it");
    assert_eq!(theirs.codecs[0].payload_type, vp8.payload_type);
    for extension in &theirs.header_extensions {
        let offered = spare.extensions.iter().find(|offered| offered.id == extension.id);
        assert_eq!(offered.map(|offered| &offered.uri), Some(&extension.uri));
    }

    let answers: Vec<MediaAnswer<'_>> = offer
        .media
        .iter()
        .map(|media| match media.mid == spare.mid {
            true => MediaAnswer {
                accepted: None,
                sent: Some(SentTrack { parameters: &theirs, stream: "PA_1|TR_2", track: "TR_2" }),
            },
            false => MediaAnswer::default(),
        })
        .collect();
    let text = answer(&offer, &answers, &transport(), ORIGIN);
    let answer = parse(&text).expect("we wrote it");
    let sent = answer.media.iter().find(|media| media.mid == spare.mid).expect("answered");
    assert_eq!((sent.direction, sent.rejected), (Direction::SendOnly, false));
    assert_eq!(sent.msid.as_deref(), Some("PA_1|TR_2 TR_2"));
    assert_eq!(sent.ssrcs.first(), Some(&7));
    assert!(answer.data().is_some());
}

#[test]
fn sections_that_wait_for_a_track_stay_usable() {
    let offer = parse(SPARE).expect("a browser wrote it");
    let (text, _) = answer_all(&offer);
    let answer = parse(&text).expect("we wrote it");
    assert_eq!(answer.media.len(), offer.media.len());
    for media in answer.media.iter().filter(|media| media.kind.rtp().is_some()) {
        assert_eq!((media.direction, media.rejected), (Direction::Inactive, false));
    }
}
