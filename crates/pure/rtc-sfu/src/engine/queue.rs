//! What the pacer holds back for one subscriber: a lane for each video, served in turns, so that one that sends
//! too much delays itself and no other.

use super::ConsumerId;
use crate::Time;
use std::{collections::VecDeque, time::Duration};

/// Packets of one video that wait, at most: a large key frame, several times over.
const LANE_MAX: usize = 1024;
/// How long a packet waits at most. A picture that is older helps nobody: what waits behind it is dropped, and
/// the video begins anew with a key frame.
const HELD_MAX: Duration = Duration::from_millis(500);

/// A packet that waits, by its number towards the subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    number: u64,
    since: Time,
}

/// One video's packets. Never empty.
#[derive(Debug)]
struct Lane {
    consumer: ConsumerId,
    packets: VecDeque<Held>,
}

/// The lanes of one transport.
#[derive(Debug, Default)]
pub(crate) struct HeldBack {
    lanes: Vec<Lane>,
    /// Whose turn it is.
    turn: usize,
    /// A lane's memory, to be used again.
    spare: VecDeque<Held>,
}

impl HeldBack {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Holds a packet back; `false` where its lane is full or its first packet has waited for too long.
    pub(crate) fn push(&mut self, now: Time, consumer: ConsumerId, number: u64) -> bool {
        let held = Held { number, since: now };
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.consumer == consumer) {
            let late = lane.packets.front().is_some_and(|first| is_late(now, first));
            if late || lane.packets.len() >= LANE_MAX {
                return false;
            }
            lane.packets.push_back(held);
            return true;
        }
        let mut packets = std::mem::take(&mut self.spare);
        packets.push_back(held);
        self.lanes.push(Lane { consumer, packets });
        true
    }

    /// The packet whose turn it is: its consumer and number, and whether it has waited for too long.
    pub(crate) fn front(&self, now: Time) -> Option<(ConsumerId, u64, bool)> {
        let lane = self.lanes.get(self.turn)?;
        let first = lane.packets.front()?;
        Some((lane.consumer, first.number, is_late(now, first)))
    }

    /// That packet is dealt with; the next lane has its turn.
    pub(crate) fn pop(&mut self) {
        let Some(lane) = self.lanes.get_mut(self.turn) else { return };
        lane.packets.pop_front();
        if lane.packets.is_empty() {
            let empty = self.lanes.remove(self.turn);
            self.keep_memory(empty.packets);
        } else {
            self.turn += 1;
        }
        self.turn = if self.turn < self.lanes.len() { self.turn } else { 0 };
    }

    /// Drops what waits of a video; `dropped` is told each number.
    pub(crate) fn remove(&mut self, consumer: ConsumerId, mut dropped: impl FnMut(u64)) {
        let Some(at) = self.lanes.iter().position(|lane| lane.consumer == consumer) else { return };
        let mut lane = self.lanes.remove(at);
        lane.packets.drain(..).for_each(|held| dropped(held.number));
        self.keep_memory(lane.packets);
        self.turn -= usize::from(at < self.turn);
        self.turn = if self.turn < self.lanes.len() { self.turn } else { 0 };
    }

    fn keep_memory(&mut self, packets: VecDeque<Held>) {
        if packets.capacity() <= LANE_MAX / 4 && packets.capacity() > self.spare.capacity() {
            self.spare = packets;
        }
    }
}

fn is_late(now: Time, held: &Held) -> bool {
    now.since(held.since) > HELD_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotmap::SlotMap;

    fn drain(queue: &mut HeldBack, now: Time) -> Vec<(ConsumerId, u64)> {
        let mut out = Vec::new();
        while let Some((consumer, number, _)) = queue.front(now) {
            out.push((consumer, number));
            queue.pop();
        }
        out
    }

    #[test]
    fn lanes_have_their_turns() {
        let mut ids = SlotMap::<ConsumerId, ()>::with_key();
        let (one, two, three) = (ids.insert(()), ids.insert(()), ids.insert(()));
        let mut queue = HeldBack::default();
        let now = Time::from_millis(1000);
        for number in 0..4 {
            assert!(queue.push(now, one, number));
        }
        assert!(queue.push(now, two, 70) && queue.push(now, two, 71) && queue.push(now, three, 5));
        let order = drain(&mut queue, now);
        assert_eq!(order, [(one, 0), (two, 70), (three, 5), (one, 1), (two, 71), (one, 2), (one, 3)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_lane_that_is_full_or_late_takes_no_more_and_the_others_do() {
        let mut ids = SlotMap::<ConsumerId, ()>::with_key();
        let (one, two) = (ids.insert(()), ids.insert(()));
        let mut queue = HeldBack::default();
        let taken = (0..5000).filter(|number| queue.push(Time::ZERO, one, *number)).count();
        assert_eq!(taken, LANE_MAX);
        let later = Time::ZERO + HELD_MAX * 2;
        assert!(queue.push(later, two, 1) && !queue.push(later, one, 1));
        assert_eq!(queue.front(later), Some((one, 0, true)));
        let mut dropped = 0;
        queue.remove(one, |_| dropped += 1);
        assert_eq!((dropped, queue.front(later)), (LANE_MAX, Some((two, 1, false))));
        queue.remove(one, |_| panic!("nothing is left"));
        assert_eq!(queue.front(later), Some((two, 1, false)));
    }

    #[test]
    fn removing_a_lane_skips_nobodys_turn() {
        let mut ids = SlotMap::<ConsumerId, ()>::with_key();
        let lanes: Vec<ConsumerId> = (0..4).map(|_| ids.insert(())).collect();
        for (turns, removed) in (0..4).flat_map(|turns| (0..4).map(move |removed| (turns, removed))) {
            let mut queue = HeldBack::default();
            for (lane, number) in lanes.iter().flat_map(|lane| (0..2).map(move |number| (lane, number))) {
                assert!(queue.push(Time::ZERO, *lane, number));
            }
            (0..turns).for_each(|_| queue.pop());
            queue.remove(lanes[removed], |_| {});
            let left = drain(&mut queue, Time::ZERO);
            assert_eq!(left.len(), 6 - turns + usize::from(removed < turns));
        }
    }
}
