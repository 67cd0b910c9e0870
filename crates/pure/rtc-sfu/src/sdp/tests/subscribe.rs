//! We offer what the client is to get.

use super::*;
use crate::ortc::{consumable_parameters, consumer_parameters, router_capabilities, validate_producer};
use rtc_types::MediaKind::{self, Audio, Video};

/// A track of Chromium's, as it is sent to someone who takes all.
pub(super) fn consumer(kind: MediaKind, ssrc: u32, mid: &str) -> RtpParameters {
    let offer =
        parse(include_str!("../../../tests/sdp/chromium-publish-offer.sdp")).expect("a browser wrote it");
    let media = &offer.media[if kind == Audio { 0 } else { 1 }];
    let parameters = producer_parameters(media).expect("a track");
    let mapping = validate_producer(kind, &parameters, router_capabilities()).expect("it is valid");
    let consumable = consumable_parameters(kind, &parameters, router_capabilities(), &mapping);
    consumer_parameters(&consumable, router_capabilities(), ssrc, ssrc + 1, mid).expect("the router takes it")
}

fn add(offerer: &mut Offerer, kind: MediaKind, ssrc: u32) -> String {
    let mid = offerer.reserve(kind).expect("there is room");
    assert!(offerer.set(&mid, &consumer(kind, ssrc, &mid), "stream", "track"));
    mid
}

fn offer(offerer: &mut Offerer) -> Session {
    parse(&offerer.write(&transport(), ORIGIN)).expect("we wrote it")
}

/// A client that takes all but the mids named.
fn answer_without(offer: &Session, rejected: &[&str]) -> Session {
    let mut answer = offer.clone();
    for media in &mut answer.media {
        media.direction = match media.direction {
            Direction::SendOnly => Direction::RecvOnly,
            direction => direction,
        };
        media.rejected |= rejected.contains(&media.mid.as_str());
    }
    answer
}

fn mids(offer: &Session) -> Vec<&str> {
    offer.media.iter().map(|media| media.mid.as_str()).collect()
}

#[test]
fn a_track_is_offered_with_all_that_a_browser_needs() {
    let mut offerer = Offerer::new(true);
    let (audio, video) = (add(&mut offerer, Audio, 100), add(&mut offerer, Video, 200));
    let offer = offer(&mut offerer);
    assert_eq!(mids(&offer), ["0", audio.as_str(), video.as_str()]);
    assert_eq!(offer.bundle, ["0", "1", "2"]);
    assert!(offer.ice_lite && offer.extmap_allow_mixed && offer.setup() == Setup::ActPass);
    assert_eq!(offer.data().and_then(|data| data.sctp_port), Some(5_000));
    let (audio, video) = (&offer.media[1], &offer.media[2]);
    assert_eq!((audio.direction, audio.ssrcs.as_slice()), (Direction::SendOnly, [100].as_slice()));
    assert_eq!(video.ssrcs, [200, 201]);
    assert_eq!(video.ssrc_groups[0].ssrcs, [200, 201]);
    assert_eq!((video.msid.as_deref(), video.rtcp_mux), (Some("stream track"), true));
    // Chromium tells no CNAME with simulcast: the stream's id ties what belongs together.
    assert_eq!(video.cname.as_deref(), Some("stream"));
    let numbers: Vec<u8> = video.codecs.iter().map(|codec| codec.payload_type).collect();
    assert_eq!(numbers, [101, 102]);
    let ids: Vec<u8> = video.extensions.iter().map(|extension| extension.id).collect();
    assert_eq!(ids, [1, 4, 5, 8, 9, 11, 12]);
}

#[test]
fn sections_keep_their_place_and_serve_again_when_the_client_knows_that_they_are_free() {
    let mut offerer = Offerer::new(false);
    let (audio, video) = (add(&mut offerer, Audio, 100), add(&mut offerer, Video, 200));
    let first = offer(&mut offerer);
    assert_eq!(offerer.handle_answer(&answer_without(&first, &[])).expect("it fits").len(), 2);
    assert!(!offerer.needs_offer());

    assert!(offerer.remove(&video) && !offerer.remove(&video) && offerer.needs_offer());
    let early = add(&mut offerer, Video, 300);
    assert_ne!(early, video, "the client has not heard that it is free");
    let second = offer(&mut offerer);
    assert_eq!(mids(&second), [audio.as_str(), video.as_str(), early.as_str()]);
    assert_eq!(second.media[1].direction, Direction::Inactive);
    assert!(second.media[1].ssrcs.is_empty() && !second.media[1].rejected);
    let accepted = offerer.handle_answer(&answer_without(&second, &[])).expect("it fits");
    assert_eq!(accepted.iter().map(|accepted| accepted.mid.as_str()).collect::<Vec<_>>(), ["0", "2"]);

    assert_ne!(add(&mut offerer, Audio, 400), video, "only for its kind");
    assert_eq!(add(&mut offerer, Video, 500), video);
    let third = offer(&mut offerer);
    assert_eq!(mids(&third), ["0", "1", "2", "3"]);
    assert_eq!(third.media[1].ssrcs, [500, 501]);
}

#[test]
fn a_rejected_section_is_told_and_its_place_serves_any_kind_under_a_new_mid() {
    let mut offerer = Offerer::new(false);
    let (audio, video) = (add(&mut offerer, Audio, 100), add(&mut offerer, Video, 200));
    let first = offer(&mut offerer);
    let accepted = offerer.handle_answer(&answer_without(&first, &[&video])).expect("it fits");
    assert_eq!(accepted[0], Accepted { mid: audio.clone(), rejected: false, receives: true });
    assert_eq!(accepted[1], Accepted { mid: video.clone(), rejected: true, receives: false });
    add(&mut offerer, Audio, 300);
    let second = offer(&mut offerer);
    assert_eq!(mids(&second), [audio.as_str(), "2"]);
    assert_eq!(second.media[1].kind, MediaType::Audio);
    assert_eq!(second.bundle, [audio.as_str(), "2"]);
}

#[test]
fn what_changes_while_an_answer_is_awaited_waits_for_the_next() {
    let mut offerer = Offerer::new(false);
    let video = add(&mut offerer, Video, 200);
    let first = offer(&mut offerer);
    assert!(offerer.remove(&video));
    let late = add(&mut offerer, Video, 300);
    assert!(offerer.handle_answer(&answer_without(&first, &[])).expect("it fits").is_empty());
    assert!(offerer.needs_offer());
    let second = offer(&mut offerer);
    assert_eq!(mids(&second), [video.as_str(), late.as_str()]);
    assert_eq!(second.media[0].direction, Direction::Inactive);
}

#[test]
fn a_reserved_section_is_inactive_until_its_track_is_there() {
    let mut offerer = Offerer::new(false);
    let mid = offerer.reserve(Video).expect("there is room");
    assert!(!offerer.needs_offer());
    add(&mut offerer, Audio, 100);
    let first = offer(&mut offerer);
    assert_eq!(first.media[0].direction, Direction::Inactive);
    offerer.handle_answer(&answer_without(&first, &[])).expect("it fits");
    assert!(offerer.set(&mid, &consumer(Video, 5, &mid), "s", "t") && offerer.needs_offer());
    assert_eq!(offer(&mut offerer).media[0].direction, Direction::SendOnly);
    assert!(!offerer.set("nine", &consumer(Video, 5, "nine"), "s", "t"));
}

#[test]
fn an_answer_to_something_else_changes_nothing() {
    let mut offerer = Offerer::new(true);
    add(&mut offerer, Audio, 100);
    let first = offer(&mut offerer);
    let mut short = answer_without(&first, &[]);
    short.media.pop();
    assert_eq!(offerer.handle_answer(&short), Err(SdpError::OtherSections));
    let mut other = answer_without(&first, &[]);
    other.media[1].mid = "x".to_owned();
    assert_eq!(offerer.handle_answer(&other), Err(SdpError::OtherSections));
    assert_eq!(offerer.handle_answer(&answer_without(&first, &[])).map(|accepted| accepted.len()), Ok(1));
}

#[test]
fn sections_and_names_are_limited() {
    let mut offerer = Offerer::new(false);
    for _ in 0..SECTIONS_MAX {
        offerer.reserve(Audio).expect("there is room");
    }
    assert_eq!(offerer.reserve(Audio), Err(SdpError::TooMany("media sections")));
    let mut offerer = Offerer::new(false);
    let parameters = consumer(Audio, 1, "0");
    offerer.add(Audio, &parameters, "a b\r\na=x", "").expect("there is room");
    assert_eq!(offer(&mut offerer).media[0].msid.as_deref(), Some("aba=x -"));
}

#[test]
fn browsers_answers_to_every_codec_are_understood() {
    for (text, h264) in [
        (include_str!("../../../tests/sdp/chromium-subscribe-answer.sdp"), false),
        (include_str!("../../../tests/sdp/firefox-subscribe-answer.sdp"), true),
    ] {
        let answer = parse(text).expect("a browser wrote it");
        assert_eq!(answer.dtls().expect("a fingerprint").role, DtlsRole::Client);
        let rejected: Vec<&str> =
            answer.media.iter().filter(|media| media.rejected).map(|media| media.mid.as_str()).collect();
        // Firefox has no H.264 here.
        assert_eq!(rejected, if h264 { vec!["8", "9", "10"] } else { vec![] });
    }
}
