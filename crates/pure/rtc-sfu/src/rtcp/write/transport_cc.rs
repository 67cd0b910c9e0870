//! Writes a receiver's account of a transport's packets.

use super::{TRANSPORT_FEEDBACK, packet, put};
use crate::rtcp::transport_cc::{DELTA_MICROS, REFERENCE_MICROS};

/// Packets, lost ones too, that one account covers: what 100 ms of 40,000 packets a second need.
const STATUSES_MAX: u16 = 4_000;
/// Bytes of deltas of one account, so that the packet stays within a datagram.
const DELTA_BYTES_MAX: usize = 900;
/// From here on a run takes less room than vectors of symbols.
const RUN_MIN: usize = 8;
/// What a run can count.
const RUN_MAX: usize = 0x1fff;

/// Appends an account of the packets from `base` on. `arrivals` holds them in order of their numbers, with the
/// microseconds of a clock; those not listed, or without a time, did not arrive.
///
/// Gives how many of `arrivals` it took: fewer than all where they do not fit in one packet, or where a time is
/// more than 8 s from the one before. Then call again with the rest. Nothing is written where it takes none, because
/// the first lies before `base` or 4,000 behind it: then call again with the first as base.
pub fn transport_cc(
    out: &mut Vec<u8>,
    (sender, media): (u32, u32),
    feedback_count: u8,
    base: u16,
    arrivals: &[(u16, Option<i64>)],
) -> usize {
    let first = arrivals.iter().find_map(|(_, arrival)| *arrival).unwrap_or(0);
    let reference = first.div_euclid(REFERENCE_MICROS);
    let statuses = Statuses { arrivals, base, covered: 0, reference, ticks: 0, delta_bytes: 0 };
    if statuses.clone().next().is_none() {
        return 0;
    }
    let mut end = statuses.clone();
    packet(out, 15, TRANSPORT_FEEDBACK, |out| {
        put(out, sender);
        put(out, media);
        let count = end.by_ref().count();
        put(out, u32::from(base) << 16 | count as u32);
        put(out, (reference as u32) << 8 | u32::from(feedback_count));
        put_chunks(out, statuses.clone().map(symbol));
        for delta in statuses.flatten() {
            match u8::try_from(delta) {
                Ok(small) => out.push(small),
                Err(_) => out.extend(delta.to_be_bytes()),
            }
        }
    });
    arrivals.len() - end.arrivals.len()
}

/// 0: did not arrive. 1: a delta of one byte. 2: a delta of two.
fn symbol(delta: Option<i16>) -> u8 {
    match delta {
        None => 0,
        Some(0..=255) => 1,
        Some(_) => 2,
    }
}

/// Packs symbols into chunks: a run where many are alike, else 14 of one bit, else 7 of two.
fn put_chunks(out: &mut Vec<u8>, mut symbols: impl Iterator<Item = u8> + Clone) {
    while let Some(first) = symbols.clone().next() {
        let run = symbols.clone().take(RUN_MAX).take_while(|symbol| *symbol == first).count();
        let large = symbols.clone().take(14).any(|symbol| symbol == 2);
        let (word, taken) = if run >= RUN_MIN {
            (u16::from(first) << 13 | run as u16, run)
        } else if large {
            (0b11 << 14 | pack(symbols.clone(), 7, 2), 7)
        } else {
            (0b10 << 14 | pack(symbols.clone(), 14, 1), 14)
        };
        out.extend(word.to_be_bytes());
        symbols.nth(taken - 1);
    }
}

/// The next `count` symbols of `bits` each, zeros past the end.
fn pack(symbols: impl Iterator<Item = u8>, count: usize, bits: u16) -> u16 {
    let padded = symbols.chain(std::iter::repeat(0));
    padded.take(count).fold(0, |word, symbol| word << bits | u16::from(symbol))
}

/// Every packet covered, with its delta where it arrived; ends before the first that does not fit.
#[derive(Clone)]
struct Statuses<'a> {
    arrivals: &'a [(u16, Option<i64>)],
    base: u16,
    covered: u16,
    /// In units of 64 ms.
    reference: i64,
    /// The last arrival, in deltas from the reference.
    ticks: i64,
    delta_bytes: usize,
}

impl Iterator for Statuses<'_> {
    type Item = Option<i16>;

    fn next(&mut self) -> Option<Option<i16>> {
        let ((sequence, arrival), rest) = self.arrivals.split_first()?;
        let place = sequence.wrapping_sub(self.base);
        if place < self.covered || place >= STATUSES_MAX {
            return None;
        }
        let mut delta = None;
        if let (Some(arrival), true) = (arrival, place == self.covered) {
            // Rounded against the reference, so that errors do not add up.
            let since = arrival.saturating_sub(self.reference * REFERENCE_MICROS);
            let ticks = since.div_euclid(DELTA_MICROS);
            let step = i16::try_from(ticks - self.ticks).ok()?;
            let bytes = self.delta_bytes + usize::from(symbol(Some(step)));
            if bytes > DELTA_BYTES_MAX {
                return None;
            }
            (self.ticks, self.delta_bytes, delta) = (ticks, bytes, Some(step));
        }
        if place == self.covered {
            self.arrivals = rest;
        }
        self.covered += 1;
        Some(delta)
    }
}
