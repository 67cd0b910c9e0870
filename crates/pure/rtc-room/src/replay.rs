//! A seat's messages that its client may not have: kept until acknowledged, bounded.

use crate::output::RoomMessage;
use rtc_types::limits::{REPLAY_BYTES_MAX, REPLAY_MESSAGES_MAX};
use std::{collections::VecDeque, sync::Arc};

/// How much is kept for the replay of one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayLimits {
    /// Messages.
    pub messages_max: usize,
    /// Bytes, counted roughly.
    pub bytes_max: usize,
}

impl Default for ReplayLimits {
    fn default() -> Self {
        Self { messages_max: REPLAY_MESSAGES_MAX, bytes_max: REPLAY_BYTES_MAX }
    }
}

/// A message that is kept for the seats that were sent it, and what it weighs, in bytes. One word a seat: a
/// broadcast in a large room is as fast as memory takes the references.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) message: RoomMessage,
    pub(crate) weight: usize,
}

impl Shared {
    pub(crate) fn new(message: RoomMessage) -> Arc<Self> {
        let weight = message.weight();
        Arc::new(Self { message, weight })
    }
}

/// The messages `first_seq()..=last_seq` of a seat.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    kept: VecDeque<Arc<Shared>>,
    bytes: usize,
    /// The `seq` of the last message numbered.
    last_seq: u64,
}

impl Replay {
    /// Numbers a message that will not be kept.
    pub(crate) fn number(&mut self) -> u64 {
        self.last_seq += 1;
        self.last_seq
    }

    /// Numbers a message and keeps it; forgets the oldest that are over the limits then.
    pub(crate) fn push(&mut self, message: Arc<Shared>, limits: &ReplayLimits) -> u64 {
        let weight = message.weight;
        // Before, so that the buffer does not grow beyond what is kept, and the place that is freed is the one
        // that is taken.
        while !self.kept.is_empty() && self.is_full_for(weight, limits) {
            self.forget_first();
        }
        self.bytes += weight;
        self.kept.push_back(message);
        if self.kept.len() > limits.messages_max || self.bytes > limits.bytes_max {
            self.forget_first();
        }
        self.number()
    }

    /// Whether one more message of `weight` bytes would go over the limits.
    pub(crate) fn is_full_for(&self, weight: usize, limits: &ReplayLimits) -> bool {
        self.kept.len() + 1 > limits.messages_max || self.bytes + weight > limits.bytes_max
    }

    /// Forgets what the client has: all up to and with `seq`.
    pub(crate) fn acknowledge(&mut self, seq: u64) {
        while !self.kept.is_empty() && self.first_seq() <= seq {
            self.forget_first();
        }
        if self.kept.is_empty() {
            // An idle seat keeps no buffer: memory per idle connection is a promise.
            self.kept = VecDeque::new();
        }
    }

    /// The messages after `seq` with their numbers; `None` where some of them are gone.
    pub(crate) fn after(&self, seq: u64) -> Option<impl Iterator<Item = (u64, &RoomMessage)>> {
        let first = self.first_seq();
        if seq > self.last_seq || seq + 1 < first {
            return None;
        }
        let skip = usize::try_from(seq + 1 - first).ok()?;
        Some((seq + 1..).zip(self.kept.iter().skip(skip).map(|shared| &shared.message)))
    }

    /// The `seq` of the last message that is no longer kept; 0: all are.
    pub(crate) fn forgotten_seq(&self) -> u64 {
        self.last_seq - self.kept.len() as u64
    }

    fn first_seq(&self) -> u64 {
        self.forgotten_seq() + 1
    }

    fn forget_first(&mut self) {
        if let Some(shared) = self.kept.pop_front() {
            self.bytes -= shared.weight;
        }
    }
}
