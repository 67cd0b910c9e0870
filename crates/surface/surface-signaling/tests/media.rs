//! Scenarios of negotiation with the media server, over real WebSockets. Media itself does not flow here: calls in
//! browsers are in e2e.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use rtc_types::{Role, RoomId, TopologySetting};
use serde_json::{Value, json};
use support::{Client, Server};

/// The client's end of a connection, as its SDP shows it.
struct Peer {
    ufrag: &'static str,
    fingerprint: u8,
}

const FIRST: Peer = Peer { ufrag: "frag", fingerprint: 0xA1 };

impl Peer {
    fn transport(&self, setup: &str) -> String {
        let fingerprint = vec![format!("{:02X}", self.fingerprint); 32].join(":");
        format!(
            "a=ice-ufrag:{}\r\na=ice-pwd:a-password-of-24-characters\r\na=fingerprint:sha-256 {fingerprint}\r\n\
             a=setup:{setup}\r\n",
            self.ufrag
        )
    }

    /// An offer of audio and video sections in this order; those named `-` are not sent.
    fn offer(&self, sections: &[(&str, &str)]) -> String {
        let mids: Vec<_> = (0..sections.len()).map(|mid| mid.to_string()).collect();
        let mut sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n",
            mids.join(" ")
        );
        for (mid, (kind, state)) in mids.iter().zip(sections) {
            let (pt, codec) = if *kind == "audio" { (111, "opus/48000/2") } else { (96, "VP8/90000") };
            let direction = if *state == "-" { "inactive" } else { "sendonly" };
            sdp += &format!("m={kind} 9 UDP/TLS/RTP/SAVPF {pt}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n");
            sdp += &self.transport("actpass");
            sdp += &format!("a={direction}\r\na=rtcp-mux\r\na=rtpmap:{pt} {codec}\r\n");
            if *state != "-" {
                sdp +=
                    &format!("a=msid:s t{mid}\r\na=ssrc:{} cname:c\r\n", 1000 + mid.parse::<u32>().unwrap());
            }
        }
        sdp
    }

    /// The server's offer, taken as it is.
    fn answer(&self, offer: &str) -> String {
        let kept = offer.lines().filter(|line| {
            let dropped = ["a=ice-", "a=fingerprint", "a=candidate", "a=end-of", "a=ssrc", "a=msid"];
            !dropped.iter().any(|start| line.starts_with(start))
        });
        let mut sdp = String::new();
        for line in kept {
            match line {
                "a=setup:actpass" => sdp += &self.transport("active"),
                "a=sendonly" => sdp += "a=recvonly\r\n",
                line => sdp += &format!("{line}\r\n"),
            }
        }
        sdp
    }
}

/// What a browser would offer to receive.
fn capabilities() -> String {
    let sdp = FIRST.offer(&[("audio", "-"), ("video", "-")]);
    sdp.replace("a=inactive", "a=recvonly")
}

fn publish(rev: u32, sdp: &str) -> Value {
    let tracks = json!([{ "mid": "0", "source": "microphone" }, { "mid": "1", "source": "screen" }]);
    json!({ "type": "offer", "target": "publish", "rev": rev, "sdp": sdp, "tracks": tracks })
}

fn is(frame: &Value, kind: &str, target: &str) -> bool {
    frame["type"] == kind && frame["target"] == target
}

/// The next frame of that kind; others are passed over.
async fn next(client: &mut Client, kind: &str, target: &str) -> Value {
    loop {
        let frame = client.receive().await;
        assert_ne!(frame["type"], "error", "{frame}");
        if is(&frame, kind, target) || (target.is_empty() && frame["type"] == kind) {
            return frame;
        }
    }
}

async fn send_tracks(client: &mut Client, rev: u32, sdp: &str) -> String {
    client.send(publish(rev, sdp)).await;
    let answer = next(client, "answer", "publish").await;
    assert_eq!((answer["rev"].as_u64(), answer["from"].as_str()), (Some(rev.into()), Some("sfu")));
    answer["sdp"].as_str().unwrap().to_owned()
}

async fn send_answer(client: &mut Client, offer: &Value) {
    let sdp = FIRST.answer(offer["sdp"].as_str().unwrap());
    client.send(json!({ "type": "answer", "target": "subscribe", "rev": offer["rev"], "sdp": sdp })).await;
}

fn sources(tracks: &Value) -> Vec<(&str, &str, &str)> {
    let tracks = tracks["tracks"].as_array().unwrap();
    tracks
        .iter()
        .map(|track| {
            let text = |field: &str| track[field].as_str().unwrap();
            (text("mid"), text("userId"), text("source"))
        })
        .collect()
}

async fn room(server: &Server) -> RoomId {
    server.room_of(8, TopologySetting::Sfu).await
}

/// Ana, who publishes sound and a screen, and Ben, who receives and has an offer of them that waits for its answer.
async fn ana_and_ben(server: &Server) -> (RoomId, Client, Client, Value, Value) {
    let room = room(server).await;
    let (mut ana, joined) = server.joined(&room, "ana", Role::Participant).await;
    assert_eq!(joined["topology"], "sfu");
    send_tracks(&mut ana, 1, &FIRST.offer(&[("audio", "+"), ("video", "+")])).await;
    let (mut ben, joined) = server.joined(&room, "ben", Role::Viewer).await;
    ben.send(json!({ "type": "subscribe", "sdp": capabilities() })).await;
    let tracks = next(&mut ben, "tracks", "").await;
    assert_eq!(sources(&tracks), [("0", "ana", "microphone"), ("1", "ana", "screen")]);
    let offer = next(&mut ben, "offer", "subscribe").await;
    (room, ana, ben, joined, offer)
}

#[tokio::test]
async fn what_one_publishes_another_is_offered() {
    let server = Server::start_with_media().await;
    let (_, mut ana, mut ben, _, offer) = ana_and_ben(&server).await;
    assert_eq!((offer["rev"].as_u64(), offer["from"].as_str()), (Some(1), Some("sfu")));
    let sdp = offer["sdp"].as_str().unwrap();
    assert_eq!((sdp.matches("m=audio 9").count(), sdp.matches("m=video 9").count()), (1, 1), "{sdp}");
    assert_eq!(sdp.matches("a=sendonly").count(), 2, "{sdp}");
    assert!(sdp.contains("-screen "), "a screen is a stream of its own: {sdp}");
    send_answer(&mut ben, &offer).await;
    ben.send(json!({ "type": "view", "views": [{ "mid": "1", "width": 320, "height": 180 }] })).await;

    send_tracks(&mut ana, 2, &FIRST.offer(&[("audio", "+"), ("video", "-")])).await;
    let tracks = next(&mut ben, "tracks", "").await;
    assert_eq!(sources(&tracks), [("0", "ana", "microphone")]);
    let offer = next(&mut ben, "offer", "subscribe").await;
    let sdp = offer["sdp"].as_str().unwrap();
    assert_eq!((sdp.matches("a=sendonly").count(), sdp.matches("a=inactive").count()), (1, 1), "{sdp}");
    send_answer(&mut ben, &offer).await;

    ana.send(json!({ "type": "leave" })).await;
    assert!(sources(&next(&mut ben, "tracks", "").await).is_empty());
}

#[tokio::test]
async fn one_offer_is_out_at_a_time() {
    let server = Server::start_with_media().await;
    let (room, mut ana, mut ben, _, offer) = ana_and_ben(&server).await;
    let (mut cem, _) = server.joined(&room, "cem", Role::Participant).await;
    send_tracks(&mut cem, 1, &FIRST.offer(&[("audio", "+")])).await;
    send_tracks(&mut ana, 2, &FIRST.offer(&[("audio", "+"), ("video", "-")])).await;
    ben.settle_past_peers().await;

    let wrong = json!({ "type": "answer", "target": "subscribe", "rev": 9, "sdp": "v=0" });
    ben.send(wrong).await;
    send_answer(&mut ben, &offer).await;
    let tracks = ben.receive().await;
    assert_eq!(sources(&tracks), [("0", "ana", "microphone"), ("2", "cem", "microphone")]);
    let second = ben.receive().await;
    assert_eq!((second["type"].as_str(), second["rev"].as_u64()), (Some("offer"), Some(2)));
}

#[tokio::test]
async fn an_offer_that_comes_again_gets_the_same_answer_and_an_older_one_none() {
    let server = Server::start_with_media().await;
    let room = room(&server).await;
    let (mut ana, _) = server.joined(&room, "ana", Role::Participant).await;
    let sdp = FIRST.offer(&[("audio", "+")]);
    let first = send_tracks(&mut ana, 1, &sdp).await;
    assert_eq!(send_tracks(&mut ana, 1, &sdp).await, first);
    let second = send_tracks(&mut ana, 2, &FIRST.offer(&[("audio", "+"), ("video", "+")])).await;
    assert_ne!(second, first);
    ana.send(publish(1, &sdp)).await;
    ana.settle().await;
    let seats = server.app.participants(&server.tenant, &room).await.unwrap();
    assert_eq!(seats.len(), 1);
}

#[tokio::test]
async fn ice_restarts_both_ways() {
    let server = Server::start_with_media().await;
    let (_, mut ana, mut ben, _, offer) = ana_and_ben(&server).await;
    let ufrag = |sdp: &str| sdp.lines().find(|line| line.starts_with("a=ice-ufrag")).unwrap().to_owned();
    let sections = [("audio", "+"), ("video", "+")];
    let before = send_tracks(&mut ana, 2, &FIRST.offer(&sections)).await;
    let restarted = Peer { ufrag: "other", ..FIRST };
    let after = send_tracks(&mut ana, 3, &restarted.offer(&sections)).await;
    assert_ne!(ufrag(&before), ufrag(&after));

    send_answer(&mut ben, &offer).await;
    ben.send(json!({ "type": "restart", "target": "subscribe" })).await;
    let again = next(&mut ben, "offer", "subscribe").await;
    assert_ne!(ufrag(offer["sdp"].as_str().unwrap()), ufrag(again["sdp"].as_str().unwrap()));
}

#[tokio::test]
async fn a_client_that_offers_by_another_certificate_has_a_new_connection() {
    let server = Server::start_with_media().await;
    let (_, mut ana, mut ben, _, offer) = ana_and_ben(&server).await;
    send_answer(&mut ben, &offer).await;
    let anew = Peer { fingerprint: 0xB2, ..FIRST };
    send_tracks(&mut ana, 2, &anew.offer(&[("audio", "+")])).await;
    loop {
        let tracks = next(&mut ben, "tracks", "").await;
        let offer = next(&mut ben, "offer", "subscribe").await;
        send_answer(&mut ben, &offer).await;
        if sources(&tracks).len() == 1 {
            break;
        }
    }
}

#[tokio::test]
async fn after_a_resume_what_was_not_answered_is_offered_again() {
    let server = Server::start_with_media().await;
    let (room, mut ana, ben, joined, offer) = ana_and_ben(&server).await;
    ben.cut();
    send_tracks(&mut ana, 2, &FIRST.offer(&[("audio", "+"), ("video", "-")])).await;
    let mut ben = server.connect().await;
    let resume = &joined["resumeToken"];
    ben.send(json!({ "type": "join", "roomId": room.as_str(), "resumeToken": resume, "lastSeq": 0 })).await;
    assert_eq!(ben.receive().await["resumed"], true);
    let again = next(&mut ben, "offer", "subscribe").await;
    assert_eq!((&again["rev"], &again["sdp"]), (&offer["rev"], &offer["sdp"]));
    send_answer(&mut ben, &again).await;
    assert_eq!(sources(&next(&mut ben, "tracks", "").await), [("0", "ana", "microphone")]);
}

#[tokio::test]
async fn a_viewer_may_not_publish() {
    let server = Server::start_with_media().await;
    let room = room(&server).await;
    let (mut vera, _) = server.joined(&room, "vera", Role::Viewer).await;
    vera.send(publish(1, &FIRST.offer(&[("audio", "+")]))).await;
    vera.expect_error("FORBIDDEN").await;
}

#[tokio::test]
async fn in_a_peer_to_peer_room_there_is_nobody_to_negotiate_with() {
    let server = Server::start_with_media().await;
    let (_, mut ana, _, mut ben, _) = server.pair().await;
    ana.send(publish(1, &FIRST.offer(&[("audio", "+")]))).await;
    ana.expect_error("INVALID_MESSAGE").await;
    ben.send(json!({ "type": "subscribe", "sdp": capabilities() })).await;
    ben.expect_error("INVALID_MESSAGE").await;
}

#[tokio::test]
async fn an_sdp_that_makes_no_sense_is_refused_and_disturbs_nobody() {
    let server = Server::start_with_media().await;
    let (_, mut ana, mut ben, _, offer) = ana_and_ben(&server).await;
    ana.settle_past_peers().await;
    let good = FIRST.offer(&[("audio", "+"), ("video", "+")]);
    for bad in [
        String::new(),
        "v=0".into(),
        "\u{0}".into(),
        good.replace("a=fingerprint", "a=x"),
        good.replace("a=ice-ufrag", "a=x"),
    ] {
        ana.send(publish(2, &bad)).await;
        ana.expect_error("INVALID_MESSAGE").await;
    }
    ana.send(json!({ "type": "subscribe", "sdp": "nonsense" })).await;
    ana.expect_error("INVALID_MESSAGE").await;
    send_tracks(&mut ana, 2, &good).await;

    ben.send(json!({ "type": "answer", "target": "subscribe", "rev": offer["rev"], "sdp": "nonsense" }))
        .await;
    ben.expect_error("INVALID_MESSAGE").await;
    ben.send(json!({ "type": "subscribe", "sdp": capabilities() })).await;
    let anew = next(&mut ben, "offer", "subscribe").await;
    assert_eq!(anew["rev"], 2);
}
