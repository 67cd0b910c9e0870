//! Meetings: every member of a room publishes, and subscribes to all others on one connection.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::api::{self, Api};
use super::network::Network;
use super::{Crew, Local, sdp};
use crate::media::cases::Shape;
use crate::media::peers::{soon, surface_c};
use crate::media::publish::{Publication, frame_interval};

/// How long publishers may take to connect: Janus lets nobody subscribe before.
const PATIENCE: Duration = Duration::from_secs(20);

/// Fills all rooms.
pub async fn fill(shape: &Shape, api: &mut Api, network: &Network, crew: &Crew) -> Result<()> {
    let mut feeds: Vec<(usize, Vec<Value>)> = Vec::new();
    for room in 1..=shape.rooms {
        let mut of_room = Vec::new();
        for n in 0..shape.members {
            let feed = publish(shape, api, network, crew, room, n).await;
            of_room.push(feed.with_context(|| format!("member {n} of room {room}"))?);
        }
        feeds.push((room, of_room));
    }
    all_publish(crew).await?;
    for (room, feeds) in &feeds {
        for (n, own) in feeds.iter().enumerate() {
            let others = feeds.iter().filter(|feed| *feed != own);
            let others: Vec<Value> = others.map(|feed| json!({ "feed": feed })).collect();
            let subscribed = subscribe(api, network, crew, *room, &others, n).await;
            subscribed.with_context(|| format!("subscriber {n} of room {room}"))?;
        }
    }
    Ok(())
}

async fn all_publish(crew: &Crew) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let snapshot = crew.publishing.snapshot()?;
        ensure!(snapshot.failures.is_empty(), "publishers failed: {}", snapshot.failures.join("; "));
        if snapshot.connected == snapshot.sessions {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{} of {} publish", snapshot.connected, snapshot.sessions);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Joins and publishes; returns the id by which others subscribe.
async fn publish(
    shape: &Shape,
    api: &mut Api,
    network: &Network,
    crew: &Crew,
    room: usize,
    n: usize,
) -> Result<Value> {
    let local = Local::bind(network.address)?;
    // What surface C publishes; the layers are named as Janus's own client names them.
    let mut tracks = surface_c::tracks(shape)?;
    for layer in tracks.iter_mut().flat_map(|track| &mut track.layers) {
        layer.rid = layer.rid.take().map(|rid| rid.replace("r0", "l").replace("r1", "m").replace("r2", "h"));
    }
    let print = crew.identity().fingerprint();
    let offer = sdp::offer(&tracks, &local.credentials, &print, local.address()?);
    api.attach("videoroom").await?;
    let joining = json!({ "request": "joinandconfigure", "ptype": "publisher", "room": room });
    let joined = api.message(joining, Some(("offer", &offer))).await?;
    let feed = joined["plugindata"]["data"]["id"].clone();
    let mut answer = api::description(&joined)?;
    // The answer to a publisher may name sources, but nothing comes back from them.
    answer.media.clear();
    let mut session = super::session(local, answer, crew)?;
    let started = soon();
    for track in tracks {
        let phase = frame_interval(track.video) * n as u32 / shape.members as u32;
        session.publish(Publication::new(track, started + phase));
    }
    crew.publishing.add(crew.next_id(), session);
    Ok(feed)
}

async fn subscribe(
    api: &mut Api,
    network: &Network,
    crew: &Crew,
    room: usize,
    feeds: &[Value],
    n: usize,
) -> Result<()> {
    let local = Local::bind(network.address)?;
    api.attach("videoroom").await?;
    let joining = json!({ "request": "join", "ptype": "subscriber", "room": room, "streams": feeds });
    let offer = api::description(&api.message(joining, None).await?)?;
    let answer = offer.answer(&local.credentials, &crew.identity().fingerprint(), local.address()?);
    api.message(json!({ "request": "start" }), Some(("answer", &answer))).await?;
    crew.receiver(n).add(crew.next_id(), super::session(local, offer, crew)?);
    Ok(())
}
