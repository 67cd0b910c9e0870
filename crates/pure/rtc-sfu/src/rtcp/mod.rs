//! RTCP: views over what peers report and ask for (RFC 3550, 4585, 5104, 3611 and the drafts on transport-wide
//! feedback and on receiver-estimated bitrates), and functions that write the same.
//!
//! [`packets`] walks a datagram without allocating. Every packet's counts are checked against its length before
//! it is handed out, so what its iterators yield is bounded by the datagram's bytes; the one exception,
//! [`TransportCc::statuses`], says so.

mod feedback;
mod report;
#[cfg(test)]
mod tests;
mod transport_cc;
pub mod write;

pub use crate::rtp::Malformed;
use crate::rtp::u16_at;
pub use feedback::{Fir, Nack, Pli, Remb};
pub use report::{
    Bye, Dlrr, ExtendedReport, ReceiverReport, ReportBlock, Sdes, SdesItem, SenderInfo, SenderReport,
    XrBlock, middle_of_ntp,
};
pub use transport_cc::{REFERENCE_WRAP_MICROS, TransportCc};

pub(crate) const SENDER_REPORT: u8 = 200;
pub(crate) const RECEIVER_REPORT: u8 = 201;
pub(crate) const SDES: u8 = 202;
pub(crate) const BYE: u8 = 203;
pub(crate) const TRANSPORT_FEEDBACK: u8 = 205;
pub(crate) const PAYLOAD_FEEDBACK: u8 = 206;
pub(crate) const EXTENDED_REPORT: u8 = 207;

/// One packet of a compound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// What a sender sent so far, and what it receives.
    SenderReport(SenderReport<'a>),
    /// What a receiver receives.
    ReceiverReport(ReceiverReport<'a>),
    /// Names of sources.
    Sdes(Sdes<'a>),
    /// Sources that end.
    Bye(Bye<'a>),
    /// Packets to be sent again.
    Nack(Nack<'a>),
    /// A key frame is asked for.
    Pli(Pli),
    /// A key frame is asked for, by number.
    Fir(Fir<'a>),
    /// Which packets of the transport arrived, and when.
    TransportCc(TransportCc<'a>),
    /// The bitrate that a receiver believes in.
    Remb(Remb<'a>),
    /// Extended reports.
    ExtendedReport(ExtendedReport<'a>),
    /// A packet of no use to us.
    Unknown {
        /// RTCP packet type, 192 to 223 on a shared port.
        packet_type: u8,
        /// Its count or format, 0 to 31.
        format: u8,
    },
}

/// The packets of a compound, decrypted; a reduced-size one (RFC 5506) too.
///
/// A packet whose own content is broken is an `Err` and the walk goes on behind it; a length that reaches past the
/// end is an `Err` that ends it.
pub fn packets(compound: &[u8]) -> Packets<'_> {
    Packets { rest: compound }
}

/// See [`packets`].
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let framed = frame(self.rest);
        self.rest = framed.ok().and_then(|(len, _)| self.rest.get(len..)).unwrap_or_default();
        Some(framed.and_then(|(_, content)| content.read()))
    }
}

/// A packet's header and what follows it.
#[derive(Clone, Copy)]
struct Content<'a> {
    packet_type: u8,
    format: u8,
    padded: bool,
    body: &'a [u8],
}

/// The first packet of `bytes` and its length.
fn frame(bytes: &[u8]) -> Result<(usize, Content<'_>), Malformed> {
    let (&[first, packet_type], words) = (bytes.first_chunk().ok_or(Malformed::Short)?, u16_at(bytes, 2));
    if first >> 6 != 2 {
        return Err(Malformed::Version);
    }
    let len = 4 + 4 * usize::from(words.ok_or(Malformed::Short)?);
    let body = bytes.get(4..len).ok_or(Malformed::Length)?;
    Ok((len, Content { packet_type, format: first & 0x1f, padded: first & 0x20 != 0, body }))
}

impl<'a> Content<'a> {
    fn read(self) -> Result<Packet<'a>, Malformed> {
        let body = self.unpadded()?;
        let count = usize::from(self.format);
        Ok(match (self.packet_type, self.format) {
            (SENDER_REPORT, _) => Packet::SenderReport(SenderReport::parse(body, count)?),
            (RECEIVER_REPORT, _) => Packet::ReceiverReport(ReceiverReport::parse(body, count)?),
            (SDES, _) => Packet::Sdes(Sdes::parse(body, count)),
            (BYE, _) => Packet::Bye(Bye::parse(body, count)?),
            (TRANSPORT_FEEDBACK, 1) => Packet::Nack(Nack::parse(body)?),
            (TRANSPORT_FEEDBACK, 15) => Packet::TransportCc(TransportCc::parse(body)?),
            (PAYLOAD_FEEDBACK, 1) => Packet::Pli(Pli::parse(body)?),
            (PAYLOAD_FEEDBACK, 4) => Packet::Fir(Fir::parse(body)?),
            (PAYLOAD_FEEDBACK, 15) if Remb::is_named(body) => Packet::Remb(Remb::parse(body)?),
            (EXTENDED_REPORT, _) => Packet::ExtendedReport(ExtendedReport::parse(body)?),
            (packet_type, format) => Packet::Unknown { packet_type, format },
        })
    }

    fn unpadded(&self) -> Result<&'a [u8], Malformed> {
        if !self.padded {
            return Ok(self.body);
        }
        let padding = usize::from(*self.body.last().ok_or(Malformed::Padding)?);
        let end = self.body.len().checked_sub(padding).filter(|_| padding > 0);
        end.and_then(|end| self.body.get(..end)).ok_or(Malformed::Padding)
    }
}
