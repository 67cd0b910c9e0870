//! Commands on routers and transports.

use super::{
    Engine, Event, RouterId, TransportCreated, TransportError, TransportFailure, TransportId,
    TransportOptions, UnknownId, router::Router, transport::Transport,
};
use crate::{
    Time,
    audio::ActiveSpeakers,
    dtls::{Dtls, DtlsError},
    ice::{Credentials, IceLite},
    ortc,
};
use rtc_types::ortc::{DtlsParameters, DtlsRole, IceParameters, RtpCapabilities, SctpParameters};

/// Bytes of a data channel's message at most.
pub const DATA_MESSAGE_BYTES_MAX: u32 = 256 << 10;
const SCTP_PORT: u16 = 5000;
const SCTP_STREAMS: u16 = 1024;

impl Engine {
    /// What routers have: codecs and header extensions, as `mediasoup-client` loads them. Equal for all.
    pub fn router_capabilities() -> &'static RtpCapabilities {
        ortc::router_capabilities()
    }

    /// Makes a router.
    pub fn create_router(&mut self) -> RouterId {
        self.routers.insert(Router { transports: Vec::new(), speakers: ActiveSpeakers::new() })
    }

    /// Closes a router with all transports in it. No events follow for what it held.
    pub fn close_router(&mut self, router: RouterId) {
        let Some(room) = self.routers.get(router) else { return };
        for transport in room.transports.clone() {
            self.remove_transport(Time::ZERO, transport);
        }
        self.routers.remove(router);
    }

    /// Makes a transport in a router.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn create_transport(
        &mut self,
        now: Time,
        router: RouterId,
        options: TransportOptions,
    ) -> Result<TransportCreated, TransportError> {
        if !self.routers.contains_key(router) {
            return Err(UnknownId("router").into());
        }
        let credentials = self.credentials();
        let ice = IceLite::new(now, credentials.clone(), self.config.consent_timeout);
        let ssrc = self.random.ssrc();
        let transport = Transport::new(now, router, options, ice, ssrc);
        let sctp = transport.has_data().then_some(SctpParameters {
            port: SCTP_PORT,
            os: SCTP_STREAMS,
            mis: SCTP_STREAMS,
            max_message_size: DATA_MESSAGE_BYTES_MAX,
            max_send_message_size: DATA_MESSAGE_BYTES_MAX,
            max_receive_message_size: DATA_MESSAGE_BYTES_MAX,
        });
        let id = self.transports.insert(transport);
        self.by_ufrag.insert(credentials.ufrag.clone(), id);
        if let Some(router) = self.routers.get_mut(router) {
            router.transports.push(id);
        }
        self.arm(id);
        let dtls = DtlsParameters {
            role: DtlsRole::Auto,
            fingerprints: vec![self.config.identity.fingerprint().clone()],
        };
        Ok(TransportCreated { transport: id, ice: parameters(credentials), dtls, sctp })
    }

    /// A name that no other transport has.
    fn credentials(&mut self) -> Credentials {
        loop {
            let credentials = Credentials::from_random(&self.random.bytes());
            if !self.by_ufrag.contains_key(&credentials.ufrag) {
                return credentials;
            }
        }
    }

    /// Tells the peer's DTLS parameters: the handshake may begin. Gives the role that we take.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn connect_transport(
        &mut self,
        now: Time,
        id: TransportId,
        remote: &DtlsParameters,
    ) -> Result<DtlsRole, TransportError> {
        let transport = self.transports.get_mut(id).ok_or(UnknownId("transport"))?;
        if transport.dtls.is_some() {
            return Err(TransportError::AlreadyConnected);
        }
        // Passive, so that the peer starts and chooses its first protection profile, unless it insists.
        let role = if remote.role == DtlsRole::Server { DtlsRole::Client } else { DtlsRole::Server };
        let epoch = self.config.instant_epoch;
        let dtls = Dtls::new(now, epoch, &self.config.identity, role, remote.fingerprints.clone())
            .map_err(|error: DtlsError| TransportError::Fingerprint(error.to_string()))?;
        transport.dtls = Some(dtls);
        self.set_timer(id, now);
        Ok(role)
    }

    /// New ICE credentials; the old ones hold until the first check with the new.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn restart_ice(&mut self, _now: Time, id: TransportId) -> Result<IceParameters, TransportError> {
        let credentials = self.credentials();
        let transport = self.transports.get_mut(id).ok_or(UnknownId("transport"))?;
        transport.ice.restart(credentials.clone());
        let valid: Vec<String> = transport.ice.ufrags().map(str::to_owned).collect();
        self.by_ufrag.retain(|ufrag, other| *other != id || valid.contains(ufrag));
        self.by_ufrag.extend(valid.into_iter().map(|ufrag| (ufrag, id)));
        Ok(parameters(credentials))
    }

    /// Closes a transport with its producers and consumers. Consumers elsewhere have events.
    pub fn close_transport(&mut self, now: Time, id: TransportId) {
        self.remove_transport(now, id);
    }

    pub(super) fn remove_transport(&mut self, now: Time, id: TransportId) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        transport.broken.get_or_insert(TransportFailure::ClosedByPeer);
        let producers = std::mem::take(&mut transport.producers);
        let consumers = std::mem::take(&mut transport.consumers);
        let data_producers = std::mem::take(&mut transport.data_producers);
        let data_consumers = std::mem::take(&mut transport.data_consumers);
        for producer in producers {
            self.events.push_back(Event::ProducerClosed(producer));
            self.close_producer(now, producer);
        }
        for consumer in consumers {
            self.close_consumer(now, consumer);
        }
        for producer in data_producers {
            self.events.push_back(Event::DataProducerClosed(producer));
            self.close_data_producer(now, producer);
        }
        for consumer in data_consumers {
            self.close_data_consumer(now, consumer);
        }
        self.by_ufrag.retain(|_, other| *other != id);
        self.by_tuple.retain(|_, other| *other != id);
        self.last_tuple = None;
        let Some(transport) = self.transports.remove(id) else { return };
        if let Some(router) = self.routers.get_mut(transport.router) {
            router.transports.retain(|other| *other != id);
        }
    }
}

fn parameters(credentials: Credentials) -> IceParameters {
    IceParameters { username_fragment: credentials.ufrag, password: credentials.password, ice_lite: true }
}
