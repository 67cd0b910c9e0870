//! The `/rtc/*` routes in poem.

use futures_util::StreamExt;
use poem::{
    Body, EndpointExt, IntoResponse, Request, Response, Route, Server, get, handler,
    http::StatusCode,
    listener::TcpAcceptor,
    post,
    web::{Data, Json, Path, Query},
};
use rtc_server::{ConnectRequest, HeartbeatAnswer, PeerRequest, Refusal, RtcServer, SignalRequest};
use std::time::Duration;

fn answer<T: serde::Serialize + Send>(result: Result<T, impl Into<Refusal>>) -> Response {
    match result.map_err(Into::into) {
        Ok(value) => Json(value).into_response(),
        Err(Refusal { status, body }) => {
            Json(body).with_status(StatusCode::from_u16(status).unwrap_or_default()).into_response()
        }
    }
}

#[handler]
fn connect(Data(rtc): Data<&RtcServer>, Json(it): Json<ConnectRequest>) -> Response {
    let metadata = it.metadata.and_then(|metadata| rtc_server::Json::of(&metadata).ok());
    answer(rtc.connect_peer(&it.room_id, &it.peer_id, metadata))
}

#[handler]
fn heartbeat(Data(rtc): Data<&RtcServer>, Json(it): Json<PeerRequest>) -> Response {
    answer(rtc.heartbeat(&it.room_id, &it.peer_id).map(|last_seen| HeartbeatAnswer { last_seen }))
}

#[handler]
fn signal(Data(rtc): Data<&RtcServer>, Json(it): Json<SignalRequest>) -> Response {
    answer(rtc.relay(&it.room_id, &it.from_peer_id, it.signal, it.to_peer_id.as_deref()))
}

#[handler]
fn disconnect(Data(rtc): Data<&RtcServer>, Json(it): Json<PeerRequest>) -> Response {
    answer(rtc.disconnect_peer(&it.room_id, &it.peer_id))
}

#[handler]
fn room(Data(rtc): Data<&RtcServer>, Path(id): Path<String>) -> Response {
    answer(rtc.snapshot(&id))
}

#[handler]
fn events(Data(rtc): Data<&RtcServer>, Query(it): Query<PeerRequest>, request: &Request) -> Response {
    let last = request.header("last-event-id").and_then(|id| id.parse().ok());
    match rtc.subscribe(&it.room_id, &it.peer_id, last) {
        Ok(stream) => Response::builder()
            .content_type("text/event-stream")
            .body(Body::from_bytes_stream(stream.map(|item| Ok::<_, std::io::Error>(item.to_sse())))),
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
    let app = Route::new()
        .at("/rtc/connect", post(connect))
        .at("/rtc/heartbeat", post(heartbeat))
        .at("/rtc/signal", post(signal))
        .at("/rtc/disconnect", post(disconnect))
        .at("/rtc/rooms/:room", get(room))
        .at("/rtc/events", get(events))
        .data(server);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", argument(1, 3000))).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).map_err(std::io::Error::other)?)
        .run(app)
        .await
}
