//! A Socket.IO client that asks and waits for acknowledgements. A task of its own reads, so that heartbeats are
//! answered while nobody asks.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{Client, Receiver, Sender};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Requests that wait for their answer, by number.
type Waiting = Rc<RefCell<HashMap<u64, oneshot::Sender<Value>>>>;

/// A connection to the default namespace.
pub struct SocketIo {
    sender: Sender,
    waiting: Waiting,
    asked: Cell<u64>,
    reader: JoinHandle<()>,
}

impl SocketIo {
    /// Connects with the given `auth`.
    pub async fn connect(address: SocketAddr, auth: &Value) -> Result<Self> {
        let mut client = Client::connect(address, "/socket.io/?EIO=4&transport=websocket").await?;
        client.receiver.wait_for(r#"0{"#).await?;
        client.sender.text(&format!("40{auth}"));
        client.sender.flush()?;
        client.receiver.wait_for(r#"40{"#).await?;
        let Client { sender, receiver } = client;
        let waiting = Waiting::default();
        let reader = tokio::task::spawn_local(read(receiver, sender.clone(), waiting.clone()));
        Ok(Self { sender, waiting, asked: Cell::new(0), reader })
    }

    /// Emits an event and returns the `data` of its acknowledgement.
    pub async fn ask(&self, event: &str, payload: Value) -> Result<Value> {
        let number = self.asked.replace(self.asked.get() + 1);
        let (reply, answer) = oneshot::channel();
        self.waiting.borrow_mut().insert(number, reply);
        self.sender.text(&format!("42{number}{}", json!([event, payload])));
        self.sender.flush()?;
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let answer = answer.with_context(|| format!("`{event}` was not answered"))?;
        let mut answer = answer.with_context(|| format!("the server closed before it answered `{event}`"))?;
        if answer["success"] != true {
            bail!("`{event}` was refused: {answer}");
        }
        Ok(answer["data"].take())
    }
}

impl Drop for SocketIo {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Takes in what comes until the connection ends; then everyone who waits learns of it by the dropped reply.
async fn read(mut receiver: Receiver, sender: Sender, waiting: Waiting) {
    while receiver.fill().await.is_ok() {
        while let Ok(Some(text)) = receiver.next_text() {
            if text == b"2" {
                sender.text("3");
            } else if let Some((number, answer)) = acknowledgement(text)
                && let Some(reply) = waiting.borrow_mut().remove(&number)
            {
                // Whoever asked may have given up.
                let _ = reply.send(answer);
            }
        }
        if sender.flush().is_err() {
            break;
        }
    }
    waiting.borrow_mut().clear();
}

/// `43` number `[answer]`; other packets are events, which a load generator has no use for.
fn acknowledgement(text: &[u8]) -> Option<(u64, Value)> {
    let rest = std::str::from_utf8(text).ok()?.strip_prefix("43")?;
    let (number, answer) = rest.split_at(rest.find('[')?);
    let mut answer: Value = serde_json::from_str(answer).ok()?;
    Some((number.parse().ok()?, answer.get_mut(0)?.take()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_is_told_from_an_event() {
        let text = br#"4312[{"success":true,"data":{"id":"x"}}]"#;
        let (number, answer) = acknowledgement(text).expect("an acknowledgement");
        assert_eq!((number, &answer["data"]["id"]), (12, &json!("x")));
        for other in [&br#"42["peerJoined",{}]"#[..], b"2", b"43[", b"430[]", b"\xff"] {
            assert!(acknowledgement(other).is_none(), "{}", String::from_utf8_lossy(other));
        }
    }
}
