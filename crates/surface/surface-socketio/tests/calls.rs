//! Surface C: calls through the media server, as far as events show them. Media itself flows in the browser tests.

#![allow(clippy::unwrap_used)]

mod support;

use rtc_types::{MediaKind, Role, TopologySetting, UserId};
use serde_json::{Value, json};
use support::{Client, Server};

const FINGERPRINT: &str =
    "82:5A:68:3D:36:C3:0A:DE:AF:E7:32:43:D2:88:83:57:AC:2D:65:E5:80:C4:B6:FB:AF:1A:A0:21:9F:6D:0C:AD";

/// As Chromium sends a camera.
fn video(mid: &str, ssrc: u32) -> Value {
    json!({
        "mid": mid,
        "codecs": [
            { "mimeType": "video/VP8", "payloadType": 96, "clockRate": 90000, "parameters": {},
              "rtcpFeedback": [{ "type": "nack", "parameter": "" }, { "type": "nack", "parameter": "pli" }] },
            { "mimeType": "video/rtx", "payloadType": 97, "clockRate": 90000, "parameters": { "apt": 96 }, "rtcpFeedback": [] },
        ],
        "headerExtensions": [{ "uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 4, "encrypt": false, "parameters": {} }],
        "encodings": [{ "ssrc": ssrc, "rtx": { "ssrc": ssrc + 1 } }],
        "rtcp": { "cname": "c", "reducedSize": true },
    })
}

/// As Chromium sends a microphone.
fn audio(mid: &str, ssrc: u32) -> Value {
    json!({
        "mid": mid,
        "codecs": [{ "mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2,
                     "parameters": { "minptime": 10, "useinbandfec": 1 }, "rtcpFeedback": [] }],
        "headerExtensions": [],
        "encodings": [{ "ssrc": ssrc }],
        "rtcp": { "cname": "c", "reducedSize": true },
    })
}

/// A peer of a call with a transport each way.
struct Peer {
    client: Client,
    capabilities: Value,
    send: String,
    recv: String,
}

impl Peer {
    async fn join(server: &Server, call: &str, user: &str) -> Self {
        Self::with(server.connect().await, call, user).await
    }

    async fn with(mut client: Client, call: &str, user: &str) -> Self {
        let created = client.get("createRoom", json!({ "callId": call })).await;
        assert_eq!(created["callId"], call);
        let capabilities = created["rtpCapabilities"].clone();
        let join = json!({ "callId": call, "userId": user, "rtpCapabilities": capabilities });
        let joined = client.get("joinRoom", join).await;
        assert_eq!(joined["peerId"], client.id.as_str());
        let mut transports = Vec::new();
        for direction in ["send", "recv"] {
            let made = client.get("createTransport", json!({ "direction": direction })).await;
            transports.push(made["id"].as_str().unwrap().to_owned());
        }
        let recv = transports.pop().unwrap();
        let send = transports.pop().unwrap();
        Self { client, capabilities, send, recv }
    }

    async fn produce(&mut self, kind: &str, parameters: Value) -> String {
        let ask = json!({ "transportId": self.send, "kind": kind, "rtpParameters": parameters,
                          "appData": { "mediaTag": "cam-video", "n": 1 } });
        let made = self.client.get("produce", ask).await;
        made["producerId"].as_str().unwrap().into()
    }

    async fn consume(&mut self, producer: &str) -> Value {
        let ask =
            json!({ "transportId": self.recv, "producerId": producer, "rtpCapabilities": self.capabilities });
        self.client.get("consume", ask).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_peers_publish_and_receive_each_other() {
    let server = Server::with_media().await;
    let mut ana = Peer::join(&server, "c", "ana").await;
    let mut ben = Peer::join(&server, "c", "ben").await;
    let joined = ana.client.expect("peerJoined").await;
    assert_eq!(joined, json!({ "peerId": ben.client.id, "userId": "ben" }));

    let made = ana.client.get("createTransport", json!({ "direction": "send" })).await;
    assert_eq!(
        (&made["iceParameters"]["iceLite"], &made["dtlsParameters"]["role"]),
        (&json!(true), &json!("auto"))
    );
    let protocols: Vec<_> =
        made["iceCandidates"].as_array().unwrap().iter().map(|c| c["protocol"].clone()).collect();
    assert_eq!(protocols, ["udp", "tcp"]);
    assert_eq!(made["sctpParameters"]["port"], 5000);
    assert!(made["iceServers"].is_array());

    let producer = ana.produce("video", video("0", 1000)).await;
    let announced = ben.client.expect("newProducer").await;
    let app_data = json!({ "mediaTag": "cam-video", "n": 1 });
    let expected = json!({ "producerId": producer, "peerId": ana.client.id, "userId": "ana", "kind": "video",
                           "appData": app_data, "paused": false });
    assert_eq!(announced, expected);
    let listed = ben.client.get("getProducers", json!({ "callId": "c" })).await;
    assert_eq!(listed["producers"], json!([expected]));
    assert_eq!(ana.client.get("getProducers", json!({ "callId": "c" })).await["producers"], json!([]));

    let consumed = ben.consume(&producer).await;
    assert_eq!((&consumed["producerId"], &consumed["kind"]), (&json!(producer), &json!("video")));
    assert_eq!((&consumed["type"], &consumed["producerPaused"]), (&json!("simple"), &json!(false)));
    assert_eq!(consumed["rtpParameters"]["encodings"].as_array().unwrap().len(), 1);
    assert_eq!(consumed["appData"], app_data);
    let consumer = json!({ "consumerId": consumed["id"] });
    for event in ["resumeConsumer", "pauseConsumer", "resumeConsumer"] {
        assert_eq!(ben.client.get(event, consumer.clone()).await, json!({}));
    }
    let layers = json!({ "consumerId": consumed["id"], "spatialLayer": 0, "temporalLayer": 1 });
    ben.client.get("setConsumerPreferredLayers", layers).await;

    let of = json!({ "producerId": producer });
    let reference = json!({ "producerId": producer, "peerId": ana.client.id, "userId": "ana" });
    ana.client.get("pauseProducer", of.clone()).await;
    assert_eq!(ben.client.until("producerPaused").await, reference);
    assert_eq!(ben.consume(&producer).await["producerPaused"], true);
    ana.client.get("resumeProducer", of.clone()).await;
    assert_eq!(ben.client.until("producerResumed").await, reference);
    ana.client.get("closeProducer", of).await;
    assert_eq!(ben.client.until("producerClosed").await, reference);
    assert_eq!(ben.client.until("consumerClosed").await["producerId"], producer.as_str());
    assert_eq!(ben.client.refused("resumeConsumer", consumer).await, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_other_peers_and_calls_are_unknown() {
    let server = Server::with_media().await;
    let mut ana = Peer::join(&server, "c", "ana").await;
    let mut ben = Peer::join(&server, "c", "ben").await;
    let mut eve = Peer::join(&server, "d", "eve").await;
    let producer = ana.produce("audio", audio("0", 1)).await;
    let consumed = ben.consume(&producer).await;
    let dtls =
        json!({ "role": "client", "fingerprints": [{ "algorithm": "sha-256", "value": FINGERPRINT }] });
    for (event, payload) in [
        ("connectTransport", json!({ "transportId": ana.send, "dtlsParameters": dtls })),
        ("restartIce", json!({ "transportId": ana.send })),
        ("closeTransport", json!({ "transportId": ana.send })),
        ("produce", json!({ "transportId": ana.send, "kind": "audio", "rtpParameters": audio("1", 2) })),
        ("pauseProducer", json!({ "producerId": producer })),
        ("resumeProducer", json!({ "producerId": producer })),
        ("closeProducer", json!({ "producerId": producer })),
        ("pauseConsumer", json!({ "consumerId": consumed["id"] })),
        ("closeConsumer", json!({ "consumerId": consumed["id"] })),
        ("getStats", json!({ "transportId": ana.send })),
        ("getStats", json!({ "consumerId": consumed["id"] })),
    ] {
        assert_eq!(eve.client.refused(event, payload).await, "NOT_FOUND", "{event}");
    }
    let ask = json!({ "transportId": eve.recv, "producerId": producer, "rtpCapabilities": eve.capabilities });
    assert_eq!(eve.client.refused("consume", ask).await, "NOT_FOUND", "a producer of another call");
    assert_eq!(ben.client.refused("closeProducer", json!({ "producerId": producer })).await, "NOT_FOUND");
    assert_eq!(eve.client.refused("getProducers", json!({ "callId": "c" })).await, "NOT_IN_ROOM");
    assert_eq!(
        ana.client.get("getStats", json!({ "producerId": producer })).await["stats"][0]["type"],
        "inbound-rtp"
    );
    assert_eq!(
        ben.client.get("getStats", json!({ "consumerId": consumed["id"] })).await["stats"][0]["type"],
        "outbound-rtp"
    );
    let stats = ana.client.get("getStats", json!({ "transportId": ana.send })).await;
    assert_eq!(stats["stats"][0]["type"], "webrtc-transport");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_and_the_call_goes_on() {
    let server = Server::with_media().await;
    let mut ana = Peer::join(&server, "c", "ana").await;
    let mut ben = Peer::join(&server, "c", "ben").await;
    let dtls =
        json!({ "role": "client", "fingerprints": [{ "algorithm": "sha-256", "value": FINGERPRINT }] });
    let connect = json!({ "transportId": ana.send, "dtlsParameters": dtls });
    assert_eq!(ana.client.get("connectTransport", connect.clone()).await, json!({}));
    assert_eq!(ana.client.refused("connectTransport", connect).await, "CONFLICT", "the second time");
    let restarted = ana.client.get("restartIce", json!({ "transportId": ana.send })).await;
    assert!(restarted["iceParameters"]["usernameFragment"].is_string());

    let mut unknown = audio("1", 9);
    unknown["codecs"][0]["mimeType"] = "audio/unheard-of".into();
    let ask = json!({ "transportId": ana.send, "kind": "audio", "rtpParameters": unknown });
    assert_eq!(ana.client.refused("produce", ask).await, "VALIDATION_ERROR");
    let wrong_way = json!({ "transportId": ana.recv, "kind": "audio", "rtpParameters": audio("1", 9) });
    assert_eq!(ana.client.refused("produce", wrong_way).await, "VALIDATION_ERROR");
    assert_eq!(ana.client.refused("produce", json!({ "transportId": ana.send })).await, "VALIDATION_ERROR");
    assert_eq!(ana.client.refused("getStats", json!({})).await, "VALIDATION_ERROR");

    let producer = ana.produce("video", video("0", 1000)).await;
    let deaf =
        json!({ "transportId": ben.recv, "producerId": producer, "rtpCapabilities": { "codecs": [] } });
    assert_eq!(ben.client.refused("consume", deaf).await, "VALIDATION_ERROR");
    let as_at_join = json!({ "transportId": ben.recv, "producerId": producer });
    assert_eq!(ben.client.get("consume", as_at_join).await["kind"], "video");
    assert_eq!(
        ben.client.refused("joinRoom", json!({ "callId": "d", "userId": "ben" })).await,
        "ALREADY_IN_ROOM"
    );
    let again = ben.client.get("joinRoom", json!({ "callId": "c", "userId": "ben" })).await;
    assert_eq!(again["peers"], json!([{ "peerId": ana.client.id, "userId": "ana" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_goes_takes_its_media_along() {
    let server = Server::with_media().await;
    let mut ana = Peer::join(&server, "c", "ana").await;
    let mut ben = Peer::join(&server, "c", "ben").await;
    let producer = ana.produce("video", video("0", 1000)).await;
    ben.consume(&producer).await;
    drop(ana);
    assert_eq!(ben.client.until("producerClosed").await["producerId"], producer.as_str());
    let producer = ben.produce("video", video("0", 1000)).await;
    assert_eq!(ben.client.get("leaveRoom", json!(null)).await, json!({}));
    assert_eq!(ben.client.refused("closeProducer", json!({ "producerId": producer })).await, "NOT_IN_ROOM");
    assert_eq!(ben.client.refused("leaveRoom", json!({})).await, "NOT_IN_ROOM");
    assert_eq!(server.app.live_stats().rooms, 0);
    nothing_is_left(&server).await;
}

/// The engine's own figures are taken once a second.
async fn nothing_is_left(server: &Server) {
    let stats = |server: &Server| server.app.media_stats().unwrap();
    let empty = |server: &Server| {
        let sums = stats(server).workers[0].stats.engine;
        sums.routers + sums.transports + sums.producers + sums.consumers == 0
    };
    let begun = stats(server).workers[0].stats.uptime;
    while !empty(server) || stats(server).workers[0].stats.uptime < begun + std::time::Duration::from_secs(2)
    {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(stats(server).workers[0].stats.uptime.as_secs() < 30, "{:?}", stats(server));
    }
    assert_eq!((stats(server).rooms, stats(server).peers), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_with_a_mid_that_is_taken_replaces_the_old_one() {
    let server = Server::with_media().await;
    let mut ana = Peer::join(&server, "c", "ana").await;
    let mut ben = Peer::join(&server, "c", "ben").await;
    let old = ana.produce("video", video("0", 1000)).await;
    ben.consume(&old).await;
    let new = ana.produce("video", video("0", 2000)).await;
    assert_eq!(ben.client.until("producerClosed").await["producerId"], old.as_str());
    assert_eq!(ben.client.until("newProducer").await["producerId"], new.as_str());
    let listed = ben.client.get("getProducers", json!({ "callId": "c" })).await;
    assert_eq!(listed["producers"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_hold_on_the_media_plane_and_hosts_mute_for_real() {
    let server = Server::with_media().await;
    let tenant = &server.apps[0].tenant;
    let room = server.room_of(tenant, 8, TopologySetting::Auto).await;
    let viewer = server.token_as(tenant, &room, "vic", Role::Viewer).await;
    let mut vic = server.connect_as(json!({ "token": viewer.token })).await;
    assert_eq!(vic.refused("createRoom", json!({ "callId": "other" })).await, "INVALID_TOKEN");
    vic.get("joinRoom", json!({ "callId": room.as_str() })).await;
    assert_eq!(vic.refused("createTransport", json!({ "direction": "send" })).await, "FORBIDDEN");
    let recv = vic.get("createTransport", json!({ "direction": "recv" })).await;
    let produce = json!({ "transportId": recv["id"], "kind": "audio", "rtpParameters": audio("0", 1) });
    assert_eq!(vic.refused("produce", produce).await, "FORBIDDEN");

    let mut ana = Peer::join(&server, room.as_str(), "ana").await;
    let producer = ana.produce("audio", audio("0", 1)).await;
    let user = UserId::new("ana").unwrap();
    server.app.mute(tenant, &room, &user, MediaKind::Audio, true).await.unwrap();
    assert_eq!(vic.until("producerPaused").await["producerId"], producer.as_str());
    ana.client.get("resumeProducer", json!({ "producerId": producer })).await;
    let second = ana.produce("audio", audio("1", 7)).await;
    let announced = vic.until("newProducer").await;
    assert_eq!((&announced["producerId"], &announced["paused"]), (&json!(second), &json!(true)));
    let listed = vic.get("getProducers", json!({})).await;
    assert!(
        listed["producers"].as_array().unwrap().iter().all(|producer| producer["paused"] == true),
        "{listed}"
    );
    server.app.mute(tenant, &room, &user, MediaKind::Audio, false).await.unwrap();
    vic.until("producerResumed").await;

    let participants = server.app.participants(tenant, &room).await.unwrap();
    let tracks = |n: usize| participants[n].media.as_ref().unwrap().tracks.len();
    assert_eq!((tracks(0), tracks(1)), (0, 2));
    server.app.kick(tenant, &room, &user, false).await.unwrap();
    vic.until("producerClosed").await;
    assert_eq!(ana.client.until("error").await["error"]["code"], "KICKED");
    assert_eq!(ana.client.refused("restartIce", json!({ "transportId": ana.send })).await, "NOT_IN_ROOM");
    server.app.delete_room(tenant, &room).await.unwrap();
    assert_eq!(vic.until("error").await["error"]["code"], "ROOM_CLOSED");
    nothing_is_left(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_of_one_topology() {
    let server = Server::with_media().await;
    let tenant = &server.apps[0].tenant;
    let p2p = server.room(tenant, 2).await;
    let mut ana = server.connect().await;
    assert_eq!(ana.refused("createRoom", json!({ "callId": p2p.as_str() })).await, "CONFLICT");
    assert_eq!(ana.refused("joinRoom", json!({ "callId": p2p.as_str(), "userId": "ana" })).await, "CONFLICT");
    ana.get("joinRoom", json!({ "callId": "call", "userId": "ana" })).await;
    assert_eq!(ana.refused("join-room", json!({ "roomId": "call", "userId": "ana" })).await, "CONFLICT");
    server.joined("relay", "ben").await.ask("leave-room", json!({ "roomId": "none" })).await;
    let without = Server::production().await;
    let mut eve = without.connect().await;
    assert_eq!(eve.refused("createRoom", json!({ "callId": "c" })).await, "UNAVAILABLE");
    assert_eq!(eve.refused("joinRoom", json!({ "callId": "c", "userId": "eve" })).await, "UNAVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_channels_are_published_and_received() {
    let server = Server::with_media().await;
    let mut ana = Peer::join(&server, "c", "ana").await;
    let mut ben = Peer::join(&server, "c", "ben").await;
    let ask = json!({ "transportId": ana.send, "sctpStreamParameters": { "streamId": 0, "ordered": true },
                      "label": "chat", "protocol": "p", "appData": { "a": 1 } });
    let made = ana.client.get("produceData", ask.clone()).await;
    let id = made["dataProducerId"].clone();
    let announced = ben.client.expect("newDataProducer").await;
    let expected = json!({ "dataProducerId": id, "peerId": ana.client.id, "userId": "ana", "label": "chat",
                           "protocol": "p", "appData": { "a": 1 } });
    assert_eq!(announced, expected);
    assert_eq!(ben.client.get("getProducers", json!({})).await["dataProducers"], json!([expected]));
    assert_eq!(ana.client.refused("produceData", ask).await, "VALIDATION_ERROR", "the stream is taken");
    let consumed =
        ben.client.get("consumeData", json!({ "transportId": ben.recv, "dataProducerId": id })).await;
    assert_eq!((&consumed["label"], &consumed["dataProducerId"]), (&json!("chat"), &id));
    assert!(consumed["sctpStreamParameters"]["streamId"].is_u64());
    ana.client.get("closeDataProducer", json!({ "dataProducerId": id })).await;
    ben.client.until("dataConsumerClosed").await;
    assert_eq!(ben.client.until("dataProducerClosed").await["dataProducerId"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_has_its_limits() {
    let server = Server::with_media().await;
    let mut ana = Peer::join(&server, "c", "ana").await;
    for _ in 2..8 {
        ana.client.get("createTransport", json!({ "direction": "recv" })).await;
    }
    assert_eq!(ana.client.refused("createTransport", json!({ "direction": "recv" })).await, "CONFLICT");
    ana.client.get("closeTransport", json!({ "transportId": ana.recv })).await;
    ana.client.get("createTransport", json!({ "direction": "recv" })).await;
    for n in 0..32 {
        ana.produce("audio", audio(&n.to_string(), 100 + n)).await;
    }
    let more = json!({ "transportId": ana.send, "kind": "audio", "rtpParameters": audio("32", 900) });
    assert_eq!(ana.client.refused("produce", more).await, "CONFLICT");
}
