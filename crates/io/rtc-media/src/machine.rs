//! What a worker drives: the engine, or a double of it.

use rtc_sfu::{Engine, EngineConfig, EngineStats, Event, Time, Transmit, Tuple};
use std::time::{Duration, Instant};

/// A state machine behind sockets; [`Engine`]'s methods, so that the sockets can be tested without it.
pub trait Machine: 'static {
    /// A fact for the owner.
    type Event: Send + 'static;
    /// Takes a datagram in; may change it.
    fn handle_datagram(&mut self, now: Time, from: Tuple, datagram: &mut [u8], out: &mut impl Transmit);
    /// Called after each batch of datagrams.
    fn flush(&mut self, now: Time, out: &mut impl Transmit);
    /// When [`Self::handle_timeout`] is next due.
    fn poll_timeout(&self) -> Time;
    /// Does what is due; called after commands too.
    fn handle_timeout(&mut self, now: Time, out: &mut impl Transmit);
    /// The next fact.
    fn poll_event(&mut self) -> Option<Self::Event>;
    /// A TCP connection has ended.
    fn handle_disconnect(&mut self, now: Time, tuple: Tuple);
    /// Sums.
    fn stats(&self) -> EngineStats;
}

/// What a machine is told when a worker makes it.
#[derive(Clone, Copy, Debug)]
pub struct Birth {
    /// Fresh randomness.
    pub seed: [u8; 32],
    /// The wall clock at [`Time::ZERO`], since the Unix epoch.
    pub unix_epoch: Duration,
    /// The monotonic clock at [`Time::ZERO`].
    pub instant_epoch: Instant,
}

impl Birth {
    /// The engine's configuration.
    pub(crate) fn engine(
        self,
        identity: std::sync::Arc<rtc_sfu::dtls::Identity>,
        consent_timeout: Duration,
    ) -> Engine {
        Engine::new(EngineConfig {
            seed: self.seed,
            unix_epoch: self.unix_epoch,
            instant_epoch: self.instant_epoch,
            identity,
            consent_timeout,
        })
    }
}

impl Machine for Engine {
    type Event = Event;
    fn handle_datagram(&mut self, now: Time, from: Tuple, datagram: &mut [u8], out: &mut impl Transmit) {
        Engine::handle_datagram(self, now, from, datagram, out);
    }
    fn flush(&mut self, now: Time, out: &mut impl Transmit) {
        Engine::flush(self, now, out);
    }
    fn poll_timeout(&self) -> Time {
        Engine::poll_timeout(self)
    }
    fn handle_timeout(&mut self, now: Time, out: &mut impl Transmit) {
        Engine::handle_timeout(self, now, out);
    }
    fn poll_event(&mut self) -> Option<Event> {
        Engine::poll_event(self)
    }
    fn handle_disconnect(&mut self, now: Time, tuple: Tuple) {
        Engine::handle_disconnect(self, now, tuple);
    }
    fn stats(&self) -> EngineStats {
        Engine::stats(self)
    }
}
