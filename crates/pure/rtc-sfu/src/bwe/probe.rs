//! Probes: some packets sent faster than the estimate, to learn at what rate they arrive.

use super::history::Sent;
use crate::Time;
use std::time::Duration;

/// A probe lasts as long …
const LENGTH: Duration = Duration::from_millis(20);
/// … and has so many packets at least.
const PACKETS_MIN: u32 = 5;
/// It is sent in slices, so that it is a rate and not a burst.
const SLICE: Duration = Duration::from_millis(5);
/// A probe that is not sent by then is given up …
const SEND_MAX: Duration = Duration::from_millis(250);
/// … and so is one that is not answered by then.
const ANSWER_MAX: Duration = Duration::from_millis(1_500);
/// Between probes that told nothing new: this, doubled each time up to the other.
const PAUSE_MIN: Duration = Duration::from_secs(3);
const PAUSE_MAX: Duration = Duration::from_secs(16);
/// The queue that a probe built is gone after as long.
const AFTER: Duration = Duration::from_millis(400);
/// How far beyond the estimate the first probe goes, and later ones.
const FIRST_FACTOR: u64 = 3;
const FACTOR: u64 = 2;
/// This part of a probe has to arrive for it to count.
const ARRIVED_MIN: f64 = 0.8;
/// Arriving at a lower part of its rate, a probe has found the limit …
const LIMIT: f64 = 0.9;
/// … and of that limit this part may be used.
const LIMIT_USED: f64 = 0.9;

/// Padding to send now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The probe that it belongs to. For statistics: packets sent while it lasts are taken as part of it.
    pub cluster: u16,
    /// The rate that is tried, in bit/s.
    pub bitrate: u64,
    /// How much is due now; ask again after the next [`super::Estimator::poll_timeout`].
    pub bytes: usize,
}

/// Sends one probe after another while more is wanted than the estimate allows.
#[derive(Clone, Debug, Default)]
pub(super) struct Prober {
    /// bit/s that would be sent if the way bore it; 0: never probe.
    wanted: u64,
    cluster: Option<Cluster>,
    last_id: u16,
    /// No probe before.
    next: Time,
    pause: Duration,
    /// When the last probe ended, with an answer or without.
    ended: Time,
}

#[derive(Clone, Debug)]
struct Cluster {
    id: u16,
    bitrate: u64,
    began: Time,
    next_slice: Time,
    sending: bool,
    sent_bytes: u64,
    sent_packets: u32,
    arrived: Option<Arrived>,
}

/// First and last of what arrived.
#[derive(Clone, Copy, Debug)]
struct Arrived {
    bytes: u64,
    packets: u32,
    first_sent: Time,
    last_sent: Time,
    last_sent_bytes: u64,
    first_arrival: i64,
    first_arrival_bytes: u64,
    last_arrival: i64,
}

/// What a probe found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// bit/s.
    pub(super) bitrate: u64,
    /// The way bore all that was tried.
    pub(super) whole: bool,
}

impl Prober {
    pub(super) fn set_wanted(&mut self, wanted: u64) {
        // More is wanted than ever was: worth a try soon, whatever earlier probes said.
        if wanted > self.wanted + self.wanted / 4 {
            self.pause = Duration::ZERO;
            self.next = self.next.min(Time::from_micros(1));
        }
        self.wanted = wanted;
    }

    /// Whether a slice or a new probe is due at a time; [`Time::NEVER`] where nothing more is wanted.
    pub(super) fn poll_timeout(&self, estimate: u64, max: u64) -> Time {
        match &self.cluster {
            Some(cluster) if cluster.sending => cluster.next_slice,
            Some(cluster) => cluster.began + ANSWER_MAX,
            None if self.wanted > estimate && estimate < max => self.next,
            None => Time::NEVER,
        }
    }

    /// A queue builds: this is no time to add to it.
    pub(super) fn on_overuse(&mut self, now: Time) {
        self.cluster = None;
        self.rest(now);
    }

    /// Whether a queue that builds now may be a probe's own.
    pub(super) fn disturbs(&self, now: Time) -> bool {
        self.cluster.is_some() || self.ended != Time::ZERO && now.since(self.ended) < AFTER
    }

    /// The way bears more than it was thought to: worth a try at once.
    pub(super) fn on_widened(&mut self, now: Time) {
        self.pause = Duration::ZERO;
        self.next = self.next.min(now);
    }

    /// What to send now, if anything.
    pub(super) fn poll(&mut self, now: Time, estimate: u64, max: u64) -> Option<Probe> {
        self.expire(now);
        if self.cluster.is_none() {
            self.begin(now, estimate, max);
        }
        let cluster = self.cluster.as_mut().filter(|cluster| cluster.sending && now >= cluster.next_slice)?;
        let elapsed = now.since(cluster.began) + SLICE;
        let due = bytes(cluster.bitrate, elapsed).saturating_sub(cluster.sent_bytes);
        cluster.next_slice = now + SLICE;
        (due > 0).then_some(Probe { cluster: cluster.id, bitrate: cluster.bitrate, bytes: due as usize })
    }

    /// The probe that a packet sent now belongs to; 0: none. Media counts as well as padding.
    #[inline]
    pub(super) fn tag(&mut self, sent: usize) -> u16 {
        match &mut self.cluster {
            Some(cluster) if cluster.sending => cluster.tag(sent as u64),
            _ => 0,
        }
    }

    /// A packet that was sent has arrived.
    pub(super) fn on_arrival(&mut self, sent: Sent, arrival: i64) {
        match &mut self.cluster {
            Some(cluster) if cluster.id == sent.cluster => cluster.on_arrival(sent, arrival),
            _ => {}
        }
    }

    /// What was found, once enough of a probe has arrived.
    pub(super) fn take_found(&mut self, now: Time) -> Option<Found> {
        let found = self.cluster.as_ref().filter(|cluster| !cluster.sending)?.found();
        match found {
            None => {
                self.expire(now);
                None
            }
            Some(found) => {
                self.cluster = None;
                self.ended = now;
                if found.whole {
                    self.pause = Duration::ZERO;
                    self.next = now;
                } else {
                    self.rest(now);
                }
                Some(found)
            }
        }
    }

    fn begin(&mut self, now: Time, estimate: u64, max: u64) {
        if self.wanted <= estimate || estimate >= max || now < self.next {
            return;
        }
        let factor = if self.last_id == 0 { FIRST_FACTOR } else { FACTOR };
        let bitrate = (estimate * factor).min(self.wanted + self.wanted / 4).min(max);
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.cluster = Some(Cluster {
            id: self.last_id,
            bitrate,
            began: now,
            next_slice: now,
            sending: true,
            sent_bytes: 0,
            sent_packets: 0,
            arrived: None,
        });
    }

    fn expire(&mut self, now: Time) {
        let Some(cluster) = &self.cluster else { return };
        let limit = if cluster.sending { SEND_MAX } else { ANSWER_MAX };
        if now.since(cluster.began) >= limit {
            self.cluster = None;
            self.ended = now;
            self.rest(now);
        }
    }

    fn rest(&mut self, now: Time) {
        // One episode of overuse is one reason to wait longer, however often it is told.
        if now >= self.next {
            self.pause = (self.pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
        }
        self.next = now + self.pause.max(PAUSE_MIN);
    }
}

impl Cluster {
    fn tag(&mut self, sent: u64) -> u16 {
        self.sent_bytes += sent;
        self.sent_packets += 1;
        if self.sent_bytes >= bytes(self.bitrate, LENGTH) && self.sent_packets >= PACKETS_MIN {
            self.sending = false;
        }
        self.id
    }

    fn on_arrival(&mut self, sent: Sent, arrival: i64) {
        let bytes = u64::from(sent.bytes);
        let Some(arrived) = &mut self.arrived else {
            self.arrived = Some(Arrived {
                bytes,
                packets: 1,
                first_sent: sent.at,
                last_sent: sent.at,
                last_sent_bytes: bytes,
                first_arrival: arrival,
                first_arrival_bytes: bytes,
                last_arrival: arrival,
            });
            return;
        };
        arrived.bytes += bytes;
        arrived.packets += 1;
        arrived.first_sent = arrived.first_sent.min(sent.at);
        if sent.at > arrived.last_sent {
            arrived.last_sent = sent.at;
            arrived.last_sent_bytes = 0;
        }
        if sent.at == arrived.last_sent {
            arrived.last_sent_bytes += bytes;
        }
        if arrival < arrived.first_arrival {
            arrived.first_arrival = arrival;
            arrived.first_arrival_bytes = bytes;
        }
        arrived.last_arrival = arrived.last_arrival.max(arrival);
    }

    fn found(&self) -> Option<Found> {
        let arrived = self.arrived?;
        let enough = f64::from(arrived.packets) >= f64::from(self.sent_packets) * ARRIVED_MIN
            && arrived.bytes as f64 >= self.sent_bytes as f64 * ARRIVED_MIN;
        if !enough {
            return None;
        }
        // Between n packets lie n − 1 gaps: the last one sent, and the first one that came, belong to none.
        let sent = rate(
            arrived.bytes - arrived.last_sent_bytes,
            arrived.last_sent.since(arrived.first_sent).as_micros() as u64,
        );
        let received = rate(
            arrived.bytes - arrived.first_arrival_bytes,
            arrived.last_arrival.saturating_sub(arrived.first_arrival).unsigned_abs(),
        );
        let tried = sent.min(self.bitrate as f64);
        let whole = received >= tried * LIMIT;
        let bitrate = if whole { tried.min(received) } else { received * LIMIT_USED };
        Some(Found { bitrate: bitrate as u64, whole })
    }
}

/// Bytes in a time at a rate.
fn bytes(bitrate: u64, time: Duration) -> u64 {
    (u128::from(bitrate) * time.as_micros() / 8_000_000) as u64
}

/// bit/s; infinite where no time passed.
fn rate(bytes: u64, micros: u64) -> f64 {
    bytes as f64 * 8e6 / micros as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bwe::SendHistory;

    /// Sends a probe over a way of `capacity` bit/s and answers it.
    fn probe(prober: &mut Prober, mut now: Time, estimate: u64, capacity: u64) -> Option<Found> {
        let mut history = SendHistory::new();
        let mut sent = Vec::new();
        let end = now + Duration::from_millis(100);
        while now < end {
            if let Some(due) = prober.poll(now, estimate, u64::MAX) {
                for _ in 0..due.bytes.div_ceil(1_000) {
                    sent.push(history.record(now, 1_000, prober.tag(1_000)));
                }
            }
            now += Duration::from_millis(1);
        }
        let mut free = 0;
        for seq in sent {
            let (packet, _) = history.arrived(seq).expect("sent");
            free = free.max(packet.at.as_micros() as i64) + (8_000_000_000 / capacity) as i64;
            prober.on_arrival(packet, free);
        }
        prober.take_found(now)
    }

    #[test]
    fn a_wide_way_bears_the_whole_probe() {
        let mut prober = Prober::default();
        prober.set_wanted(10_000_000);
        let found = probe(&mut prober, Time::from_millis(5), 600_000, 100_000_000).expect("an answer");
        assert!(found.whole);
        assert!((1_500_000..=1_800_000).contains(&found.bitrate), "{found:?}");
    }

    #[test]
    fn a_narrow_way_shows_its_rate() {
        let mut prober = Prober::default();
        prober.set_wanted(10_000_000);
        let found = probe(&mut prober, Time::from_millis(5), 600_000, 1_000_000).expect("an answer");
        assert!(!found.whole);
        assert!((800_000..=1_000_000).contains(&found.bitrate), "{found:?}");
        assert!(prober.poll_timeout(900_000, u64::MAX) > Time::from_millis(3_000), "it rests then");
    }

    #[test]
    fn nothing_is_sent_where_nothing_more_is_wanted() {
        let mut prober = Prober::default();
        assert_eq!(prober.poll(Time::from_millis(1), 600_000, u64::MAX), None);
        prober.set_wanted(500_000);
        assert_eq!(prober.poll(Time::from_millis(1), 600_000, u64::MAX), None);
        assert_eq!(prober.poll_timeout(600_000, u64::MAX), Time::NEVER);
        prober.set_wanted(700_000);
        let first = prober.poll(Time::from_millis(1), 600_000, u64::MAX).expect("a slice");
        assert_eq!((first.bitrate, first.cluster), (875_000, 1));
    }

    #[test]
    fn a_probe_that_is_never_answered_ends_and_the_pauses_grow() {
        let mut prober = Prober::default();
        prober.set_wanted(5_000_000);
        let mut begins = Vec::new();
        for ms in 0..200_000 {
            if let Some(slice) = prober.poll(Time::from_millis(ms), 600_000, u64::MAX) {
                if begins.last().is_none_or(|(id, _)| *id != slice.cluster) {
                    begins.push((slice.cluster, ms));
                }
                prober.tag(slice.bytes);
            }
        }
        assert!((10..=18).contains(&begins.len()), "{begins:?}");
    }
}
