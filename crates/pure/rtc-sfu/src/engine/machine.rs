//! The engine: its state, and how its owner drives it. Commands are in the modules beside.

use super::{
    ConsumerId, DataConsumerId, DataProducerId, EngineConfig, EngineStats, Event, ProducerId, RouterId,
    TransportFailure, TransportId,
    forward::Turn,
    producer::{DataConsumer, DataProducer, Producer},
    random::Random,
    router::Router,
    transport::Transport,
    wheel::Wheel,
};
use crate::{
    Time, Transmit, Tuple,
    demux::{Class, classify},
    send::{consumer::Consumer, packet::PACKET_BYTES_MAX},
};
use slotmap::SlotMap;
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, DefaultHasher},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A map whose hashing needs no randomness; its keys are addresses that proved themselves and names of ours.
pub(super) type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// One worker's media; see the crate's page for how it is driven.
pub struct Engine {
    pub(super) config: EngineConfig,
    pub(super) random: Random,
    pub(super) routers: SlotMap<RouterId, Router>,
    pub(super) transports: SlotMap<TransportId, Transport>,
    pub(super) producers: SlotMap<ProducerId, Producer>,
    pub(super) consumers: SlotMap<ConsumerId, Consumer>,
    pub(super) data_producers: SlotMap<DataProducerId, DataProducer>,
    pub(super) data_consumers: SlotMap<DataConsumerId, DataConsumer>,
    pub(super) by_tuple: Map<Tuple, TransportId>,
    pub(super) by_ufrag: Map<String, TransportId>,
    /// The sender of the last datagram: most come in runs.
    pub(super) last_tuple: Option<(Tuple, TransportId)>,
    pub(super) wheel: Wheel,
    /// When a router's speakers are to be weighed.
    pub(super) speakers_at: Time,
    pub(super) events: VecDeque<Event>,
    pub(super) stats: EngineStats,
    /// Producers with packets to forward.
    pub(super) dirty: Vec<ProducerId>,
    /// When they are to be forwarded.
    pub(super) flush_at: Time,
    pub(super) scratch: Scratch,
}

/// Buffers that are used again and again.
pub(super) struct Scratch {
    pub(super) packet: Box<[u8; PACKET_BYTES_MAX]>,
    pub(super) rtcp: Vec<u8>,
    pub(super) reply: Vec<u8>,
    pub(super) sequences: Vec<u16>,
    pub(super) due: Vec<TransportId>,
    pub(super) turns: Vec<Turn>,
}

impl Engine {
    /// An engine without rooms.
    pub fn new(config: EngineConfig) -> Self {
        Self {
            random: Random::new(&config.seed),
            config,
            routers: SlotMap::with_key(),
            transports: SlotMap::with_key(),
            producers: SlotMap::with_key(),
            consumers: SlotMap::with_key(),
            data_producers: SlotMap::with_key(),
            data_consumers: SlotMap::with_key(),
            by_tuple: Map::default(),
            by_ufrag: Map::default(),
            last_tuple: None,
            wheel: Wheel::new(),
            speakers_at: Time::NEVER,
            events: VecDeque::new(),
            stats: EngineStats::default(),
            dirty: Vec::new(),
            flush_at: Time::NEVER,
            scratch: Scratch {
                packet: Box::new([0; PACKET_BYTES_MAX]),
                rtcp: Vec::with_capacity(1500),
                reply: Vec::with_capacity(256),
                sequences: Vec::with_capacity(64),
                due: Vec::new(),
                turns: Vec::new(),
            },
        }
    }

    /// Takes a datagram in. Replies to it (ICE, DTLS) are written at once, media is forwarded by
    /// [`Self::flush`]. The buffer is decrypted in place.
    pub fn handle_datagram(&mut self, now: Time, from: Tuple, datagram: &mut [u8], out: &mut impl Transmit) {
        let class = classify(datagram);
        match class {
            Class::Stun => return self.handle_stun(now, from, datagram, out),
            Class::Unknown => {
                self.stats.dropped.malformed += 1;
                return;
            }
            Class::Dtls | Class::Rtp | Class::Rtcp => {}
        }
        let Some(id) = self.transport_of(from) else {
            self.stats.dropped.unknown_address += 1;
            return;
        };
        self.guarded(id, |engine| match class {
            Class::Dtls => engine.handle_dtls(now, id, datagram, out),
            Class::Rtp => engine.handle_rtp(now, id, datagram),
            _ => engine.handle_rtcp(now, id, datagram, out),
        });
    }

    fn transport_of(&mut self, from: Tuple) -> Option<TransportId> {
        if let Some((tuple, id)) = self.last_tuple
            && tuple == from
        {
            return Some(id);
        }
        let id = *self.by_tuple.get(&from)?;
        self.last_tuple = Some((from, id));
        Some(id)
    }

    /// Runs what one session's input causes. A panic ends that session and no other.
    pub(super) fn guarded(&mut self, id: TransportId, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.break_transport(id, TransportFailure::Fault);
        }
    }

    /// When [`Self::handle_timeout`] is next due; [`Time::NEVER`] where nothing is.
    pub fn poll_timeout(&self) -> Time {
        self.wheel.next().min(self.speakers_at).min(self.flush_at)
    }

    /// Does what is due. Call it after commands too: what they cause to be sent is due at once.
    pub fn handle_timeout(&mut self, now: Time, out: &mut impl Transmit) {
        let mut due = std::mem::take(&mut self.scratch.due);
        self.wheel.turn(now, &mut due);
        for id in due.drain(..) {
            let Some(transport) = self.transports.get_mut(id) else { continue };
            if transport.timer > now {
                continue;
            }
            transport.timer = Time::NEVER;
            self.guarded(id, |engine| engine.run_transport(now, id, out));
            if let Some(reason) = self.transports.get(id).and_then(|transport| transport.broken) {
                self.remove_transport(now, id);
                self.events.push_back(Event::TransportClosed { transport: id, reason });
                continue;
            }
            self.arm(id);
        }
        self.scratch.due = due;
        if self.speakers_at <= now {
            self.weigh_speakers(now);
        }
        self.flush(now, out);
    }

    /// The next fact, if there is one.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// A TCP connection (a [`Tuple`] with [`crate::Protocol::Tcp`]) has ended.
    pub fn handle_disconnect(&mut self, _now: Time, tuple: Tuple) {
        self.last_tuple = None;
        if let Some(id) = self.by_tuple.remove(&tuple)
            && let Some(transport) = self.transports.get_mut(id)
        {
            transport.ice.remove_tuple(tuple);
        }
    }

    /// Ends a session that cannot go on; it is removed at the next timeout, which is now.
    pub(super) fn break_transport(&mut self, id: TransportId, reason: TransportFailure) {
        if let Some(transport) = self.transports.get_mut(id) {
            transport.broken.get_or_insert(reason);
            self.set_timer(id, Time::ZERO);
        }
    }

    /// Has a transport looked at, at the latest at `at`.
    pub(super) fn set_timer(&mut self, id: TransportId, at: Time) {
        if let Some(transport) = self.transports.get_mut(id)
            && at < transport.timer
        {
            transport.timer = at;
            self.wheel.set(at, id);
        }
    }

    /// Sets a transport's timer to the earliest of its needs.
    pub(super) fn arm(&mut self, id: TransportId) {
        let Some(transport) = self.transports.get(id) else { return };
        let mut due = transport.due();
        if transport.srtp.is_none() {
            // Nothing can be asked for or sent yet.
            return self.set_timer(id, due);
        }
        for producer in &transport.producers {
            let Some(producer) = self.producers.get(*producer) else { continue };
            for stream in &producer.streams {
                due = due.min(stream.nack.poll_timeout()).min(stream.key_frame_due());
            }
        }
        if !transport.egress.queue.is_empty() {
            due = due.min(transport.egress.release_at);
        }
        self.set_timer(id, due);
    }
}
