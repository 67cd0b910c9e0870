//! What a decoder makes of a stream: it needs a whole key frame and every packet after it, waits a while for what
//! is missing, and then asks for another key frame, again and again until it has one.

use crate::Received;
use rtc_sfu::Time;
use std::time::Duration;

/// How long a missing packet is waited for, and the least time between two requests: as browsers do.
const PATIENCE: Duration = Duration::from_millis(200);
const CHECK_EVERY: Duration = Duration::from_millis(50);

/// The decoder of one video.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// The number of the next packet that it needs; `None` before the first key frame and after a loss.
    next: Option<u64>,
    /// Key frames are looked for from here on.
    after: u64,
    /// When it is to look again.
    pub check_at: Time,
    asked_at: Option<Time>,
    /// Since when it shows nothing new.
    pub frozen_since: Option<Time>,
    /// The longest time that it showed nothing new, the beginning left out.
    pub longest_freeze: Duration,
    began: bool,
}

impl Decoder {
    pub(crate) fn new(now: Time) -> Self {
        Self {
            next: None,
            after: 0,
            check_at: now + CHECK_EVERY,
            asked_at: None,
            frozen_since: Some(now),
            longest_freeze: Duration::ZERO,
            began: false,
        }
    }

    /// Looks at what came; gives whether to ask for a key frame.
    pub(crate) fn check(&mut self, now: Time, received: &Received) -> bool {
        self.check_at = now + CHECK_EVERY;
        let before = self.next;
        while let Some(stuck_since) = self.advance(received) {
            if now.since(stuck_since) < PATIENCE {
                break;
            }
            // What is missing will not come: on from the next key frame.
            let key = received.packets.range(self.after..).find(|(_, packet)| packet.begins_key_frame());
            self.next = key.map(|(number, _)| *number);
            if self.next.is_some() {
                continue;
            }
            self.note_freeze(now);
            let ask = self.asked_at.is_none_or(|asked| now.since(asked) >= PATIENCE);
            self.asked_at = if ask { Some(now) } else { self.asked_at };
            return ask;
        }
        if self.next.is_some() && self.next != before {
            self.frozen_since = None;
            self.began = true;
        } else {
            self.note_freeze(now);
        }
        false
    }

    fn note_freeze(&mut self, now: Time) {
        let since = *self.frozen_since.get_or_insert(now);
        if self.began {
            self.longest_freeze = self.longest_freeze.max(now.since(since));
        }
    }

    /// Takes what is complete. Gives since when something is missing; `None` where nothing is.
    fn advance(&mut self, received: &Received) -> Option<Time> {
        let Some(next) = self.next else {
            let key = received.packets.range(self.after..).find(|(_, packet)| packet.begins_key_frame());
            let Some((number, _)) = key else {
                let first = received.packets.range(self.after..).next();
                return first.map(|(_, packet)| packet.at);
            };
            self.next = Some(*number);
            return self.advance(received);
        };
        let mut expected = next;
        for (number, packet) in received.packets.range(next..) {
            if *number != expected {
                self.next = Some(expected);
                self.after = *number;
                return Some(packet.at);
            }
            expected += 1;
        }
        self.next = Some(expected);
        self.after = expected;
        None
    }
}
