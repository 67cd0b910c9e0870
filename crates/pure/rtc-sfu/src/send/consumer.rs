//! One track towards one subscriber: the choice of packets, and the numbers that they go out under.

use super::{
    Layers,
    history::{Sent, SentHistory},
    marks::Marks,
    munger::Munger,
    packet::MidElement,
    selector::{Selector, Verdict},
    starvation::Starvation,
    store::Stored,
    timeline::{Before, Timeline},
};
use crate::{ProducerId, Time, TransportId, VisibleSize, bwe::Choice, codec::vp8, ortc::Numbers};
use rtc_types::ortc::ProducerType;
use std::time::Duration;

/// Packets that are remembered for retransmission, at most.
const HISTORY_MAX: usize = 2048;
/// No stream of a producer: the source of what was sent last is gone.
const NO_STREAM: u8 = u8::MAX;

/// Retransmissions towards a subscriber (RFC 4588).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rtx {
    pub(crate) ssrc: u32,
    pub(crate) payload_type: u8,
    /// The number of the next one.
    pub(crate) next: u64,
}

/// What a consumer is made of.
pub(crate) struct ConsumerSetup {
    pub(crate) transport: TransportId,
    pub(crate) producer: ProducerId,
    pub(crate) kind: ProducerType,
    pub(crate) video: bool,
    pub(crate) vp8: bool,
    pub(crate) clock_rate: u32,
    pub(crate) ssrc: u32,
    pub(crate) rtx: Option<Rtx>,
    /// Whether lost packets are sent again.
    pub(crate) nack: bool,
    pub(crate) mid: MidElement,
    pub(crate) cname: String,
    pub(crate) first_number: u64,
    pub(crate) paused: bool,
    /// The best that the producer has.
    pub(crate) best: Layers,
    /// Of a receiver that does not take the router's.
    pub(crate) numbers: Option<Box<Numbers>>,
}

/// Running figures of a consumer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ConsumerCounters {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    /// What sender reports tell: packets, and bytes of payload, without the retransmission stream's.
    pub(crate) reported_packets: u64,
    pub(crate) reported_octets: u64,
    pub(crate) nacked: u64,
    pub(crate) retransmitted: u64,
    pub(crate) plis: u64,
    pub(crate) fraction_lost: f32,
    pub(crate) jitter: f32,
    /// `bytes` a second ago, and the bit/s that came of it.
    pub(crate) bytes_before: u64,
    pub(crate) bitrate: u64,
    pub(crate) score: u8,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    stream: u8,
    /// The source's timestamp.
    source: u32,
    at: Time,
    /// Whether the picture was complete with it.
    complete: bool,
}

/// One track towards one subscriber.
pub(crate) struct Consumer {
    pub(crate) transport: TransportId,
    pub(crate) producer: ProducerId,
    pub(crate) video: bool,
    pub(crate) clock_rate: u32,
    pub(crate) ssrc: u32,
    pub(crate) rtx: Option<Rtx>,
    pub(crate) mid: MidElement,
    pub(crate) numbers: Option<Box<Numbers>>,
    pub(crate) cname: String,
    pub(crate) paused: bool,
    pub(crate) producer_paused: bool,
    pub(crate) preferred: Option<Layers>,
    pub(crate) visible: Option<VisibleSize>,
    pub(crate) best: Layers,
    /// What the path bears of it, as last weighed.
    pub(crate) choice: Choice,
    /// The layers last told to the owner.
    pub(crate) told: Option<Layers>,
    pub(crate) told_score: u8,
    pub(crate) selector: Selector,
    pub(crate) history: SentHistory,
    /// Where lost packets are sent again under their own numbers.
    pub(crate) marks: Option<Box<Marks>>,
    pub(crate) counters: ConsumerCounters,
    /// The number of the first packet of the last key frame.
    pub(crate) key_frame: u64,
    starvation: Starvation,
    munger: Munger,
    vp8: Option<vp8::Rewriter>,
    timeline: Timeline,
    last: Option<Last>,
}

impl Consumer {
    pub(crate) fn new(setup: ConsumerSetup) -> Self {
        let target = (!setup.paused).then_some(setup.best);
        Self {
            transport: setup.transport,
            producer: setup.producer,
            video: setup.video,
            clock_rate: setup.clock_rate,
            ssrc: setup.ssrc,
            rtx: setup.rtx,
            mid: setup.mid,
            numbers: setup.numbers,
            cname: setup.cname,
            paused: setup.paused,
            producer_paused: false,
            preferred: None,
            visible: None,
            best: setup.best,
            choice: Choice::default(),
            told: None,
            told_score: 10,
            selector: Selector::new(setup.kind, setup.video, target),
            marks: (setup.nack && setup.rtx.is_none()).then(Box::default),
            history: SentHistory::new(if setup.nack || setup.video { HISTORY_MAX } else { 0 }),
            counters: ConsumerCounters { score: 10, ..ConsumerCounters::default() },
            key_frame: 0,
            starvation: Starvation::default(),
            munger: Munger::new(setup.first_number),
            vp8: setup.vp8.then(vp8::Rewriter::default),
            timeline: Timeline::new(setup.clock_rate),
            last: None,
        }
    }

    /// Whether anything is to be sent at all.
    pub(crate) fn is_live(&self) -> bool {
        !self.paused && !self.producer_paused
    }

    /// Decides on a packet of the producer's stream `stream`, and numbers it. `taken` tells when the
    /// picture of a stream with that timestamp was taken, in microseconds by the publisher's clock, where known.
    #[inline]
    pub(crate) fn plan(
        &mut self,
        now: Time,
        stream: u8,
        stored: &Stored,
        taken: impl Fn(u8, u32) -> Option<i64>,
    ) -> Option<Sent> {
        if self.starvation.waits(now) {
            return None;
        }
        let verdict = match stored.is_empty() && self.video {
            true => self.selector.judge_empty(stream),
            false => {
                let late = self.munger.is_late(stored.sequence);
                self.selector.judge(stream, &stored.payload, late)
            }
        };
        let (number, filler) = match verdict {
            Verdict::Ignore => return None,
            Verdict::Drop => {
                if let Some(vp8) = &mut self.vp8 {
                    vp8.drop(&stored.payload);
                }
                (self.munger.drop(stored.sequence)?, true)
            }
            Verdict::Send { switched } => {
                if switched {
                    self.switch(now, stream, stored, taken);
                }
                (self.munger.forward(stored.sequence)?, false)
            }
        };
        let picture = match &mut self.vp8 {
            Some(vp8) if !filler => vp8.next(&stored.payload),
            _ => (0, 0),
        };
        let sent = Sent {
            number,
            source: stored.sequence,
            timestamp: self.timeline.map(stored.timestamp),
            picture,
            stream,
            marker: stored.marker || self.selector.ends_picture(&stored.payload),
            filler,
            ..Sent::default()
        };
        if stored.payload.key_frame && stored.payload.start_of_frame && !filler {
            self.key_frame = number;
        }
        if !filler {
            let newer = self.last.is_none_or(|last| {
                last.stream != stream || stored.timestamp.wrapping_sub(last.source) < 1 << 31
            });
            if newer {
                self.timeline.pass(stored.timestamp);
                self.last = Some(Last { stream, source: stored.timestamp, at: now, complete: sent.marker });
            }
        }
        self.history.push(now, sent);
        Some(sent)
    }

    /// The stream begins, begins again, or another one takes its place.
    fn switch(&mut self, now: Time, stream: u8, stored: &Stored, taken: impl Fn(u8, u32) -> Option<i64>) {
        let Some(last) = self.last else { return };
        let other = last.stream != stream;
        self.munger.restart(other && !last.complete);
        if let Some(vp8) = &mut self.vp8 {
            vp8.restart();
        }
        if !other {
            return;
        }
        let before = Before { source: last.source, at: last.at };
        let taken = (taken(last.stream, last.source), taken(stream, stored.timestamp));
        self.timeline.switch(now, before, stored.timestamp, taken);
    }

    /// There is no room on the way for what was to be sent: it stops, and begins anew with a key frame.
    pub(crate) fn starve(&mut self, now: Time) {
        self.starvation.note(now);
        self.selector.restart();
    }

    /// Whether it stands for a while, for want of room.
    pub(crate) fn is_starved(&self, now: Time) -> bool {
        self.starvation.waits(now)
    }

    /// Another source has taken the place of the producer's stream `stream`, with numbers and timestamps of its
    /// own: what was sent of the old one cannot be sent again, and the new one begins with a key frame.
    pub(crate) fn begin_anew(&mut self, stream: u8) {
        if self.selector.is_sending(stream) {
            self.selector.restart();
        }
        if let Some(last) = self.last.as_mut().filter(|last| last.stream == stream) {
            last.stream = NO_STREAM;
        }
        self.history.clear();
    }

    /// Writes VP8's numbers into a payload in its send slot.
    #[inline]
    pub(crate) fn patch(sent: &Sent, stored: &Stored, payload: &mut [u8]) {
        vp8::apply(sent.picture, &stored.payload, payload);
    }

    /// Whether VP8's numbers are rewritten.
    pub(crate) fn is_vp8(&self) -> bool {
        self.vp8.is_some()
    }

    /// The stream and timestamps (the source's, ours, when it went out) of the last packet sent.
    pub(crate) fn last_sent(&self) -> Option<(u8, u32, u32, Time)> {
        self.last.map(|last| (last.stream, last.source, self.timeline.place(last.source), last.at))
    }

    /// The number of the newest packet.
    pub(crate) fn newest(&self) -> u64 {
        self.munger.next_out().wrapping_sub(1)
    }

    /// The extended number, next to the last one sent, that ends in `low`.
    pub(crate) fn number_near(&self, low: u16) -> u64 {
        let near = self.munger.next_out();
        near.wrapping_add_signed(i64::from(low.wrapping_sub(near as u16) as i16))
    }

    /// What the owner allows and the receiver looks at, at most; `None` where nothing is to be sent.
    pub(crate) fn wanted(&self, sizes: &[(u16, u16)]) -> Option<Layers> {
        if !self.is_live() || self.visible.is_some_and(|size| size.width == 0 && size.height == 0) {
            return None;
        }
        let mut wanted = self.preferred.map_or(self.best, |preferred| Layers {
            spatial: preferred.spatial.min(self.best.spatial),
            temporal: preferred.temporal.min(self.best.temporal),
        });
        if let Some(visible) = self.visible {
            let enough = (0..=wanted.spatial).find(|layer| {
                sizes.get(usize::from(*layer)).is_some_and(|(width, height)| {
                    // A tenth smaller than shown is not seen.
                    u32::from(*width) * 11 >= visible.width * 10
                        && u32::from(*height) * 11 >= visible.height * 10
                })
            });
            wanted.spatial = enough.unwrap_or(wanted.spatial);
        }
        Some(wanted)
    }

    /// Folds the counters of a second.
    pub(crate) fn tick(&mut self, length: Duration) {
        let bytes = self.counters.bytes - self.counters.bytes_before;
        self.counters.bytes_before = self.counters.bytes;
        self.counters.bitrate = (bytes as f64 * 8.0 / length.as_secs_f64().max(0.001)) as u64;
    }
}
