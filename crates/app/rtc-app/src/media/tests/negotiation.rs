//! What negotiation does when the ground gives way. How it looks to a client is tested in surface-signaling.

use super::*;
use crate::media::MediaSignal;

/// A client's offer of one microphone, or of what it can receive.
fn offer(fingerprint: u8, direction: &str) -> String {
    let fingerprint = vec![format!("{fingerprint:02X}"); 32].join(":");
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:frag\r\n\
         a=ice-pwd:a-password-of-24-characters\r\na=fingerprint:sha-256 {fingerprint}\r\n\
         a=setup:actpass\r\na={direction}\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:7 cname:c\r\n"
    )
}

fn session_of(sdp: &str) -> &str {
    sdp.split_ascii_whitespace().nth(2).unwrap()
}

async fn kill_worker(peer: &Peer) {
    let worker = peer.media.cell.media().lock().placement.clone().unwrap().worker;
    let _ = worker.call(|_, _| panic!("as a test wants it")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_resets_both_connections_and_new_ones_follow() {
    let world = World::new().await;
    let (mut ana, mut ben) = (world.join("ana").await, world.join("ben").await);
    let (sending, receiving) = (ana.media.negotiator().unwrap(), ben.media.negotiator().unwrap());
    let answer = sending.publish(1, &offer(1, "sendonly"), &[]).await.unwrap();
    assert!(matches!(answer.as_slice(), [MediaSignal::Answer { rev: 1, .. }]), "{answer:?}");
    let offered = receiving.subscribe(&offer(2, "recvonly")).await.unwrap();
    let [MediaSignal::Tracks(tracks), MediaSignal::Offer { rev: 1, sdp: first }] = offered.as_slice() else {
        panic!("{offered:?}")
    };
    assert_eq!((tracks.len(), &*tracks[0].1.source), (1, "microphone"));

    kill_worker(&ana).await;
    while ana.notice().await != MediaNotice::WorkerDied {}
    while ben.notice().await != MediaNotice::WorkerDied {}
    assert_eq!(sending.handle(&MediaNotice::WorkerDied).await, [MediaSignal::Reset(Direction::Send)]);
    assert_eq!(receiving.handle(&MediaNotice::WorkerDied).await, [MediaSignal::Reset(Direction::Recv)]);
    assert_eq!(sending.handle(&MediaNotice::WorkerDied).await, []);
    assert_eq!(receiving.flush().await.unwrap(), []);

    sending.publish(2, &offer(3, "sendonly"), &[]).await.unwrap();
    assert!(matches!(ben.notice().await, MediaNotice::ProducerAdded(_)));
    let offered = receiving.flush().await.unwrap();
    let [MediaSignal::Tracks(_), MediaSignal::Offer { rev: 2, sdp: second }] = offered.as_slice() else {
        panic!("{offered:?}")
    };
    assert_ne!(session_of(first), session_of(second), "a client tells connections apart by it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_on_a_connection_that_is_gone_is_answered_with_a_reset() {
    let world = World::new().await;
    let mut ana = world.join("ana").await;
    let sending = ana.media.negotiator().unwrap();
    sending.publish(1, &offer(1, "sendonly"), &[]).await.unwrap();
    kill_worker(&ana).await;
    while ana.notice().await != MediaNotice::WorkerDied {}
    let told = sending.publish(2, &offer(1, "sendonly"), &[]).await.unwrap();
    assert_eq!(told, [MediaSignal::Reset(Direction::Send)]);
    let told = sending.publish(3, &offer(2, "sendonly"), &[]).await.unwrap();
    assert!(matches!(told.as_slice(), [MediaSignal::Answer { rev: 3, .. }]), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_away_is_told_which_layers_are_wanted() {
    let world = World::new().await;
    let (ana, _ben) = (world.join("ana").await, world.join("ben").await);
    let sending = ana.media.negotiator().unwrap();
    sending.publish(1, &offer(1, "sendonly"), &[]).await.unwrap();
    let name = ana.media.cell.media().lock().producers.iter().next().unwrap().1.name.clone();
    world.report(&ana, Event::LayersWanted { producer: ana.producer_id(&name), mask: 0b101 });
    let repeated = sending.resume().await.unwrap();
    let layers = MediaSignal::Layers { mid: "0".into(), layers: vec![0, 2] };
    assert!(matches!(repeated.as_slice(), [MediaSignal::Answer { rev: 1, .. }, last] if *last == layers));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_told_what_to_receive_is_offered_that_and_data_channels_at_once() {
    let world = World::new().await;
    let (ana, ben) = (world.join("ana").await, world.join("ben").await);
    let (sending, receiving) = (ana.media.negotiator().unwrap(), ben.media.negotiator().unwrap());
    let offered = receiving.offer_wanted(true, &[]).await.unwrap();
    let [MediaSignal::Tracks(none), MediaSignal::Offer { rev: 1, sdp }] = offered.as_slice() else {
        panic!("{offered:?}")
    };
    assert!(none.is_empty() && sdp.contains("m=application") && !sdp.contains("m=audio"), "{sdp}");
    let answer = data_answer(3);
    assert_eq!(receiving.take_answer(Some(7), &answer).await.unwrap(), Vec::<Arc<str>>::new());
    assert_eq!(receiving.offer_wanted(true, &[]).await.unwrap(), [], "the offer is still out");
    receiving.take_answer(None, &answer).await.unwrap();
    assert!(ben.media.open_channels(&receiving.receiving().await.unwrap(), &[]).await.is_ok());

    sending.publish(1, &offer(1, "sendonly"), &[]).await.unwrap();
    let wanted: Vec<_> =
        ben.media.producers().into_iter().map(|view| (view, "PA_ana|cam".to_owned())).collect();
    let offered = receiving.offer_wanted(true, &wanted).await.unwrap();
    let [MediaSignal::Tracks(tracks), MediaSignal::Offer { rev: 2, sdp }] = offered.as_slice() else {
        panic!("{offered:?}")
    };
    assert_eq!(tracks.len(), 1);
    assert!(sdp.contains(&format!("msid:PA_ana|cam TR_{}", wanted[0].0.id)), "{sdp}");
    receiving.restart_wanted().await.unwrap();
    let again = receiving.offer_wanted(true, &[]).await.unwrap();
    assert!(
        matches!(again.as_slice(), [MediaSignal::Tracks(none), MediaSignal::Offer { rev: 3, .. }] if none.is_empty()),
        "a client that lost the offer gets another: {again:?}"
    );
}

fn data_answer(fingerprint: u8) -> String {
    let audio = offer(fingerprint, "inactive").replace("setup:actpass", "setup:active");
    let head: String = audio.split_inclusive("\r\n").filter(|line| !line.starts_with("a=rtpmap")).collect();
    let data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
    let head = head.replace("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", data);
    let rtp = |line: &&str| {
        !line.starts_with("a=inactive") && !line.starts_with("a=rtcp-mux") && !line.starts_with("a=ssrc")
    };
    head.split_inclusive("\r\n").filter(rtp).chain(["a=sctp-port:5000\r\n"]).collect()
}
