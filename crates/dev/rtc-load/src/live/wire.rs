//! A wire between the server and its readers, so that the server pays for what it sends and not for what the readers'
//! machine does with it.
//!
//! Over loopback the sender's processor does the receiver's half of TCP as well, within the sender's system call, and
//! it is billed to the server. Here the readers have a network namespace, which is a machine of their own to TCP, and a
//! thread carries packets between the two: what a packet sets off at its other end is done on that thread's time. The
//! server's half is whole: system call, TCP, IP, and the hand-over to a network device.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// The server's end and the readers'.
const ENDS: [&CStr; 2] = [c"rtcsse0", c"rtcsse1"];
/// Their addresses, of the range for benchmarks (RFC 2544).
const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(198, 18, 78, 1), Ipv4Addr::new(198, 18, 78, 2)];
/// Packets that an end holds until they are carried: more than one event to all readers.
const PACKETS_HELD: u32 = 32_768;
/// Packets that are carried one way before the other has its turn.
const TURN: usize = 64;
/// How long the thread sleeps when there was nothing to carry.
const PAUSE: Duration = Duration::from_micros(200);
/// Bytes of a packet at most.
const PACKET_BYTES: usize = 65_536;

/// The server's end.
pub struct Wire {
    end: Option<File>,
    stop: Arc<AtomicBool>,
    carrier: Option<JoinHandle<()>>,
}

impl Wire {
    /// Makes the server's end. Needs root's rights.
    pub fn make() -> Result<Self> {
        Ok(Self { end: Some(end(0)?), stop: Arc::default(), carrier: None })
    }

    /// What the server's address is on it.
    pub fn address() -> IpAddr {
        IpAddr::V4(ADDRESSES[0])
    }

    /// Moves the calling thread, and no other, to the other end: sockets that it makes are there from now on.
    #[expect(unsafe_code, reason = "the standard library has no namespaces")]
    pub fn enter(&mut self) -> Result<()> {
        // SAFETY: the call takes flags alone; sockets that other threads have open stay where they are.
        let done = unsafe { libc::unshare(libc::CLONE_NEWNET) };
        ensure!(done == 0, "no network namespace: {}", io::Error::last_os_error());
        let (near, far) = (self.end.take().context("entered once only")?, end(1)?);
        let stop = self.stop.clone();
        let carrier = std::thread::Builder::new().name("wire".into());
        self.carrier = Some(carrier.spawn(move || carry(near, far, &stop)).context("no thread")?);
        Ok(())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(carrier) = self.carrier.take() {
            let _ = carrier.join();
        }
    }
}

/// Carries until it is told to stop.
fn carry(mut near: File, mut far: File, stop: &AtomicBool) {
    let mut packet = vec![0; PACKET_BYTES];
    while !stop.load(Ordering::Relaxed) {
        let carried = turn(&mut near, &mut far, &mut packet) + turn(&mut far, &mut near, &mut packet);
        if carried == 0 {
            std::thread::sleep(PAUSE);
        }
    }
}

fn turn(from: &mut File, to: &mut File, packet: &mut [u8]) -> usize {
    for carried in 0..TURN {
        match from.read(packet) {
            Ok(length) if length > 0 => {
                // What the other end does not take is lost, as on any wire.
                let _ = to.write(packet.get(..length).unwrap_or_default());
            }
            _ => return carried,
        }
    }
    TURN
}

/// Makes one of the two in the calling thread's namespace; it goes with its file.
#[expect(unsafe_code, reason = "the standard library has no virtual devices")]
fn end(which: usize) -> Result<File> {
    let (name, address, other) = (ENDS[which], ADDRESSES[which], ADDRESSES[1 - which]);
    let mut options = File::options();
    let device = options.read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/net/tun");
    let device = device.context("/dev/net/tun")?;
    // SAFETY: all-zero is a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.to_bytes()) {
        *to = *from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: `request` is a live ifreq with a name that ends, for the length of the call.
    let made = unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNSETIFF as _, &mut request) };
    ensure!(made == 0, "no virtual device: {}", io::Error::last_os_error());
    let name = name.to_str()?;
    ip(&format!("addr add {address} peer {other} dev {name}"))?;
    ip(&format!("link set {name} txqueuelen {PACKETS_HELD} up"))?;
    Ok(device)
}

fn ip(arguments: &str) -> Result<()> {
    let output = Command::new("ip").args(arguments.split(' ')).output().context("ip (iproute2)")?;
    ensure!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
