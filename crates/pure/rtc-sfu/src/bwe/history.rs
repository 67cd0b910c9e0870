//! What was sent of late, by its transport-wide sequence number, until feedback tells what became of it.

use crate::Time;
use std::time::Duration;

/// Entries at first: an idle or audio-only subscriber needs no more (1 KB).
const ENTRIES_MIN: usize = 64;
/// Entries at most (64 KB): a second at 35 Mbit/s.
const ENTRIES_MAX: usize = 4_096;
/// Feedback that comes later than this is not waited for, so an entry as old may be overwritten.
const WAIT: Duration = Duration::from_millis(1_500);

/// One packet that was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// When.
    pub at: Time,
    /// Its size; 65,535 stands for more.
    pub bytes: u16,
    /// The probe that it belongs to; 0: none.
    pub cluster: u16,
    seq: u16,
    state: State,
}

const _: () = assert!(size_of::<Sent>() == 16, "thousands of these are kept for every subscriber");

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
enum State {
    #[default]
    Empty,
    InFlight,
    Lost,
    Arrived,
}

/// A ring over what was sent, indexed by sequence number; it grows with the rate.
#[derive(Clone, Debug, Default)]
pub struct SendHistory {
    ring: Box<[Sent]>,
    next: u16,
}

impl SendHistory {
    /// An empty one that takes no memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a packet; gives the sequence number to write into it.
    #[inline]
    pub fn record(&mut self, now: Time, bytes: usize, cluster: u16) -> u16 {
        let seq = self.next;
        self.next = seq.wrapping_add(1);
        match self.slot(seq) {
            Some(slot) if slot.state != State::InFlight => {}
            Some(slot) if now.since(slot.at) >= WAIT => {}
            _ => self.grow(),
        }
        if let Some(slot) = self.slot(seq) {
            let bytes = bytes.min(usize::from(u16::MAX)) as u16;
            *slot = Sent { at: now, bytes, cluster, seq, state: State::InFlight };
        }
        seq
    }

    /// A packet arrived: gives what is known of it, once, and whether it had been told lost.
    pub fn arrived(&mut self, seq: u16) -> Option<(Sent, bool)> {
        let slot = self.slot(seq).filter(|slot| slot.seq == seq)?;
        let was_lost = match slot.state {
            State::InFlight => false,
            State::Lost => true,
            State::Empty | State::Arrived => return None,
        };
        slot.state = State::Arrived;
        Some((*slot, was_lost))
    }

    /// A packet has not arrived (yet): whether that is news.
    pub fn lost(&mut self, seq: u16) -> bool {
        match self.slot(seq) {
            Some(slot) if slot.seq == seq && slot.state == State::InFlight => {
                slot.state = State::Lost;
                true
            }
            _ => false,
        }
    }

    /// A packet is sent once more under its number: when it arrives says nothing any more.
    pub fn forget(&mut self, seq: u16) {
        if let Some(slot) = self.slot(seq).filter(|slot| slot.seq == seq && slot.state != State::Empty) {
            slot.state = State::Arrived;
        }
    }

    /// Bytes that it takes.
    pub fn memory(&self) -> usize {
        self.ring.len() * size_of::<Sent>()
    }

    #[inline]
    fn slot(&mut self, seq: u16) -> Option<&mut Sent> {
        // Empty: the mask is all ones, and nothing is found.
        let mask = self.ring.len().wrapping_sub(1);
        self.ring.get_mut(usize::from(seq) & mask)
    }

    #[cold]
    fn grow(&mut self) {
        let entries = (self.ring.len() * 2).max(ENTRIES_MIN);
        if entries > ENTRIES_MAX {
            return;
        }
        let before = std::mem::replace(&mut self.ring, vec![Sent::default(); entries].into());
        for sent in before.into_iter().filter(|sent| sent.state != State::Empty) {
            if let Some(slot) = self.slot(sent.seq) {
                *slot = sent;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_found_once() {
        let mut history = SendHistory::new();
        let seq = history.record(Time::from_millis(7), 1_200, 3);
        let (sent, was_lost) = history.arrived(seq).expect("it was sent");
        assert_eq!((sent.at, sent.bytes, sent.cluster, was_lost), (Time::from_millis(7), 1_200, 3, false));
        assert!(history.arrived(seq).is_none());
        assert!(history.arrived(seq.wrapping_add(1)).is_none());
        assert!(!history.lost(seq));
    }

    #[test]
    fn a_loss_may_turn_out_to_be_none() {
        let mut history = SendHistory::new();
        let seq = history.record(Time::ZERO, 100, 0);
        assert!(history.lost(seq));
        assert!(!history.lost(seq));
        assert!(history.arrived(seq).is_some_and(|(_, was_lost)| was_lost));
    }

    #[test]
    fn a_slow_subscriber_stays_small_and_a_fast_one_is_bounded() {
        let mut slow = SendHistory::new();
        for ms in 0..100_000 {
            let seq = slow.record(Time::from_millis(ms * 20), 100, 0);
            slow.arrived(seq.wrapping_sub(10));
        }
        assert_eq!(slow.memory(), 64 * 16);
        let mut fast = SendHistory::new();
        for micros in 0..200_000 {
            fast.record(Time::from_micros(micros), 100, 0);
        }
        assert_eq!(fast.memory(), 4_096 * 16);
        assert!(fast.arrived(fast.next.wrapping_sub(4_096)).is_some());
        assert!(fast.arrived(fast.next.wrapping_sub(4_097)).is_none());
    }

    #[test]
    fn nothing_is_lost_in_growing() {
        let mut history = SendHistory::new();
        history.next = 65_500;
        let all: Vec<u16> = (0..300).map(|index| history.record(Time::from_millis(index), 50, 0)).collect();
        assert!(all.iter().all(|seq| history.arrived(*seq).is_some()));
    }
}
