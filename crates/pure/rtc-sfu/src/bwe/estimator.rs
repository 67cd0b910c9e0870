//! The estimator of one transport: its parts put together.

use super::{
    acknowledged::Acknowledged,
    aimd::{Aimd, Facts},
    history::SendHistory,
    inter_arrival::InterArrival,
    loss::{LossBound, Rates},
    overuse::{Detector, Usage},
    probe::{Probe, Prober},
    standing::StandingQueue,
    trend::Trend,
};
use crate::{Time, receive::RateMeter};
use std::time::Duration;

/// Before one was measured.
const RTT_DEFAULT: Duration = Duration::from_millis(100);
/// Round trips beyond this are taken as this.
const RTT_MAX: Duration = Duration::from_secs(5);
/// A round trip that a receiver report told counts for so long; then feedback's own is taken.
const RTT_REPORTED: Duration = Duration::from_secs(10);
/// With packets on the way and no word of them for so long beyond three round trips, the rate goes down …
const SILENCE: Duration = Duration::from_millis(1_000);
/// … by this each further …
const SILENCE_STEP: Duration = Duration::from_millis(500);
const SILENCE_FACTOR: f64 = 0.85;
/// Sending less than this part of the estimate is having little to send: layers come in steps, so that is
/// the usual case.
const LIMITED: f64 = 0.85;
/// A way that was found full is taken for that for so long.
const AT_LIMIT: Duration = Duration::from_secs(20);
/// Without transport-wide feedback, growth a report (about a second) while there is little loss.
const REPORT_GROWTH: f64 = 1.08;
const REPORT_LOSS_LOW: f64 = 0.02;

/// How much the way to one subscriber bears.
#[derive(Clone, Debug)]
pub struct Estimator {
    history: SendHistory,
    sent: RateMeter,
    /// The first packet since the last feedback; [`Time::NEVER`]: none.
    unanswered: Time,
    /// The last packet.
    sent_at: Time,
    prober: Prober,
    groups: InterArrival,
    trend: Trend,
    detector: Detector,
    standing: StandingQueue,
    acknowledged: Acknowledged,
    aimd: Aimd,
    loss: LossBound,
    limits: (u64, u64),
    rtt: Option<Duration>,
    rtt_reported: Option<Time>,
    feedback_at: Option<Time>,
    report_at: Option<Time>,
    lowered_for_silence: Time,
    /// When a queue was last seen to build or to stand.
    full_at: Option<Time>,
}

impl Estimator {
    /// An estimator that begins with `initial` and stays within `min` and `max`, all in bit/s.
    pub fn new(initial: u64, min: u64, max: u64) -> Self {
        let max = max.max(min);
        Self {
            history: SendHistory::new(),
            sent: RateMeter::new(),
            unanswered: Time::NEVER,
            sent_at: Time::ZERO,
            prober: Prober::default(),
            groups: InterArrival::default(),
            trend: Trend::default(),
            detector: Detector::default(),
            standing: StandingQueue::default(),
            acknowledged: Acknowledged::default(),
            aimd: Aimd::new(initial, min, max),
            loss: LossBound::default(),
            limits: (min, max),
            rtt: None,
            rtt_reported: None,
            feedback_at: None,
            report_at: None,
            lowered_for_silence: Time::ZERO,
            full_at: None,
        }
    }

    /// Changes the limits, in bit/s.
    pub fn set_limits(&mut self, min: u64, max: u64) {
        self.limits = (min, max.max(min));
        self.aimd.set_limits(self.limits.0, self.limits.1);
    }

    /// What would be sent if the way bore it, in bit/s: probes try to get there. 0: nothing to gain, no
    /// probes (audio only).
    pub fn set_wanted(&mut self, wanted: u64) {
        self.prober.set_wanted(wanted);
    }

    /// Notes a packet that is sent now, media or padding, by its size on the wire. Gives the transport-wide
    /// sequence number to write into it.
    #[inline]
    pub fn on_sent(&mut self, now: Time, bytes: usize) -> u16 {
        let cluster = self.prober.tag(bytes);
        self.sent.add(now, bytes);
        self.unanswered = self.unanswered.min(now);
        self.sent_at = now;
        self.history.record(now, bytes, cluster)
    }

    /// A packet that was sent with that number is sent again as it was.
    pub fn on_resent(&mut self, seq: u16) {
        self.history.forget(seq);
    }

    /// Takes a transport-wide feedback: what arrived, in the order of the numbers, with the time of arrival
    /// in microseconds of the receiver's clock (from any origin, the same for all feedbacks). Numbers that
    /// were never sent are passed over.
    pub fn on_feedback(&mut self, now: Time, feedback: impl Iterator<Item = (u16, Option<i64>)>) {
        let (mut arrived, mut lost, mut not_lost) = (0, 0, 0);
        let mut last_sent = None;
        for (seq, arrival) in feedback {
            let Some(arrival) = arrival else {
                lost += u32::from(self.history.lost(seq));
                continue;
            };
            let Some((sent, was_lost)) = self.history.arrived(seq) else {
                continue;
            };
            arrived += 1;
            not_lost += u32::from(was_lost);
            last_sent = last_sent.max(Some(sent.at));
            self.acknowledged.on_packet(arrival, u64::from(sent.bytes));
            self.prober.on_arrival(sent, arrival);
            let sent_at = sent.at.as_micros() as i64;
            self.standing.on_packet(sent_at, arrival);
            if let Some(deltas) = self.groups.on_packet(sent_at, arrival)
                && let Some(trend) = self.trend.update(deltas)
            {
                self.detector.update(now, trend, deltas.sent as f64 / 1_000.0);
            }
        }
        let Some(last_sent) = last_sent else {
            self.loss.count(now, 0, lost);
            return;
        };
        self.feedback_at = Some(now);
        self.unanswered = Time::NEVER;
        self.measure_rtt(now, now.since(last_sent));
        self.loss.uncount(not_lost);
        self.loss.count(now, arrived, lost);
        self.settle(now);
    }

    /// Takes what a receiver report says: the fraction lost (0–1), and the round trip where it tells one.
    /// The fraction counts only where there is no transport-wide feedback.
    pub fn on_loss_report(&mut self, now: Time, fraction: f32, rtt: Option<Duration>) {
        if let Some(rtt) = rtt {
            self.set_rtt(now, rtt);
        }
        let answered = self.feedback_at.is_some_and(|at| now.since(at) < SILENCE * 3);
        let elapsed = self.report_at.replace(now).map_or(SILENCE, |at| now.since(at).min(SILENCE * 3));
        if answered || !fraction.is_finite() {
            return;
        }
        self.unanswered = Time::NEVER;
        let fraction = f64::from(fraction.clamp(0.0, 1.0));
        let estimate = self.estimate();
        if fraction < REPORT_LOSS_LOW {
            let sent = self.sent.bitrate(now) as f64 * 1.5;
            self.aimd.raise((estimate as f64 * REPORT_GROWTH).min(sent) as u64);
        }
        let rates = Rates { sent: estimate as f64, by_delay: self.aimd.estimate() as f64, delivered: 0.0 };
        self.loss.judge(fraction, elapsed, rates, false);
    }

    /// Takes a round trip that was measured elsewhere (RTCP, ICE).
    pub fn set_rtt(&mut self, now: Time, rtt: Duration) {
        self.rtt_reported = Some(now);
        self.smooth_rtt(rtt);
    }

    /// bit/s that the way bears.
    pub fn estimate(&self) -> u64 {
        let estimate = self.aimd.estimate();
        self.loss.bound().map_or(estimate, |bound| estimate.min(bound)).max(self.limits.0)
    }

    /// Whether the way has shown of late that it bears no more.
    pub fn is_at_limit(&self, now: Time) -> bool {
        self.full_at.is_some_and(|at| now.since(at) < AT_LIMIT)
    }

    /// Whether there is any sign of late that the estimate has reached what the way bears: a queue, loss, silence.
    pub fn is_limited(&self, now: Time) -> bool {
        let silent = self.lowered_for_silence;
        self.is_at_limit(now)
            || self.loss.bound().is_some()
            || silent != Time::ZERO && now.since(silent) < AT_LIMIT
    }

    /// The round trip, smoothed; zero before one was measured.
    pub fn rtt(&self) -> Duration {
        self.rtt.unwrap_or(Duration::ZERO)
    }

    /// Of late, 0–1.
    pub fn fraction_lost(&self) -> f64 {
        self.loss.fraction()
    }

    /// bit/s sent over the last second, padding included.
    pub fn bitrate_sent(&self, now: Time) -> u64 {
        self.sent.bitrate(now)
    }

    /// bit/s that arrived of late; `None` before it was measured.
    pub fn acknowledged(&self) -> Option<u64> {
        self.acknowledged.bitrate()
    }

    /// Whether there is less to send than may be sent, so that feedback does not test the estimate.
    pub fn is_application_limited(&self, now: Time) -> bool {
        (self.sent.bitrate(now) as f64) < self.estimate() as f64 * LIMITED
    }

    /// When [`Self::handle_timeout`] and [`Self::poll_probe`] are next to be called, both;
    /// [`Time::NEVER`] where nothing is under way.
    pub fn poll_timeout(&self) -> Time {
        let silence = match self.unanswered {
            Time::NEVER => Time::NEVER,
            since => (since + self.silence()).max(self.lowered_for_silence + SILENCE_STEP),
        };
        silence.min(self.probe_timeout())
    }

    /// Lowers the rate where packets are on the way and nothing is heard of them. Says whether it did.
    pub fn handle_timeout(&mut self, now: Time) -> bool {
        if self.unanswered == Time::NEVER
            || now.since(self.unanswered) < self.silence()
            || now.since(self.lowered_for_silence) < SILENCE_STEP
        {
            return false;
        }
        if now.since(self.sent_at) >= SILENCE {
            // Nothing is on the way that could still be answered: the last word was lost.
            self.unanswered = Time::NEVER;
            return false;
        }
        self.lowered_for_silence = now;
        self.prober.on_overuse(now);
        let before = self.estimate();
        self.aimd.lower(before as f64 * SILENCE_FACTOR);
        self.estimate() < before
    }

    /// Padding that is due now to try a higher rate. It is sent as any packet, with [`Self::on_sent`].
    pub fn poll_probe(&mut self, now: Time) -> Option<Probe> {
        if now < self.probe_timeout() {
            return None;
        }
        self.prober.poll(now, self.estimate(), self.limits.1)
    }

    /// Bytes of memory that the history takes.
    pub fn memory(&self) -> usize {
        self.history.memory()
    }

    /// Probes need an answer, a steady queue and a rate that loss does not bound.
    fn probe_timeout(&self) -> Time {
        if self.feedback_at.is_none() || self.loss.bound().is_some() {
            return Time::NEVER;
        }
        self.prober.poll_timeout(self.estimate(), self.limits.1)
    }

    fn settle(&mut self, now: Time) {
        let usage = match self.detector.usage() {
            _ if self.standing.update(now) => Usage::Over,
            // A queue of a probe's making: wait until it is gone.
            Usage::Over if self.prober.disturbs(now) => Usage::Under,
            usage => usage,
        };
        if usage == Usage::Over {
            self.full_at = Some(now);
        }
        let application_limited = self.is_application_limited(now);
        let facts = Facts {
            acknowledged: self.acknowledged.bitrate(),
            rtt: self.rtt.unwrap_or(RTT_DEFAULT),
            application_limited,
        };
        if self.aimd.update(now, usage, facts) || usage == Usage::Over {
            self.prober.on_overuse(now);
        }
        if self.aimd.take_widened() {
            self.prober.on_widened(now);
        }
        if let Some(found) = self.prober.take_found(now)
            && usage != Usage::Over
            && (found.whole || application_limited)
        {
            self.aimd.raise(found.bitrate);
            if !found.whole {
                self.aimd.note_limit(found.bitrate);
            }
        }
        let queue = self.standing.is_standing() || usage == Usage::Over;
        let rates = Rates {
            sent: self.estimate() as f64,
            by_delay: self.aimd.estimate() as f64,
            delivered: self.acknowledged.bitrate().unwrap_or(0) as f64,
        };
        self.loss.update(now, rates, queue);
    }

    fn silence(&self) -> Duration {
        SILENCE + self.rtt.unwrap_or(RTT_DEFAULT) * 3
    }

    fn measure_rtt(&mut self, now: Time, measured: Duration) {
        if self.rtt_reported.is_none_or(|at| now.since(at) > RTT_REPORTED) {
            self.smooth_rtt(measured);
        }
    }

    fn smooth_rtt(&mut self, measured: Duration) {
        let measured = measured.clamp(Duration::from_micros(1), RTT_MAX);
        self.rtt = Some(self.rtt.map_or(measured, |known| (known * 7 + measured) / 8));
    }
}
