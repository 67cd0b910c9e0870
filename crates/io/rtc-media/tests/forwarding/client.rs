//! A WebRTC client: str0m behind a socket.

use rtc_types::ortc::{
    DtlsFingerprint, DtlsParameters, DtlsRole, IceCandidate, IceParameters, RtpParameters,
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};
use str0m::{
    Candidate, Event, Input, Output, Rtc,
    config::Fingerprint,
    format::{Codec, FormatParams},
    ice::IceCreds,
    media::{Frequency, MediaKind, Mid, Pt},
    net::{Protocol, Receive, TcpType},
    rtp::{RtpWrite, Ssrc},
};

const DEADLINE: Duration = Duration::from_secs(10);

/// How a client's datagrams travel.
pub enum Link {
    Udp(UdpSocket),
    /// With what was read of the next frame.
    Tcp(TcpStream, Vec<u8>),
}

impl Link {
    fn new(protocol: Protocol, to: SocketAddr) -> (Self, SocketAddr) {
        if protocol == Protocol::Tcp {
            let stream = TcpStream::connect(to).expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            let local = stream.local_addr().expect("bound");
            (Self::Tcp(stream, Vec::new()), local)
        } else {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
            socket.connect(to).expect("connected");
            let local = socket.local_addr().expect("bound");
            (Self::Udp(socket), local)
        }
    }

    fn send(&mut self, datagram: &[u8]) {
        match self {
            Self::Udp(socket) => assert_eq!(socket.send(datagram).expect("sent"), datagram.len()),
            Self::Tcp(stream, _) => {
                let length = u16::try_from(datagram.len()).expect("a short datagram");
                stream.write_all(&[&length.to_be_bytes()[..], datagram].concat()).expect("written");
            }
        }
    }

    /// The next datagram, if one comes in time.
    fn receive(&mut self, wait: Duration) -> Option<Vec<u8>> {
        let wait = Some(wait.max(Duration::from_millis(1)));
        let mut buffer = vec![0; 65_536];
        match self {
            Self::Udp(socket) => {
                socket.set_read_timeout(wait).expect("a timeout");
                match socket.recv(&mut buffer) {
                    Ok(length) => {
                        buffer.truncate(length);
                        return Some(buffer);
                    }
                    Err(error) => assert!(is_timeout(error.kind()), "{error}"),
                }
            }
            Self::Tcp(stream, carry) => {
                if let Some(frame) = take_frame(carry) {
                    return Some(frame);
                }
                stream.set_read_timeout(wait).expect("a timeout");
                match stream.read(&mut buffer) {
                    Ok(0) => panic!("the server ended the connection"),
                    Ok(length) => carry.extend_from_slice(&buffer[..length]),
                    Err(error) => assert!(is_timeout(error.kind()), "{error}"),
                }
                return take_frame(carry);
            }
        }
        None
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn take_frame(carry: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes(*carry.first_chunk()?));
    let frame = carry.get(2..2 + length)?.to_vec();
    carry.drain(..2 + length);
    Some(frame)
}

/// A peer connection that sends or receives one Opus track.
pub struct Client {
    rtc: Box<Rtc>,
    link: Link,
    protocol: Protocol,
    local: SocketAddr,
    remote: SocketAddr,
    payload_type: Pt,
}

impl Client {
    /// A client that uses one of the server's candidates. `payload_type` is the one of Opus.
    pub fn new(protocol: Protocol, candidates: &[IceCandidate], payload_type: u8) -> Self {
        let name = if protocol == Protocol::Tcp { "tcp" } else { "udp" };
        let candidate = candidates.iter().find(|candidate| candidate.protocol == name).expect("a candidate");
        let remote = SocketAddr::new(candidate.address.parse().expect("an address"), candidate.port);
        let (link, local) = Link::new(protocol, remote);
        let payload_type = Pt::from(payload_type);
        let mut config = Rtc::builder().set_rtp_mode(true).clear_codecs();
        config.codec_config().add_config(
            payload_type,
            None,
            Codec::Opus,
            Frequency::FORTY_EIGHT_KHZ,
            Some(2),
            FormatParams::default(),
        );
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(host(protocol, local, TcpType::Active)).expect("a new candidate");
        rtc.add_remote_candidate(host(protocol, remote, TcpType::Passive));
        Self { rtc: Box::new(rtc), link, protocol, local, remote, payload_type }
    }

    /// What the server is told of our certificate.
    pub fn dtls(&mut self) -> DtlsParameters {
        let fingerprint = self.rtc.direct_api().local_dtls_fingerprint().to_string();
        let (algorithm, value) = fingerprint.split_once(' ').expect("algorithm and value");
        let fingerprint = DtlsFingerprint { algorithm: algorithm.to_owned(), value: value.to_owned() };
        DtlsParameters { role: DtlsRole::Client, fingerprints: vec![fingerprint] }
    }

    /// Connects, with what signaling told of the server.
    pub fn connect(&mut self, ice: &IceParameters, dtls: &DtlsParameters) {
        let fingerprint = &dtls.fingerprints[0];
        let fingerprint = format!("{} {}", fingerprint.algorithm, fingerprint.value);
        let mut api = self.rtc.direct_api();
        api.set_ice_controlling(true);
        api.set_remote_ice_credentials(IceCreds {
            ufrag: ice.username_fragment.clone(),
            pass: ice.password.clone(),
        });
        api.set_remote_fingerprint(fingerprint.parse::<Fingerprint>().expect("a fingerprint"));
        api.start_dtls(true).expect("DTLS");
        self.drive(|event| matches!(event, Event::Connected));
    }

    /// Prepares to send a track.
    pub fn send(&mut self, mid: &str, ssrc: u32) {
        let mut api = self.rtc.direct_api();
        api.declare_media(Mid::from(mid), MediaKind::Audio);
        api.declare_stream_tx(Ssrc::from(ssrc), None, Mid::from(mid), None);
    }

    /// Prepares to receive a track.
    pub fn expect(&mut self, parameters: &RtpParameters) {
        let mid = Mid::from(parameters.mid.as_deref().expect("a mid"));
        let ssrc = parameters.encodings[0].ssrc.expect("an SSRC");
        let mut api = self.rtc.direct_api();
        api.declare_media(mid, MediaKind::Audio);
        api.expect_stream_rx(Ssrc::from(ssrc), None, mid, None);
    }

    /// Sends one packet.
    pub fn write(&mut self, ssrc: u32, sequence: u64, payload: &[u8]) {
        let time = (sequence * 960) as u32;
        let packet = RtpWrite::new(self.payload_type, sequence.into(), time, Instant::now(), payload);
        self.rtc.direct_api().stream_tx(&Ssrc::from(ssrc)).expect("a stream").write_rtp(packet);
        self.advance(&mut |_| false);
        self.rtc.handle_input(Input::Timeout(Instant::now())).expect("time passes");
        self.advance(&mut |_| false);
    }

    /// Receives packets; gives their payloads in the order they came in.
    pub fn read(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        self.drive(|event| {
            if let Event::RtpPacket(packet) = event {
                payloads.push(packet.payload.to_vec());
            }
            payloads.len() == count
        });
        payloads
    }

    /// Sends what is to be sent and reads what comes until an event is the one waited for.
    fn drive(&mut self, mut is_last: impl FnMut(Event) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let Some(due) = self.advance(&mut is_last) else { return };
            let now = Instant::now();
            assert!(now < deadline, "what was waited for did not come");
            let datagram =
                self.link.receive(due.saturating_duration_since(now).min(Duration::from_millis(50)));
            let now = Instant::now();
            let input = match &datagram {
                Some(bytes) => Input::Receive(
                    now,
                    Receive {
                        proto: self.protocol,
                        source: self.remote,
                        destination: self.local,
                        contents: bytes.as_slice().try_into().expect("a datagram of WebRTC"),
                    },
                ),
                None => Input::Timeout(now),
            };
            self.rtc.handle_input(input).expect("input is taken");
        }
    }

    /// Sends what is to be sent; gives when there is more to do, or nothing after the event waited for.
    fn advance(&mut self, is_last: &mut dyn FnMut(Event) -> bool) -> Option<Instant> {
        let mut is_done = false;
        loop {
            match self.rtc.poll_output().expect("output") {
                Output::Timeout(_) if is_done => return None,
                Output::Timeout(due) => return Some(due),
                Output::Transmit(transmit) => self.link.send(&transmit.contents),
                Output::Event(event) => is_done |= is_last(event),
            }
        }
    }
}

fn host(protocol: Protocol, address: SocketAddr, tcp_type: TcpType) -> Candidate {
    let candidate = if protocol == Protocol::Tcp {
        Candidate::builder().tcp().host(address).tcptype(tcp_type).build()
    } else {
        Candidate::builder().udp().host(address).build()
    };
    candidate.expect("a candidate")
}
