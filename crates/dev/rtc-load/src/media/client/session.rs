//! One peer connection: from the first check to counted packets and paced media.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rtc_sfu::srtp::{self, Profile};

use super::link::{Link, Secure, keying};
use super::rtp::{self, Header, Kind};
use crate::media::feedback::{self, Arrivals, Ask};
use crate::media::latency::{self, Samples};
use crate::media::publish::{Outgoing, Publication};
use crate::media::receive::{Counts, Expected, Stream};
use crate::media::socket::{Batch, Socket};

/// Between two transport-wide feedbacks, as browsers send them.
const FEEDBACK_INTERVAL: Duration = Duration::from_millis(100);
/// Between reports of sender and receiver.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// SSRCs of one transport.
const STREAMS_MAX: usize = 256;
/// Calls of `receive` at a time: a session that is flooded does not keep the others waiting.
const BATCHES: usize = 8;

/// How much is looked at more closely, in one look around.
#[derive(Clone, Copy, Debug)]
pub struct Scrutiny {
    /// One packet in so many is decrypted, its tag verified and its stamp read.
    pub one_in: u64,
    /// Whether stamps make latencies.
    pub timed: bool,
    /// Now.
    pub now: Instant,
    /// Now by the clock that the kernel notes arrivals with.
    pub wall_ns: u64,
}

impl Scrutiny {
    /// When a packet arrived, as exactly as is known: the kernel's note, else now.
    fn arrived(&self, noted: Option<u64>) -> Instant {
        let ago = noted.map_or(0, |noted| self.wall_ns.saturating_sub(noted));
        self.now.checked_sub(Duration::from_nanos(ago)).unwrap_or(self.now)
    }
}

/// What a server asked of a publisher, in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Key frames.
    pub key_frames: u64,
    /// Packets again.
    pub again: u64,
}

/// A peer connection.
pub struct Session {
    socket: Socket,
    link: Link,
    our_ssrc: u32,
    streams: Vec<Stream>,
    last_stream: usize,
    others: u64,
    seen: u64,
    arrivals: Arrivals,
    /// Of the transport-wide number, the same in all tracks; 0: not negotiated.
    twcc_id: u8,
    publications: Vec<Publication>,
    twcc: u16,
    next_feedback: Instant,
    next_report: Instant,
    profile: Option<Profile>,
    asked: Asked,
    failure: Option<String>,
}

impl Session {
    /// A session that begins with its first [`Session::tick`].
    pub fn new(socket: Socket, link: Link, our_ssrc: u32, now: Instant) -> Self {
        Self {
            socket,
            link,
            our_ssrc,
            streams: Vec::new(),
            last_stream: 0,
            others: 0,
            seen: 0,
            arrivals: Arrivals::new(now),
            twcc_id: 0,
            publications: Vec::new(),
            twcc: 1,
            next_feedback: now + FEEDBACK_INTERVAL,
            next_report: now + REPORT_INTERVAL,
            profile: None,
            asked: Asked::default(),
            failure: None,
        }
    }

    /// Waits for these tracks from now on.
    pub fn expect(&mut self, tracks: &[Expected]) {
        // Feedback that told when this thread looked, not when packets came, would look like congestion.
        let twcc_id = tracks.iter().map(|track| track.twcc_id).max().unwrap_or(0);
        if twcc_id != 0 && std::mem::replace(&mut self.twcc_id, twcc_id) == 0 {
            let _ = self.socket.note_arrivals(true);
        }
        self.streams.extend(tracks.iter().copied().map(Stream::new));
    }

    /// Sends this track from its start time on, once connected.
    pub fn publish(&mut self, publication: Publication) {
        self.publications.push(publication);
    }

    /// Has the kernel cut segmented sends on the sender's time.
    pub fn cut_segments(&self) -> Result<()> {
        self.socket.take_segments_whole(false)
    }

    /// Whether media may flow.
    pub fn connected(&self) -> bool {
        match &self.link {
            Link::Plain => true,
            Link::Secure(secure) => secure.srtp.is_some(),
        }
    }

    /// The cipher that was agreed.
    pub fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// Why it will never connect, or is no longer connected.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Sums over its streams.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts { others: self.others, ..Counts::default() };
        self.streams.iter().for_each(|stream| sum.add(&stream.counts()));
        sum
    }

    /// Packets that it has sent.
    pub fn sent(&self) -> u64 {
        self.publications.iter().map(Publication::sent).sum()
    }

    /// What the server asked of it.
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// Has the kernel note arrivals for latencies, or no longer; those for feedback are noted always.
    pub fn note_arrivals(&self, on: bool) -> Result<()> {
        if self.feeds_back() { Ok(()) } else { self.socket.note_arrivals(on) }
    }

    /// Whether the kernel may be noting arrivals for it.
    pub fn feeds_back(&self) -> bool {
        self.twcc_id != 0
    }

    /// When the next frame is due, if it publishes.
    pub fn next_frame(&self) -> Option<Instant> {
        self.publications.iter().map(Publication::deadline).min().filter(|_| self.connected())
    }

    /// Takes in what has arrived.
    pub fn receive(&mut self, batch: &mut Batch, look: Scrutiny, samples: &mut Samples) {
        for _ in 0..BATCHES {
            let pieces = self.socket.receive(batch);
            for index in 0..batch.datagrams() {
                let arrival = batch.arrival_ns(index);
                let taken = match rtp::kind(batch.datagram(index)) {
                    Some(Kind::Rtp) => {
                        self.media(batch.datagram(index), arrival, look, samples);
                        Ok(())
                    }
                    Some(Kind::Rtcp) => {
                        self.rtcp(batch.datagram(index));
                        Ok(())
                    }
                    Some(Kind::Stun | Kind::Dtls) => self.handshake(look.now, batch.datagram(index)),
                    None => Ok(()),
                };
                if let Err(error) = taken {
                    self.failure.get_or_insert_with(|| format!("{error:#}"));
                }
            }
            if pieces < crate::media::socket::BATCH {
                return;
            }
        }
    }

    fn media(&mut self, packet: &mut [u8], arrival: Option<u64>, look: Scrutiny, samples: &mut Samples) {
        let Some(header) = Header::read(packet) else { return };
        // Of retransmissions and probes, too: what is not told of counts as lost.
        if self.twcc_id != 0
            && let Some([high, low]) = rtp::extension(packet, self.twcc_id)
        {
            self.arrivals.note(u16::from_be_bytes([*high, *low]), look.arrived(arrival));
        }
        let Some(at) = self.find(header.ssrc) else {
            self.others += 1;
            return;
        };
        self.streams[at].count(&header, packet.len());
        self.seen += 1;
        if self.seen.is_multiple_of(look.one_in) {
            self.look(packet, &header, arrival.filter(|_| look.timed), samples);
        }
    }

    fn find(&mut self, ssrc: u32) -> Option<usize> {
        if self.streams.get(self.last_stream).map(Stream::ssrc) != Some(ssrc) {
            self.last_stream = self.streams.iter().position(|stream| stream.ssrc() == ssrc)?;
        }
        Some(self.last_stream)
    }

    /// Decrypts a packet and reads its stamp.
    fn look(&mut self, packet: &mut [u8], header: &Header, arrival: Option<u64>, samples: &mut Samples) {
        // Without keys there is nothing to verify, and no judging either.
        let Some((_, receiver)) = self.link.srtp() else { return };
        let header_len = latency::payload_offset(packet).unwrap_or(packet.len());
        let plain = match receiver.unprotect_rtp(packet, header_len, header.ssrc, header.sequence) {
            Ok(opened) => &packet[..opened.len],
            // The server sent it twice: counted elsewhere.
            Err(srtp::SrtpError::Replayed) => return,
            Err(_) => {
                samples.wrong += 1;
                return;
            }
        };
        let Some(stamp) = latency::read_stamp(plain) else {
            samples.wrong += 1;
            return;
        };
        samples.verified += 1;
        if let Some(arrival) = arrival {
            samples.latencies.record(arrival.saturating_sub(stamp));
        }
    }

    fn rtcp(&mut self, packet: &mut [u8]) {
        if self.publications.is_empty() {
            return;
        }
        let Some((_, receiver)) = self.link.srtp() else { return };
        let Ok(length) = receiver.unprotect_rtcp(packet) else { return };
        let (publications, asked) = (&mut self.publications, &mut self.asked);
        feedback::read(&packet[..length], |ask| match ask {
            Ask::KeyFrame(ssrc) => {
                asked.key_frames += 1;
                publications.iter_mut().for_each(|publication| publication.request_key_frame(ssrc));
            }
            Ask::Again(_, packets) => asked.again += u64::from(packets),
        });
    }

    fn handshake(&mut self, now: Instant, datagram: &[u8]) -> Result<()> {
        let Self { socket, link, .. } = self;
        let Link::Secure(secure) = link else { return Ok(()) };
        let Secure { ice, dtls, .. } = &mut **secure;
        if rtp::kind(datagram) == Some(Kind::Stun) {
            if let Some(answer) = ice.handle(datagram, socket.remote(), now) {
                socket.send(&answer);
            }
            return Ok(());
        }
        dtls.handle(datagram, now, |record| socket.send(record)).context("DTLS")?;
        self.take_keys()
    }

    fn take_keys(&mut self) -> Result<()> {
        let Link::Secure(secure) = &mut self.link else { return Ok(()) };
        if let Some(keys) = secure.dtls.take_keys() {
            let keys = keying(&keys)?;
            self.profile = Some(keys.profile);
            secure.srtp = Some((keys.sender(), keys.receiver(STREAMS_MAX)));
        }
        Ok(())
    }

    /// Does what is due by time: checks, handshake, frames, feedback.
    pub fn tick(&mut self, now: Instant) {
        if self.failure.is_some() {
            return;
        }
        if let Err(error) = self.keep_up(now) {
            self.failure = Some(format!("{error:#}"));
        }
        if self.connected() {
            self.frames(now);
            self.feedback(now);
        }
    }

    fn keep_up(&mut self, now: Instant) -> Result<()> {
        let Self { socket, link, .. } = self;
        let Link::Secure(secure) = link else { return Ok(()) };
        let Secure { ice, dtls, .. } = &mut **secure;
        if now >= ice.deadline()
            && let Some(check) = ice.poll_check(now)
        {
            socket.send(&check);
        }
        if ice.connected() && now >= dtls.deadline() {
            dtls.poll(now, |record| socket.send(record)).context("DTLS")?;
        }
        self.take_keys()
    }

    fn frames(&mut self, now: Instant) {
        let Self { socket, link, publications, twcc, .. } = self;
        for publication in publications {
            publication.poll(now, twcc, |out| match link.srtp() {
                Some((sender, _)) => {
                    let Outgoing { packet, header_len, ssrc, index } = out;
                    packet.resize(packet.len() + sender.profile().rtp_overhead(), 0);
                    sender.protect_rtp(packet, header_len, ssrc, index);
                    socket.send(packet);
                }
                None => socket.send(out.packet),
            });
        }
    }

    fn feedback(&mut self, now: Instant) {
        if now >= self.next_feedback {
            self.next_feedback = now + FEEDBACK_INTERVAL;
            let theirs = self.streams.first().map_or(0, Stream::ssrc);
            if let Some(packet) = self.arrivals.write(self.our_ssrc, theirs) {
                self.send_rtcp(packet);
            }
        }
        if now >= self.next_report {
            self.next_report = now + REPORT_INTERVAL;
            if !self.streams.is_empty() {
                let blocks =
                    self.streams.iter().map(|stream| (stream.ssrc(), stream.counts(), stream.highest()));
                let blocks: Vec<_> = blocks.filter(|(_, counts, _)| counts.packets > 0).collect();
                self.send_rtcp(feedback::receiver_report(self.our_ssrc, &blocks));
            }
            let wall = latency::wall_ns();
            let sent = self.publications.iter().flat_map(Publication::reports);
            let reports: Vec<_> = sent.map(|sent| feedback::sender_report(&sent, wall)).collect();
            reports.into_iter().for_each(|report| self.send_rtcp(report));
        }
    }

    fn send_rtcp(&mut self, mut packet: Vec<u8>) {
        // A plain transport is one port for RTP alone here.
        if let Some((sender, _)) = self.link.srtp() {
            sender.protect_rtcp(&mut packet);
            self.socket.send(&packet);
        }
    }
}
