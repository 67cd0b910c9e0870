//! The two signaling contracts as a client speaks them: how to join, and what a relayed message looks like.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::client::Client;
use crate::message::Template;

/// Which contract is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Surface A: JSON text frames.
    WebSocket,
    /// Surface B: Socket.IO events over its WebSocket transport.
    SocketIo,
}

/// What opens the door.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A call token, good for one join.
    Token(String),
    /// The tenant's id and secret.
    App {
        /// `appId`.
        id: String,
        /// `appSecret`.
        secret: String,
    },
}

/// A place in a room that a client takes. Seats come in pairs: 2n and 2n + 1 share a room.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The room.
    pub room_id: String,
    /// The user.
    pub user_id: String,
    /// Admits the user.
    pub credential: Credential,
}

/// A client that has joined.
pub struct Joined {
    /// Its connection.
    pub client: Client,
    /// Its `socketId`, by which others name it.
    pub socket_id: String,
}

impl Surface {
    /// Connects and joins; done when the server has confirmed the seat.
    pub async fn join(self, address: SocketAddr, seat: &Seat) -> Result<Joined> {
        match self {
            Self::WebSocket => join_websocket(address, seat).await,
            Self::SocketIo => join_socketio(address, seat).await,
        }
        .with_context(|| format!("{} joining {}", seat.user_id, seat.room_id))
    }

    /// The message that `seat` sends to the peer whose socket id is `target`.
    pub fn relayed(self, seat: &Seat, target: &str) -> Template {
        let after = r#"","sdpMid":"0","sdpMLineIndex":0}}"#;
        match self {
            Self::WebSocket => Template::new(r#"{"type":"ice","candidate":{"candidate":""#, after),
            Self::SocketIo => Template::new(
                &format!(
                    r#"42["ice-candidate",{{"roomId":"{}","targetId":"{target}","candidate":{{"candidate":""#,
                    seat.room_id
                ),
                &format!("{after}]"),
            ),
        }
    }

    /// The answer to a heartbeat that travels as text (Engine.IO's), if this is one.
    pub fn heartbeat_answer(self, text: &[u8]) -> Option<&'static str> {
        (self == Self::SocketIo && text == b"2").then_some("3")
    }

    /// Checks that a relayed message is what the contract says, so that no server wins by doing less.
    pub fn check_relayed(self, text: &[u8], from: &Seat, from_socket: &str) -> Result<()> {
        let shown = String::from_utf8_lossy(text);
        let (message, sender, user) = match self {
            Self::WebSocket => (serde_json::from_slice::<Value>(text)?, "from", "userId"),
            Self::SocketIo => {
                let event = text.strip_prefix(b"42").context("not an event")?;
                let mut event: Value = serde_json::from_slice(event)?;
                ensure!(event[0] == "ice-candidate", "an unexpected event: {shown}");
                (event[1].take(), "fromId", "fromUserId")
            }
        };
        ensure!(message[sender] == from_socket, "`{sender}` is not the sender: {shown}");
        ensure!(message[user] == *from.user_id, "`{user}` is not the sender's: {shown}");
        ensure!(message["candidate"]["sdpMid"] == "0", "the candidate is not whole: {shown}");
        if self == Self::WebSocket {
            ensure!(message["type"] == "ice" && message["seq"].is_u64(), "no `type` or `seq`: {shown}");
        }
        Ok(())
    }
}

async fn join_websocket(address: SocketAddr, seat: &Seat) -> Result<Joined> {
    let Credential::Token(token) = &seat.credential else { anyhow::bail!("a token is needed") };
    let mut client = Client::connect(address, "/ws").await?;
    client.sender.text(&json!({ "type": "join", "roomId": seat.room_id, "token": token }).to_string());
    client.sender.flush()?;
    let joined: Value = serde_json::from_str(&client.receiver.wait_for(r#""type":"joined""#).await?)?;
    Ok(Joined { client, socket_id: text_of(&joined, "socketId")? })
}

async fn join_socketio(address: SocketAddr, seat: &Seat) -> Result<Joined> {
    let Credential::App { id, secret } = &seat.credential else { anyhow::bail!("an app is needed") };
    let mut client = Client::connect(address, "/socket.io/?EIO=4&transport=websocket").await?;
    client.receiver.wait_for(r#"0{"#).await?;
    client.sender.text(&format!("40{}", json!({ "appId": id, "appSecret": secret })));
    client.sender.flush()?;
    let connected = client.receiver.wait_for(r#"40{"#).await?;
    let connected: Value = serde_json::from_str(&connected[2..])?;
    let join = json!(["join-room", { "roomId": seat.room_id, "userId": seat.user_id }]);
    client.sender.text(&format!("42{join}"));
    client.sender.flush()?;
    client.receiver.wait_for(r#"42["room-users""#).await?;
    Ok(Joined { client, socket_id: text_of(&connected, "sid")? })
}

fn text_of(message: &Value, field: &str) -> Result<String> {
    Ok(message[field].as_str().with_context(|| format!("no `{field}` in {message}"))?.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seat() -> Seat {
        Seat {
            room_id: "r1".into(),
            user_id: "u1".into(),
            credential: Credential::App { id: "a".into(), secret: "s".into() },
        }
    }

    fn text(surface: Surface) -> Vec<u8> {
        let mut out = Vec::new();
        surface.relayed(&seat(), "target-socket").write(&mut out, 1);
        out.split_off(8)
    }

    #[test]
    fn both_contracts_send_messages_of_the_same_size() {
        assert_eq!(text(Surface::WebSocket).len(), crate::message::MESSAGE_BYTES);
        assert_eq!(text(Surface::SocketIo).len(), crate::message::MESSAGE_BYTES);
    }

    #[test]
    fn a_socketio_message_names_room_and_target() {
        let text = text(Surface::SocketIo);
        let event: Value = serde_json::from_slice(text.strip_prefix(b"42").unwrap()).unwrap();
        assert_eq!(event[0], "ice-candidate");
        assert_eq!((&event[1]["roomId"], &event[1]["targetId"]), (&json!("r1"), &json!("target-socket")));
    }

    #[test]
    fn a_relay_that_leaves_out_a_field_is_noticed() {
        let whole =
            json!({ "type": "ice", "candidate": { "sdpMid": "0" }, "from": "s1", "userId": "u1", "seq": 4 });
        let check = |message: &Value| {
            Surface::WebSocket.check_relayed(message.to_string().as_bytes(), &seat(), "s1").is_ok()
        };
        assert!(check(&whole));
        for field in ["type", "candidate", "from", "userId", "seq"] {
            let mut lacking = whole.clone();
            lacking.as_object_mut().unwrap().remove(field);
            assert!(!check(&lacking), "without {field}");
        }
    }

    #[test]
    fn only_engine_io_has_heartbeats_in_text() {
        assert_eq!(Surface::SocketIo.heartbeat_answer(b"2"), Some("3"));
        assert_eq!(Surface::SocketIo.heartbeat_answer(b"42[]"), None);
        assert_eq!(Surface::WebSocket.heartbeat_answer(b"2"), None);
    }
}
