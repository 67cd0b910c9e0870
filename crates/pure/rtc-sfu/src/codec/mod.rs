//! What a forwarder has to know of a payload: where frames begin and end, which layer they belong to, whether a
//! receiver can begin with them. Payloads are never decoded, and never refused: what cannot be read is a packet of
//! the base layer that begins nothing.

pub mod av1;
mod bits;
pub mod dd;
pub mod h264;
pub mod opus;
#[cfg(test)]
pub(crate) mod tests;
pub mod vp8;
pub mod vp9;

pub use dd::{DependencyDescriptorInfo, DescriptorReader};

/// Spatial layers that are told apart, at most.
pub const SPATIAL_LAYERS_MAX: usize = 4;

/// A codec that we forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Opus (RFC 7587).
    Opus,
    /// Audio repeated in later packets (RFC 2198).
    Red,
    /// G.711 μ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// VP8 (RFC 7741).
    Vp8,
    /// VP9 (RFC 9628).
    Vp9,
    /// H.264 (RFC 6184).
    H264,
    /// AV1 (the Alliance's RTP specification).
    Av1,
    /// A codec whose payloads are not read.
    #[default]
    Other,
}

impl Codec {
    /// The codec of a MIME type such as `video/VP8`, in any case.
    pub fn from_mime(mime: &str) -> Codec {
        const NAMES: [(&str, Codec); 8] = [
            ("audio/opus", Codec::Opus),
            ("audio/red", Codec::Red),
            ("audio/pcmu", Codec::Pcmu),
            ("audio/pcma", Codec::Pcma),
            ("video/vp8", Codec::Vp8),
            ("video/vp9", Codec::Vp9),
            ("video/h264", Codec::H264),
            ("video/av1", Codec::Av1),
        ];
        let known = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(mime));
        known.map_or(Codec::Other, |(_, codec)| *codec)
    }
}

/// A VP8 or VP9 picture's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureId {
    /// The number.
    pub value: u16,
    /// It has 15 bits; else 7.
    pub long: bool,
}

/// What a packet holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// A packet of a frame of the lowest spatial layer that needs no earlier one. VP8, AV1: on the first packet of
    /// such a frame only. H.264: on packets with parameter sets or the frame's data. VP9: on every packet of it.
    /// With [`Payload::start_of_frame`], a receiver can begin with this packet.
    pub key_frame: bool,
    /// The first packet of a frame; of a spatial layer's frame where there are such layers. H.264: of a key frame,
    /// that with its parameter sets. Audio: every packet.
    pub start_of_frame: bool,
    /// The last packet of a frame, or of a spatial layer's frame. Told by VP9, by dependency descriptors, and for
    /// audio; for other video only the RTP marker tells.
    pub end_of_frame: bool,
    /// Spatial layer, from 0.
    pub spatial: u8,
    /// Temporal layer, from 0.
    pub temporal: u8,
    /// How many spatial layers the stream has now; 0 where the packet does not tell.
    pub spatial_layers: u8,
    /// Forwarding may go up to this packet's temporal layer with it, coming from the layer below. Set on frames of
    /// the lowest spatial layer only.
    pub switch_up: bool,
    /// The frame needs that of the spatial layer below of the same picture.
    pub inter_layer: bool,
    /// No other frame needs this one.
    pub discardable: bool,
    /// Audio: silence, as the codec's discontinuous transmission marks it.
    pub silent: bool,
    /// Width and height of this packet's layer, in pixels, where the packet tells: at key frames.
    pub dimensions: Option<(u16, u16)>,
    /// VP8, VP9: the picture.
    pub picture_id: Option<PictureId>,
    /// VP8, VP9: counts frames of the lowest temporal layer.
    pub tl0_pic_idx: Option<u8>,
    /// Where VP8's numbers lie.
    pub rewrite: vp8::Offsets,
}

/// Reads a packet's payload, decrypted and without padding. `descriptor` is what the stream's [`DescriptorReader`]
/// made of the packet's header extension.
pub fn parse(codec: Codec, payload: &[u8], descriptor: Option<&DependencyDescriptorInfo>) -> Payload {
    match codec {
        Codec::Vp8 => vp8::parse(payload).unwrap_or_default(),
        Codec::Vp9 => vp9::parse(payload).unwrap_or_default(),
        Codec::H264 => h264::parse(payload, descriptor),
        Codec::Av1 => av1::parse(payload, descriptor),
        Codec::Opus | Codec::Red | Codec::Pcmu | Codec::Pcma => Payload {
            start_of_frame: true,
            end_of_frame: true,
            silent: match codec {
                Codec::Opus => opus::is_silence(payload),
                Codec::Red => {
                    opus::red_primary(payload).is_some_and(|(_, primary)| opus::is_silence(primary))
                }
                _ => false,
            },
            ..Payload::default()
        },
        Codec::Other => descriptor.map(dd::payload).unwrap_or_default(),
    }
}

/// Width and height of each spatial layer as a key frame's packet tells them, zeros where it does not: one packet
/// of the lowest layer may tell of all ([`Payload::dimensions`] has only its own).
pub fn layer_sizes(
    codec: Codec,
    payload: &[u8],
    descriptor: Option<&DependencyDescriptorInfo>,
) -> [(u16, u16); SPATIAL_LAYERS_MAX] {
    let own = || {
        let parsed = parse(codec, payload, None);
        let mut sizes = [(0, 0); SPATIAL_LAYERS_MAX];
        if let (Some(size), Some(known)) = (parsed.dimensions, sizes.get_mut(usize::from(parsed.spatial))) {
            *known = size;
        }
        sizes
    };
    match (codec, descriptor) {
        (Codec::Vp9, _) => vp9::layer_sizes(payload),
        (Codec::Av1 | Codec::Other, Some(descriptor)) => descriptor.sizes,
        _ => own(),
    }
}
