//! The names of header extensions in negotiation, in the order of the ids that a router gives them.

/// The media section that a packet belongs to (RFC 8843). Id 1.
pub const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// The simulcast layer (RFC 8852). Id 2.
pub const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
/// The simulcast layer that a retransmission repairs (RFC 8852). Id 3.
pub const REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
/// When the packet left, 24 bits. Id 4.
pub const ABS_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
/// The packet's number among all of the transport. Id 5.
pub const TRANSPORT_CC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// How loud the audio is (RFC 6464). Id 6.
pub const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/// What a video frame depends on (AV1 RTP specification, appendix A). Id 7.
pub const DEPENDENCY_DESCRIPTOR: &str =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
/// How the camera is held (3GPP TS 26.114). Id 8.
pub const VIDEO_ORIENTATION: &str = "urn:3gpp:video-orientation";
/// Time between capture and sending (RFC 5450). Id 9.
pub const TIME_OFFSET: &str = "urn:ietf:params:rtp-hdrext:toffset";
/// When the frame was captured, by the sender's clock. Id 10.
pub const ABS_CAPTURE_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
/// How long the receiver should hold frames back. Id 11.
pub const PLAYOUT_DELAY: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
/// A number of the packet that mediasoup gives. Id 12.
pub const MEDIASOUP_PACKET_ID: &str = "urn:mediasoup:params:rtp-hdrext:packet-id";

/// All of them; the one at index `i` has the router's id `i + 1`.
pub const ALL: [&str; 12] = [
    MID,
    RID,
    REPAIRED_RID,
    ABS_SEND_TIME,
    TRANSPORT_CC,
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    VIDEO_ORIENTATION,
    TIME_OFFSET,
    ABS_CAPTURE_TIME,
    PLAYOUT_DELAY,
    MEDIASOUP_PACKET_ID,
];
