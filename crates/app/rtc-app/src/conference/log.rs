//! Reliable packets of one member: numbered by it, taken once, and kept for others who were away for a moment.

use rtc_types::{Millis, SeatId};
use std::{collections::VecDeque, sync::Arc};

/// How long a packet is kept: longer than a connection takes to come back.
const KEPT_MS: Millis = 30_000;
/// Bytes kept of one member.
const BYTES_MAX: usize = 1024 * 1024;

/// See the module.
#[derive(Default)]
pub(super) struct PacketLog {
    last: u32,
    kept: VecDeque<Kept>,
    bytes: usize,
}

struct Kept {
    sequence: u32,
    at: Millis,
    /// `None`: to all.
    to: Option<Vec<SeatId>>,
    payload: Arc<[u8]>,
}

impl PacketLog {
    /// The highest number taken.
    pub(super) fn last(&self) -> u32 {
        self.last
    }

    /// Whether a packet is new. 0 is no number: such a packet always is.
    pub(super) fn take(&mut self, sequence: u32) -> bool {
        if sequence == 0 {
            return true;
        }
        let fresh = sequence > self.last;
        self.last = self.last.max(sequence);
        fresh
    }

    pub(super) fn keep(&mut self, now: Millis, sequence: u32, to: Option<Vec<SeatId>>, payload: Arc<[u8]>) {
        self.bytes += payload.len();
        self.kept.push_back(Kept { sequence, at: now, to, payload });
        while let Some(first) = self.kept.front()
            && (self.bytes > BYTES_MAX || first.at + KEPT_MS < now)
        {
            self.bytes -= first.payload.len();
            self.kept.pop_front();
        }
    }

    /// What a member has missed that has seen all up to `sequence`.
    pub(super) fn after(&self, sequence: u32, seat: &SeatId) -> Vec<Arc<[u8]>> {
        let meant =
            |kept: &&Kept| kept.sequence > sequence && kept.to.as_ref().is_none_or(|to| to.contains(seat));
        self.kept.iter().filter(meant).map(|kept| kept.payload.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_taken_once_and_repeated_to_those_who_were_meant() {
        let seat = |name: &str| SeatId::new(name).expect("an id");
        let mut log = PacketLog::default();
        assert!(log.take(1) && log.take(2) && !log.take(2) && !log.take(1));
        log.keep(0, 1, None, Arc::from([1]));
        log.keep(1, 2, Some(vec![seat("b")]), Arc::from([2]));
        assert_eq!(log.after(0, &seat("a")).len(), 1);
        assert_eq!(log.after(0, &seat("b")).len(), 2);
        assert_eq!(log.after(2, &seat("b")).len(), 0);
        log.keep(KEPT_MS + 2, 3, None, Arc::from([3]));
        assert_eq!(log.after(0, &seat("b")).len(), 1, "the others are too old");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut log = PacketLog::default();
        for sequence in 1..100 {
            log.keep(0, sequence, None, vec![0; 64 * 1024].into());
        }
        assert!(log.bytes <= BYTES_MAX && log.kept.len() == 16);
    }
}
