//! The engine, its clients, and the clock between them.

use crate::{Client, Link, LinkConfig, RawPeer, VideoSource};
use rtc_sfu::{
    ConsumeOptions, Consumed, Engine, EngineConfig, Event, ProduceOptions, Produced, ProducerId, Protocol,
    RouterId, Time, Transmit, TransportCreated, TransportId, TransportOptions, Tuple, dtls::Identity,
};
use rtc_types::{MediaKind, ortc::RtpParameters};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

/// A client's number.
pub type ClientId = usize;

/// One client's place in the network.
struct Host {
    client: Client,
    transport: TransportId,
    tuple: Tuple,
    up: Link,
    down: Link,
}

/// Everything.
pub struct World {
    /// The machine under test.
    pub engine: Engine,
    /// The one room.
    pub router: RouterId,
    /// Facts that the engine told, with their times.
    pub events: Vec<(Time, Event)>,
    /// Datagrams for addresses at which no client is.
    pub strays: Vec<(Tuple, Vec<u8>)>,
    now: Time,
    epoch: Instant,
    identity: Arc<Identity>,
    seed: u64,
    hosts: BTreeMap<ClientId, Host>,
    hosts_made: usize,
}

#[derive(Default)]
struct Outbox(Vec<(Tuple, Vec<u8>)>);

impl Transmit for Outbox {
    fn datagram(&mut self, to: Tuple, bytes: usize) -> &mut [u8] {
        self.0.push((to, vec![0; bytes]));
        &mut self.0.last_mut().expect("pushed").1
    }
}

impl World {
    /// An engine with one room and nobody in it.
    pub fn new(seed: u64) -> Self {
        let epoch = Instant::now();
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut engine = Engine::new(EngineConfig {
            seed: bytes,
            unix_epoch: Duration::from_secs(1_700_000_000),
            instant_epoch: epoch,
            identity: Arc::new(Identity::generate().expect("makes a certificate")),
            consent_timeout: Duration::from_secs(30),
        });
        let router = engine.create_router();
        Self {
            engine,
            router,
            events: Vec::new(),
            strays: Vec::new(),
            now: Time::from_millis(1),
            epoch,
            identity: Arc::new(Identity::generate().expect("makes a certificate")),
            seed,
            hosts: BTreeMap::new(),
            hosts_made: 0,
        }
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Adds a client behind a link, the same both ways, and connects it.
    pub fn add(&mut self, link: LinkConfig) -> ClientId {
        self.add_with(link, TransportOptions::default())
    }

    /// The same, for a transport made that way.
    pub fn add_with(&mut self, link: LinkConfig, options: TransportOptions) -> ClientId {
        let index = self.hosts_made;
        self.hosts_made += 1;
        let address = SocketAddr::from((Ipv4Addr::new(10, 0, (index >> 8) as u8, index as u8), 4000));
        let server = SocketAddr::from((Ipv4Addr::new(10, 1, 0, 1), 5000));
        let mut client = Client::new(self.epoch, self.now, address, server);
        let created: TransportCreated =
            self.engine.create_transport(self.now, self.router, options).expect("there is room");
        let dtls = client.start(&created);
        self.engine.connect_transport(self.now, created.transport, &dtls).expect("connects once");
        let seed = self.seed.wrapping_mul(1000) + 2 * index as u64;
        let host = Host {
            client,
            transport: created.transport,
            tuple: Tuple { protocol: Protocol::Udp, local: 0, remote: address },
            up: Link::new(link, seed),
            down: Link::new(link, seed + 1),
        };
        self.hosts.insert(index, host);
        index
    }

    /// Adds a client that is not connected, and only sends what a test has it send. Datagrams for it are
    /// [`Self::strays`].
    pub fn add_raw(&mut self, port: u16, options: TransportOptions) -> RawPeer {
        let created = self.engine.create_transport(self.now, self.router, options).expect("there is room");
        let remote = SocketAddr::from((Ipv4Addr::new(10, 2, 0, 1), port));
        let tuple = Tuple { protocol: Protocol::Udp, local: 0, remote };
        RawPeer::new(self.now, self.epoch, &self.identity, &created, tuple)
    }

    /// Has the engine take a datagram in, from any address.
    pub fn send_from(&mut self, from: Tuple, mut datagram: Vec<u8>) {
        let mut out = Outbox::default();
        self.engine.handle_datagram(self.now, from, &mut datagram, &mut out);
        self.engine.flush(self.now, &mut out);
        self.dispatch(out);
    }

    /// Takes the datagrams that were sent to an address at which no client is.
    pub fn take_strays(&mut self, to: Tuple) -> Vec<Vec<u8>> {
        let (taken, rest) = std::mem::take(&mut self.strays).into_iter().partition(|(at, _)| *at == to);
        self.strays = rest;
        let taken: Vec<(Tuple, Vec<u8>)> = taken;
        taken.into_iter().map(|(_, datagram)| datagram).collect()
    }

    /// Has a client go, without a word: its transport is closed as signaling would.
    pub fn remove(&mut self, id: ClientId) {
        if let Some(host) = self.hosts.remove(&id) {
            self.engine.close_transport(self.now, host.transport);
        }
    }

    /// New ICE credentials for a client's connection.
    pub fn restart_ice(&mut self, id: ClientId) {
        let host = self.hosts.get_mut(&id).expect("is there");
        let ice = self.engine.restart_ice(self.now, host.transport).expect("is there");
        host.client.restart_ice(&ice);
    }

    /// A client.
    pub fn client(&mut self, id: ClientId) -> &mut Client {
        &mut self.host(id).client
    }

    /// A client's connection.
    pub fn transport(&self, id: ClientId) -> TransportId {
        self.hosts[&id].transport
    }

    /// Both directions of a client's link: from it, to it.
    pub fn links(&mut self, id: ClientId) -> (&mut Link, &mut Link) {
        let host = self.host(id);
        (&mut host.up, &mut host.down)
    }

    /// Gives a client a new address, as a change of network does.
    pub fn rebind(&mut self, id: ClientId, port: u16) {
        self.host(id).tuple.remote.set_port(port);
    }

    /// Where a client's datagrams come from.
    pub fn tuple(&self, id: ClientId) -> Tuple {
        self.hosts[&id].tuple
    }

    fn host(&mut self, id: ClientId) -> &mut Host {
        self.hosts.get_mut(&id).expect("the client is there")
    }

    /// Has a client send video.
    pub fn produce_video(
        &mut self,
        id: ClientId,
        parameters: RtpParameters,
        sources: Vec<VideoSource>,
    ) -> Produced {
        let produced = self.produce(id, MediaKind::Video, parameters.clone());
        self.host(id).client.send_video(&parameters, sources);
        produced
    }

    /// Has a client send a voice of that level (0 loudest – 127).
    pub fn produce_voice(&mut self, id: ClientId, parameters: RtpParameters, level: u8) -> Produced {
        let produced = self.produce(id, MediaKind::Audio, parameters.clone());
        let now = self.now;
        self.host(id).client.send_voice(now, &parameters, level);
        produced
    }

    fn produce(&mut self, id: ClientId, kind: MediaKind, parameters: RtpParameters) -> Produced {
        let options = ProduceOptions { kind, parameters, paused: false, screen: false };
        self.engine.produce(self.now, self.hosts[&id].transport, options).expect("the router has the codec")
    }

    /// Has a client get a track.
    pub fn consume(&mut self, id: ClientId, producer: ProducerId) -> Consumed {
        let options = ConsumeOptions {
            producer,
            capabilities: Engine::router_capabilities().clone(),
            paused: false,
            mid: None,
        };
        let consumed =
            self.engine.consume(self.now, self.hosts[&id].transport, options).expect("can be consumed");
        let video = consumed.parameters.codecs[0].mime_type.starts_with("video");
        let now = self.now;
        self.host(id).client.expect(now, &consumed.parameters, video);
        consumed
    }

    /// Lets time pass until `done` or for `limit`; gives whether it was done.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&mut World) -> bool) -> bool {
        let end = self.now + limit;
        while self.now < end {
            if done(self) {
                return true;
            }
            self.step(end);
        }
        done(self)
    }

    /// Lets time pass.
    pub fn run_for(&mut self, length: Duration) {
        self.run_until(length, |_| false);
    }

    /// Waits for all to connect.
    pub fn connect_all(&mut self) {
        let connected = self.run_until(Duration::from_secs(10), |world| {
            world.hosts.values().all(|host| host.client.connected)
        });
        assert!(connected, "all clients connect within 10 s");
    }

    /// Goes to the next moment at which something happens, at most to `end`.
    fn step(&mut self, end: Time) {
        let hosts = self.hosts.values();
        let next = hosts.map(|host| host.client.next().min(host.up.next()).min(host.down.next())).min();
        let next = next.unwrap_or(Time::NEVER).min(self.engine.poll_timeout()).min(end);
        self.now = next.max(self.now + Duration::from_micros(10));
        let mut out = Outbox::default();
        for host in self.hosts.values_mut() {
            while let Some(datagram) = host.down.receive(self.now) {
                for answer in host.client.receive(self.now, &datagram) {
                    host.up.send(self.now, answer);
                }
            }
            for datagram in host.client.run(self.now) {
                host.up.send(self.now, datagram);
            }
            while let Some(mut datagram) = host.up.receive(self.now) {
                self.engine.handle_datagram(self.now, host.tuple, &mut datagram, &mut out);
            }
        }
        self.engine.flush(self.now, &mut out);
        if self.engine.poll_timeout() <= self.now {
            self.engine.handle_timeout(self.now, &mut out);
        }
        self.dispatch(out);
        while let Some(event) = self.engine.poll_event() {
            self.events.push((self.now, event));
        }
    }

    fn dispatch(&mut self, out: Outbox) {
        for (to, datagram) in out.0 {
            match self.hosts.values_mut().find(|host| host.tuple == to) {
                Some(host) => host.down.send(self.now, datagram),
                None => self.strays.push((to, datagram)),
            }
        }
    }
}
