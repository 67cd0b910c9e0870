//! The offer of Janus's streaming plugin, as much of it as a viewer needs, and the viewer's answer.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use crate::media::client::ice::Credentials;

/// What an offer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
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

/// Reads an offer.
pub fn read_offer(sdp: &str) -> Result<Offer> {
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
    Ok(Offer {
        credentials: Credentials {
            ufrag: ufrag.context("the offer has no ice-ufrag")?,
            password: password.context("the offer has no ice-pwd")?,
        },
        fingerprint: fingerprint.context("the offer has no sha-256 fingerprint")?,
        candidate: candidate.context("the offer has no UDP candidate")?,
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

impl Offer {
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
        let offer = read_offer(OFFER).expect("an offer");
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
        assert!(read_offer(&lacking).expect_err("no password").to_string().contains("ice-pwd"));
    }

    #[test]
    fn the_answer_takes_every_section_actively() {
        let ours = Credentials { ufrag: "mine".into(), password: "hidden".into() };
        let local = "192.0.2.9:5000".parse().expect("an address");
        let answer = read_offer(OFFER).expect("an offer").answer(&ours, "12:34", local);
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
}
