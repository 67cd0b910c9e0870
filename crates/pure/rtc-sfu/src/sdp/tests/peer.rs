//! str0m as the other side: it reads what we write, and we read what it writes.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "str0m takes its clock from its user"
)]

use super::{subscribe::consumer, *};
use rtc_types::MediaKind;
use std::time::Instant;
use str0m::{
    Rtc,
    change::{SdpAnswer, SdpOffer},
    media::{Direction as PeerDirection, MediaKind as PeerKind, Simulcast, SimulcastLayer},
};

#[test]
fn a_peer_that_publishes_accepts_the_answer() {
    let mut peer = Rtc::new(Instant::now());
    let mut api = peer.sdp_api();
    let mut layers = Simulcast::new();
    layers.send = ["q", "h", "f"].map(SimulcastLayer::new).into();
    api.add_media(PeerKind::Audio, PeerDirection::SendOnly, None, None, None);
    api.add_media(PeerKind::Video, PeerDirection::SendOnly, None, None, Some(layers));
    api.add_channel("x".to_owned());
    let (offer, pending) = api.apply().expect("there are changes");
    let offer = parse(&offer.to_sdp_string()).expect("a peer wrote it");
    let (answer, parameters) = answer_all(&offer);
    let video = parameters.iter().flatten().find(|parameters| parameters.encodings.len() == 3);
    assert_eq!(video.map(|video| video.encodings[2].rid.as_deref()), Some(Some("f")));
    let answer = SdpAnswer::from_sdp_string(&answer).expect("the peer reads it");
    peer.sdp_api().accept_answer(pending, answer).expect("the peer takes it");
}

#[test]
fn a_peer_that_subscribes_answers_offer_after_offer() {
    let mut peer = Rtc::new(Instant::now());
    let mut offerer = Offerer::new(true);
    let mut exchange = |offerer: &mut Offerer, version| {
        let offer = offerer.write(&transport(), Origin { id: 77, version });
        let offer = SdpOffer::from_sdp_string(&offer).expect("the peer reads it");
        let answer = peer.sdp_api().accept_offer(offer).expect("the peer takes it");
        let answer = parse(&answer.to_sdp_string()).expect("a peer wrote it");
        let accepted = offerer.handle_answer(&answer).expect("it fits");
        (accepted, answer)
    };
    for (kind, ssrc) in [(MediaKind::Audio, 100), (MediaKind::Video, 200)] {
        let mid = offerer.reserve(kind).expect("there is room");
        offerer.set(&mid, &consumer(kind, ssrc, &mid), "stream", "track");
    }
    let (accepted, answer) = exchange(&mut offerer, 1);
    assert!(accepted.len() == 2 && accepted.iter().all(|accepted| accepted.receives), "{accepted:?}");
    // Unlike browsers, this peer leaves the start of the handshake to us.
    assert_eq!(answer.dtls().expect("a fingerprint").role, DtlsRole::Server);
    let taken = capabilities(&answer);
    assert!(taken.codecs.iter().any(|codec| codec.mime_type == "video/VP8"));

    let video = accepted[1].mid.clone();
    offerer.remove(&video);
    assert_eq!(exchange(&mut offerer, 2).0.len(), 1);
    let again = offerer.add(MediaKind::Video, &consumer(MediaKind::Video, 300, ""), "s", "t");
    assert_eq!(again, Ok(video));
    assert!(exchange(&mut offerer, 3).0.iter().all(|accepted| accepted.receives));
}
