//! Functions that append RTCP packets to a compound. The caller clears and reuses its buffer; nothing else is
//! allocated. A compound begins with a report, unless reduced-size RTCP was negotiated (RFC 5506).

mod transport_cc;

use super::{
    BYE, Dlrr, EXTENDED_REPORT, PAYLOAD_FEEDBACK, RECEIVER_REPORT, ReportBlock, SDES, SENDER_REPORT,
    SenderInfo, TRANSPORT_FEEDBACK,
};
pub use transport_cc::transport_cc;

/// Blocks or sources that one packet can count.
const COUNT_MAX: usize = 31;
/// Entries of one NACK: a kilobyte.
const NACK_ENTRIES_MAX: usize = 250;

/// Appends a packet whose body `body` writes.
fn packet(out: &mut Vec<u8>, format: u8, packet_type: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0x80 | format & 0x1f, packet_type, 0, 0]);
    body(out);
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
    let words = (out.len() - start) / 4 - 1;
    if let Some(length) = out.get_mut(start + 2..start + 4) {
        length.copy_from_slice(&(words as u16).to_be_bytes());
    }
}

fn put(out: &mut Vec<u8>, number: u32) {
    out.extend(number.to_be_bytes());
}

fn put_block(out: &mut Vec<u8>, block: &ReportBlock) {
    put(out, block.ssrc);
    let lost = block.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
    put(out, u32::from(block.fraction_lost) << 24 | lost);
    put(out, block.highest_sequence);
    put(out, block.jitter);
    put(out, block.last_sr);
    put(out, block.delay_since_last_sr);
}

/// A sender's report. Blocks past 31 go into receiver reports behind it.
pub fn sender_report(out: &mut Vec<u8>, info: &SenderInfo, blocks: &[ReportBlock]) {
    let (own, rest) = blocks.split_at(blocks.len().min(COUNT_MAX));
    packet(out, own.len() as u8, SENDER_REPORT, |out| {
        put(out, info.ssrc);
        out.extend(info.ntp.to_be_bytes());
        put(out, info.rtp_timestamp);
        put(out, info.packets);
        put(out, info.octets);
        own.iter().for_each(|block| put_block(out, block));
    });
    if !rest.is_empty() {
        receiver_report(out, info.ssrc, rest);
    }
}

/// A receiver's report, several where there are more than 31 blocks. Without blocks it is an empty one, as a
/// compound may need at its start.
pub fn receiver_report(out: &mut Vec<u8>, sender: u32, blocks: &[ReportBlock]) {
    let mut rest = blocks;
    loop {
        let (own, behind) = rest.split_at(rest.len().min(COUNT_MAX));
        packet(out, own.len() as u8, RECEIVER_REPORT, |out| {
            put(out, sender);
            own.iter().for_each(|block| put_block(out, block));
        });
        rest = behind;
        if rest.is_empty() {
            return;
        }
    }
}

/// A stream's CNAME, cut after 255 bytes.
pub fn sdes(out: &mut Vec<u8>, ssrc: u32, cname: &str) {
    let cname = cname.as_bytes().get(..cname.len().min(255)).unwrap_or_default();
    packet(out, 1, SDES, |out| {
        put(out, ssrc);
        out.extend([1, cname.len() as u8]);
        out.extend(cname);
        // The chunk's end is at least one zero; the packet's filling up adds the others.
        out.push(0);
    });
}

/// Streams that end; at most 31, the others are left out.
pub fn bye(out: &mut Vec<u8>, streams: &[u32]) {
    let streams = streams.get(..streams.len().min(COUNT_MAX)).unwrap_or_default();
    packet(out, streams.len() as u8, BYE, |out| streams.iter().for_each(|stream| put(out, *stream)));
}

/// Asks for packets again. `sequences` in their order; gives how many of them fitted, all up to 250 spread ones.
/// Nothing is written where there are none.
pub fn nack(out: &mut Vec<u8>, sender: u32, media: u32, sequences: &[u16]) -> usize {
    if sequences.is_empty() {
        return 0;
    }
    let mut taken = 0;
    packet(out, 1, TRANSPORT_FEEDBACK, |out| {
        put(out, sender);
        put(out, media);
        for _ in 0..NACK_ENTRIES_MAX {
            let Some((first, behind)) = sequences.get(taken..).and_then(<[u16]>::split_first) else { break };
            taken += 1;
            let mut mask = 0;
            for sequence in behind {
                match sequence.wrapping_sub(*first) {
                    distance @ 1..=16 => mask |= 1 << (distance - 1),
                    0 => {}
                    _ => break,
                }
                taken += 1;
            }
            put(out, u32::from(*first) << 16 | mask);
        }
    });
    taken
}

/// Asks for a key frame.
pub fn pli(out: &mut Vec<u8>, sender: u32, media: u32) {
    packet(out, 1, PAYLOAD_FEEDBACK, |out| {
        put(out, sender);
        put(out, media);
    });
}

/// Asks for key frames by number: pairs of stream and number, which goes up with each new question.
pub fn fir(out: &mut Vec<u8>, sender: u32, entries: &[(u32, u8)]) {
    packet(out, 4, PAYLOAD_FEEDBACK, |out| {
        put(out, sender);
        put(out, 0);
        for (media, number) in entries {
            put(out, *media);
            out.extend([*number, 0, 0, 0]);
        }
    });
}

/// The bitrate in bits per second that the streams may take together, rounded down to 18 significant bits. Streams
/// past 255 are left out.
pub fn remb(out: &mut Vec<u8>, sender: u32, bitrate: u64, streams: &[u32]) {
    let streams = streams.get(..streams.len().min(255)).unwrap_or_default();
    packet(out, 15, PAYLOAD_FEEDBACK, |out| {
        put(out, sender);
        put(out, 0);
        out.extend(b"REMB");
        let exponent = (64 - bitrate.leading_zeros()).saturating_sub(18);
        let mantissa = (bitrate >> exponent) as u32;
        put(out, (streams.len() as u32) << 24 | exponent << 18 | mantissa);
        streams.iter().for_each(|stream| put(out, *stream));
    });
}

/// Answers receivers that asked for their round-trip time (RFC 3611, section 4.5).
pub fn dlrr(out: &mut Vec<u8>, sender: u32, answers: &[Dlrr]) {
    packet(out, 0, EXTENDED_REPORT, |out| {
        put(out, sender);
        put(out, 5 << 24 | (3 * answers.len()) as u32 & 0xffff);
        for answer in answers {
            put(out, answer.ssrc);
            put(out, answer.last_rr);
            put(out, answer.delay);
        }
    });
}
