//! A session as it was read: everything that negotiation needs, in the order of the text.

use super::SdpError;
use rtc_types::{
    MediaKind,
    ortc::{
        DtlsFingerprint, DtlsParameters, DtlsRole, IceCandidate, IceParameters, RtcpFeedback,
        RtpCodecParameters,
    },
};

/// One side's description of a connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Whether the side is ICE-lite.
    pub ice_lite: bool,
    /// Whether one- and two-byte header extensions may be mixed (RFC 8285), for all sections.
    pub extmap_allow_mixed: bool,
    /// The mids that share one transport (RFC 8843), the one that describes it first.
    pub bundle: Vec<String>,
    /// The media sections, rejected ones too.
    pub media: Vec<Media>,
    /// Transport attributes that hold where a section has none of its own.
    pub(super) transport: TransportAttributes,
    /// The direction where a section names none.
    pub(super) direction: Direction,
}

/// What describes a transport, at either level.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TransportAttributes {
    pub(super) ufrag: Option<String>,
    pub(super) pwd: Option<String>,
    pub(super) fingerprints: Vec<DtlsFingerprint>,
    pub(super) setup: Option<Setup>,
}

/// One media section.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// Its id; empty only where it is rejected.
    pub mid: String,
    /// What it carries.
    pub kind: MediaType,
    /// As the `m=` line has it: `UDP/TLS/RTP/SAVPF` …
    pub protocol: String,
    /// As the `m=` line has them, for answers that reject the section.
    pub formats: Vec<String>,
    /// Whether it is not in use: port 0, and not for being bundled.
    pub rejected: bool,
    /// Which way media flows, as the side that wrote it sees it.
    pub direction: Direction,
    /// Codecs in the order of preference.
    pub codecs: Vec<RtpCodecParameters>,
    /// Header extensions.
    pub extensions: Vec<Extension>,
    /// Whether one- and two-byte header extensions may be mixed.
    pub extmap_allow_mixed: bool,
    /// RIDs (RFC 8851).
    pub rids: Vec<Rid>,
    /// The RIDs that it sends at once, in its order (RFC 8853); of alternatives the first.
    pub simulcast_send: Vec<String>,
    /// The RIDs that it would receive at once.
    pub simulcast_recv: Vec<String>,
    /// SSRCs in their order, RTX included (RFC 5576).
    pub ssrcs: Vec<u32>,
    /// `FID` and `SIM` groups.
    pub ssrc_groups: Vec<SsrcGroup>,
    /// The canonical name of its SSRCs.
    pub cname: Option<String>,
    /// `<stream id> <track id>` (RFC 8830).
    pub msid: Option<String>,
    /// RTP and RTCP share a transport.
    pub rtcp_mux: bool,
    /// Reduced-size RTCP (RFC 5506).
    pub rtcp_rsize: bool,
    /// The side's addresses, of the first component only. Those that cannot be read are left out.
    pub candidates: Vec<IceCandidate>,
    /// Whether no more candidates follow.
    pub end_of_candidates: bool,
    /// With data channels (RFC 8841).
    pub sctp_port: Option<u16>,
    /// Bytes a message at most, 0 for no limit; 64 KiB where it is not told.
    pub max_message_size: Option<u64>,
    pub(super) transport: TransportAttributes,
    /// Feedback of all codecs. It is spread over them at the end: a line must not cost as much as there are codecs.
    pub(super) feedback_of_all: Vec<RtcpFeedback>,
}

/// What a section carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// RTP of audio.
    Audio,
    /// RTP of video.
    Video,
    /// Data channels.
    Application,
    /// What we do not know: always rejected.
    Other,
}

impl MediaType {
    /// The kind of RTP; `None` for data.
    pub fn rtp(self) -> Option<MediaKind> {
        match self {
            Self::Audio => Some(MediaKind::Audio),
            Self::Video => Some(MediaKind::Video),
            Self::Application | Self::Other => None,
        }
    }
}

/// Which way media flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// From the side that wrote it.
    SendOnly,
    /// To it.
    RecvOnly,
    /// Not now.
    Inactive,
}

impl Direction {
    /// Whether the side that wrote it sends.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the side that wrote it receives.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "sendrecv" => Some(Self::SendRecv),
            "sendonly" => Some(Self::SendOnly),
            "recvonly" => Some(Self::RecvOnly),
            "inactive" => Some(Self::Inactive),
            _ => None,
        }
    }
}

/// Who starts the DTLS handshake (RFC 8842).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// As the answerer chooses.
    ActPass,
    /// The side that wrote it.
    Active,
    /// The other side.
    Passive,
}

/// A header extension (RFC 8285).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its number, 1–255.
    pub id: u8,
    /// Its name.
    pub uri: String,
    /// Which way it is used.
    pub direction: Direction,
}

/// A restriction identifier: names one of a section's streams (RFC 8851).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rid {
    /// Its name.
    pub id: String,
    /// Whether it is sent (else received) by the side that wrote it.
    pub send: bool,
}

/// SSRCs that belong together (RFC 5576).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsrcGroup {
    /// `FID`: a stream and its retransmissions. `SIM`: the streams of a simulcast.
    pub semantics: String,
    /// In their order.
    pub ssrcs: Vec<u32>,
}

impl Session {
    /// The ICE credentials of the transport that all sections share.
    ///
    /// # Errors
    /// [`SdpError::Missing`] where there are none.
    pub fn ice(&self) -> Result<IceParameters, SdpError> {
        let find = |read: fn(&TransportAttributes) -> &Option<String>| {
            self.transports().find_map(|transport| read(transport).clone())
        };
        Ok(IceParameters {
            username_fragment: find(|transport| &transport.ufrag).ok_or(SdpError::Missing("ice-ufrag"))?,
            password: find(|transport| &transport.pwd).ok_or(SdpError::Missing("ice-pwd"))?,
            ice_lite: self.ice_lite,
        })
    }

    /// The certificate's fingerprints, and the role that the side takes: [`DtlsRole::Auto`] where it leaves the
    /// choice to us, in which case [`answer`](super::answer) makes it the client.
    ///
    /// # Errors
    /// [`SdpError::Missing`] where there is no fingerprint.
    pub fn dtls(&self) -> Result<DtlsParameters, SdpError> {
        let fingerprints = self.transports().map(|transport| &transport.fingerprints);
        let fingerprints = fingerprints.into_iter().find(|list| !list.is_empty());
        let role = match self.setup() {
            Setup::ActPass => DtlsRole::Auto,
            Setup::Active => DtlsRole::Client,
            Setup::Passive => DtlsRole::Server,
        };
        let fingerprints = fingerprints.ok_or(SdpError::Missing("fingerprint"))?.clone();
        Ok(DtlsParameters { role, fingerprints })
    }

    /// Who starts the handshake; the answerer chooses where nothing is said.
    pub fn setup(&self) -> Setup {
        self.transports().find_map(|transport| transport.setup).unwrap_or(Setup::ActPass)
    }

    /// Whether a section is on the transport that all share. A session without a bundle has one section.
    pub fn is_bundled(&self, media: &Media) -> bool {
        match self.bundle.as_slice() {
            [] => self.media.iter().find(|media| !media.rejected).is_some_and(|first| first.mid == media.mid),
            mids => mids.contains(&media.mid),
        }
    }

    /// The section of data channels, where it is in use.
    pub fn data(&self) -> Option<&Media> {
        self.media.iter().find(|media| media.kind == MediaType::Application && !media.rejected)
    }

    /// The transport's attributes, the ones that count first: the section that the bundle names first, then the
    /// others, then the session's.
    fn transports(&self) -> impl Iterator<Item = &TransportAttributes> {
        let tag = self.bundle.first();
        let first = self.media.iter().filter(move |media| Some(&media.mid) == tag);
        let rest = self.media.iter().filter(|media| !media.rejected && self.is_bundled(media));
        first.chain(rest).map(|media| &media.transport).chain([&self.transport])
    }
}
