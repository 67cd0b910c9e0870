//! A bottleneck that flows share: a queue of limited length in front of a link of limited rate, loss, delay
//! and jitter, driven in steps of a millisecond.

use crate::{
    Time,
    bwe::{Estimator, Pacer},
    receive::ArrivalRecorder,
};
use std::{collections::VecDeque, time::Duration};

/// What the way is like.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) bitrate: u64,
    /// One way.
    pub(super) delay: Duration,
    /// Added at random to each packet's delay, at most; packets stay in order.
    pub(super) jitter: Duration,
    /// Of packets, 0–1.
    pub(super) loss: f64,
    /// What the queue holds at most, as time at the link's rate.
    pub(super) queue: Duration,
    /// Whether feedback comes back.
    pub(super) feedback: bool,
}

impl Way {
    pub(super) fn of(bitrate: u64) -> Self {
        Self {
            bitrate,
            delay: Duration::from_millis(25),
            jitter: Duration::from_millis(2),
            loss: 0.0,
            queue: Duration::from_millis(300),
            feedback: true,
        }
    }
}

/// What a feedback says.
type Said = Vec<(u16, Option<i64>)>;

/// One sender with its receiver.
pub(super) struct Flow {
    pub(super) estimator: Estimator,
    pacer: Pacer,
    /// bit/s that it has to send at most.
    pub(super) demand: u64,
    unsent: VecDeque<usize>,
    debt: f64,
    arrivals: ArrivalRecorder,
    returning: VecDeque<(Time, Said)>,
    /// By 100 ms: estimate at its end, and bytes delivered in it.
    pub(super) estimates: Vec<u64>,
    pub(super) delivered: Vec<u64>,
    bytes: u64,
}

pub(super) struct Simulation {
    pub(super) now: Time,
    pub(super) way: Way,
    pub(super) flows: Vec<Flow>,
    queue: VecDeque<(usize, u16, usize)>,
    queued: usize,
    /// When the link has sent what was taken from the queue.
    free: f64,
    flying: VecDeque<(Time, usize, u16, usize)>,
    random: u64,
    /// Longest time in the queue, in ms.
    pub(super) delay_max: f64,
}

impl Simulation {
    pub(super) fn new(seed: u64, way: Way, flows: usize) -> Self {
        let mut simulation = Self {
            now: Time::from_millis(1_000),
            way,
            flows: Vec::new(),
            queue: VecDeque::new(),
            queued: 0,
            free: 0.0,
            flying: VecDeque::new(),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            delay_max: 0.0,
        };
        (0..flows).for_each(|_| simulation.join(10_000_000));
        simulation
    }

    pub(super) fn join(&mut self, demand: u64) {
        let mut estimator = Estimator::new(600_000, 30_000, 50_000_000);
        estimator.set_wanted(demand);
        self.flows.push(Flow {
            estimator,
            pacer: Pacer::new(600_000),
            demand,
            unsent: VecDeque::new(),
            debt: 0.0,
            arrivals: ArrivalRecorder::new(),
            returning: VecDeque::new(),
            estimates: Vec::new(),
            delivered: Vec::new(),
            bytes: 0,
        });
    }

    fn chance(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn run(&mut self, seconds: u64) {
        self.run_ms(seconds * 1_000);
    }

    pub(super) fn run_ms(&mut self, milliseconds: u64) {
        for _ in 0..milliseconds {
            self.now += Duration::from_millis(1);
            for index in 0..self.flows.len() {
                self.send(index);
            }
            self.forward();
            self.deliver();
            for index in 0..self.flows.len() {
                self.answer(index);
            }
        }
    }

    /// 30 frames a second of what the estimate allows and there is to send.
    fn send(&mut self, index: usize) {
        let now = self.now;
        let flow = &mut self.flows[index];
        let rate = flow.estimator.estimate().min(flow.demand);
        flow.pacer.set_estimate(flow.estimator.estimate());
        if (now.as_millis() + index as u64 * 11).is_multiple_of(33) && flow.unsent.len() < 400 {
            flow.debt += rate as f64 / 8.0 * 0.033;
            while flow.debt > 0.0 {
                let size = 1_150.min(flow.debt.ceil() as usize).max(200);
                flow.unsent.push_back(size);
                flow.debt -= size as f64;
            }
        }
        let mut out = Vec::new();
        while let Some(size) = flow.unsent.front() {
            if !flow.pacer.allow(now, *size).is_zero() {
                break;
            }
            out.push(flow.unsent.pop_front().expect("seen"));
        }
        if flow.estimator.poll_timeout() <= now {
            flow.estimator.handle_timeout(now);
            if let Some(probe) = flow.estimator.poll_probe(now) {
                out.extend((0..probe.bytes.div_ceil(1_100)).map(|_| 1_100));
            }
        }
        for size in out {
            let seq = self.flows[index].estimator.on_sent(now, size);
            let limit = self.way.bitrate as f64 / 8.0 * self.way.queue.as_secs_f64();
            let dropped = self.chance() < self.way.loss;
            if !dropped && ((self.queued + size) as f64) < limit.max(3_000.0) {
                self.queued += size;
                self.queue.push_back((index, seq, size));
            }
        }
    }

    fn forward(&mut self) {
        let now = self.now.as_micros() as f64;
        if self.queue.is_empty() {
            self.free = self.free.max(now);
        }
        while self.free <= now {
            let Some((index, seq, size)) = self.queue.pop_front() else { break };
            self.queued -= size;
            self.free += size as f64 * 8e6 / self.way.bitrate as f64;
            let jitter = self.way.jitter.mul_f64(self.chance());
            let at = Time::from_micros(self.free as u64) + self.way.delay + jitter;
            let at = at.max(self.flying.back().map_or(Time::ZERO, |last| last.0));
            self.flying.push_back((at, index, seq, size));
        }
        self.delay_max = self.delay_max.max(self.queued as f64 * 8e3 / self.way.bitrate as f64);
    }

    fn deliver(&mut self) {
        while let Some((at, index, seq, size)) =
            self.flying.front().copied().filter(|first| first.0 <= self.now)
        {
            self.flying.pop_front();
            let flow = &mut self.flows[index];
            flow.bytes += size as u64;
            flow.arrivals.on_packet(at, seq);
        }
    }

    fn answer(&mut self, index: usize) {
        let (now, delay) = (self.now, self.way.delay);
        let flow = &mut self.flows[index];
        while let Some(feedback) = flow.arrivals.take(now) {
            // On the wire, times are in units of 250 µs.
            let said = feedback.arrivals.iter();
            let said = said.map(|(seq, at)| (*seq, at.map(|at| at / 250 * 250 + 77_000_000))).collect();
            if self.way.feedback {
                flow.returning.push_back((now + delay, said));
            }
        }
        while flow.returning.front().is_some_and(|first| first.0 <= now) {
            let (_, said) = flow.returning.pop_front().expect("seen");
            flow.estimator.on_feedback(now, said.into_iter());
        }
        if now.as_millis().is_multiple_of(100) {
            flow.estimates.push(flow.estimator.estimate());
            flow.delivered.push(std::mem::take(&mut flow.bytes));
        }
    }
}

impl Flow {
    /// Mean estimate over the last seconds, in bit/s.
    pub(super) fn mean_estimate(&self, seconds: usize) -> f64 {
        let last = &self.estimates[self.estimates.len() - seconds * 10..];
        last.iter().sum::<u64>() as f64 / last.len() as f64
    }

    /// Mean rate delivered over the last seconds, in bit/s.
    pub(super) fn mean_delivered(&self, seconds: usize) -> f64 {
        let last = &self.delivered[self.delivered.len() - seconds * 10..];
        last.iter().sum::<u64>() as f64 * 8.0 / seconds as f64
    }
}
