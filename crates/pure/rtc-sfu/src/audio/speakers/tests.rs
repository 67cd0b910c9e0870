//! Who speaks.

use super::*;

/// A room on its own clock: levels by speaker every 20 ms, and the changes told with their times.
struct Room {
    speakers: ActiveSpeakers<u8>,
    now: Time,
    changes: Vec<(u64, Option<u8>)>,
}

impl Room {
    fn new() -> Self {
        Self { speakers: ActiveSpeakers::new(), now: Time::from_millis(1_000), changes: Vec::new() }
    }

    fn talk(&mut self, ms: u64, level: impl Fn(u64, u8) -> Option<u8>) -> Vec<Option<u8>> {
        let first = self.changes.len();
        for step in 0..ms / 20 {
            for key in 0..3 {
                if let Some(level) = level(step * 20, key) {
                    self.speakers.on_level(self.now, key, level);
                }
            }
            if self.speakers.poll_timeout() <= self.now
                && let Some(change) = self.speakers.handle_timeout(self.now)
            {
                self.changes.push((self.now.as_millis(), change));
            }
            self.now += Duration::from_millis(20);
        }
        self.changes[first..].iter().map(|change| change.1).collect()
    }
}

/// Speech of a syllable every 200 ms, with background between.
fn speech(ms: u64, level: u8) -> Option<u8> {
    Some(if ms % 200 < 140 { level } else { 70 })
}

#[test]
fn the_first_one_who_speaks_is_told_within_half_a_second() {
    let mut room = Room::new();
    assert!(room.talk(1_000, |_, _| Some(127)).is_empty());
    assert_eq!(room.speakers.poll_timeout(), Time::NEVER, "a silent room costs no timer");
    assert_eq!(room.talk(1_000, |ms, key| if key == 1 { speech(ms, 30) } else { Some(127) }), [Some(1)]);
    assert!(room.changes[0].0 <= 2_500);
}

#[test]
fn silence_is_told_after_two_seconds() {
    let mut room = Room::new();
    room.talk(1_000, |ms, key| if key == 1 { speech(ms, 30) } else { None });
    assert!(room.talk(1_700, |_, _| Some(90)).is_empty());
    assert_eq!(room.talk(800, |_, _| Some(90)), [None]);
    assert_eq!(room.speakers.poll_timeout(), Time::NEVER);
}

#[test]
fn a_turn_is_taken_within_a_second() {
    let mut room = Room::new();
    room.talk(2_000, |ms, key| if key == 0 { speech(ms, 30) } else { Some(80) });
    assert_eq!(room.talk(1_000, |ms, key| if key == 2 { speech(ms, 32) } else { Some(80) }), [Some(2)]);
}

#[test]
fn two_who_speak_at_once_do_not_make_it_flap() {
    let mut room = Room::new();
    room.talk(1_000, |ms, key| if key == 0 { speech(ms, 30) } else { Some(90) });
    let changes = room.talk(20_000, |ms, key| match key {
        0 => speech(ms, 30 + (ms / 700 % 5) as u8),
        1 => speech(ms + 90, 34 - (ms / 900 % 6) as u8),
        _ => Some(100),
    });
    assert!(changes.len() <= 1, "{changes:?}");
}

#[test]
fn a_cough_does_not_take_the_floor() {
    let mut room = Room::new();
    room.talk(2_000, |ms, key| if key == 0 { speech(ms, 35) } else { Some(90) });
    let changes = room.talk(3_000, |ms, key| match key {
        0 => speech(ms, 35),
        1 if ms < 200 => Some(15),
        _ => Some(90),
    });
    assert!(changes.is_empty(), "{changes:?}");
}

#[test]
fn one_who_leaves_is_no_longer_the_speaker() {
    let mut room = Room::new();
    room.talk(1_000, |ms, key| if key == 0 { speech(ms, 35) } else { None });
    assert_eq!(room.speakers.remove(1), None);
    assert_eq!(room.speakers.remove(0), Some(None));
    assert_eq!(room.speakers.current(), None);
}

#[test]
fn a_crowd_is_bounded() {
    let mut speakers = ActiveSpeakers::new();
    for key in 0..10_000u32 {
        speakers.on_level(Time::from_millis(1), key, 200);
        speakers.on_level(Time::from_millis(1), key, 0);
    }
    assert!(speakers.voices.len() <= TRACKED_MAX);
    assert!(speakers.handle_timeout(Time::from_millis(301)).is_some());
}
