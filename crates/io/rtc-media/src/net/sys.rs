//! The system calls that no library offers in the shape needed: sendmmsg with a segment size and a source
//! address a message, and a few socket options.
#![allow(unsafe_code, reason = "sendmmsg takes arrays of C structures that point into one another")]

use std::{
    io,
    mem::{size_of, zeroed},
    net::{IpAddr, SocketAddr},
    os::fd::{AsRawFd, BorrowedFd},
};

/// Messages of one call.
pub(crate) const BATCH: usize = 64;
/// Room for the control messages of one message: a segment size (24 bytes) and a source address (40).
const CONTROL_BYTES: usize = 64;

/// One message, possibly of several datagrams.
pub(crate) struct Message<'a> {
    pub(crate) to: SocketAddr,
    /// The source address, where the socket has several.
    pub(crate) from: Option<IpAddr>,
    pub(crate) bytes: &'a [u8],
    /// Bytes of each datagram, where there are several.
    pub(crate) segment: Option<u16>,
}

#[derive(Clone, Copy)]
#[repr(C)]
union Name {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

/// Aligned as `cmsghdr` wants it.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL_BYTES]);

/// The arrays of a call, kept so that they are not made anew each time. The pointers in them are set and
/// used within one call of [`SendBatch::send`] and mean nothing after it.
pub(crate) struct SendBatch {
    headers: Box<[libc::mmsghdr]>,
    vectors: Box<[libc::iovec]>,
    names: Box<[Name]>,
    controls: Box<[Control]>,
}

impl SendBatch {
    pub(crate) fn new() -> Self {
        // SAFETY: all four are plain C data, of integers and pointers, for which zero is a valid value.
        unsafe {
            Self {
                headers: vec![zeroed(); BATCH].into_boxed_slice(),
                vectors: vec![zeroed(); BATCH].into_boxed_slice(),
                names: vec![zeroed(); BATCH].into_boxed_slice(),
                controls: vec![Control([0; CONTROL_BYTES]); BATCH].into_boxed_slice(),
            }
        }
    }

    /// Sends up to [`BATCH`] messages in one call, never waiting. Gives how many the kernel took; an error is
    /// about the first.
    pub(crate) fn send<'a>(
        &mut self,
        socket: BorrowedFd<'_>,
        messages: impl Iterator<Item = Message<'a>>,
    ) -> io::Result<usize> {
        let mut count = 0;
        let slots = self.headers.iter_mut().zip(self.vectors.iter_mut());
        let slots = slots.zip(self.names.iter_mut().zip(self.controls.iter_mut()));
        for (((header, vector), (name, control)), message) in slots.zip(messages) {
            vector.iov_base = message.bytes.as_ptr().cast_mut().cast();
            vector.iov_len = message.bytes.len();
            let header = &mut header.msg_hdr;
            header.msg_name = std::ptr::from_mut(name).cast();
            header.msg_namelen = set_name(name, message.to);
            header.msg_iov = vector;
            header.msg_iovlen = 1;
            header.msg_control = std::ptr::from_mut(control).cast();
            header.msg_controllen = CONTROL_BYTES as _;
            set_control(header, &message);
            count += 1;
        }
        // SAFETY: the first `count` headers were filled above. They point into `vectors`, `names` and
        // `controls`, which `self` owns and nothing else touches during the call, and into the messages'
        // bytes, which live for 'a; the kernel only reads through them.
        let sent = unsafe {
            libc::sendmmsg(socket.as_raw_fd(), self.headers.as_mut_ptr(), count as _, libc::MSG_DONTWAIT)
        };
        usize::try_from(sent).map_err(|_| io::Error::last_os_error())
    }
}

fn set_name(name: &mut Name, to: SocketAddr) -> libc::socklen_t {
    match to {
        SocketAddr::V4(to) => {
            name.v4 = libc::sockaddr_in {
                sin_family: libc::AF_INET as _,
                sin_port: to.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(to.ip().octets()) },
                sin_zero: [0; 8],
            };
            size_of::<libc::sockaddr_in>() as _
        }
        SocketAddr::V6(to) => {
            name.v6 = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as _,
                sin6_port: to.port().to_be(),
                sin6_flowinfo: to.flowinfo(),
                sin6_addr: libc::in6_addr { s6_addr: to.ip().octets() },
                sin6_scope_id: to.scope_id(),
            };
            size_of::<libc::sockaddr_in6>() as _
        }
    }
}

/// Writes the control messages into the header's buffer, and their length into the header.
fn set_control(header: &mut libc::msghdr, message: &Message<'_>) {
    let mut used = 0;
    if let Some(segment) = message.segment {
        used += put(header, used, libc::SOL_UDP, libc::UDP_SEGMENT, segment);
    }
    match message.from {
        Some(IpAddr::V4(from)) => {
            let address = libc::in_addr { s_addr: u32::from_ne_bytes(from.octets()) };
            let info = libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: address,
                ipi_addr: libc::in_addr { s_addr: 0 },
            };
            used += put(header, used, libc::IPPROTO_IP, libc::IP_PKTINFO, info);
        }
        Some(IpAddr::V6(from)) => {
            let info =
                libc::in6_pktinfo { ipi6_addr: libc::in6_addr { s6_addr: from.octets() }, ipi6_ifindex: 0 };
            used += put(header, used, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
        }
        None => {}
    }
    header.msg_controllen = used as _;
    if used == 0 {
        header.msg_control = std::ptr::null_mut();
    }
}

/// Writes one control message `at` bytes into the buffer; gives the room that it takes.
fn put<T: Copy>(header: &libc::msghdr, at: usize, level: libc::c_int, kind: libc::c_int, value: T) -> usize {
    // SAFETY: CMSG_SPACE and CMSG_LEN only compute.
    let (space, length) =
        unsafe { (libc::CMSG_SPACE(size_of::<T>() as _), libc::CMSG_LEN(size_of::<T>() as _)) };
    let space = space as usize;
    assert!(at + space <= CONTROL_BYTES, "the control buffer is sized for all that is put into it");
    // SAFETY: `msg_control` points to a `Control` of CONTROL_BYTES bytes, the sum above stays within it, and
    // `at` is a sum of CMSG_SPACEs, so the header is aligned as the buffer is. CMSG_DATA of a header in the
    // buffer lies in the buffer, with room for a `T`.
    unsafe {
        let place = header.msg_control.cast::<u8>().add(at).cast::<libc::cmsghdr>();
        (*place).cmsg_len = length as _;
        (*place).cmsg_level = level;
        (*place).cmsg_type = kind;
        libc::CMSG_DATA(place).cast::<T>().write_unaligned(value);
    }
    space
}

/// Sets an integer option.
pub(crate) fn set_option(socket: BorrowedFd<'_>, level: i32, name: i32, value: i32) -> io::Result<()> {
    // SAFETY: the value is an integer that outlives the call, and its size is told.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            std::ptr::from_ref(&value).cast(),
            size_of::<libc::c_int>() as _,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Of the sockets that share a port (SO_REUSEPORT), has the second one get all transport-wide feedback, and the first
/// one everything else. Ask it of any of them.
///
/// Feedback is told by the first bytes of its payload, which SRTCP leaves in the clear: version 2 with or without
/// padding, format 15, type 205 (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).
pub(crate) fn put_feedback_aside(socket: BorrowedFd<'_>) -> io::Result<()> {
    const WITHOUT_PADDING: u32 = 0xdf;
    const FORMAT: u32 = 0x8f;
    const TYPE: u32 = 205;
    let load = |at| instruction(libc::BPF_LD | libc::BPF_B | libc::BPF_ABS, 0, at);
    let give = |index| instruction(libc::BPF_RET | libc::BPF_K, 0, index);
    // Each comparison goes on where it holds, and else to the last instruction.
    let compare = |to, else_skip| instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, else_skip, to);
    let mut program = [
        load(0),
        instruction(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0, WITHOUT_PADDING),
        compare(FORMAT, 3),
        load(1),
        compare(TYPE, 1),
        give(1),
        give(0),
    ];
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the kernel copies the program, whose array and length belong together, during the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_REUSEPORT_CBPF,
            std::ptr::from_ref(&program).cast(),
            size_of::<libc::sock_fprog>() as _,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// `else_skip`: how many instructions to pass over where a comparison does not hold.
fn instruction(code: u32, else_skip: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: 0, jf: else_skip, k }
}

/// Datagrams that the kernel dropped at a socket since its start; 0 where it does not tell.
pub(crate) fn kernel_drops(socket: BorrowedFd<'_>) -> u32 {
    /// SK_MEMINFO_VARS, of which SK_MEMINFO_DROPS is the last.
    const VARS: usize = 9;
    let mut vars = [0_u32; VARS];
    let mut bytes = size_of_val(&vars) as libc::socklen_t;
    // SAFETY: the buffer is valid for the number of bytes told.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_MEMINFO,
            vars.as_mut_ptr().cast(),
            &mut bytes,
        )
    };
    if result == 0 { vars[VARS - 1] } else { 0 }
}
