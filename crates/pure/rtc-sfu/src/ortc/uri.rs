//! The names of the header extensions that the router knows (RFC 8285).

/// The media section's id (RFC 8843).
pub const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// The RID of a stream (RFC 8852).
pub const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
/// The RID of the stream that a retransmission repairs (RFC 8852).
pub const REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
/// When the packet left, in 24 bits.
pub const ABS_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
/// A packet count over the whole transport, for congestion control.
pub const TRANSPORT_CC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// How loud the packet is (RFC 6464).
pub const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/// What a frame depends on (AV1 RTP payload format, appendix A).
pub const DEPENDENCY_DESCRIPTOR: &str =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
/// How the picture is turned (3GPP TS 26.114).
pub const VIDEO_ORIENTATION: &str = "urn:3gpp:video-orientation";
/// The difference between capture and sending (RFC 5450).
pub const TOFFSET: &str = "urn:ietf:params:rtp-hdrext:toffset";
/// When the frame was captured, in NTP time.
pub const ABS_CAPTURE_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
/// How long a receiver should hold a frame.
pub const PLAYOUT_DELAY: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
/// A packet's id, as `mediasoup` names it; announced because its clients expect the table to be whole.
pub const PACKET_ID: &str = "urn:mediasoup:params:rtp-hdrext:packet-id";
