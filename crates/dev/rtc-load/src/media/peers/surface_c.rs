//! Surface C as a crowd speaks it: rooms are entered over Socket.IO with the ORTC parameters that a browser's
//! `mediasoup-client` would send, and each transport becomes a session.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::line::Line;
use super::{Crew, Local, Remote, random, soon, ssrc};
use crate::media::cases::{SIMULCAST, Shape, Video};
use crate::media::client::ice::Credentials;
use crate::media::client::session::Session;
use crate::media::poller::{Poller, SessionId};
use crate::media::publish::{ExtensionIds, Layer, Publication, Track};
use crate::media::receive::Expected;

/// Peers that enter at a time.
const ENTERING: usize = 16;
const TWCC_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// As Chromium numbers them.
const IDS: ExtensionIds = ExtensionIds { audio_level: 1, twcc: 3, mid: 4, rid: 10 };

/// Where a server is entered.
pub struct Door {
    /// Of its Socket.IO endpoint.
    pub address: SocketAddr,
    /// The handshake's `auth`; null where requests are lines of JSON.
    pub auth: Value,
}

/// A peer that has joined a room.
pub struct Guest {
    /// Its connection; it leaves without a word when this goes.
    pub io: Line,
    call: String,
    capabilities: Value,
}

/// A member with what it publishes.
struct Member {
    guest: Guest,
    producers: Vec<Value>,
}

/// Fills the rooms. The connections that are returned keep the peers in them.
pub async fn enter(shape: &Shape, door: &Door, crew: &Crew) -> Result<Vec<Line>> {
    let mut kept = Vec::new();
    // A name of its own for each run, so that nothing is left of an earlier one.
    let run = u32::from_be_bytes(random()?);
    for room in 0..shape.rooms {
        let call = format!("bench-{run:x}-{room}");
        let members = (0..shape.members).map(|n| member(shape, door, crew, &call, n));
        let members: Vec<Member> = stream::iter(members).buffered(ENTERING).try_collect().await?;
        let producers: Vec<&[Value]> = members.iter().map(|member| &*member.producers).collect();
        let watching = members.iter().enumerate().map(|(n, member)| {
            let others = producers.iter().enumerate().filter(move |(other, _)| *other != n);
            let others: Vec<&Value> = others.flat_map(|(_, producers)| producers.iter()).collect();
            watch(&member.guest, others, crew, n)
        });
        stream::iter(watching).buffered(ENTERING).try_collect::<Vec<()>>().await?;
        let all: Vec<&Value> = producers.iter().flat_map(|producers| producers.iter()).collect();
        let viewers = (0..shape.viewers).map(|n| viewer(door, crew, &call, n, all.clone()));
        let viewers: Vec<Guest> = stream::iter(viewers).buffered(ENTERING).try_collect().await?;
        kept.extend(members.into_iter().map(|member| member.guest.io));
        kept.extend(viewers.into_iter().map(|guest| guest.io));
    }
    Ok(kept)
}

/// Connects and joins a room.
pub async fn join(door: &Door, call: &str, user: &str) -> Result<Guest> {
    let io = Line::connect(door).await?;
    let room = io.ask("createRoom", json!({ "callId": call })).await?;
    let capabilities = room["rtpCapabilities"].clone();
    let joining = json!({ "callId": call, "userId": user, "rtpCapabilities": capabilities });
    io.ask("joinRoom", joining).await?;
    Ok(Guest { io, call: call.to_owned(), capabilities })
}

async fn member(shape: &Shape, door: &Door, crew: &Crew, call: &str, n: usize) -> Result<Member> {
    let guest = join(door, call, &format!("member-{n}")).await.with_context(|| format!("member {n}"))?;
    let (transport, id) = open(&guest, "send", crew, &crew.publishing).await?;
    let mut producers = Vec::new();
    let started = soon();
    for track in tracks(shape)? {
        // Members do not start together: real ones do not either, and a server must not be handed it all at once.
        let phase = crate::media::publish::frame_interval(track.video) * n as u32 / shape.members as u32;
        let produced = publish(&guest, &transport, id, track, started + phase, crew).await;
        producers.push(produced.with_context(|| format!("member {n}"))?);
    }
    Ok(Member { guest, producers })
}

/// Publishes a track from `start` on, and returns its producer.
pub async fn publish(
    guest: &Guest,
    transport: &Value,
    id: SessionId,
    track: Track,
    start: Instant,
    crew: &Crew,
) -> Result<Value> {
    let kind = if track.video { "video" } else { "audio" };
    let parameters = rtp_parameters(&track);
    let producing = json!({ "transportId": transport, "kind": kind, "rtpParameters": parameters });
    let mut produced = guest.io.ask("produce", producing).await?;
    crew.publishing.publish(id, Publication::new(track, start));
    Ok(produced["producerId"].take())
}

async fn viewer(door: &Door, crew: &Crew, call: &str, n: usize, producers: Vec<&Value>) -> Result<Guest> {
    let guest = join(door, call, &format!("viewer-{n}")).await.with_context(|| format!("viewer {n}"))?;
    watch(&guest, producers, crew, n).await?;
    Ok(guest)
}

/// Receives these producers on one transport.
async fn watch(guest: &Guest, producers: Vec<&Value>, crew: &Crew, n: usize) -> Result<()> {
    if producers.is_empty() {
        return Ok(());
    }
    let poller = crew.receiver(n);
    let (transport, id) = open(guest, "recv", crew, poller).await?;
    for producer in producers {
        let consumed = consume(guest, &transport, producer, id, poller).await;
        consumed.with_context(|| format!("receiver {n}"))?;
    }
    Ok(())
}

/// Receives a producer on a transport, and returns the consumer.
pub async fn consume(
    guest: &Guest,
    transport: &Value,
    producer: &Value,
    id: SessionId,
    poller: &Poller,
) -> Result<Value> {
    let consuming = json!({
        "transportId": transport, "producerId": producer, "rtpCapabilities": guest.capabilities,
    });
    let mut consumer = guest.io.ask("consume", consuming).await?;
    poller.expect(id, vec![expected(&consumer["rtpParameters"])?]);
    guest.io.ask("resumeConsumer", json!({ "consumerId": consumer["id"] })).await?;
    Ok(consumer["id"].take())
}

/// Makes a transport and starts the session of it.
pub async fn open(
    guest: &Guest,
    direction: &str,
    crew: &Crew,
    poller: &Poller,
) -> Result<(Value, SessionId)> {
    // The call is for the media workers alone, which know no rooms.
    let creating = json!({ "direction": direction, "callId": guest.call });
    let created = guest.io.ask("createTransport", creating).await?;
    let remote = remote(&created).with_context(|| format!("a transport of {created}"))?;
    let unspecified = match remote.address {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let session: Session = Local::bind(unspecified)?.session(remote, crew.identity())?;
    let fingerprint = json!({ "algorithm": "sha-256", "value": crew.identity().fingerprint() });
    let dtls = json!({ "role": "client", "fingerprints": [fingerprint] });
    guest.io.ask("connectTransport", json!({ "transportId": created["id"], "dtlsParameters": dtls })).await?;
    let id = crew.next_id();
    poller.add(id, session);
    Ok((created["id"].clone(), id))
}

/// The server's side of a transport: its first UDP candidate, loopback before others.
fn remote(transport: &Value) -> Result<Remote> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let candidates = transport["iceCandidates"].as_array().context("no candidates")?;
    let udp = candidates.iter().filter(|candidate| candidate["protocol"] == "udp");
    let addresses = udp.filter_map(|candidate| {
        let ip: IpAddr = candidate["address"].as_str().or(candidate["ip"].as_str())?.parse().ok()?;
        Some(SocketAddr::new(ip, u16::try_from(candidate["port"].as_u64()?).ok()?))
    });
    let address = addresses.min_by_key(|address| !address.ip().is_loopback()).context("no UDP candidate")?;
    let ice = &transport["iceParameters"];
    let prints = transport["dtlsParameters"]["fingerprints"].as_array().context("no fingerprints")?;
    let sha256 = prints.iter().find(|print| print["algorithm"] == "sha-256").context("no sha-256")?;
    Ok(Remote {
        credentials: Credentials {
            ufrag: text(&ice["usernameFragment"]).context("no usernameFragment")?,
            password: text(&ice["password"]).context("no password")?,
        },
        fingerprint: text(&sha256["value"]).context("no fingerprint")?,
        address,
    })
}

/// What a consumer will receive.
fn expected(parameters: &Value) -> Result<Expected> {
    let ssrc = parameters["encodings"][0]["ssrc"].as_u64().and_then(|ssrc| u32::try_from(ssrc).ok());
    let extensions = parameters["headerExtensions"].as_array();
    let twcc = extensions.into_iter().flatten().find(|extension| extension["uri"] == TWCC_URI);
    let id = twcc.and_then(|extension| extension["id"].as_u64()).and_then(|id| u8::try_from(id).ok());
    Ok(Expected { ssrc: ssrc.context("a consumer without SSRC")?, twcc_id: id.unwrap_or(0) })
}

/// What a member sends.
pub fn tracks(shape: &Shape) -> Result<Vec<Track>> {
    let mut tracks = Vec::new();
    if shape.audio {
        let layers = vec![Layer { ssrc: ssrc()?, rid: None, bitrate: 0 }];
        let mid = tracks.len().to_string();
        tracks.push(Track { video: false, payload_type: 111, mid, ids: IDS, layers });
    }
    let layers: Vec<Layer> = match shape.video {
        Video::None => return Ok(tracks),
        Video::Single(bitrate) => vec![Layer { ssrc: ssrc()?, rid: None, bitrate }],
        Video::Simulcast => {
            let layer = |(n, bitrate)| Ok(Layer { ssrc: ssrc()?, rid: Some(format!("r{n}")), bitrate });
            SIMULCAST.into_iter().enumerate().map(layer).collect::<Result<_>>()?
        }
    };
    let mid = tracks.len().to_string();
    tracks.push(Track { video: true, payload_type: 96, mid, ids: IDS, layers });
    Ok(tracks)
}

/// A track as `produce` tells of it: layers by rid where there are several, else by SSRC.
fn rtp_parameters(track: &Track) -> Value {
    let feedback = |list: &[(&str, &str)]| -> Value {
        list.iter().map(|(kind, parameter)| json!({ "type": kind, "parameter": parameter })).collect()
    };
    let extension = |uri: &str, id: u8| json!({ "uri": uri, "id": id, "encrypt": false, "parameters": {} });
    let mut extensions = vec![
        extension("urn:ietf:params:rtp-hdrext:sdes:mid", track.ids.mid),
        extension(TWCC_URI, track.ids.twcc),
    ];
    let codecs = if track.video {
        extensions.push(extension("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", track.ids.rid));
        let list = [("goog-remb", ""), ("transport-cc", ""), ("ccm", "fir"), ("nack", ""), ("nack", "pli")];
        json!([
            { "mimeType": "video/VP8", "payloadType": track.payload_type, "clockRate": 90000,
              "parameters": {}, "rtcpFeedback": feedback(&list) },
            { "mimeType": "video/rtx", "payloadType": track.payload_type + 1, "clockRate": 90000,
              "parameters": { "apt": track.payload_type }, "rtcpFeedback": [] },
        ])
    } else {
        extensions.push(extension("urn:ietf:params:rtp-hdrext:ssrc-audio-level", track.ids.audio_level));
        json!([{ "mimeType": "audio/opus", "payloadType": track.payload_type, "clockRate": 48000, "channels": 2,
            "parameters": { "minptime": 10, "useinbandfec": 1 }, "rtcpFeedback": feedback(&[("transport-cc", "")]) }])
    };
    let encodings = track.layers.iter().map(|layer| match &layer.rid {
        Some(rid) => {
            json!({ "rid": rid, "maxBitrate": layer.bitrate, "scalabilityMode": "L1T1", "dtx": false })
        }
        None => json!({ "ssrc": layer.ssrc, "dtx": false }),
    });
    json!({
        "mid": track.mid,
        "codecs": codecs,
        "headerExtensions": extensions,
        "encodings": encodings.collect::<Value>(),
        "rtcp": { "cname": "bench", "reducedSize": true },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::cases::Case;

    #[test]
    fn a_transport_is_reached_by_its_udp_candidate_on_loopback() {
        let transport = json!({
            "iceParameters": { "usernameFragment": "u", "password": "p", "iceLite": true },
            "iceCandidates": [
                { "protocol": "tcp", "ip": "127.0.0.1", "port": 9 },
                { "protocol": "udp", "ip": "192.0.2.1", "address": "192.0.2.1", "port": 7 },
                { "protocol": "udp", "ip": "127.0.0.1", "port": 8 },
            ],
            "dtlsParameters": { "role": "auto", "fingerprints": [{ "algorithm": "sha-256", "value": "AB:CD" }] },
        });
        let remote = remote(&transport).expect("whole");
        assert_eq!(remote.address, "127.0.0.1:8".parse().expect("an address"));
        assert_eq!((&*remote.credentials.ufrag, &*remote.fingerprint), ("u", "AB:CD"));
    }

    #[test]
    fn a_consumer_is_counted_by_its_ssrc_and_answered_by_its_extension() {
        let parameters = json!({
            "headerExtensions": [{ "uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 1 }, { "uri": TWCC_URI, "id": 5 }],
            "encodings": [{ "ssrc": 12345, "rtx": { "ssrc": 12346 } }],
        });
        assert_eq!(expected(&parameters).expect("whole"), Expected { ssrc: 12_345, twcc_id: 5 });
        assert!(expected(&json!({ "encodings": [] })).is_err());
    }

    #[test]
    fn a_meeting_publishes_voice_by_ssrc_and_three_layers_by_rid() {
        let tracks = tracks(&Case::Meeting(4).shape()).expect("tracks");
        let [audio, video] = &tracks[..] else { panic!("two tracks") };
        let (audio, video) = (rtp_parameters(audio), rtp_parameters(video));
        assert_eq!((&audio["mid"], &video["mid"]), (&json!("0"), &json!("1")));
        assert!(audio["encodings"][0]["ssrc"].is_u64());
        let rids: Vec<&str> =
            video["encodings"].as_array().expect("a list").iter().filter_map(|e| e["rid"].as_str()).collect();
        assert_eq!(rids, ["r0", "r1", "r2"]);
    }
}
