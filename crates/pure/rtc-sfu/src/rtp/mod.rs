//! RTP packets (RFC 3550) and their header extensions (RFC 8285) as views: bytes are read where they lie and
//! written where they will be sent from. Nothing here allocates, and no bytes of a peer can make it panic.

mod bytes;
mod extension;
mod header;
mod sequence;
#[cfg(test)]
mod tests;
pub mod uri;
pub mod values;

pub(crate) use bytes::{i24_at, u16_at, u24_at, u32_at, u64_at};
pub use extension::{
    ELEMENTS_MAX, ExtensionBlock, ExtensionWriter, Extensions, Slot, Written, extensions, find_extension,
};
pub use header::{FIXED_HEADER_LEN, Fields, Header, write_header};
pub use sequence::{SequenceUnwrapper, TimestampUnwrapper, is_newer, is_newer_timestamp};

/// Why a packet cannot be read. The packet is dropped and counted, nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends before its header does.
    #[error("the packet is too short")]
    Short,
    /// Its version is not 2.
    #[error("the packet's version is not 2")]
    Version,
    /// Its contributing sources reach past its end.
    #[error("the packet's contributing sources do not fit")]
    Sources,
    /// Its extension block reaches past its end.
    #[error("the packet's extension block does not fit")]
    Extension,
    /// Its padding is empty or longer than what it pads.
    #[error("the packet's padding does not fit")]
    Padding,
    /// An RTCP packet's length or count reaches past its end.
    #[error("the packet's length or count does not fit")]
    Length,
}
