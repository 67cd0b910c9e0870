//! HTTP/1.1 POST of JSON over one kept-alive connection, and nothing more.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is used for one request at a time.
pub struct HttpClient {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl HttpClient {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(Self { address, stream, buffer: Vec::with_capacity(4096) })
    }

    /// Builds a request once, for use with [`HttpClient::send`]. `headers` are whole lines.
    pub fn request(&self, path: &str, headers: &[String], body: &str) -> String {
        self.request_of("application/json", path, headers, body)
    }

    /// Likewise, with a body of another type.
    pub fn request_of(&self, kind: &str, path: &str, headers: &[String], body: &str) -> String {
        let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\n{headers}content-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
    }

    /// Posts and returns the JSON of a 2xx answer; any other status is an error with the body's text.
    pub async fn post(&mut self, path: &str, headers: &[String], body: &str) -> Result<serde_json::Value> {
        let request = self.request(path, headers, body);
        let response = self.send(request.as_bytes()).await?;
        if !(200..300).contains(&response.status) {
            bail!("POST {path} gave {}: {}", response.status, String::from_utf8_lossy(response.body));
        }
        serde_json::from_slice(response.body).with_context(|| format!("POST {path} gave no JSON"))
    }

    /// Gets and returns the JSON of a 200; any other status is an error with the body's text.
    pub async fn get(&mut self, path: &str, headers: &[String]) -> Result<serde_json::Value> {
        let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.address);
        let response = self.send(request.as_bytes()).await?;
        if response.status != 200 {
            bail!("GET {path} gave {}: {}", response.status, String::from_utf8_lossy(response.body));
        }
        serde_json::from_slice(response.body).with_context(|| format!("GET {path} gave no JSON"))
    }

    /// Sends a request and reads its answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Response<'_>> {
        self.stream.write_all(request).await.context("writing to the server")?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await.context("reading from the server")? == 0 {
                bail!("the server closed the connection");
            }
            if let Some((status, start, end)) = parse(&self.buffer)? {
                return Ok(Response { status, body: &self.buffer[start..end] });
            }
        }
    }
}

/// Status, start and end of the body, once the whole answer is there.
fn parse(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let Some(head_end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..head_end]).context("the answer's head is not text")?;
    let status =
        head.get(9..12).and_then(|digits| digits.parse().ok()).context("the answer has no status")?;
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .with_context(|| format!("an answer without content-length: {head}"))?;
    let start = head_end + 4;
    Ok((bytes.len() >= start + length).then_some((status, start, start + length)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_answer_is_complete_when_its_body_is() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\nx: y\r\n\r\n{\"\"}";
        for cut in 0..answer.len() {
            assert!(parse(&answer[..cut]).unwrap().is_none(), "cut at {cut}");
        }
        let (status, start, end) = parse(answer).unwrap().unwrap();
        assert_eq!((status, &answer[start..end]), (201, &b"{\"\"}"[..]));
    }

    #[test]
    fn an_answer_without_a_length_is_refused() {
        assert!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
