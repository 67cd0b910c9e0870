//! The dominant speaker of a room.

use crate::Time;
use std::time::Duration;

/// How often speakers are compared.
const INTERVAL: Duration = Duration::from_millis(300);
/// Levels are −dBov (0 is the loudest, 127 digital silence); what is quieter than this is no speech.
const SPEECH_LEVEL_MAX: u8 = 55;
/// The speaker is taken for silent after this long without speech.
const SILENCE: Duration = Duration::from_secs(2);
/// Others are forgotten after the same time; before, pauses between their words count against them.
const FORGET: Duration = SILENCE;
/// Another one has to be louder by so many dB (averaged over pauses) …
const LEAD_DB: f32 = 5.0;
/// … in so many comparisons one after the other to take over from one who still speaks.
const LEADS: u8 = 2;
/// Weight of the newest interval in the average.
const NEWEST: f32 = 0.5;
/// Who speaks at once in a room; others have to wait for a place.
const TRACKED_MAX: usize = 64;

/// The dominant speaker among those whose levels are told; `K` names them.
///
/// A packet costs a scan over those who spoke within the last 2 s, a handful in any room; packets of those
/// who are silent leave nothing behind.
#[derive(Clone, Debug)]
pub struct ActiveSpeakers<K> {
    voices: Vec<Voice<K>>,
    current: Option<K>,
    next: Time,
}

#[derive(Clone, Debug)]
struct Voice<K> {
    key: K,
    /// dB above digital silence, summed over this interval's packets.
    sum: u32,
    packets: u32,
    /// dB above digital silence, averaged over intervals.
    loudness: f32,
    last_speech: Time,
    /// Comparisons won in a row against the one who speaks.
    leads: u8,
}

impl<K: Copy + Eq> Default for ActiveSpeakers<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Eq> ActiveSpeakers<K> {
    /// A silent room.
    pub fn new() -> Self {
        Self { voices: Vec::new(), current: None, next: Time::NEVER }
    }

    /// Who speaks now.
    pub fn current(&self) -> Option<K> {
        self.current
    }

    /// Notes a packet's level in −dBov: 0 is the loudest, 127 silence.
    #[inline]
    pub fn on_level(&mut self, now: Time, key: K, level: u8) {
        let level = level.min(127);
        let speech = level <= SPEECH_LEVEL_MAX;
        match self.voices.iter_mut().find(|voice| voice.key == key) {
            Some(voice) => {
                voice.sum += u32::from(127 - level);
                voice.packets += 1;
                if speech {
                    voice.last_speech = now;
                }
            }
            None if speech => self.begin(now, key, level),
            None => {}
        }
    }

    #[cold]
    fn begin(&mut self, now: Time, key: K, level: u8) {
        if self.voices.len() >= TRACKED_MAX {
            return;
        }
        let sum = u32::from(127 - level);
        self.voices.push(Voice { key, sum, packets: 1, loudness: 0.0, last_speech: now, leads: 0 });
        if self.next == Time::NEVER {
            self.next = now + INTERVAL;
        }
    }

    /// When voices are compared next; [`Time::NEVER`] in a silent room.
    pub fn poll_timeout(&self) -> Time {
        self.next
    }

    /// Compares the voices where that is due. `Some` where the speaker has changed: who it is now, `None`
    /// inside for silence.
    pub fn handle_timeout(&mut self, now: Time) -> Option<Option<K>> {
        if now < self.next {
            return None;
        }
        for voice in &mut self.voices {
            let newest = if voice.packets == 0 { 0.0 } else { voice.sum as f32 / voice.packets as f32 };
            voice.loudness += (newest - voice.loudness) * NEWEST;
            voice.sum = 0;
            voice.packets = 0;
        }
        self.voices.retain(|voice| now.since(voice.last_speech) < FORGET);
        let before = self.current;
        self.current = self.choose(now);
        self.next = if self.voices.is_empty() { Time::NEVER } else { now + INTERVAL };
        (self.current != before).then_some(self.current)
    }

    /// Forgets one who left or was muted. `Some(None)` where it was the speaker.
    pub fn remove(&mut self, key: K) -> Option<Option<K>> {
        self.voices.retain(|voice| voice.key != key);
        if self.current != Some(key) {
            return None;
        }
        self.current = None;
        Some(None)
    }

    fn choose(&mut self, now: Time) -> Option<K> {
        let current = self.current;
        let held = self.voices.iter().find(|voice| Some(voice.key) == current);
        // One who made no sound within the interval does not hold the floor against one who does.
        let contested = held.is_some_and(|voice| now.since(voice.last_speech) <= INTERVAL);
        let to_beat = held.map_or(0.0, |voice| voice.loudness) + if contested { LEAD_DB } else { 0.0 };
        let mut best: Option<(K, f32)> = None;
        for voice in &mut self.voices {
            let speaks = now.since(voice.last_speech) <= INTERVAL;
            if Some(voice.key) == current || !speaks || voice.loudness <= to_beat {
                voice.leads = 0;
                continue;
            }
            voice.leads = voice.leads.saturating_add(1);
            let wins = !contested || voice.leads >= LEADS;
            if wins && best.is_none_or(|(_, loudness)| voice.loudness > loudness) {
                best = Some((voice.key, voice.loudness));
            }
        }
        match best {
            Some((key, _)) => Some(key),
            None => current.filter(|key| self.voices.iter().any(|voice| voice.key == *key)),
        }
    }
}

#[cfg(test)]
mod tests;
