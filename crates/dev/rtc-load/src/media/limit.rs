//! What the machine allows at most: the bytes of a fan-out copied, encrypted with AES-128-GCM and sent in segments
//! to every subscriber at the same pace, with no SFU around it. Runs as a process of its own, so that its
//! processor time is measured as a server's is.

use std::io::IoSlice;
use std::mem::{size_of, zeroed};
use std::net::{SocketAddr, SocketAddrV4, TcpListener, UdpSocket};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::publish::{ExtensionIds, Layer, Publication, Track};

/// Subscribers whose segments go to the kernel with one call.
const BATCH: usize = 32;
/// Bytes of a GCM tag.
const TAG_BYTES: usize = 16;
/// Bytes of one subscriber's part of a burst at most.
const BURST_BYTES: usize = 16 * 1024;

/// `rtc-load media-limit`, started by the harness.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// A file with one IPv4 address and port a line.
    #[arg(long)]
    targets: PathBuf,
    /// Where it sends from.
    #[arg(long)]
    from: SocketAddrV4,
    /// Where it listens, to say that it is ready; nothing is served.
    #[arg(long)]
    ready: SocketAddr,
    /// bit/s of video; without it, voice is sent.
    #[arg(long)]
    video: Option<u32>,
}

/// The source that every receiver waits for.
pub const SSRC: u32 = 1;

struct Target {
    address: libc::sockaddr_in,
    key: LessSafeKey,
}

/// Sends until it is killed.
pub fn run(args: &LimitArgs) -> Result<()> {
    let text = std::fs::read_to_string(&args.targets).context("no targets")?;
    let targets: Vec<Target> = text.lines().zip(1..).map(target).collect::<Result<_>>()?;
    let socket = UdpSocket::bind(args.from).context("no UDP socket")?;
    let layers = vec![Layer { ssrc: SSRC, rid: None, bitrate: args.video.unwrap_or_default() }];
    // Header extensions as a server sends them: mid and the transport-wide number.
    let ids = ExtensionIds { mid: 1, twcc: 2, ..ExtensionIds::default() };
    let (video, mid) = (args.video.is_some(), "0".to_owned());
    let track = Track { video, payload_type: 100, mid, ids, layers };
    let mut publication = Publication::new(track, Instant::now() + Duration::from_millis(50));
    let mut sender = Sender::new();
    let mut twcc = 0;
    let _ready = TcpListener::bind(args.ready).context("cannot say that it is ready")?;
    let mut frame: Vec<(Vec<u8>, usize, u64)> = Vec::new();
    loop {
        let now = Instant::now();
        frame.clear();
        publication.poll(now, &mut twcc, |out| frame.push((out.packet.clone(), out.header_len, out.index)));
        for batch in targets.chunks(BATCH).filter(|_| !frame.is_empty()) {
            sender.burst(&socket, batch, &frame)?;
        }
        std::thread::sleep(publication.deadline().saturating_duration_since(Instant::now()));
    }
}

fn target((line, number): (&str, u32)) -> Result<Target> {
    let address: SocketAddrV4 = line.parse().with_context(|| format!("{line} is no address"))?;
    let mut secret = [7; 16];
    secret[..4].copy_from_slice(&number.to_be_bytes());
    let key = UnboundKey::new(&AES_128_GCM, &secret).ok().context("no key")?;
    Ok(Target { address: socket_address(address), key: LessSafeKey::new(key) })
}

fn socket_address(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
        sin_zero: [0; 8],
    }
}

/// Buffers of one call.
struct Sender {
    slots: Vec<Vec<u8>>,
}

impl Sender {
    fn new() -> Self {
        Self { slots: (0..BATCH).map(|_| Vec::with_capacity(BURST_BYTES)).collect() }
    }

    /// Copies and encrypts the frame for each target, and sends all with one call.
    fn burst(
        &mut self,
        socket: &UdpSocket,
        targets: &[Target],
        frame: &[(Vec<u8>, usize, u64)],
    ) -> Result<()> {
        for (target, slot) in targets.iter().zip(&mut self.slots) {
            slot.clear();
            for (packet, header_len, index) in frame {
                let start = slot.len();
                slot.extend_from_slice(packet);
                let mut nonce = [0; 12];
                nonce[4..].copy_from_slice(&index.to_be_bytes());
                let nonce = Nonce::assume_unique_for_key(nonce);
                let (header, payload) = slot[start..].split_at_mut(*header_len);
                let tag = target.key.seal_in_place_separate_tag(nonce, Aad::from(&*header), payload);
                slot.extend_from_slice(tag.ok().context("encryption")?.as_ref());
            }
        }
        let segment = frame.first().map_or(0, |(packet, _, _)| packet.len() + TAG_BYTES);
        ensure!(frame.iter().all(|(packet, _, _)| packet.len() + TAG_BYTES == segment), "unequal segments");
        send(socket, targets, &self.slots, segment as u16)
    }
}

/// One message a target, each cut by the kernel into segments.
#[expect(unsafe_code, reason = "the standard library has neither sendmmsg nor segmentation")]
fn send(socket: &UdpSocket, targets: &[Target], slots: &[Vec<u8>], segment: u16) -> Result<()> {
    /// One cmsghdr and a u16, padded, in 8-byte words.
    const CONTROL_WORDS: usize = 3;
    let mut control = [0_u64; CONTROL_WORDS];
    control[0] = (size_of::<libc::cmsghdr>() + size_of::<u16>()) as u64;
    control[1] = libc::SOL_UDP as u64 | (libc::UDP_SEGMENT as u64) << 32;
    control[2] = u64::from(segment);
    let vectors: Vec<IoSlice<'_>> = slots[..targets.len()].iter().map(|slot| IoSlice::new(slot)).collect();
    let headers = targets.iter().zip(&vectors).zip(slots).map(|((target, vector), slot)| {
        // SAFETY: all-zero is a valid mmsghdr: null pointers and zero lengths.
        let mut header: libc::mmsghdr = unsafe { zeroed() };
        header.msg_hdr.msg_name = std::ptr::from_ref(&target.address).cast_mut().cast();
        header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as u32;
        // An IoSlice is an iovec by the standard library's promise.
        header.msg_hdr.msg_iov = std::ptr::from_ref(vector).cast_mut().cast();
        header.msg_hdr.msg_iovlen = 1;
        if slot.len() > usize::from(segment) {
            header.msg_hdr.msg_control = control.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = size_of::<[u64; CONTROL_WORDS]>() as _;
        }
        header
    });
    let mut headers: Vec<libc::mmsghdr> = headers.collect();
    let mut done = 0;
    while done < headers.len() {
        let rest = &mut headers[done..];
        // SAFETY: every header points to addresses, slots and control data that live through the call.
        let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), rest.as_mut_ptr(), rest.len() as u32, 0) };
        match usize::try_from(sent) {
            Ok(sent) => done += sent.max(1),
            Err(_) => return Err(std::io::Error::last_os_error()).context("sending segments"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_gets_every_packet_of_a_burst_as_a_datagram() {
        let receivers: Vec<UdpSocket> =
            (0..3).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a socket")).collect();
        let targets = receivers.iter().zip(1..).map(|(receiver, number)| {
            target((&receiver.local_addr().expect("bound").to_string(), number)).expect("a target")
        });
        let targets: Vec<Target> = targets.collect();
        let frame: Vec<_> = (0..5).map(|n| (vec![n; 1_100], 12, u64::from(n))).collect();
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        Sender::new().burst(&socket, &targets, &frame).expect("sent");
        for receiver in &receivers {
            for n in 0..5 {
                let mut datagram = [0; 2_048];
                let length = receiver.recv(&mut datagram).expect("a datagram");
                assert_eq!((length, &datagram[..12]), (1_116, &[n; 12][..]));
                assert_ne!(datagram[12..24], [n; 12], "encrypted");
            }
        }
    }
}
