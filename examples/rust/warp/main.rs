//! The `/rtc/*` routes in warp.

use futures_util::StreamExt;
use rtc_server::{ConnectRequest, HeartbeatAnswer, PeerRequest, Refusal, RtcServer, SignalRequest};
use std::{convert::Infallible, time::Duration};
use warp::{
    Filter,
    http::StatusCode,
    path,
    reply::{Reply, Response, json, stream, with_header, with_status},
};

fn answer<T: serde::Serialize>(result: Result<T, impl Into<Refusal>>) -> Response {
    match result.map_err(Into::into) {
        Ok(value) => json(&value).into_response(),
        Err(Refusal { status, body }) => {
            with_status(json(&body), StatusCode::from_u16(status).unwrap_or_default()).into_response()
        }
    }
}

fn connect(rtc: RtcServer, it: ConnectRequest) -> Response {
    let metadata = it.metadata.and_then(|metadata| rtc_server::Json::of(&metadata).ok());
    answer(rtc.connect_peer(&it.room_id, &it.peer_id, metadata))
}

fn heartbeat(rtc: RtcServer, it: PeerRequest) -> Response {
    answer(rtc.heartbeat(&it.room_id, &it.peer_id).map(|last_seen| HeartbeatAnswer { last_seen }))
}

fn signal(rtc: RtcServer, it: SignalRequest) -> Response {
    answer(rtc.relay(&it.room_id, &it.from_peer_id, it.signal, it.to_peer_id.as_deref()))
}

fn disconnect(rtc: RtcServer, it: PeerRequest) -> Response {
    answer(rtc.disconnect_peer(&it.room_id, &it.peer_id))
}

fn events(rtc: RtcServer, it: PeerRequest, last: Option<u64>) -> Response {
    match rtc.subscribe(&it.room_id, &it.peer_id, last) {
        Ok(items) => {
            let body = stream(items.map(|item| Ok::<_, Infallible>(item.to_sse())));
            with_header(body, "content-type", "text/event-stream").into_response()
        }
        Err(error) => answer::<()>(Err(error)),
    }
}

/// An argument of the command line: 1 is the port, 2 the heartbeat's interval in milliseconds.
fn argument(index: usize, default: u64) -> u64 {
    std::env::args().nth(index).and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = RtcServer::builder().heartbeat_interval(Duration::from_millis(argument(2, 30_000))).build();
    let swept = server.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(swept.heartbeat_interval()).await;
            swept.sweep(swept.now());
        }
    });
    let rtc = warp::any().map(move || server.clone());
    let posted = warp::post().and(rtc.clone());
    let asked = warp::get().and(rtc);
    let routes = (posted.clone().and(path!("rtc" / "connect")).and(warp::body::json()).map(connect))
        .or(posted.clone().and(path!("rtc" / "heartbeat")).and(warp::body::json()).map(heartbeat))
        .or(posted.clone().and(path!("rtc" / "signal")).and(warp::body::json()).map(signal))
        .or(posted.and(path!("rtc" / "disconnect")).and(warp::body::json()).map(disconnect))
        .or(asked
            .clone()
            .and(path!("rtc" / "rooms" / String))
            .map(|rtc: RtcServer, id: String| answer(rtc.snapshot(&id))))
        .or(asked
            .and(path!("rtc" / "events"))
            .and(warp::query())
            .and(warp::header::optional("last-event-id"))
            .map(events));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", argument(1, 3000))).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    warp::serve(routes).incoming(listener).run().await;
    Ok(())
}
