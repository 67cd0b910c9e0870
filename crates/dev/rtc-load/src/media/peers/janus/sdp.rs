//! SDP as Janus's plugins write it, as much of it as a client needs; and what the client says: a receiver's answer,
//! a publisher's offer.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use crate::media::client::ice::Credentials;
use crate::media::publish::Track;

const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const RID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
const LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const TWCC_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// What an offer or an answer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Of the server's ICE agent.
    pub credentials: Credentials,
    /// Of the server's certificate, SHA-256.
    pub fingerprint: String,
    /// Where the server is reached: its first UDP candidate.
    pub candidate: SocketAddr,
    /// The media sections.
    pub media: Vec<Media>,
}

/// A media section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Its `m=` line without the `m=`.
    line: String,
    mid: String,
    /// `a=rtpmap` lines, to be repeated.
    maps: Vec<String>,
    /// The source; none in a section without one.
    pub ssrc: Option<u32>,
    /// The id of the transport-wide number; 0: not offered.
    pub twcc_id: u8,
}

/// Reads an offer or an answer.
pub fn read(sdp: &str) -> Result<Description> {
    let mut media: Vec<Media> = Vec::new();
    let (mut ufrag, mut password, mut fingerprint, mut candidate) = (None, None, None, None);
    for line in sdp.lines() {
        if let Some(line) = line.strip_prefix("m=") {
            media.push(Media { line: line.to_owned(), ..Media::default() });
            continue;
        }
        let Some((name, value)) = line.strip_prefix("a=").and_then(|line| line.split_once(':')) else {
            continue;
        };
        match (name, media.last_mut()) {
            ("ice-ufrag", _) => ufrag = Some(value.to_owned()),
            ("ice-pwd", _) => password = Some(value.to_owned()),
            ("fingerprint", _) => fingerprint = value.strip_prefix("sha-256 ").map(str::to_owned),
            ("candidate", _) => candidate = candidate.or_else(|| udp_candidate(value)),
            ("mid", Some(media)) => media.mid = value.to_owned(),
            ("rtpmap", Some(media)) => media.maps.push(line.to_owned()),
            ("ssrc", Some(media)) => {
                media.ssrc = media.ssrc.or_else(|| value.split(' ').next()?.parse().ok());
            }
            ("extmap", Some(media)) if value.contains("transport-wide-cc") => {
                media.twcc_id = value.split([' ', '/']).next().and_then(|id| id.parse().ok()).unwrap_or(0);
            }
            _ => {}
        }
    }
    Ok(Description {
        credentials: Credentials {
            ufrag: ufrag.context("the SDP has no ice-ufrag")?,
            password: password.context("the SDP has no ice-pwd")?,
        },
        fingerprint: fingerprint.context("the SDP has no sha-256 fingerprint")?,
        candidate: candidate.context("the SDP has no UDP candidate")?,
        media,
    })
}

/// `1 1 udp 2015363327 192.0.2.1 40000 typ host …`
fn udp_candidate(value: &str) -> Option<SocketAddr> {
    let fields: Vec<&str> = value.split(' ').collect();
    let [_, _, protocol, _, address, port, ..] = fields[..] else { return None };
    let udp = protocol.eq_ignore_ascii_case("udp");
    udp.then_some(SocketAddr::new(address.parse().ok()?, port.parse().ok()?))
}

impl Description {
    /// The answer of a viewer at `local` that takes everything.
    pub fn answer(&self, ours: &Credentials, fingerprint: &str, local: SocketAddr) -> String {
        let mids: Vec<&str> = self.media.iter().map(|media| &*media.mid).collect();
        let (ip, port) = (local.ip(), local.port());
        let mut sdp =
            format!("v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n", mids.join(" "));
        for media in &self.media {
            sdp += &format!("m={}\r\nc=IN IP4 {ip}\r\na=mid:{}\r\n", media.line, media.mid);
            sdp += "a=recvonly\r\na=rtcp-mux\r\na=setup:active\r\n";
            sdp += &format!("a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", ours.ufrag, ours.password);
            sdp += &format!("a=fingerprint:sha-256 {fingerprint}\r\n");
            media.maps.iter().for_each(|map| sdp += &format!("{map}\r\n"));
            sdp += &format!("a=candidate:1 1 udp 2130706431 {ip} {port} typ host\r\na=end-of-candidates\r\n");
        }
        sdp
    }
}

/// The offer of a publisher at `local`. It insists on being the DTLS client, which is all that a load generator can.
pub fn offer(tracks: &[Track], ours: &Credentials, fingerprint: &str, local: SocketAddr) -> String {
    let mids: Vec<&str> = tracks.iter().map(|track| &*track.mid).collect();
    let (ip, port) = (local.ip(), local.port());
    let mut sdp =
        format!("v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n", mids.join(" "));
    for track in tracks {
        let (kind, codec) = if track.video { ("video", "VP8/90000") } else { ("audio", "opus/48000/2") };
        let (payload_type, ids) = (track.payload_type, &track.ids);
        sdp += &format!(
            "m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}\r\nc=IN IP4 {ip}\r\na=mid:{}\r\n",
            track.mid
        );
        sdp += &format!("a=sendonly\r\na=rtcp-mux\r\na=setup:active\r\na=ice-ufrag:{}\r\n", ours.ufrag);
        sdp += &format!("a=ice-pwd:{}\r\na=fingerprint:sha-256 {fingerprint}\r\n", ours.password);
        sdp += &format!("a=rtpmap:{payload_type} {codec}\r\na=rtcp-fb:{payload_type} transport-cc\r\n");
        sdp += &format!("a=extmap:{} {MID_URI}\r\na=extmap:{} {TWCC_URI}\r\n", ids.mid, ids.twcc);
        if track.video {
            sdp += &format!("a=rtcp-fb:{payload_type} nack\r\na=rtcp-fb:{payload_type} nack pli\r\n");
            sdp += &format!("a=extmap:{} {RID_URI}\r\n", ids.rid);
        } else {
            sdp += &format!("a=extmap:{} {LEVEL_URI}\r\n", ids.audio_level);
        }
        let rids: Vec<&str> = track.layers.iter().rev().filter_map(|layer| layer.rid.as_deref()).collect();
        match rids.is_empty() {
            true => track.layers.iter().for_each(|layer| {
                sdp += &format!("a=ssrc:{} cname:bench\r\n", layer.ssrc);
            }),
            false => {
                rids.iter().for_each(|rid| sdp += &format!("a=rid:{rid} send\r\n"));
                sdp += &format!("a=simulcast:send {}\r\n", rids.join(";"));
            }
        }
        sdp += &format!("a=candidate:1 1 udp 2130706431 {ip} {port} typ host\r\na=end-of-candidates\r\n");
    }
    sdp
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=Mountpoint 1\r\nt=0 0\r\na=group:BUNDLE v\r\n\
        a=ice-options:trickle\r\na=fingerprint:sha-256 AB:CD\r\na=msid-semantic: WMS *\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 100\r\nc=IN IP4 192.0.2.1\r\na=sendonly\r\na=mid:v\r\na=rtcp-mux\r\n\
        a=ice-ufrag:abcd\r\na=ice-pwd:secret\r\na=ice-options:trickle\r\na=setup:actpass\r\n\
        a=rtpmap:100 VP8/90000\r\na=rtcp-fb:100 nack\r\n\
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
        a=msid:janus janusv\r\na=ssrc:4242 cname:janus\r\n\
        a=candidate:9 1 tcp 1010827775 192.0.2.1 0 typ host tcptype active\r\n\
        a=candidate:1 1 udp 2015363327 192.0.2.1 40000 typ host\r\na=end-of-candidates\r\n";

    #[test]
    fn an_offer_tells_where_the_server_is_and_what_it_sends() {
        let offer = read(OFFER).expect("an offer");
        assert_eq!(offer.credentials, Credentials { ufrag: "abcd".into(), password: "secret".into() });
        assert_eq!(offer.fingerprint, "AB:CD");
        assert_eq!(offer.candidate, "192.0.2.1:40000".parse().expect("an address"));
        let media: Vec<_> =
            offer.media.iter().map(|media| (&*media.mid, media.ssrc, media.twcc_id)).collect();
        assert_eq!(media, [("v", Some(4242), 3)]);
    }

    #[test]
    fn what_an_offer_lacks_is_named() {
        let lacking = OFFER.replace("ice-pwd", "other");
        assert!(read(&lacking).expect_err("no password").to_string().contains("ice-pwd"));
    }

    #[test]
    fn the_answer_takes_every_section_actively() {
        let ours = Credentials { ufrag: "mine".into(), password: "hidden".into() };
        let local = "192.0.2.9:5000".parse().expect("an address");
        let answer = read(OFFER).expect("an offer").answer(&ours, "12:34", local);
        for line in [
            "m=video 9 UDP/TLS/RTP/SAVPF 100",
            "a=mid:v",
            "a=recvonly",
            "a=setup:active",
            "a=ice-ufrag:mine",
            "a=fingerprint:sha-256 12:34",
            "a=rtpmap:100 VP8/90000",
            "a=candidate:1 1 udp 2130706431 192.0.2.9 5000 typ host",
        ] {
            assert!(answer.lines().any(|found| found == line), "{line} in {answer}");
        }
    }

    #[test]
    fn a_publisher_offers_layers_by_rid_and_voice_by_source() {
        use crate::media::{cases::Case, peers::surface_c};
        let ours = Credentials { ufrag: "mine".into(), password: "hidden".into() };
        let tracks = surface_c::tracks(&Case::Meeting(3).shape()).expect("tracks");
        let sdp = offer(&tracks, &ours, "12:34", "192.0.2.9:5000".parse().expect("an address"));
        let read = read(&sdp).expect("readable by the same reader");
        assert_eq!(read.media.len(), 2);
        assert_eq!(read.media[0].ssrc, Some(tracks[0].layers[0].ssrc));
        for line in ["a=rid:r2 send", "a=simulcast:send r2;r1;r0", "a=setup:active", "a=sendonly"] {
            assert!(sdp.lines().any(|found| found == line), "{line} in {sdp}");
        }
    }
}
