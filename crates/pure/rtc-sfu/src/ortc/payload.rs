//! From a sender's payload types to the router's, in one look at a table.

/// The entry of a payload type that is not in use.
const NONE: u8 = u8::MAX;

/// What a sender's payload types mean.
#[derive(Clone, PartialEq, Eq)]
pub struct CodecMap {
    /// The index into `codecs` of each payload type.
    index: [u8; 128],
    codecs: Vec<MappedCodec>,
}

/// One codec of a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedCodec {
    /// The sender's payload type, 0–127.
    pub payload_type: u8,
    /// The router's.
    pub router_payload_type: u8,
    /// The router's RTX payload type for this codec; for RTX itself, its own.
    pub router_rtx_payload_type: Option<u8>,
    /// With RTX: the sender's payload type of the codec that it repairs.
    pub apt: Option<u8>,
    /// With RTX: the router's payload type of the codec that it repairs.
    pub router_apt: Option<u8>,
    /// The router's spelling: `audio/opus`, `video/VP8`, `video/rtx` …
    pub mime: String,
    /// Hz.
    pub clock_rate: u32,
}

impl MappedCodec {
    /// Whether it carries retransmissions (RFC 4588).
    pub fn is_rtx(&self) -> bool {
        self.apt.is_some()
    }
}

impl CodecMap {
    /// Of codecs with distinct payload types up to 127; others are left out.
    pub(super) fn new(codecs: Vec<MappedCodec>) -> Self {
        let mut index = [NONE; 128];
        for (at, codec) in codecs.iter().enumerate().take(usize::from(NONE)) {
            if let Some(entry) = index.get_mut(usize::from(codec.payload_type)) {
                *entry = u8::try_from(at).unwrap_or(NONE);
            }
        }
        Self { index, codecs }
    }

    /// What a payload type of the sender means; `None` if it was not agreed on.
    #[inline]
    pub fn get(&self, payload_type: u8) -> Option<&MappedCodec> {
        let at = *self.index.get(usize::from(payload_type))?;
        self.codecs.get(usize::from(at))
    }

    /// All, in the sender's order.
    pub fn iter(&self) -> std::slice::Iter<'_, MappedCodec> {
        self.codecs.iter()
    }

    /// The codecs that are not RTX, in the sender's order.
    pub fn media(&self) -> impl Iterator<Item = &MappedCodec> {
        self.codecs.iter().filter(|codec| !codec.is_rtx())
    }
}

impl std::fmt::Debug for CodecMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.codecs).finish()
    }
}
