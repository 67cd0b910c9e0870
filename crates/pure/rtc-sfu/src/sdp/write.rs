//! The lines that offers and answers have in common.

use super::model::Direction;
use rtc_types::ortc::{
    DtlsParameters, IceCandidate, IceParameters, RtcpParameters, RtpCodecParameters, RtpParameters,
    SctpParameters,
};
use serde_json::Value;
use std::fmt::Write;

/// Our side of a transport, as the engine gives it; the addresses are the owner's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportDescription {
    /// ICE credentials.
    pub ice: IceParameters,
    /// All addresses: there are no more to come.
    pub candidates: Vec<IceCandidate>,
    /// The certificate's fingerprints. The role is not read: it follows from who offers.
    pub dtls: DtlsParameters,
    /// Where the transport carries data channels.
    pub sctp: Option<SctpParameters>,
}

/// Names a session and counts its versions, for the `o=` line: the id stays, the version goes up by one with each
/// text that differs (RFC 9429, section 5.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Drawn once a connection, below 2⁶³.
    pub id: u64,
    /// From 1.
    pub version: u64,
}

/// A session being written. Formatting into a `String` cannot fail.
pub(super) struct Writer {
    text: String,
}

impl Writer {
    pub(super) fn new(origin: Origin, bundle: &[&str], extmap_allow_mixed: bool) -> Self {
        let mut writer = Self { text: String::with_capacity(4096) };
        let Origin { id, version } = origin;
        writer.line(format_args!("v=0"));
        writer.line(format_args!("o=- {id} {version} IN IP4 127.0.0.1"));
        writer.line(format_args!("s=-"));
        writer.line(format_args!("t=0 0"));
        writer.line(format_args!("a=ice-lite"));
        if !bundle.is_empty() {
            writer.line(format_args!("a=group:BUNDLE {}", bundle.join(" ")));
        }
        if extmap_allow_mixed {
            writer.line(format_args!("a=extmap-allow-mixed"));
        }
        writer.line(format_args!("a=msid-semantic: WMS *"));
        writer
    }

    pub(super) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = self.text.write_fmt(line);
        self.text.push_str("\r\n");
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// A section that is not in use.
    pub(super) fn rejected(&mut self, kind: &str, protocol: &str, formats: &str, mid: &str) {
        self.line(format_args!("m={kind} 0 {protocol} {formats}"));
        self.line(format_args!("c=IN IP4 0.0.0.0"));
        self.line(format_args!("a=inactive"));
        if !mid.is_empty() {
            self.line(format_args!("a=mid:{mid}"));
        }
    }

    /// The head of a section in use, and the transport. Addresses stand in the first section only: the others are
    /// bundled with it.
    pub(super) fn section(&mut self, head: &str, mid: &str, transport: &TransportDescription, role: Role) {
        self.line(format_args!("m={head}"));
        self.line(format_args!("c=IN IP4 0.0.0.0"));
        self.line(format_args!("a=mid:{mid}"));
        self.line(format_args!("a=ice-ufrag:{}", transport.ice.username_fragment));
        self.line(format_args!("a=ice-pwd:{}", transport.ice.password));
        for fingerprint in &transport.dtls.fingerprints {
            self.line(format_args!("a=fingerprint:{} {}", fingerprint.algorithm, fingerprint.value));
        }
        self.line(format_args!("a=setup:{}", role.setup));
        if role.first {
            for candidate in &transport.candidates {
                self.candidate(candidate);
            }
            self.line(format_args!("a=end-of-candidates"));
        }
    }

    fn candidate(&mut self, candidate: &IceCandidate) {
        let IceCandidate { foundation, priority, address, protocol, port, kind, tcp_type, .. } = candidate;
        let tcp_type = tcp_type.as_ref().map(|kind| format!(" tcptype {kind}")).unwrap_or_default();
        self.line(format_args!(
            "a=candidate:{foundation} 1 {protocol} {priority} {address} {port} typ {kind}{tcp_type}"
        ));
    }

    pub(super) fn direction(&mut self, direction: Direction) {
        self.line(format_args!("a={}", name(direction)));
    }

    pub(super) fn rtcp(&mut self, reduced_size: bool) {
        self.line(format_args!("a=rtcp-mux"));
        if reduced_size {
            self.line(format_args!("a=rtcp-rsize"));
        }
    }

    pub(super) fn extension(&mut self, id: u8, direction: Direction, uri: &str) {
        match direction {
            Direction::SendRecv => self.line(format_args!("a=extmap:{id} {uri}")),
            direction => self.line(format_args!("a=extmap:{id}/{} {uri}", name(direction))),
        }
    }

    pub(super) fn codecs(&mut self, codecs: &[RtpCodecParameters]) {
        for codec in codecs {
            let pt = codec.payload_type;
            let encoding = codec.mime_type.split_once('/').map_or("", |(_, name)| name);
            let channels = codec.channels.filter(|channels| *channels > 1);
            let channels = channels.map(|channels| format!("/{channels}")).unwrap_or_default();
            self.line(format_args!("a=rtpmap:{pt} {encoding}/{}{channels}", codec.clock_rate));
            for feedback in &codec.rtcp_feedback {
                let text = format!("{} {}", feedback.kind, feedback.parameter);
                self.line(format_args!("a=rtcp-fb:{pt} {}", text.trim_end()));
            }
            let format = codec.parameters.iter().map(|(key, value)| match value {
                Value::String(text) if text.is_empty() => key.clone(),
                Value::String(text) => format!("{key}={text}"),
                value => format!("{key}={value}"),
            });
            let format: Vec<String> = format.collect();
            if !format.is_empty() {
                self.line(format_args!("a=fmtp:{pt} {}", format.join(";")));
            }
        }
    }

    /// A track that we send: its direction, ids, extensions and streams.
    pub(super) fn track(&mut self, parameters: &RtpParameters, stream: &str, track: &str) {
        let RtpParameters {
            header_extensions, encodings, rtcp: RtcpParameters { cname, reduced_size }, ..
        } = parameters;
        self.direction(Direction::SendOnly);
        self.rtcp(*reduced_size);
        self.line(format_args!("a=msid:{stream} {track}"));
        for extension in header_extensions {
            self.extension(extension.id, Direction::SendRecv, &extension.uri);
        }
        let cname = cname.as_deref().filter(|cname| !cname.is_empty()).unwrap_or(stream);
        for encoding in encodings {
            let Some(ssrc) = encoding.ssrc else { continue };
            self.line(format_args!("a=ssrc:{ssrc} cname:{cname}"));
            if let Some(rtx) = encoding.rtx {
                self.line(format_args!("a=ssrc:{} cname:{cname}", rtx.ssrc));
                self.line(format_args!("a=ssrc-group:FID {ssrc} {}", rtx.ssrc));
            }
        }
    }

    /// The section of data channels (RFC 8841).
    pub(super) fn data(&mut self, mid: &str, transport: &TransportDescription, role: Role) -> bool {
        let Some(sctp) = &transport.sctp else { return false };
        self.section("application 9 UDP/DTLS/SCTP webrtc-datachannel", mid, transport, role);
        self.line(format_args!("a=sctp-port:{}", sctp.port));
        self.line(format_args!("a=max-message-size:{}", sctp.max_message_size));
        true
    }
}

/// What tells a section's transport lines from another's.
#[derive(Clone, Copy)]
pub(super) struct Role {
    pub(super) setup: &'static str,
    /// Whether it is the first in use.
    pub(super) first: bool,
}

fn name(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    }
}

/// Payload types as the `m=` line has them.
pub(super) fn formats(codecs: &[RtpCodecParameters]) -> String {
    let numbers: Vec<String> = codecs.iter().map(|codec| codec.payload_type.to_string()).collect();
    numbers.join(" ")
}

/// A stream's or track's id as one word, of the characters that RFC 8830 allows in it.
pub(super) fn word(text: &str) -> String {
    let kept: String = text.chars().filter(char::is_ascii_graphic).take(64).collect();
    if kept.is_empty() { "-".to_owned() } else { kept }
}
