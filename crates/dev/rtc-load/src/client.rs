//! A WebSocket client over a bare TCP stream, in two halves so that a pacer can write while a task reads.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;

use crate::frame::{self, Frame, Opcode};
use crate::message::Template;

/// Bytes that a read makes room for; several relayed messages fit.
const READ_BYTES: usize = 4096;
/// Longest answer to the upgrade request, in bytes.
const HANDSHAKE_BYTES_MAX: usize = 16 * 1024;
/// The sample nonce of RFC 6455, section 1.3, and the answer that belongs to it.
const NONCE: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const NONCE_ANSWER: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The writing half. Clones share one output buffer.
#[derive(Clone)]
pub struct Sender {
    stream: Rc<TcpStream>,
    out: Rc<RefCell<Vec<u8>>>,
}

impl Sender {
    /// Queues a text frame.
    pub fn text(&self, text: &str) {
        frame::encode(&mut self.out.borrow_mut(), Opcode::Text, text.as_bytes());
    }

    /// Queues the template's frame with the given stamp.
    pub fn stamped(&self, template: &Template, now_ns: u64) {
        template.write(&mut self.out.borrow_mut(), now_ns);
    }

    fn pong(&self, payload: &[u8]) {
        frame::encode(&mut self.out.borrow_mut(), Opcode::Pong, payload);
    }

    /// Writes what is queued, as far as the socket takes it; the rest goes with the next call.
    pub fn flush(&self) -> Result<()> {
        let mut out = self.out.borrow_mut();
        let mut done = 0;
        while done < out.len() {
            match self.stream.try_write(&out[done..]) {
                Ok(written) => done += written,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("writing to the server"),
            }
        }
        out.drain(..done);
        Ok(())
    }
}

/// The reading half.
pub struct Receiver {
    stream: Rc<TcpStream>,
    sender: Sender,
    inbox: Vec<u8>,
    /// Bytes of `inbox` that were handed out already.
    taken: usize,
    /// The fragments so far of a text that comes in several, and whether it is whole.
    parts: Vec<u8>,
    whole: bool,
}

impl Receiver {
    /// Waits until the server has sent something, and takes what is there.
    pub async fn fill(&mut self) -> Result<()> {
        self.inbox.drain(..self.taken);
        self.taken = 0;
        loop {
            self.stream.readable().await?;
            self.inbox.reserve(READ_BYTES);
            match self.stream.try_read_buf(&mut self.inbox) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error).context("reading from the server"),
            }
        }
    }

    /// The next text message that is there whole. Pings are answered (queued, not flushed) on the way.
    pub fn next_text(&mut self) -> Result<Option<&[u8]>> {
        if std::mem::take(&mut self.whole) {
            self.parts.clear();
        }
        loop {
            let Some(Frame { opcode, payload, length }) = frame::decode(&self.inbox[self.taken..])? else {
                return Ok(None);
            };
            // By position from here on: the buffer is lent out only when the message is the caller's.
            self.taken += length;
            let place = self.taken - payload.len()..self.taken;
            match opcode {
                Opcode::Ping => self.sender.pong(&self.inbox[place]),
                Opcode::Pong => {}
                Opcode::Close => bail!("the server closed: {}", close_text(&self.inbox[place])),
                Opcode::Text => return Ok(Some(&self.inbox[place])),
                Opcode::First | Opcode::Middle => self.parts.extend_from_slice(&self.inbox[place]),
                Opcode::Last => {
                    self.parts.extend_from_slice(&self.inbox[place]);
                    self.whole = true;
                    return Ok(Some(&self.parts));
                }
            }
        }
    }

    /// Waits for the first message that contains `wanted`, which is also how errors are noticed.
    pub async fn wait_for(&mut self, wanted: &str) -> Result<String> {
        loop {
            while let Some(text) = self.next_text()? {
                let text = String::from_utf8_lossy(text).into_owned();
                if text == "2" {
                    // Engine.IO's ping, which may come between the messages of a handshake.
                    self.sender.text("3");
                }
                if text.contains(wanted) {
                    return Ok(text);
                }
                if text.contains(r#""type":"error""#)
                    || text.starts_with("44")
                    || text.starts_with(r#"42["error""#)
                {
                    bail!("waiting for {wanted}, the server said {text}");
                }
            }
            self.sender.flush()?;
            self.fill().await?;
        }
    }
}

/// An open WebSocket.
pub struct Client {
    /// Writes.
    pub sender: Sender,
    /// Reads.
    pub receiver: Receiver,
}

impl Client {
    /// Connects and upgrades at `path`.
    pub async fn connect(address: SocketAddr, path: &str) -> Result<Self> {
        Self::connect_with(address, path, "").await
    }

    /// Likewise, with more header lines, each ended by CR and LF.
    pub async fn connect_with(address: SocketAddr, path: &str, headers: &str) -> Result<Self> {
        let stream = Rc::new(TcpStream::connect(address).await.context("connecting")?);
        stream.set_nodelay(true)?;
        let sender = Sender { stream: stream.clone(), out: Rc::default() };
        let mut receiver = Receiver {
            stream,
            sender: sender.clone(),
            inbox: Vec::new(),
            taken: 0,
            parts: Vec::new(),
            whole: false,
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: {NONCE}\r\n{headers}\r\n"
        );
        sender.out.borrow_mut().extend_from_slice(request.as_bytes());
        sender.flush()?;
        receiver.finish_handshake().await?;
        Ok(Self { sender, receiver })
    }
}

impl Receiver {
    async fn finish_handshake(&mut self) -> Result<()> {
        loop {
            self.fill().await?;
            if let Some(end) = self.inbox.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.inbox[..end]);
                if !head.starts_with("HTTP/1.1 101 ") || !head.contains(NONCE_ANSWER) {
                    bail!("the server refused the upgrade: {}", head.lines().next().unwrap_or_default());
                }
                self.taken = end + 4;
                return Ok(());
            }
            if self.inbox.len() > HANDSHAKE_BYTES_MAX {
                bail!("the answer to the upgrade has no end");
            }
        }
    }
}

fn close_text(payload: &[u8]) -> String {
    match payload {
        [high, low, reason @ ..] => {
            format!("{} {}", u16::from_be_bytes([*high, *low]), String::from_utf8_lossy(reason))
        }
        _ => "without a code".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that upgrades, sends `bytes` in two pieces and returns what the client sent after its request.
    async fn scripted(
        answer: &'static str,
        bytes: Vec<u8>,
    ) -> (SocketAddr, tokio::task::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            assert!(request[..length].ends_with(b"\r\n\r\n"));
            stream.write_all(answer.as_bytes()).await.unwrap();
            let (first, second) = bytes.split_at(bytes.len() / 2);
            stream.write_all(first).await.unwrap();
            stream.flush().await.unwrap();
            stream.write_all(second).await.unwrap();
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap();
            rest
        });
        (address, served)
    }

    const UPGRADED: &str = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\
                            sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    #[tokio::test]
    async fn messages_are_read_across_reads_and_pings_are_answered() {
        let bytes = [&[0x89, 2][..], b"hi", &[0x81, 3], b"one", &[0x81, 3], b"two"].concat();
        let (address, served) = scripted(UPGRADED, bytes).await;
        let mut client = Client::connect(address, "/ws").await.unwrap();
        assert_eq!(client.receiver.wait_for("two").await.unwrap(), "two");
        client.sender.flush().unwrap();
        drop(client);
        assert_eq!(served.await.unwrap(), [0x8A, 0x82, 0, 0, 0, 0, b'h', b'i']);
    }

    #[tokio::test]
    async fn a_text_in_fragments_is_read_whole_with_a_ping_between() {
        let bytes =
            [&[0x01, 2][..], b"on", &[0x89, 0], &[0x00, 1], b"e", &[0x80, 2], b"-2", &[0x81, 3], b"two"];
        let (address, _served) = scripted(UPGRADED, bytes.concat()).await;
        let mut client = Client::connect(address, "/ws").await.unwrap();
        assert_eq!(client.receiver.wait_for("one").await.unwrap(), "one-2");
        assert_eq!(client.receiver.wait_for("two").await.unwrap(), "two");
    }

    #[tokio::test]
    async fn an_error_message_ends_the_wait_with_its_text() {
        let error = br#"{"type":"error","code":"ROOM_FULL"}"#;
        let bytes = [&[0x81, error.len() as u8][..], error].concat();
        let (address, served) = scripted(UPGRADED, bytes).await;
        let mut client = Client::connect(address, "/ws").await.unwrap();
        let failure = client.receiver.wait_for("joined").await.unwrap_err().to_string();
        assert!(failure.contains("ROOM_FULL"), "{failure}");
        drop(client);
        served.await.unwrap();
    }

    #[tokio::test]
    async fn a_close_names_its_code_and_reason() {
        let bytes = [&[0x88, 6, 0x0F, 0xA8][..], b"late"].concat();
        let (address, _served) = scripted(UPGRADED, bytes).await;
        let mut client = Client::connect(address, "/ws").await.unwrap();
        let failure = client.receiver.wait_for("joined").await.unwrap_err().to_string();
        assert!(failure.contains("4008 late"), "{failure}");
    }

    #[tokio::test]
    async fn a_refused_upgrade_is_an_error_with_its_status() {
        let (address, _served) = scripted("HTTP/1.1 403 Forbidden\r\n\r\n", Vec::new()).await;
        let Err(failure) = Client::connect(address, "/ws").await else { panic!("upgraded") };
        assert!(failure.to_string().contains("403 Forbidden"), "{failure}");
    }
}
