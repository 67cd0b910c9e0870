//! Packets sent to find out whether the way to a subscriber bears more: retransmissions of what was sent of
//! late, which no decoder minds, on the retransmission stream.

use super::{ConsumerId, Engine, TransportId};
use crate::{Time, Transmit};

/// Packets that one probe may be made of.
const PACKETS_MAX: usize = 40;

impl Engine {
    /// Sends a probe, if one is due and there is a video to make it of.
    pub(super) fn probe(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        let on = transport.consumers.iter().copied().find(|id| {
            self.consumers.get(*id).is_some_and(|consumer| {
                consumer.video && consumer.rtx.is_some() && consumer.selector.current().is_some()
            })
        });
        // Asked where there is nothing to make a probe of as well: it would be due for ever.
        let probe = transport.egress.estimator.as_mut().and_then(|estimator| estimator.poll_probe(now));
        let (Some(on), Some(probe)) = (on, probe) else { return };
        self.send_probe(now, on, probe.bytes, out);
    }

    fn send_probe(&mut self, now: Time, id: ConsumerId, bytes: usize, out: &mut impl Transmit) {
        let Some(consumer) = self.consumers.get(id) else { return };
        let newest = consumer.newest();
        let mut left = bytes;
        for back in 0..PACKETS_MAX as u64 {
            if left == 0 {
                return;
            }
            // Where few packets were sent, they are sent more than once.
            let number = newest.wrapping_sub(back % 8);
            left = left.saturating_sub(self.repeat(now, id, number, out));
        }
    }
}
