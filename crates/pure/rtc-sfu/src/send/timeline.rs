//! RTP times towards one subscriber. Sources that take each other's place count from beginnings of their own;
//! the subscriber sees one clock that never goes back.
//!
//! By sender reports each picture has its place on the publisher's wall clock, and the first switch at which
//! they are known ties that clock to the subscriber's RTP times for good: what one report is wrong by is not
//! carried over to the next switch. Where a picture's place is not behind that of the one sent before it (the
//! large picture of the moment whose small one is sent already), it is moved ahead, and the pictures after it
//! come back to their places within a few frames.

use crate::Time;

/// The least that a picture's timestamp goes on at a switch, as a part of a second.
const SWITCH_STEP: u32 = 100;
/// Where reports and arrivals differ by more seconds, the publisher's clock was set.
const CLOCK_SET: u32 = 2;
/// After so many seconds nothing comes any more of the pictures that were moved ahead.
const SETTLED: u32 = 10;

/// The last picture sent: its source's timestamp, and when that went out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    pub(crate) source: u32,
    pub(crate) at: Time,
}

/// Maps the timestamps of one source after the other to a subscriber's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    clock_rate: u32,
    /// Added to the source's timestamps.
    offset: u32,
    /// Ticks by which the picture `from` of the source is moved ahead, and every one after it by less.
    ahead: u32,
    from: u32,
    /// A moment on the publisher's wall clock, in microseconds, and the subscriber's RTP time of it.
    anchor: Option<(i64, u32)>,
}

impl Timeline {
    /// Passes the first source's times on as they are.
    pub(crate) fn new(clock_rate: u32) -> Self {
        Self { clock_rate, offset: 0, ahead: 0, from: 0, anchor: None }
    }

    /// The timestamp under which a picture goes out. It depends on the source's alone, so that what is late
    /// gets the same one.
    #[inline]
    pub(crate) fn map(&self, source: u32) -> u32 {
        let place = self.place(source);
        if self.ahead == 0 {
            return place;
        }
        // Half of what passes is taken back, so that times rise all the while.
        let passed = (source.wrapping_sub(self.from) as i32).max(0) as u32;
        place.wrapping_add(self.ahead.saturating_sub(passed / 2))
    }

    /// The picture's place on the subscriber's clock, from which [`Self::map`] may be ahead for a moment.
    pub(crate) fn place(&self, source: u32) -> u32 {
        source.wrapping_add(self.offset)
    }

    /// The source has come to `source`; what is long past is forgotten.
    #[inline]
    pub(crate) fn pass(&mut self, source: u32) {
        if self.ahead != 0 && source.wrapping_sub(self.from) as i32 > (SETTLED * self.clock_rate) as i32 {
            self.ahead = 0;
        }
    }

    /// Another source goes on, with its picture `next`. `taken`: when the last picture and the next one were
    /// taken, by the publisher's wall clock in microseconds, where that is known.
    pub(crate) fn switch(&mut self, now: Time, before: Before, next: u32, taken: (Option<i64>, Option<i64>)) {
        let (sent, place) = (self.map(before.source), self.place(before.source));
        let by_arrival = place.wrapping_add(self.ticks(now.since(before.at).as_micros() as i64));
        let due = self.by_reports(place, taken);
        let clock_set =
            |due: u32| (due.wrapping_sub(by_arrival) as i32).unsigned_abs() > CLOCK_SET * self.clock_rate;
        if due.is_some_and(clock_set) {
            self.anchor = None;
        }
        let due = due.filter(|due| !clock_set(*due)).unwrap_or(by_arrival);
        self.offset = due.wrapping_sub(next);
        let least = sent.wrapping_add(self.clock_rate / SWITCH_STEP);
        self.ahead = (least.wrapping_sub(due) as i32).max(0) as u32;
        self.from = next;
    }

    /// The next picture's place by sender reports; the first that are known set the anchor.
    fn by_reports(&mut self, place: u32, (last, next): (Option<i64>, Option<i64>)) -> Option<u32> {
        if self.anchor.is_none() {
            self.anchor = last.map(|last| (last, place));
        }
        let (moment, at) = self.anchor?;
        Some(at.wrapping_add(self.ticks(next?.wrapping_sub(moment))))
    }

    /// Microseconds in ticks, as they wrap.
    fn ticks(&self, micros: i64) -> u32 {
        (i128::from(micros) * i128::from(self.clock_rate)).div_euclid(1_000_000) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: u32 = 3000;
    const STARTS: [u32; 3] = [7, 4_000_000_000, u32::MAX - 90_000];

    /// Three sizes of one picture, 30 a second, and a subscriber who is sent one or the other.
    struct Sizes {
        timeline: Timeline,
        frame: u32,
        stream: usize,
        before: Option<Before>,
        sent: Vec<(u32, u32)>,
    }

    impl Sizes {
        fn new() -> Self {
            Self { timeline: Timeline::new(90_000), frame: 0, stream: 0, before: None, sent: Vec::new() }
        }

        fn source(&self) -> u32 {
            STARTS[self.stream].wrapping_add(self.frame * FRAME)
        }

        fn taken(&self, wrong_by: i64) -> i64 {
            1_000_000_000_000 + i64::from(self.frame) * 100_000 / 3 + wrong_by
        }

        fn send(&mut self) {
            let source = self.source();
            self.timeline.pass(source);
            self.sent.push((self.frame, self.timeline.map(source)));
            self.before = Some(Before { source, at: self.now() });
        }

        fn now(&self) -> Time {
            Time::from_micros(50_000 + u64::from(self.frame) * 100_000 / 3)
        }

        /// Goes on with another size, `later` frames after the last picture; reports are `wrong_by` µs.
        fn switch(&mut self, stream: usize, later: u32, wrong_by: Option<(i64, i64)>) {
            let last = wrong_by.map(|(last, _)| self.taken(last));
            self.frame += later;
            self.stream = stream;
            let next = wrong_by.map(|(_, next)| self.taken(next));
            let before = self.before.expect("sent some");
            self.timeline.switch(self.now(), before, self.source(), (last, next));
            self.send();
        }

        /// The furthest that a picture was from its place, in ticks, and that times rise.
        fn furthest(&self) -> u32 {
            let (first_frame, first) = self.sent[0];
            for pair in self.sent.windows(2) {
                assert!((pair[1].1.wrapping_sub(pair[0].1) as i32) > 0, "times rise: {pair:?}");
            }
            let apart = self.sent.iter().map(|(frame, time)| {
                let expected = first.wrapping_add((frame - first_frame) * FRAME);
                (time.wrapping_sub(expected) as i32).unsigned_abs()
            });
            apart.max().unwrap_or_default()
        }
    }

    #[test]
    fn hundreds_of_switches_within_one_moment_leave_times_where_they_were() {
        let mut sizes = Sizes::new();
        sizes.send();
        for switch in 1..800 {
            // The picture of this moment is sent already in the other size.
            sizes.switch(switch % 3, 0, Some((0, 0)));
            for _ in 0..switch % 4 {
                sizes.frame += 1;
                sizes.send();
            }
        }
        assert!(sizes.furthest() <= 4 * 900, "{}", sizes.furthest());
        for _ in 0..10 {
            sizes.frame += 1;
            sizes.send();
        }
        let (frame, time) = sizes.sent[sizes.sent.len() - 1];
        assert_eq!(time, sizes.sent[0].1.wrapping_add(frame * FRAME), "all is taken back");
    }

    #[test]
    fn what_is_late_of_a_picture_that_was_moved_has_its_time() {
        let mut sizes = Sizes::new();
        sizes.send();
        sizes.switch(1, 0, Some((0, 0)));
        let (moved, source) = (sizes.sent[1].1, sizes.source());
        for _ in 0..30 {
            sizes.frame += 1;
            sizes.send();
        }
        assert_eq!(sizes.timeline.map(source), moved);
    }

    #[test]
    fn a_clock_that_is_set_is_not_believed() {
        let mut sizes = Sizes::new();
        sizes.send();
        sizes.switch(1, 1, Some((0, 0)));
        sizes.switch(2, 1, Some((3_600_000_000, 3_600_000_000)));
        sizes.switch(1, 1, Some((3_600_000_000, 3_600_000_000)));
        assert!(sizes.furthest() <= 900, "{}", sizes.furthest());
    }

    #[test]
    fn without_reports_arrivals_tell_the_time() {
        let mut sizes = Sizes::new();
        sizes.send();
        for switch in 1..300 {
            sizes.switch(switch % 3, 1 + switch as u32 % 5, None);
        }
        assert!(sizes.furthest() <= 900, "{}", sizes.furthest());
    }

    proptest! {
        #[test]
        fn no_order_of_switches_with_reports_that_are_wrong_carries_times_away(
            steps in prop::collection::vec((0_usize..3, 0_u32..3, -2000_i64..2000, -2000_i64..2000), 1..600),
        ) {
            let mut sizes = Sizes::new();
            sizes.send();
            let mut switched = 0;
            for (stream, later, last, next) in steps {
                if stream != sizes.stream {
                    // One moment has no more than three sizes.
                    let later = if switched < 2 { later } else { later.max(1) };
                    switched = if later == 0 { switched + 1 } else { 0 };
                    sizes.switch(stream, later, Some((last, next)));
                } else {
                    switched = 0;
                    sizes.frame += 1;
                    sizes.send();
                }
            }
            // 4 ms of error, and a step for each size of one moment.
            prop_assert!(sizes.furthest() <= 360 + 3 * 900, "{}", sizes.furthest());
        }
    }
}
