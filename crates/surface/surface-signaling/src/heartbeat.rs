//! Pings: whether a client is alive, and how far it has read.
//!
//! A ping carries the `seq` of the last message sent. The browser returns the payload in its pong by
//! itself (RFC 6455, section 5.5.3), and because frames arrive in order, the pong acknowledges all
//! messages before the ping. Without any message of its own the client so keeps the replay store small.

use rtc_types::limits::HEARTBEATS_MISSED_MAX;

/// Messages sent after which a ping is due before its time, to have them acknowledged.
const UNACKNOWLEDGED_MAX: u64 = 128;

#[derive(Debug, Default)]
pub(crate) struct Heartbeat {
    missed: u32,
    sent_seq: u64,
    pinged_seq: u64,
}

impl Heartbeat {
    /// At the interval: the payload of the ping to send, or `None` where the client has missed too many.
    pub(crate) fn tick(&mut self) -> Option<[u8; 8]> {
        if self.missed >= HEARTBEATS_MISSED_MAX {
            return None;
        }
        self.missed += 1;
        Some(self.ping())
    }

    /// After sending a message: the payload of a ping that is due early.
    pub(crate) fn sent(&mut self, seq: u64) -> Option<[u8; 8]> {
        self.sent_seq = seq;
        (seq.saturating_sub(self.pinged_seq) >= UNACKNOWLEDGED_MAX).then(|| self.ping())
    }

    /// The client is alive: it sent something.
    pub(crate) fn alive(&mut self) {
        self.missed = 0;
    }

    /// The client answered a ping: what it has, if the payload is one of ours.
    pub(crate) fn pong(&mut self, payload: &[u8]) -> Option<u64> {
        self.missed = 0;
        let seq = u64::from_be_bytes(payload.try_into().ok()?);
        (seq <= self.sent_seq).then_some(seq)
    }

    /// Begins anew with a seat that is at `seq`.
    pub(crate) fn restart(&mut self, seq: u64) {
        *self = Self { missed: 0, sent_seq: seq, pinged_seq: seq };
    }

    fn ping(&mut self) -> [u8; 8] {
        self.pinged_seq = self.sent_seq;
        self.sent_seq.to_be_bytes()
    }

    /// The `seq` of the last message sent.
    pub(crate) fn seq(&self) -> u64 {
        self.sent_seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_misses_two_pings_is_given_up() {
        let mut heartbeat = Heartbeat::default();
        assert!(heartbeat.tick().is_some());
        assert!(heartbeat.tick().is_some());
        assert!(heartbeat.tick().is_none());
        heartbeat.alive();
        assert!(heartbeat.tick().is_some());
    }

    #[test]
    fn a_pong_acknowledges_what_was_sent_before_its_ping_and_nothing_else() {
        let mut heartbeat = Heartbeat::default();
        heartbeat.sent(5);
        let payload = heartbeat.tick().expect("alive");
        heartbeat.sent(9);
        assert_eq!(heartbeat.pong(&payload), Some(5));
        assert_eq!(heartbeat.pong(&10u64.to_be_bytes()), None, "was never sent");
        assert_eq!(heartbeat.pong(b"hello"), None);
    }

    #[test]
    fn a_busy_seat_is_pinged_before_its_time() {
        let mut heartbeat = Heartbeat::default();
        let early: Vec<u64> = (1..=300).filter(|seq| heartbeat.sent(*seq).is_some()).collect();
        assert_eq!(early, [128, 256]);
    }
}
