//! How one stream arrives: loss, jitter, rate, and how its timestamps relate to its sender's clock.

use super::RateMeter;
use crate::Time;
use std::time::Duration;

/// A stream without packets for longer is not active.
const ACTIVE: Duration = Duration::from_millis(1_500);
/// A jump ahead by more is a sender that began anew, and no loss (RFC 3550, appendix A.1: MAX_DROPOUT).
const DROPOUT_MAX: u64 = 3_000;
/// Differences of transit above this many seconds are a clock that was set, and no jitter.
const JITTER_SECONDS_MAX: u64 = 5;
const MICROS: u64 = 1_000_000;

/// The figures of a reception report block (RFC 3550, section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Of the packets expected since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Since the start; within 24 bits, negative where duplicates came.
    pub cumulative_lost: i32,
    /// The highest sequence number with the count of its cycles above.
    pub highest_sequence: u32,
    /// In units of the RTP clock.
    pub jitter: u32,
    /// The middle 32 bits of the last sender report's time; 0 without one.
    pub last_sr: u32,
    /// In 1/65,536 s; 0 without a sender report.
    pub delay_since_last_sr: u32,
}

/// One SSRC as it is received.
#[derive(Clone, Debug)]
pub struct StreamReceiver {
    clock_rate: u32,
    /// First sequence number, moved on where a sender began anew.
    base: u64,
    highest: u64,
    /// First arrivals only.
    received: u64,
    /// Packets that came again because we asked.
    recovered: u64,
    bytes: u64,
    rate: RateMeter,
    last_arrival: Time,
    /// Of the newest packet: when the first packet with its timestamp came.
    last_timestamp: u32,
    timestamp_arrival: Time,
    /// In 1/16 of an RTP clock unit (RFC 3550, appendix A.8).
    jitter_16: u32,
    sender_clock: Option<SenderClock>,
    prior: Prior,
    fraction_lost: u8,
    /// 0–10 in 1/256, smoothed.
    score_256: u32,
}

/// What a sender report said.
#[derive(Clone, Copy, Debug)]
struct SenderClock {
    at: Time,
    ntp: u64,
    rtp: u32,
}

/// Counts at the last report.
#[derive(Clone, Copy, Debug, Default)]
struct Prior {
    expected: u64,
    received: u64,
    recovered: u64,
}

impl StreamReceiver {
    /// A stream that has not begun; `clock_rate` in Hz (0 is taken as 90,000).
    pub fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate: if clock_rate == 0 { 90_000 } else { clock_rate },
            base: 0,
            highest: 0,
            received: 0,
            recovered: 0,
            bytes: 0,
            rate: RateMeter::new(),
            last_arrival: Time::ZERO,
            last_timestamp: 0,
            timestamp_arrival: Time::ZERO,
            jitter_16: 0,
            sender_clock: None,
            prior: Prior::default(),
            fraction_lost: 0,
            score_256: 10 << 8,
        }
    }

    /// Takes a packet in that has not been seen before. `extended_seq` counts cycles above its low 16 bits,
    /// `bytes` is what it took on the wire. `retransmitted`: it came because we asked (by RTX), so it hides
    /// no loss from the report and says nothing about jitter.
    pub fn on_packet(
        &mut self,
        now: Time,
        extended_seq: u64,
        timestamp: u32,
        bytes: usize,
        retransmitted: bool,
    ) {
        self.bytes += bytes as u64;
        self.rate.add(now, bytes);
        self.last_arrival = now;
        if retransmitted {
            self.recovered += 1;
            return;
        }
        if self.received == 0 {
            self.base = extended_seq;
            self.highest = extended_seq;
            self.last_timestamp = timestamp;
            self.timestamp_arrival = now;
        } else if extended_seq > self.highest {
            let gap = extended_seq - self.highest;
            if gap > DROPOUT_MAX {
                self.base = self.base.saturating_add(gap - 1);
            }
            self.highest = extended_seq;
            // A frame's packets share a timestamp and are spread out by the sender's pacer: only the first
            // one of each frame tells how the network varies.
            if timestamp != self.last_timestamp {
                self.update_jitter(now, timestamp, gap > DROPOUT_MAX);
            }
        } else if extended_seq < self.base && self.base - extended_seq < DROPOUT_MAX {
            self.base = extended_seq;
        }
        self.received += 1;
    }

    fn update_jitter(&mut self, now: Time, timestamp: u32, anew: bool) {
        let clock = u64::from(self.clock_rate);
        let elapsed_micros = now.since(self.timestamp_arrival).as_micros() as u64;
        let elapsed = (elapsed_micros.min(3_600 * MICROS) * clock / MICROS) as i64;
        let sent = i64::from(timestamp.wrapping_sub(self.last_timestamp) as i32);
        let difference = (elapsed - sent).unsigned_abs();
        if !anew && difference < JITTER_SECONDS_MAX * clock {
            let difference = difference as u32;
            self.jitter_16 = self
                .jitter_16
                .saturating_add(difference)
                .saturating_sub(self.jitter_16.saturating_add(8) >> 4);
        }
        self.last_timestamp = timestamp;
        self.timestamp_arrival = now;
    }

    /// Takes the times of a sender report: `ntp` as on the wire (32.32 bits since 1900), `rtp` of the same
    /// moment.
    pub fn on_sender_report(&mut self, now: Time, ntp: u64, rtp: u32) {
        self.sender_clock = Some(SenderClock { at: now, ntp, rtp });
    }

    /// The sender's wall clock at an RTP timestamp, in microseconds since 1900. The streams of one sender
    /// share that clock, so this aligns the layers of a simulcast. `None` before the first sender report.
    pub fn ntp_of(&self, timestamp: u32) -> Option<u64> {
        let clock = self.sender_clock?;
        let micros = ntp_micros(clock.ntp) as i64;
        let apart = i64::from(timestamp.wrapping_sub(clock.rtp) as i32);
        Some((micros + apart * MICROS as i64 / i64::from(self.clock_rate)).max(0) as u64)
    }

    /// The figures for a report block; what follows counts towards the next one.
    pub fn report(&mut self, now: Time) -> Report {
        let expected = self.expected();
        let of_interval = expected.saturating_sub(self.prior.expected);
        let lost = of_interval.saturating_sub(self.received - self.prior.received);
        let recovered = self.recovered - self.prior.recovered;
        self.prior = Prior { expected, received: self.received, recovered: self.recovered };
        self.fraction_lost = match of_interval {
            0 => 0,
            _ => (lost * 256 / of_interval).min(255) as u8,
        };
        self.update_score(of_interval, lost, recovered);
        let (last_sr, delay_since_last_sr) = match self.sender_clock {
            None => (0, 0),
            Some(clock) => {
                let delay = u128::from(now.since(clock.at).as_micros() as u64) * 65_536 / u128::from(MICROS);
                ((clock.ntp >> 16) as u32, delay.min(u128::from(u32::MAX)) as u32)
            }
        };
        Report {
            fraction_lost: self.fraction_lost,
            cumulative_lost: self.cumulative_lost(),
            highest_sequence: self.highest as u32,
            jitter: self.jitter_16 >> 4,
            last_sr,
            delay_since_last_sr,
        }
    }

    /// A packet lost for good weighs four times one that came again; a quarter lost for good is a 0.
    fn update_score(&mut self, expected: u64, lost: u64, recovered: u64) {
        if expected == 0 {
            return;
        }
        let recovered = recovered.min(lost);
        let weight = (lost - recovered) * 4 + recovered;
        let sample = ((10 << 8) - (10 << 8) * weight.min(expected) / expected) as u32;
        // Worse is told soon, better is believed slowly.
        let shift = if sample < self.score_256 { 1 } else { 3 };
        self.score_256 = if sample < self.score_256 {
            self.score_256 - ((self.score_256 - sample) >> shift)
        } else {
            self.score_256 + (sample - self.score_256).div_ceil(1 << shift)
        };
    }

    fn expected(&self) -> u64 {
        if self.received == 0 { 0 } else { self.highest.saturating_sub(self.base) + 1 }
    }

    fn cumulative_lost(&self) -> i32 {
        let lost = self.expected() as i64 - self.received as i64;
        lost.clamp(-0x80_0000, 0x7f_ffff) as i32
    }

    /// bit/s over the last second.
    pub fn bitrate(&self, now: Time) -> u64 {
        self.rate.bitrate(now)
    }

    /// Packets taken in, those that came again included.
    pub fn packets(&self) -> u64 {
        self.received + self.recovered
    }

    /// Bytes of them.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Packets that never came, not even when asked for again.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.packets())
    }

    /// Packets that came because we asked.
    pub fn recovered(&self) -> u64 {
        self.recovered
    }

    /// Of the last report's interval, 0–1, before repair.
    pub fn fraction_lost(&self) -> f32 {
        f32::from(self.fraction_lost) / 256.0
    }

    /// The variation of the network's delay (RFC 3550, section 6.4.1), in seconds.
    pub fn jitter_seconds(&self) -> f32 {
        self.jitter_16 as f32 / 16.0 / self.clock_rate as f32
    }

    /// When the last packet came; [`Time::ZERO`] before the first.
    pub fn last_arrival(&self) -> Time {
        self.last_arrival
    }

    /// Whether packets have come of late.
    pub fn is_active(&self, now: Time) -> bool {
        self.packets() > 0 && now.since(self.last_arrival) < ACTIVE
    }

    /// 0 (nothing arrives) – 10 (all arrives), from the loss of the last reports.
    pub fn score(&self, now: Time) -> u8 {
        if self.is_active(now) { ((self.score_256 + 128) >> 8) as u8 } else { 0 }
    }
}

/// 32.32 bits to microseconds.
fn ntp_micros(ntp: u64) -> u64 {
    (ntp >> 32) * MICROS + (((ntp & 0xffff_ffff) * MICROS) >> 32)
}

#[cfg(test)]
mod tests;
