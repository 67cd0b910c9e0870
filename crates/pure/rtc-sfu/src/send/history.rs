//! What was sent to one subscriber, by the numbers under which it was: to answer NACK, and to send later
//! what the pacer holds back. Packets themselves are in the producer's [`super::store::PacketStore`].

use crate::Time;

/// How often one packet is sent again at most.
const RESENDS_MAX: u8 = 8;

/// One packet as it was, or will be, sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    /// The subscriber's number.
    pub(crate) number: u64,
    /// The source's number.
    pub(crate) source: u64,
    pub(crate) timestamp: u32,
    /// When it was last sent, in milliseconds of [`Time`].
    pub(super) sent_ms: u32,
    /// VP8's picture id and TL0PICIDX, where they are rewritten.
    pub(crate) picture: (u16, u8),
    /// Which of the producer's streams.
    pub(crate) stream: u8,
    pub(crate) marker: bool,
    /// Nothing but a byte of padding: the place of a packet that was left out late.
    pub(crate) filler: bool,
    pub(super) resends: u8,
}

/// A ring that begins small and doubles while it turns over within a second.
#[derive(Debug)]
pub(crate) struct SentHistory {
    ring: Vec<Sent>,
    max: usize,
}

impl SentHistory {
    /// Holds `max` at most (a power of two); 0 keeps nothing.
    pub(crate) fn new(max: usize) -> Self {
        Self { ring: Vec::new(), max }
    }

    /// Forgets all: the packets that it speaks of are no more.
    pub(crate) fn clear(&mut self) {
        self.ring.clear();
    }

    /// Forgets a packet: it was never sent, and is not to be.
    pub(crate) fn forget(&mut self, number: u64) {
        let slot = self.slot(number);
        if let Some(sent) = self.ring.get_mut(slot).filter(|sent| sent.number == number) {
            sent.number = u64::MAX;
        }
    }

    /// Notes what is sent.
    pub(crate) fn push(&mut self, now: Time, mut sent: Sent) {
        if self.max == 0 {
            return;
        }
        sent.sent_ms = now.as_millis() as u32;
        if self.ring.is_empty() {
            self.ring = vec![Sent { number: u64::MAX, ..Sent::default() }; 64.min(self.max)];
        }
        let old = &self.ring[self.slot(sent.number)];
        let young = old.number < sent.number && sent.sent_ms.wrapping_sub(old.sent_ms) < 1000;
        if young && self.ring.len() < self.max {
            self.grow();
        }
        let slot = self.slot(sent.number);
        self.ring[slot] = sent;
    }

    /// What was sent under that number, if it is remembered.
    pub(crate) fn get(&self, number: u64) -> Option<&Sent> {
        self.ring.get(self.slot(number)).filter(|sent| sent.number == number)
    }

    /// What to send again under that number; `None` also where it was sent again within `quiet_ms`, for
    /// requests that crossed it, or too often.
    pub(crate) fn resend(&mut self, now: Time, number: u64, quiet_ms: u32) -> Option<Sent> {
        let slot = self.slot(number);
        let sent = self.ring.get_mut(slot).filter(|sent| sent.number == number)?;
        let now_ms = now.as_millis() as u32;
        let recent = sent.resends > 0 && now_ms.wrapping_sub(sent.sent_ms) < quiet_ms;
        if recent || sent.resends >= RESENDS_MAX {
            return None;
        }
        sent.resends += 1;
        sent.sent_ms = now_ms;
        Some(*sent)
    }

    fn slot(&self, number: u64) -> usize {
        number as usize & self.ring.len().wrapping_sub(1)
    }

    fn grow(&mut self) {
        let wider = self.ring.len() * 2;
        let mut ring = vec![Sent { number: u64::MAX, ..Sent::default() }; wider];
        for sent in self.ring.iter().filter(|sent| sent.number != u64::MAX) {
            ring[sent.number as usize & (wider - 1)] = *sent;
        }
        self.ring = ring;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(number: u64) -> Sent {
        Sent { number, source: number + 7, ..Sent::default() }
    }

    #[test]
    fn a_packet_is_sent_again_once_a_round_trip() {
        let mut history = SentHistory::new(1024);
        history.push(Time::from_millis(0), sent(3));
        assert!(history.resend(Time::from_millis(30), 3, 50).is_some_and(|sent| sent.source == 10));
        assert!(history.resend(Time::from_millis(60), 3, 50).is_none(), "asked for again too soon");
        assert!(history.resend(Time::from_millis(90), 3, 50).is_some());
        assert!(history.resend(Time::from_millis(90), 4, 50).is_none(), "never sent");
    }

    #[test]
    fn no_packet_is_sent_again_without_end() {
        let mut history = SentHistory::new(1024);
        history.push(Time::ZERO, sent(1));
        let times =
            (1..100).filter(|at| history.resend(Time::from_millis(at * 1000), 1, 50).is_some()).count();
        assert_eq!(times, usize::from(RESENDS_MAX));
    }

    #[test]
    fn it_remembers_a_second_at_any_rate() {
        let mut history = SentHistory::new(2048);
        for number in 0..3000 {
            history.push(Time::from_millis(number), sent(number));
        }
        assert!(history.get(2001).is_some());
        assert!(history.get(0).is_none());
        let mut none = SentHistory::new(0);
        none.push(Time::ZERO, sent(1));
        assert!(none.get(1).is_none());
    }
}
