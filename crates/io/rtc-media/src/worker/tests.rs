//! A worker over real sockets, with a machine that does as the datagrams say.
//!
//! Every wait is a read that a deadline ends; nothing sleeps.

use crate::{Birth, Machine, Media, MediaConfig, Notice, WorkerDied, WorkerHandle};
use rtc_sfu::{EngineStats, Protocol, Time, Transmit, Tuple};
use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug, PartialEq)]
enum Told {
    Datagram(Tuple, Vec<u8>),
    Disconnected(Tuple),
    TimedOut,
}

/// Answers `e…` with the same, `b` + n + size (u16 each) with n datagrams of that size, panics at `p`, and
/// tells of everything else.
struct Puppet {
    told: Vec<Told>,
    echoes: Vec<(Tuple, Vec<u8>)>,
    due: Time,
    flood: Option<Tuple>,
}

impl Puppet {
    fn new(_: Birth) -> Self {
        Self { told: Vec::new(), echoes: Vec::new(), due: Time::NEVER, flood: None }
    }
}

impl Machine for Puppet {
    type Event = Told;

    fn handle_datagram(&mut self, _: Time, from: Tuple, datagram: &mut [u8], out: &mut impl Transmit) {
        match datagram {
            [b'e', ..] => self.echoes.push((from, datagram.to_vec())),
            [b'b', rest @ ..] => {
                let number = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
                for index in 0..number(0) {
                    let slot = out.datagram(from, number(2).into());
                    slot.fill(0);
                    slot[..2].copy_from_slice(&index.to_be_bytes());
                }
            }
            [b'p'] => panic!("as asked"),
            _ => self.told.push(Told::Datagram(from, datagram.to_vec())),
        }
    }
    fn flush(&mut self, _: Time, out: &mut impl Transmit) {
        for (to, bytes) in self.echoes.drain(..) {
            out.datagram(to, bytes.len()).copy_from_slice(&bytes);
        }
    }
    fn poll_timeout(&self) -> Time {
        self.due
    }
    fn handle_timeout(&mut self, now: Time, out: &mut impl Transmit) {
        if let Some(to) = self.flood.take() {
            for _ in 0..1000 {
                out.datagram(to, 1000).fill(7);
            }
        }
        if self.due <= now {
            self.due = Time::NEVER;
            self.told.push(Told::TimedOut);
        }
    }
    fn poll_event(&mut self) -> Option<Told> {
        self.told.pop()
    }
    fn handle_disconnect(&mut self, _: Time, tuple: Tuple) {
        self.told.push(Told::Disconnected(tuple));
    }
    fn stats(&self) -> EngineStats {
        EngineStats::default()
    }
}

struct Rig {
    media: Media<Puppet>,
    notices: UnboundedReceiver<Notice<Told>>,
}

impl Rig {
    fn new(config: MediaConfig) -> Self {
        let (sender, notices) = unbounded_channel();
        let media = Media::start_with(&config, Puppet::new, sender).expect("workers");
        Self { media, notices }
    }

    fn worker(&self) -> WorkerHandle<Puppet> {
        self.media.worker_least_loaded()
    }

    fn address(&self, protocol: &str) -> SocketAddr {
        let candidates = self.worker().candidates();
        let found = candidates.iter().find(|candidate| candidate.protocol == protocol).expect("a candidate");
        SocketAddr::new(found.address.parse().expect("an address"), found.port)
    }

    fn udp(&self) -> UdpSocket {
        let to = self.address("udp");
        let any: IpAddr = if to.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        let socket = UdpSocket::bind((any, 0)).expect("a socket");
        socket.connect(to).expect("connected");
        socket.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        socket
    }

    fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address("tcp")).expect("a connection");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        stream
    }

    async fn notice(&mut self) -> Notice<Told> {
        tokio::time::timeout(DEADLINE, self.notices.recv()).await.expect("in time").expect("a notice")
    }

    async fn told(&mut self) -> Told {
        match self.notice().await {
            Notice::Event { event, .. } => event,
            Notice::WorkerDied { worker } => panic!("worker {worker} died"),
        }
    }
}

fn on(address: impl Into<IpAddr>) -> MediaConfig {
    MediaConfig { workers: 1, listen: vec![address.into()], ..MediaConfig::default() }
}

fn burst(count: u16, bytes: u16) -> Vec<u8> {
    [b"b", &count.to_be_bytes()[..], &bytes.to_be_bytes()].concat()
}

fn framed(datagram: &[u8]) -> Vec<u8> {
    [&(datagram.len() as u16).to_be_bytes()[..], datagram].concat()
}

fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).expect("a length");
    let mut frame = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut frame).expect("a frame");
    frame
}

fn echo_over(socket: &UdpSocket) {
    socket.send(b"echo").expect("sent");
    let mut buffer = [0; 100];
    let length = socket.recv(&mut buffer).expect("an answer");
    assert_eq!(&buffer[..length], b"echo");
}

/// Receives `count` datagrams of a burst and checks that none is missing or out of order.
fn receive_burst(socket: &UdpSocket, count: u16, bytes: usize) {
    let mut buffer = [0; 2000];
    for index in 0..count {
        assert_eq!(socket.recv(&mut buffer).expect("a datagram of the burst"), bytes);
        assert_eq!(buffer[..2], index.to_be_bytes());
    }
}

#[tokio::test]
async fn a_datagram_is_answered_from_the_address_it_came_to() {
    for address in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        // A connected socket takes answers from the address that it sent to only.
        echo_over(&Rig::new(on(address)).udp());
    }
    let wildcard = Rig::new(MediaConfig { workers: 1, ..MediaConfig::default() });
    let port = wildcard.address("udp").port();
    for address in ["127.0.0.1", "127.0.0.77", "::1"] {
        let address: IpAddr = address.parse().expect("an address");
        let any = if address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        let socket = UdpSocket::bind(any).expect("a socket");
        socket.connect((address, port)).expect("connected");
        socket.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        echo_over(&socket);
    }
}

#[tokio::test]
async fn feedback_is_read_though_it_wakes_nobody_and_comes_from_whom_the_rest_comes() {
    for config in [
        on(Ipv4Addr::LOCALHOST),
        on(Ipv6Addr::LOCALHOST),
        MediaConfig { workers: 1, ..MediaConfig::default() },
    ] {
        let mut rig = Rig::new(config);
        let socket = rig.udp();
        socket.send(&[0x80, 96, 0, 1]).expect("sent");
        let Told::Datagram(peer, _) = rig.told().await else { panic!("something else came") };
        let feedback = [0x8f, 205, 0, 2, 7];
        socket.send(&feedback).expect("sent");
        assert_eq!(rig.told().await, Told::Datagram(peer, feedback.into()));
    }
}

#[tokio::test]
async fn a_burst_arrives_whole_in_order_and_leaves_in_one_message() {
    let rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let socket = rig.udp();
    socket.send(&burst(40, 1200)).expect("sent");
    receive_burst(&socket, 40, 1200);
    let before = rig.worker();
    // Figures are taken once a second; the next call after that sees them.
    let sockets = loop {
        before.call(|_, _| ()).await.expect("alive");
        let stats = before.stats();
        if stats.rounds > 0 {
            break stats.sockets;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((sockets.segmented_sends, sockets.datagrams_out, sockets.send_calls), (1, 40, 1));
    assert_eq!((sockets.datagrams_in, sockets.sends_dropped), (1, 0));
}

#[tokio::test]
async fn what_comes_coalesced_is_taken_apart() {
    let mut rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let socket = rig.udp();
    let state = quinn_udp::UdpSocketState::new((&socket).into()).expect("a socket");
    let contents = [[b'1'; 50], [b'2'; 50], [b'3'; 50]].concat();
    let transmit = quinn_udp::Transmit {
        destination: rig.address("udp"),
        ecn: None,
        contents: &contents[..120],
        segment_size: Some(50),
        src_ip: None,
    };
    state.try_send((&socket).into(), &transmit).expect("sent");
    let mut sizes = Vec::new();
    for _ in 0..3 {
        match rig.told().await {
            Told::Datagram(from, bytes) => {
                assert_eq!(from.remote, socket.local_addr().expect("bound"));
                sizes.push((bytes[0], bytes.len()));
            }
            other => panic!("{other:?}"),
        }
    }
    sizes.sort_unstable();
    assert_eq!(sizes, [(b'1', 50), (b'2', 50), (b'3', 20)]);
}

#[tokio::test]
async fn frames_on_tcp_are_answered_in_frames_however_they_are_cut() {
    let rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let mut stream = rig.tcp();
    stream.set_nodelay(true).expect("no delay");
    for byte in framed(b"echo one") {
        stream.write_all(&[byte]).expect("written");
    }
    assert_eq!(read_frame(&mut stream), b"echo one");
    stream.write_all(&[framed(b"echo two"), framed(b"e3")].concat()).expect("written");
    assert_eq!(read_frame(&mut stream), b"echo two");
    assert_eq!(read_frame(&mut stream), b"e3");
}

#[tokio::test]
async fn a_tcp_peer_that_goes_is_told_of() {
    let mut rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let mut stream = rig.tcp();
    stream.write_all(&framed(b"hello")).expect("written");
    let Told::Datagram(from, _) = rig.told().await else { panic!("no datagram") };
    assert_eq!(from.protocol, Protocol::Tcp);
    drop(stream);
    assert_eq!(rig.told().await, Told::Disconnected(from));
}

#[tokio::test]
async fn a_tcp_peer_that_speaks_something_else_is_turned_away() {
    let rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let mut stream = rig.tcp();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("written");
    let mut rest = Vec::new();
    // The end may come as a reset, since not all was read.
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_tcp_connection_that_passes_no_check_is_ended() {
    let rig =
        Rig::new(MediaConfig { tcp_unproven_timeout: Duration::from_millis(1), ..on(Ipv4Addr::LOCALHOST) });
    let mut stream = rig.tcp();
    assert_eq!(stream.read(&mut [0; 10]).expect("the end"), 0);
}

#[tokio::test]
async fn one_address_has_a_limited_number_of_unproven_tcp_connections() {
    let rig = Rig::new(MediaConfig { tcp_unproven_per_address_max: 2, ..on(Ipv4Addr::LOCALHOST) });
    let mut kept = [rig.tcp(), rig.tcp()];
    // The worker has them when a third is closed at once.
    let mut third = rig.tcp();
    assert_eq!(third.read(&mut [0; 10]).unwrap_or(0), 0);
    // One that was answered counts no more.
    kept[0].write_all(&framed(b"echo")).expect("written");
    assert_eq!(read_frame(&mut kept[0]), b"echo");
    let mut fourth = rig.tcp();
    fourth.write_all(&framed(b"echo")).expect("written");
    assert_eq!(read_frame(&mut fourth), b"echo");
}

#[tokio::test]
async fn a_tcp_peer_that_does_not_read_loses_whole_frames_and_holds_nobody_up() {
    let mut rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let mut slow = rig.tcp();
    slow.write_all(&framed(b"hello")).expect("written");
    let Told::Datagram(from, _) = rig.told().await else { panic!("no datagram") };
    let worker = rig.worker();
    for _ in 0..20 {
        worker.call(move |puppet, _| puppet.flood = Some(from)).await.expect("alive");
    }
    // Others are served meanwhile.
    echo_over(&rig.udp());
    slow.write_all(&framed(b"echo, the end")).expect("written");
    let mut frames = 0;
    loop {
        let frame = read_frame(&mut slow);
        if frame.starts_with(b"echo") {
            break;
        }
        assert!(frame.len() == 1000 && frame.iter().all(|byte| *byte == 7), "a frame is whole or not at all");
        frames += 1;
        if frames % 500 == 0 {
            slow.write_all(&framed(b"echo, the end")).expect("written");
        }
    }
    assert!(frames < 20_000, "{frames} of 20,000 frames came, so none was dropped");
}

#[tokio::test]
async fn a_timer_fires_when_it_is_due() {
    let mut rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let begun = std::time::Instant::now();
    rig.worker().call(|puppet, now| puppet.due = now + Duration::from_micros(2500)).await.expect("alive");
    assert_eq!(rig.told().await, Told::TimedOut);
    assert!(begun.elapsed() >= Duration::from_micros(2500));
}

#[tokio::test]
async fn a_worker_that_dies_is_replaced_on_its_port_and_its_calls_fail() {
    let mut rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let (worker, socket, mut stream) = (rig.worker(), rig.udp(), rig.tcp());
    stream.write_all(&framed(b"echo")).expect("written");
    assert_eq!(read_frame(&mut stream), b"echo");
    let died = worker.call::<()>(|_, _| panic!("a fault")).await;
    assert_eq!(died, Err(WorkerDied));
    assert_eq!(rig.notice().await, Notice::WorkerDied { worker: worker.id() });
    assert!(!worker.is_alive());
    assert_eq!(worker.call(|_, _| ()).await, Err(WorkerDied));
    let next = rig.worker();
    assert!(next.is_alive() && next.id() != worker.id());
    assert_eq!(next.candidates(), worker.candidates());
    echo_over(&socket);
    assert_eq!(stream.read(&mut [0; 10]).unwrap_or(0), 0, "the connection ended with the worker");
}

#[tokio::test]
async fn a_datagram_that_kills_one_worker_leaves_the_others_alone() {
    let mut rig = Rig::new(MediaConfig { workers: 2, ..on(Ipv4Addr::LOCALHOST) });
    let workers = rig.media.workers();
    assert_ne!(workers[0].candidates()[0].port, workers[1].candidates()[0].port);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.send_to(b"p", ("127.0.0.1", workers[0].candidates()[0].port)).expect("sent");
    assert_eq!(rig.notice().await, Notice::WorkerDied { worker: workers[0].id() });
    assert_eq!(workers[1].call(|_, _| 5).await, Ok(5));
    assert_eq!(rig.media.workers()[1].id(), workers[1].id());
}

#[tokio::test]
async fn calls_of_one_task_run_in_their_order() {
    let rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let worker = rig.worker();
    for index in 0..600_u16 {
        assert!(worker.post(move |puppet, _| puppet.due = Time::NEVER - Duration::from_micros(index.into())));
    }
    let due = worker.call(|puppet, _| puppet.due).await;
    assert_eq!(due, Ok(Time::NEVER - Duration::from_micros(599)));
}

#[tokio::test]
async fn rooms_placed_within_a_second_are_spread_over_the_workers() {
    let rig = Rig::new(MediaConfig { workers: 2, ..on(Ipv4Addr::LOCALHOST) });
    let mut picked: Vec<_> = (0..4).map(|_| rig.worker().id()).collect();
    picked.sort_unstable();
    picked.dedup();
    assert_eq!(picked.len(), 2);
}

#[tokio::test]
async fn after_a_shutdown_the_ports_are_free_and_calls_fail() {
    let rig = Rig::new(on(Ipv4Addr::LOCALHOST));
    let (worker, address) = (rig.worker(), rig.address("udp"));
    rig.media.shutdown().await;
    assert_eq!(worker.call(|_, _| ()).await, Err(WorkerDied));
    UdpSocket::bind(address).expect("the port is free");
}
