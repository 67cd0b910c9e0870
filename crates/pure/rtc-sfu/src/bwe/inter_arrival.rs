//! Packets that were sent together are judged together (draft-ietf-rmcat-gcc-02, section 5.2).

/// Packets sent within this belong to one group, in microseconds.
const GROUP_MICROS: i64 = 5_000;
/// Packets that a queue on the way has pushed together are one burst, up to this long.
const BURST_MICROS_MAX: i64 = 100_000;
/// A change of transit beyond this is a clock that was set or a way that was changed.
const JUMP_MICROS: i64 = 3_000_000;
/// So many groups out of order, and the reference was wrong.
const REORDERED_MAX: u8 = 3;

/// How two groups that followed one another differ, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deltas {
    /// Between their last packets, as sent.
    pub(super) sent: i64,
    /// Between their last packets, as they arrived.
    pub(super) arrived: i64,
    /// When the later group was complete, by the receiver's clock.
    pub(super) at: i64,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: i64,
    last_sent: i64,
    first_arrival: i64,
    last_arrival: i64,
}

/// Groups packets in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub(super) struct InterArrival {
    current: Option<Group>,
    previous: Option<Group>,
    reordered: u8,
}

impl InterArrival {
    /// Takes a packet's times; the sender's and the receiver's clock need not agree. Gives the difference of
    /// the last two groups when this packet begins another.
    pub(super) fn on_packet(&mut self, sent: i64, arrival: i64) -> Option<Deltas> {
        let Some(current) = &mut self.current else {
            self.current = Some(Group::new(sent, arrival));
            return None;
        };
        if sent < current.first_sent {
            return None;
        }
        if !current.ends_before(sent, arrival) {
            current.last_sent = current.last_sent.max(sent);
            current.last_arrival = current.last_arrival.max(arrival);
            return None;
        }
        let complete = *current;
        *current = Group::new(sent, arrival);
        let previous = self.previous.replace(complete)?;
        let deltas = Deltas {
            sent: complete.last_sent - previous.last_sent,
            arrived: complete.last_arrival.saturating_sub(previous.last_arrival),
            at: complete.last_arrival,
        };
        if deltas.arrived.saturating_sub(deltas.sent).saturating_abs() > JUMP_MICROS {
            self.previous = None;
            return None;
        }
        if deltas.arrived < 0 {
            self.reordered += 1;
            if self.reordered >= REORDERED_MAX {
                *self = Self::default();
            }
            return None;
        }
        self.reordered = 0;
        Some(deltas)
    }
}

impl Group {
    fn new(sent: i64, arrival: i64) -> Self {
        Self { first_sent: sent, last_sent: sent, first_arrival: arrival, last_arrival: arrival }
    }

    fn ends_before(&self, sent: i64, arrival: i64) -> bool {
        let since_last = arrival.saturating_sub(self.last_arrival);
        let in_burst = since_last < sent - self.last_sent
            && since_last <= GROUP_MICROS
            && arrival.saturating_sub(self.first_arrival) < BURST_MICROS_MAX;
        sent - self.first_sent > GROUP_MICROS && !in_burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_one_burst_are_one_group() {
        let mut groups = InterArrival::default();
        for packet in 0..5 {
            assert_eq!(groups.on_packet(packet * 500, 100_000 + packet * 1_000), None);
        }
        assert_eq!(groups.on_packet(33_000, 133_000), None);
        let deltas = groups.on_packet(66_000, 170_000);
        assert_eq!(deltas, Some(Deltas { sent: 31_000, arrived: 29_000, at: 133_000 }));
    }

    #[test]
    fn a_clock_that_jumps_gives_no_difference() {
        let mut groups = InterArrival::default();
        groups.on_packet(0, 0);
        groups.on_packet(20_000, 20_000);
        assert_eq!(
            groups.on_packet(40_000, 90_000_000),
            Some(Deltas { sent: 20_000, arrived: 20_000, at: 20_000 })
        );
        assert_eq!(groups.on_packet(60_000, 90_020_000), None);
        groups.on_packet(80_000, i64::MIN);
        groups.on_packet(100_000, i64::MAX);
        groups.on_packet(120_000, 0);
    }
}
