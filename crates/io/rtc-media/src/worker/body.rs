//! The sockets of a worker's thread and its loop.

use crate::{
    Machine, MediaConfig, Notice, WorkerStats,
    handle::{Command, Shared, Waker},
    net::{
        Connections, Inlet, NotFrames, Outgoing, Receiver, SCRATCH_BYTES, TcpLimits, UdpPort, Wire, split,
    },
    ports::Ports,
};
use rtc_sfu::Time;
use rustix::{
    event::{Timespec, epoll},
    time::{ClockId, clock_gettime},
};
use std::{
    io,
    net::TcpListener,
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{self, UnboundedSender};

/// Readiness events of one wait.
const EVENTS: usize = 256;
/// Batches read from a socket before the others, timers and commands have their turn.
const BATCHES_PER_ROUND: usize = 64;
/// And for how long at most: timers pace what is sent.
const READING_PER_ROUND: Duration = Duration::from_millis(2);
/// How long feedback waits at most while media flows, for something else to be woken for; less than the 50 to 250 ms
/// that peers let pass between two of them.
const FEEDBACK_WAITS: Duration = Duration::from_millis(40);
/// Between two looks at whether feedback waits, where there is something else to do.
const FEEDBACK_EVERY: Duration = Duration::from_millis(5);
/// Commands run before media has its turn.
const COMMANDS_PER_ROUND: usize = 256;
/// Connections accepted before media has its turn.
const ACCEPTS_PER_ROUND: usize = 64;
/// How often figures are taken and connections looked over.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// What a readiness event is about; the lower half of its word is an index or name.
const KIND: u64 = 0xffff_ffff << 32;
const WAKER: u64 = 0;
const UDP: u64 = 1 << 32;
const LISTENER: u64 = 2 << 32;
const CONNECTION: u64 = 3 << 32;

/// What a thread keeps when its machine dies.
pub(super) struct Body {
    poller: Arc<OwnedFd>,
    waker: Arc<Waker>,
    listeners: Vec<TcpListener>,
    /// Whether new connections wait, since the process has no file descriptors left.
    is_deaf: bool,
    out: Outgoing<Wire>,
    receiver: Receiver,
    feedback: FeedbackRead,
    scratch: Box<[u8]>,
    epoch: Instant,
    rounds: u64,
    born: Sample,
    sampled: Sample,
}

/// When feedback was read, and what had been sent until then: without more there is nothing to wait for.
#[derive(Clone, Copy, Default)]
struct FeedbackRead {
    at: Time,
    datagrams_out: u64,
}

/// What figures are differences of.
#[derive(Clone, Copy, Default)]
struct Sample {
    at: Time,
    cpu: Duration,
    datagrams: u64,
}

impl Body {
    pub(super) fn new(ports: Ports, config: &MediaConfig, waker: Arc<Waker>) -> io::Result<Self> {
        let poller = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?);
        let readable = epoll::EventFlags::IN;
        epoll::add(&poller, &waker, epoll::EventData::new_u64(WAKER), readable)?;
        let mut udp = Vec::with_capacity(ports.udp.len());
        for (index, socket) in (0_u64..).zip(ports.udp) {
            epoll::add(&poller, &socket, epoll::EventData::new_u64(UDP | index), readable)?;
            udp.push(UdpPort::new(socket, config.socket_buffer_bytes)?);
        }
        let limits = TcpLimits {
            connections_max: config.tcp_connections_max,
            unproven_per_address_max: config.tcp_unproven_per_address_max,
            unproven_timeout: config.tcp_unproven_timeout,
            idle_timeout: config.tcp_idle_timeout,
            queue_bytes_max: config.tcp_queue_bytes_max,
        };
        let mut body = Self {
            out: Outgoing::new(Wire::new(udp, Connections::new(Arc::clone(&poller), CONNECTION, limits))),
            poller,
            waker,
            listeners: ports.tcp,
            is_deaf: true,
            receiver: Receiver::new(),
            feedback: FeedbackRead::default(),
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
            epoch: Instant::now(),
            rounds: 0,
            born: Sample::default(),
            sampled: Sample::default(),
        };
        body.listen()?;
        Ok(body)
    }

    pub(super) fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Forgets what belonged to a machine that died.
    pub(super) fn reset(&mut self) {
        self.out.clear();
        let Wire { tcp, stats, .. } = self.out.sink();
        tcp.clear(stats);
        *stats = Default::default();
        self.rounds = 0;
    }

    /// Drives a machine until the worker is to stop.
    pub(super) fn run<M: Machine>(
        &mut self,
        machine: &mut M,
        shared: &Shared<M>,
        commands: &mut mpsc::Receiver<Command<M>>,
        notices: &UnboundedSender<Notice<M::Event>>,
        stopping: &AtomicBool,
    ) {
        self.born = self.sample();
        self.sampled = self.born;
        let mut ready =
            [epoll::Event { flags: epoll::EventFlags::empty(), data: epoll::EventData::new_u64(0) }; EVENTS];
        let mut now = self.now();
        // Commands may have come before the thread was there.
        self.waker.wake();
        loop {
            let due = machine.poll_timeout().min(self.sampled.at + SAMPLE_EVERY).min(self.feedback_due());
            let count = self.wait(&mut ready, due.since(now));
            if stopping.load(Ordering::Acquire) {
                return;
            }
            self.rounds += 1;
            let mut is_commanded = false;
            for event in ready.iter().take(count) {
                let (flags, word) = (event.flags, event.data.u64());
                let low = word as u32;
                match word & KIND {
                    UDP => self.read_udp(machine, low as usize, |port| Some(&port.inlet)),
                    LISTENER => self.accept(low as usize),
                    CONNECTION => self.read_tcp(machine, low, flags),
                    _ => {
                        self.waker.reset();
                        is_commanded = true;
                    }
                }
            }
            // Before timers, which may be about what it says.
            self.read_feedback(machine);
            now = self.now();
            self.out.sink().now = now;
            if is_commanded {
                self.command(machine, now, commands);
            }
            if is_commanded || machine.poll_timeout() <= now {
                machine.handle_timeout(now, &mut self.out);
            }
            machine.flush(now, &mut self.out);
            if now.since(self.sampled.at) >= SAMPLE_EVERY {
                self.publish(machine, shared, now);
            }
            self.out.transmit();
            while let Some(tuple) = self.out.sink().tcp.next_ended() {
                machine.handle_disconnect(now, tuple);
            }
            while let Some(event) = machine.poll_event() {
                // Nobody listens any more: the process is ending.
                let _ = notices.send(Notice::Event { worker: shared.id, event });
            }
        }
    }

    fn now(&self) -> Time {
        Time::from_micros(self.epoch.elapsed().as_micros() as u64)
    }

    /// Waits until something is ready or `timeout` has passed.
    fn wait(&self, ready: &mut [epoll::Event; EVENTS], timeout: Duration) -> usize {
        let timeout = Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        // It fails when a signal comes; then nothing is ready yet.
        epoll::wait(&self.poller, &mut ready[..], Some(&timeout)).unwrap_or(0)
    }

    /// When feedback is to be read, whatever else there is to do.
    fn feedback_due(&mut self) -> Time {
        let sent = self.out.sink().stats.datagrams_out != self.feedback.datagrams_out;
        if sent { self.feedback.at + FEEDBACK_WAITS } else { Time::NEVER }
    }

    fn read_feedback<M: Machine>(&mut self, machine: &mut M) {
        let now = self.now();
        if now.since(self.feedback.at) < FEEDBACK_EVERY {
            return;
        }
        let datagrams_out = self.out.sink().stats.datagrams_out;
        self.feedback = FeedbackRead { at: now, datagrams_out };
        for index in 0..self.out.sink().udp.len() {
            self.read_udp(machine, index, |port| port.feedback.as_ref());
        }
    }

    /// Reads a UDP socket in batches; each is handed over, forwarded and sent before the next.
    fn read_udp<M: Machine>(
        &mut self,
        machine: &mut M,
        index: usize,
        inlet: impl Fn(&UdpPort) -> Option<&Inlet>,
    ) {
        let begun = self.now();
        for _ in 0..BATCHES_PER_ROUND {
            let Some(inlet) = self.out.sink().udp.get(index).and_then(&inlet) else { return };
            let Ok(may_be_more) = self.receiver.receive(inlet) else { return };
            let now = self.now();
            let wire = self.out.sink();
            wire.now = now;
            wire.stats.receive_calls += 1;
            for message in self.receiver.messages() {
                let wire = self.out.sink();
                let from = wire.tuple(index, message.to, message.from);
                wire.stats.bytes_in += message.bytes.len() as u64;
                wire.stats.datagrams_in += message.bytes.len().div_ceil(message.stride) as u64;
                for datagram in message.bytes.chunks_mut(message.stride) {
                    machine.handle_datagram(now, from, datagram, &mut self.out);
                }
            }
            machine.flush(now, &mut self.out);
            self.out.transmit();
            if !may_be_more || now.since(begun) > READING_PER_ROUND {
                return;
            }
        }
    }

    /// Reads and writes a TCP connection, as it is ready for it.
    fn read_tcp<M: Machine>(&mut self, machine: &mut M, name: u32, flags: epoll::EventFlags) {
        let now = self.now();
        let wire = self.out.sink();
        wire.now = now;
        if flags.contains(epoll::EventFlags::OUT) {
            wire.tcp.drain(name, &mut wire.stats);
        }
        if !flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::HUP | epoll::EventFlags::ERR) {
            return;
        }
        let Some((from, bytes)) = wire.tcp.read(now, name, &mut self.scratch, &mut wire.stats) else {
            return;
        };
        let mut frames = 0;
        let taken = split(&mut self.scratch[..bytes], |frame| {
            frames += 1;
            machine.handle_datagram(now, from, frame, &mut self.out);
        });
        let wire = self.out.sink();
        wire.stats.tcp_frames_in += frames;
        match taken {
            Ok(taken) => wire.tcp.keep(name, &self.scratch[taken..bytes]),
            Err(NotFrames) => wire.tcp.end(name, &mut wire.stats),
        }
    }

    /// Takes new connections in.
    fn accept(&mut self, index: usize) {
        let now = self.now();
        for _ in 0..ACCEPTS_PER_ROUND {
            let Some(listener) = self.listeners.get(index) else { return };
            match listener.accept() {
                Ok((stream, remote)) => {
                    let wire = self.out.sink();
                    if wire.tcp.add(now, stream, remote, &mut wire.stats).is_err() {
                        wire.stats.tcp_refused += 1;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) => {
                    return self.ignore_listeners();
                }
                // The peer has gone in the meantime.
                Err(_) => {}
            }
        }
    }

    /// Without file descriptors a listener stays ready: it is left alone for a while.
    fn ignore_listeners(&mut self) {
        self.is_deaf = true;
        tracing::warn!("the process is out of file descriptors; new TCP connections wait");
        for listener in &self.listeners {
            // It fails only where it was not watched.
            let _ = epoll::delete(&self.poller, listener);
        }
    }

    fn listen(&mut self) -> io::Result<()> {
        for (index, listener) in (0_u64..).zip(&self.listeners) {
            let data = epoll::EventData::new_u64(LISTENER | index);
            epoll::add(&self.poller, listener, data, epoll::EventFlags::IN)?;
        }
        self.is_deaf = false;
        Ok(())
    }

    fn command<M: Machine>(&mut self, machine: &mut M, now: Time, commands: &mut mpsc::Receiver<Command<M>>) {
        for _ in 0..COMMANDS_PER_ROUND {
            let Ok(command) = commands.try_recv() else { return };
            command(machine, now);
        }
        self.waker.wake();
    }

    fn sample(&mut self) -> Sample {
        let cpu = clock_gettime(ClockId::ThreadCPUTime);
        let cpu = Duration::new(cpu.tv_sec.try_into().unwrap_or(0), cpu.tv_nsec.try_into().unwrap_or(0));
        let stats = &self.out.sink().stats;
        let datagrams = stats.datagrams_in + stats.datagrams_out;
        Sample { at: self.now(), cpu, datagrams }
    }

    /// Once a second: copies the figures out and ends idle connections.
    fn publish<M: Machine>(&mut self, machine: &M, shared: &Shared<M>, now: Time) {
        let wire = self.out.sink();
        wire.tcp.sweep(now, &mut wire.stats);
        wire.stats.kernel_dropped = wire.udp.iter().map(UdpPort::kernel_drops).sum();
        if self.is_deaf && self.listen().is_err() {
            self.ignore_listeners();
        }
        let sample = self.sample();
        let millis = sample.at.since(self.sampled.at).as_millis().max(1) as u64;
        let stats = WorkerStats {
            engine: machine.stats(),
            sockets: self.out.sink().stats,
            rounds: self.rounds,
            busy: sample.cpu.saturating_sub(self.born.cpu),
            uptime: sample.at.since(self.born.at),
        };
        let busy = sample.cpu.saturating_sub(self.sampled.cpu).as_micros() as u64;
        let load = &shared.load;
        load.transports.store(stats.engine.transports, Ordering::Relaxed);
        let packets = sample.datagrams.saturating_sub(self.sampled.datagrams);
        load.packets_per_second.store(packets * 1000 / millis, Ordering::Relaxed);
        load.busy_permille.store(busy / millis, Ordering::Relaxed);
        load.picked.store(0, Ordering::Relaxed);
        *shared.stats.lock() = stats;
        self.sampled = sample;
    }
}
