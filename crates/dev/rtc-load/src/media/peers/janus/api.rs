//! Janus's JSON API over WebSocket.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::sdp::{self, Description};
use crate::client::Client;

/// A session of the API; each peer connection is a handle in it.
pub struct Api {
    client: Client,
    session: u64,
    handle: u64,
    transactions: u64,
}

impl Api {
    /// Connects and makes the session.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let protocol = "sec-websocket-protocol: janus-protocol\r\n";
        let client = Client::connect_with(address, "/", protocol).await?;
        let mut api = Self { client, session: 0, handle: 0, transactions: 0 };
        let created = api.ask(json!({ "janus": "create" })).await?;
        api.session = created["data"]["id"].as_u64().context("a session without an id")?;
        Ok(api)
    }

    /// Attaches to a plugin; messages go to this handle from now on.
    pub async fn attach(&mut self, plugin: &str) -> Result<()> {
        let attached =
            self.ask(json!({ "janus": "attach", "plugin": format!("janus.plugin.{plugin}") })).await?;
        self.handle = attached["data"]["id"].as_u64().context("a handle without an id")?;
        Ok(())
    }

    /// Sends a message to the last handle, with an SDP of `(type, sdp)` where there is one; returns the event
    /// that answers it.
    pub async fn message(&mut self, body: Value, jsep: Option<(&str, &str)>) -> Result<Value> {
        let mut message = json!({ "janus": "message", "body": body });
        if let Some((kind, sdp)) = jsep {
            message["jsep"] = json!({ "type": kind, "sdp": sdp });
        }
        self.ask(message).await
    }

    /// Sends a request and waits for what answers it in the end.
    async fn ask(&mut self, mut request: Value) -> Result<Value> {
        self.transactions += 1;
        let transaction = self.transactions.to_string();
        request["transaction"] = json!(transaction);
        if self.session != 0 {
            request["session_id"] = json!(self.session);
        }
        if request["janus"] == "message" {
            request["handle_id"] = json!(self.handle);
        }
        self.client.sender.text(&request.to_string());
        self.client.sender.flush()?;
        loop {
            while let Some(text) = self.client.receiver.next_text()? {
                let answer: Value = serde_json::from_slice(text)?;
                if answer["transaction"] != transaction || answer["janus"] == "ack" {
                    continue;
                }
                let failed = &answer["plugindata"]["data"]["error"];
                if answer["janus"] == "error" || !failed.is_null() {
                    bail!("Janus refused {}: {answer}", request["janus"]);
                }
                return Ok(answer);
            }
            self.client.receiver.fill().await?;
        }
    }
}

/// The SDP that an event carries.
pub fn description(event: &Value) -> Result<Description> {
    sdp::read(event["jsep"]["sdp"].as_str().context("an event without SDP")?)
}
