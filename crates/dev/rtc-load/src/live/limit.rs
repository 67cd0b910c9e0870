//! What the machine allows at most: the bytes of an event written to each subscriber's socket in one pass, with no HTTP
//! and no stream around it. Runs as a process of its own, so that its processor time is measured as a server's is.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Between two events, and between two comments, as the servers have it.
const THROTTLE: Duration = Duration::from_secs(5);
const COMMENT: Duration = Duration::from_secs(15);
/// An event as rtc-platform writes it.
const EVENT: &[u8] = b"id: 12.1\nevent: viewer_count_update\n\
    data: {\"streamId\":\"0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\",\"viewerCount\":7,\"totalViewers\":7,\"peakViewerCount\":7}\n\n";

/// `rtc-load sse-limit`, started by the harness.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// Where it listens.
    #[arg(long, env = "PORT")]
    port: u16,
}

type Subscribers = Arc<Mutex<Vec<TcpStream>>>;

/// Serves until it is killed: whoever asks with GET gets events, and each POST sets one off.
pub fn run(args: &LimitArgs) -> Result<()> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), args.port);
    let listener = TcpListener::bind(address).context("no listener")?;
    let subscribers = Subscribers::default();
    let commented = subscribers.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(COMMENT);
            tell(&commented, b": alive\n\n");
        }
    });
    let mut sent_at: Option<Instant> = None;
    for socket in listener.incoming() {
        let mut socket = socket?;
        socket.set_nodelay(true)?;
        let mut request = [0; 2048];
        match socket.read(&mut request)? {
            length if request[..length].starts_with(b"GET") => {
                socket.write_all(b"HTTP/1.1 200 OK\r\n\r\nevent: state\ndata: {}\n\n")?;
                subscribers.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
            }
            // Somebody who looked whether it listens.
            0 => {}
            _ => {
                if let Some(sent_at) = sent_at {
                    std::thread::sleep(THROTTLE.saturating_sub(sent_at.elapsed()));
                }
                tell(&subscribers, EVENT);
                sent_at = Some(Instant::now());
                socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")?;
            }
        }
    }
    Ok(())
}

fn tell(subscribers: &Subscribers, bytes: &[u8]) {
    let mut subscribers = subscribers.lock().unwrap_or_else(PoisonError::into_inner);
    subscribers.retain_mut(|socket| socket.write_all(bytes).is_ok());
}

/// Has it send one event.
pub async fn event(address: SocketAddr) -> Result<()> {
    let mut http = crate::http::HttpClient::connect(address).await?;
    let request = http.request("/viewers", &[], "{}");
    let answer = http.send(request.as_bytes()).await?;
    ensure!(answer.status == 200, "the limit's sender gave {}", answer.status);
    Ok(())
}
