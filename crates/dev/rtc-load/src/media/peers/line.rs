//! Whom surface C's requests go to: a Socket.IO server, or the media workers alone by lines of JSON.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::socketio::SocketIo;
use super::surface_c::Door;

/// One peer's connection.
pub enum Line {
    /// As browsers have it.
    SocketIo(SocketIo),
    /// One request at a time.
    Json(Mutex<BufReader<TcpStream>>),
}

impl Line {
    /// Connects; a door without `auth` is one of lines.
    pub async fn connect(door: &Door) -> Result<Self> {
        if door.auth.is_null() {
            let stream = TcpStream::connect(door.address).await.context("connecting")?;
            stream.set_nodelay(true)?;
            return Ok(Self::Json(Mutex::new(BufReader::new(stream))));
        }
        Ok(Self::SocketIo(SocketIo::connect(door.address, &door.auth).await?))
    }

    /// Sends a request and returns the `data` of its answer.
    pub async fn ask(&self, event: &str, payload: Value) -> Result<Value> {
        let stream = match self {
            Self::SocketIo(io) => return io.ask(event, payload).await,
            Self::Json(stream) => stream,
        };
        let mut stream = stream.lock().await;
        stream.write_all(format!("{}\n", json!([event, payload])).as_bytes()).await?;
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let mut answer: Value =
            serde_json::from_str(&line).with_context(|| format!("`{event}` was not answered"))?;
        if answer["success"] != true {
            bail!("`{event}` was refused: {answer}");
        }
        Ok(answer["data"].take())
    }
}
