//! A whole client of another make: str0m connects by ICE, DTLS and SCTP, and opens channels in band and without.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "str0m and DTLS take moments")]

use super::*;
use crate::{
    Protocol, Tuple,
    demux::{self, Class},
    dtls::{Dtls, DtlsOutput, Identity},
    ice::{Credentials, IceLite},
    stun,
};
use rtc_types::ortc::{DtlsFingerprint, DtlsRole};
use std::{net::SocketAddr, sync::Arc, time::Instant};
use str0m::{
    Candidate, Event, IceCreds, Input, Output, Rtc,
    channel::{ChannelConfig, ChannelId},
    config::Fingerprint,
    net::{Protocol as Wire, Receive},
};

/// Our side of one transport.
struct Server {
    ice: IceLite,
    dtls: Dtls,
    association: Option<Association>,
    mode: DataMode,
    events: Vec<DataEvent>,
}

struct Session {
    client: Rtc,
    server: Server,
    epoch: Instant,
    now: Time,
    heard: Vec<Event>,
}

fn client_address() -> SocketAddr {
    ([192, 0, 2, 1], 1000).into()
}

fn server_address() -> SocketAddr {
    ([198, 51, 100, 1], 2000).into()
}

impl Server {
    fn take(&mut self, now: Time, datagram: &[u8], out: &mut Vec<Vec<u8>>) {
        let from = Tuple { protocol: Protocol::Udp, local: 0, remote: client_address() };
        match demux::classify(datagram) {
            Class::Stun => {
                let message = stun::Message::parse(datagram).expect("well formed");
                let mut reply = Vec::new();
                self.ice.handle_check(now, from, &message, &mut reply);
                out.push(reply);
            }
            Class::Dtls => {
                assert!(self.ice.is_verified(&from));
                self.dtls.handle_datagram(now, datagram).expect("no failure");
            }
            class => panic!("{class:?}"),
        }
    }

    fn settle(&mut self, now: Time, out: &mut Vec<Vec<u8>>) {
        if self.dtls.poll_timeout() <= now {
            self.dtls.handle_timeout(now).expect("no failure");
        }
        while let Some(output) = self.dtls.poll_output() {
            match (output, &mut self.association) {
                (DtlsOutput::Datagram(datagram), _) => out.push(datagram),
                (DtlsOutput::Connected(_), association) => {
                    let options = AssociationOptions { mode: self.mode, ..Default::default() };
                    *association = Some(Association::new(now, options));
                }
                (DtlsOutput::Data(packet), Some(association)) => association.handle_packet(now, &packet),
                (output, _) => panic!("{output:?}"),
            }
        }
        let Some(association) = &mut self.association else { return };
        if association.poll_timeout() <= now {
            association.handle_timeout(now);
        }
        while let Some(packet) = association.poll_packet() {
            self.dtls.send(&packet).expect("connected");
        }
        while let Some(output) = self.dtls.poll_output() {
            let DtlsOutput::Datagram(datagram) = output else { panic!("{output:?}") };
            out.push(datagram);
        }
        self.events.extend(std::iter::from_fn(|| association.poll_event()));
    }
}

impl Session {
    fn new(mode: DataMode) -> Self {
        let epoch = Instant::now();
        let mut client = str0m::RtcConfig::new().build(epoch);
        client
            .add_local_candidate(Candidate::host(client_address(), Wire::Udp).expect("valid"))
            .expect("taken");
        client.add_remote_candidate(Candidate::host(server_address(), Wire::Udp).expect("valid"));
        let credentials = Credentials::from_random(&[9; 24]);
        let identity = Arc::new(Identity::generate().expect("made"));
        let mut api = client.direct_api();
        let hex = |byte: &u8| format!("{byte:02X}");
        let theirs = DtlsFingerprint {
            algorithm: "sha-256".into(),
            value: api.local_dtls_fingerprint().bytes.iter().map(hex).collect::<Vec<_>>().join(":"),
        };
        let ours = &identity.fingerprint().value;
        let bytes = ours.split(':').map(|hex| u8::from_str_radix(hex, 16).expect("hexadecimal")).collect();
        api.set_remote_fingerprint(Fingerprint { hash_func: "sha-256".into(), bytes });
        let (ufrag, pass) = (credentials.ufrag.clone(), credentials.password.clone());
        api.set_remote_ice_credentials(IceCreds { ufrag, pass });
        api.set_ice_controlling(true);
        api.start_dtls(true).expect("started");
        api.start_sctp(true);
        let dtls = Dtls::new(Time::ZERO, epoch, &identity, DtlsRole::Server, vec![theirs]).expect("made");
        let ice = IceLite::new(Time::ZERO, credentials, Duration::from_secs(30));
        let server = Server { ice, dtls, association: None, mode, events: Vec::new() };
        Self { client, server, epoch, now: Time::ZERO, heard: Vec::new() }
    }

    fn run(&mut self, length: Duration) {
        let end = self.now + length;
        while self.now < end {
            let now = self.epoch + self.now.since(Time::ZERO);
            let mut to_client = Vec::new();
            self.client.handle_input(Input::Timeout(now)).expect("alive");
            loop {
                match self.client.poll_output().expect("alive") {
                    Output::Transmit(sent) => self.server.take(self.now, &sent.contents, &mut to_client),
                    Output::Event(event) => self.heard.push(event),
                    Output::Timeout(_) => break,
                }
            }
            self.server.settle(self.now, &mut to_client);
            for datagram in to_client {
                let receive = Receive::new(Wire::Udp, server_address(), client_address(), &datagram);
                self.client.handle_input(Input::Receive(now, receive.expect("read"))).expect("alive");
            }
            self.now += Duration::from_millis(5);
        }
    }

    fn ours(&mut self) -> &mut Association {
        self.server.association.as_mut().expect("DTLS is up")
    }

    fn write(&mut self, channel: ChannelId, binary: bool, payload: &[u8]) {
        let written = self.client.channel(channel).expect("open").write(binary, payload);
        assert!(written.expect("taken"));
    }

    fn heard_data(&self) -> Vec<(ChannelId, bool, Vec<u8>)> {
        let data = self.heard.iter().filter_map(|event| match event {
            Event::ChannelData(data) => Some((data.id, data.binary, data.data.clone())),
            _ => None,
        });
        data.collect()
    }
}

#[test]
fn a_client_opens_a_channel_in_band_and_closes_it() {
    let mut session = Session::new(DataMode::Announced);
    let config = ChannelConfig { label: "chat".into(), protocol: "json".into(), ..Default::default() };
    let channel = session.client.direct_api().create_data_channel(config);
    session.run(Duration::from_secs(3));
    assert!(session.heard.contains(&Event::ChannelOpen(channel, "chat".into())), "{:?}", session.heard);
    let DataEvent::Opened { stream, label, protocol, parameters } = session.server.events[1].clone() else {
        panic!("{:?}", session.server.events)
    };
    assert_eq!(
        (stream % 2, label.as_str(), protocol.as_str(), parameters.ordered),
        (0, "chat", "json", true)
    );
    session.server.events.clear();

    session.write(channel, false, b"hello");
    let large: Vec<u8> = (0..60_000u32).map(|index| index as u8).collect();
    session.write(channel, true, &large);
    let (now, reliable) = (session.now, reliable());
    session.ours().send(now, stream, true, &reliable, &large).expect("sent");
    session.ours().send(now, stream, false, &reliable, b"back").expect("sent");
    session.run(Duration::from_secs(5));
    let message = |binary, payload: &[u8]| DataEvent::Message { stream, binary, payload: payload.into() };
    assert!(session.server.events == [message(false, b"hello"), message(true, &large)]);
    assert!(session.heard_data() == [(channel, true, large), (channel, false, b"back".to_vec())]);

    session.server.events.clear();
    session.client.direct_api().close_data_channel(channel);
    session.run(Duration::from_secs(2));
    assert_eq!(session.server.events, [DataEvent::StreamClosed { stream }]);
}

#[test]
fn a_channel_that_we_open_in_band_opens_at_the_client() {
    let mut session = Session::new(DataMode::Announced);
    session.run(Duration::from_secs(3));
    let now = session.now;
    let stream = session.ours().open(now, "_lossy", "", &unreliable()).expect("opened");
    session.ours().send(now, stream, true, &reliable(), b"first").expect("sent");
    session.run(Duration::from_secs(2));
    assert_eq!(stream % 2, 1);
    let opened =
        session.heard.iter().any(|event| matches!(event, Event::ChannelOpen(_, label) if label == "_lossy"));
    assert!(opened, "{:?}", session.heard);
    assert!(matches!(&session.heard_data()[..], [(_, true, payload)] if payload == b"first"));
}

#[test]
fn a_channel_that_signaling_agreed_on_needs_no_message() {
    let mut session = Session::new(DataMode::Negotiated);
    let config = ChannelConfig { label: "chat".into(), negotiated: Some(4), ..Default::default() };
    let channel = session.client.direct_api().create_data_channel(config);
    session.run(Duration::from_secs(3));
    session.write(channel, false, b"to the server");
    let now = session.now;
    session.ours().send(now, 4, false, &reliable(), b"to the client").expect("sent");
    session.run(Duration::from_secs(2));
    let payload = b"to the server".to_vec();
    let message = DataEvent::Message { stream: 4, binary: false, payload };
    assert_eq!(session.server.events, [DataEvent::Connected, message]);
    assert_eq!(session.heard_data(), [(channel, false, b"to the client".to_vec())]);
}
