//! Fan-out: a mountpoint that the generator feeds with plain RTP, and viewers that watch it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::json;

use super::api::{self, Api};
use super::network::Network;
use super::{Crew, Local};
use crate::media::cases::Shape;
use crate::media::client::{link::Link, session::Session};
use crate::media::peers::{fanout_bitrate, soon, ssrc};
use crate::media::publish::{ExtensionIds, Layer, Publication, Track};
use crate::media::socket::Socket;

/// As the mountpoint is configured.
pub const VIDEO_PAYLOAD_TYPE: u8 = 100;
/// Likewise.
pub const AUDIO_PAYLOAD_TYPE: u8 = 111;
/// The mountpoint's id.
pub const MOUNTPOINT: u32 = 1;

/// Feeds the mountpoint and has all viewers watch it.
pub async fn fill(shape: &Shape, api: &mut Api, network: &Network, crew: &Crew, port: u16) -> Result<()> {
    feed(crew, port, fanout_bitrate(shape))?;
    for n in 0..shape.viewers {
        watch(api, network, crew, n).await.with_context(|| format!("viewer {n}"))?;
    }
    Ok(())
}

async fn watch(api: &mut Api, network: &Network, crew: &Crew, n: usize) -> Result<()> {
    let local = Local::bind(network.address)?;
    api.attach("streaming").await?;
    let offered = api.message(json!({ "request": "watch", "id": MOUNTPOINT }), None).await?;
    let offer = api::description(&offered)?;
    let answer = offer.answer(&local.credentials, &crew.identity().fingerprint(), local.address()?);
    api.message(json!({ "request": "start" }), Some(("answer", &answer))).await?;
    crew.receiver(n).add(crew.next_id(), super::session(local, offer, crew)?);
    Ok(())
}

/// Plain RTP into the mountpoint's port.
fn feed(crew: &Crew, port: u16, bitrate: Option<u32>) -> Result<()> {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let socket = Socket::connect(local, SocketAddr::new(local, port))?;
    let mut session = Session::new(socket, Link::Plain, ssrc()?, Instant::now());
    let payload_type = if bitrate.is_some() { VIDEO_PAYLOAD_TYPE } else { AUDIO_PAYLOAD_TYPE };
    let layers = vec![Layer { ssrc: ssrc()?, rid: None, bitrate: bitrate.unwrap_or_default() }];
    let (video, mid, ids) = (bitrate.is_some(), String::new(), ExtensionIds::default());
    session.publish(Publication::new(Track { video, payload_type, mid, ids, layers }, soon()));
    crew.publishing.add(crew.next_id(), session);
    Ok(())
}
