//! STUN messages (RFC 8489): ICE checks are made of them, and so will TURN be.
//!
//! [`Message`] reads a datagram where it lies. [`Writer`] appends a message to a buffer. Both know attributes
//! by number, so that other protocols on STUN bring their own. What a message claims counts only after
//! [`Message::verify_integrity`].

mod integrity;
mod message;
#[cfg(test)]
mod tests;
mod writer;

pub use integrity::IntegrityKey;
pub use message::{Attributes, Message, StunError};
pub use writer::Writer;

/// The fixed bytes 4–7 of every message.
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const HEADER_BYTES: usize = 20;
const ATTRIBUTE_HEADER_BYTES: usize = 4;
const INTEGRITY_BYTES: usize = 20;
const FINGERPRINT_BYTES: usize = 4;

/// What a message is for (RFC 8489, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Is to be answered.
    Request,
    /// Is not answered.
    Indication,
    /// A request was done.
    Success,
    /// A request was refused.
    Error,
}

/// What is asked, 12 bits. TURN has methods of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method(pub u16);

impl Method {
    /// Tell me the address that I have; the method of ICE checks.
    pub const BINDING: Method = Method(1);
}

/// Ties a response to its request. The requester draws it anew for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransactionId(pub [u8; 12]);

/// Attribute types (RFC 8489, section 18.3; RFC 8445, section 20.1).
pub mod attribute {
    /// `<ufrag of the receiver>:<ufrag of the sender>` in ICE.
    pub const USERNAME: u16 = 0x0006;
    /// HMAC-SHA1 of all before it.
    pub const MESSAGE_INTEGRITY: u16 = 0x0008;
    /// Why a request is refused.
    pub const ERROR_CODE: u16 = 0x0009;
    /// Which attributes were not understood.
    pub const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
    /// The scope of long-term credentials.
    pub const REALM: u16 = 0x0014;
    /// A challenge against replay, of long-term credentials.
    pub const NONCE: u16 = 0x0015;
    /// HMAC-SHA256 of all before it; no ICE agent sends it alone.
    pub const MESSAGE_INTEGRITY_SHA256: u16 = 0x001C;
    /// The sender's address as the receiver sees it.
    pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    /// The priority of the candidate that a check comes from.
    pub const PRIORITY: u16 = 0x0024;
    /// The controlling side chooses this path.
    pub const USE_CANDIDATE: u16 = 0x0025;
    /// Free text about the sender.
    pub const SOFTWARE: u16 = 0x8022;
    /// CRC-32 of all before it.
    pub const FINGERPRINT: u16 = 0x8028;
    /// The sender takes itself for controlled.
    pub const ICE_CONTROLLED: u16 = 0x8029;
    /// The sender takes itself for controlling.
    pub const ICE_CONTROLLING: u16 = 0x802A;
    /// The number of a nomination; a higher one overrides a lower (draft-thatcher-ice-renomination).
    pub const NOMINATION: u16 = 0xC001;
}
