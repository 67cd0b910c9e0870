//! A timer wheel: when which transport is to be looked at.
//!
//! 256 slots of 4 ms. What is due later than a second waits in the slot of its time modulo the turn, and is
//! put back when that comes; what is due no longer is noticed then. Setting a timer costs a push.

use super::TransportId;
use crate::Time;

const SLOT_MICROS: u64 = 4000;
const SLOTS: usize = 256;
/// Words of one bit a slot.
const WORDS: usize = SLOTS / 64;

/// What need not be exact is done at multiples of this, for all transports together: to be woken costs a thread more
/// than most of what it is woken for.
const TOGETHER_MICROS: u64 = 25_000;

/// The first of those moments that is not before `at`.
pub(crate) fn together(at: Time) -> Time {
    match at {
        Time::NEVER => Time::NEVER,
        at => Time::from_micros(at.as_micros().next_multiple_of(TOGETHER_MICROS)),
    }
}

#[derive(Debug)]
pub(crate) struct Wheel {
    slots: Vec<Vec<(Time, TransportId)>>,
    /// One bit a slot that holds something.
    filled: [u64; WORDS],
    /// The slots before this one (counted from the start of time) were emptied.
    tick: u64,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self { slots: vec![Vec::new(); SLOTS], filled: [0; WORDS], tick: 0 }
    }

    /// Looks at `transport` at `at`, or up to 4 ms later.
    pub(crate) fn set(&mut self, at: Time, transport: TransportId) {
        if at == Time::NEVER {
            return;
        }
        let tick = at.as_micros().div_ceil(SLOT_MICROS).max(self.tick);
        let slot = tick as usize % SLOTS;
        self.slots[slot].push((at, transport));
        self.filled[slot / 64] |= 1 << (slot % 64);
    }

    /// When the wheel is to be turned next; at most a turn ahead.
    pub(crate) fn next(&self) -> Time {
        let start = self.tick as usize % SLOTS;
        let (word, bit) = (start / 64, start % 64);
        // The words from the present slot on, and the first one again for the slots before it.
        let filled = |ahead: usize| {
            let filled = self.filled[(word + ahead) % WORDS];
            match ahead {
                0 => filled & u64::MAX << bit,
                WORDS => filled & !(u64::MAX << bit),
                _ => filled,
            }
        };
        let next = (0..=WORDS).find(|ahead| filled(*ahead) != 0);
        next.map_or(Time::NEVER, |ahead| {
            let slots = ahead * 64 + filled(ahead).trailing_zeros() as usize - bit;
            Time::from_micros((self.tick + slots as u64) * SLOT_MICROS)
        })
    }

    /// Takes out what is due.
    pub(crate) fn turn(&mut self, now: Time, due: &mut Vec<TransportId>) {
        let until = now.as_micros() / SLOT_MICROS;
        let steps = (until + 1).saturating_sub(self.tick).min(SLOTS as u64);
        for step in 0..steps {
            let slot = (self.tick + step) as usize % SLOTS;
            if self.slots[slot].is_empty() {
                continue;
            }
            self.slots[slot].retain(|(at, transport)| {
                let wait = *at > now;
                if !wait {
                    due.push(*transport);
                }
                wait
            });
            if self.slots[slot].is_empty() {
                self.filled[slot / 64] &= !(1 << (slot % 64));
            }
        }
        self.tick = self.tick.max(until + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotmap::SlotMap;

    #[test]
    fn a_timer_is_due_at_its_time_and_not_before() {
        let mut ids = SlotMap::<TransportId, ()>::with_key();
        let (one, two, far) = (ids.insert(()), ids.insert(()), ids.insert(()));
        let mut wheel = Wheel::new();
        wheel.set(Time::from_millis(10), one);
        wheel.set(Time::from_millis(50), two);
        wheel.set(Time::from_millis(10_000), far);
        let mut due = Vec::new();
        wheel.turn(Time::from_millis(9), &mut due);
        assert!(due.is_empty());
        assert!(wheel.next() <= Time::from_millis(14) && wheel.next() >= Time::from_millis(10));
        wheel.turn(Time::from_millis(12), &mut due);
        assert_eq!(due, [one]);
        let mut now = Time::from_millis(12);
        while now < Time::from_millis(9_999) {
            now = wheel.next().min(Time::from_millis(9_999));
            due.clear();
            wheel.turn(now, &mut due);
            assert!(!due.contains(&far));
        }
        wheel.turn(Time::from_millis(10_004), &mut due);
        assert!(due.contains(&far));
        assert_eq!(wheel.next(), Time::NEVER);
    }

    #[test]
    fn the_next_turn_is_the_earliest_of_all_wherever_the_wheel_stands() {
        let one = SlotMap::<TransportId, ()>::with_key().insert(());
        for stands in [0, 1, 62, 63, 64, 65, 255, 256, 1000] {
            for ahead in [1, 2, 63, 64, 65, 191, 192, 254, 255] {
                let mut wheel = Wheel::new();
                wheel.turn(Time::from_millis(4 * stands), &mut Vec::new());
                wheel.set(Time::from_millis(4 * (stands + 255)), one);
                wheel.set(Time::from_millis(4 * (stands + ahead)), one);
                assert_eq!(wheel.next(), Time::from_millis(4 * (stands + ahead)), "{ahead} from {stands}");
            }
        }
    }

    #[test]
    fn a_timer_set_for_the_past_is_due_at_the_next_turn() {
        let mut ids = SlotMap::<TransportId, ()>::with_key();
        let one = ids.insert(());
        let mut wheel = Wheel::new();
        let mut due = Vec::new();
        wheel.turn(Time::from_millis(100), &mut due);
        wheel.set(Time::from_millis(5), one);
        wheel.turn(wheel.next(), &mut due);
        assert_eq!(due, [one]);
    }
}
